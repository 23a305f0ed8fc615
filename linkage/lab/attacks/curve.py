"""The trade-off as a picture: what is found over what is given away, a point for each setting, the default one filled."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd
import vl_convert

from linkage.lab.charts import AXIS, DASHES, FONT, INK, LANGUAGE, PALETTE, SHAPES, SIZE

ROOM = 0.01  # of F1 above and below
CROWDED = 0.08  # of a picture's width and height: points so near to the default have no name, which nobody could read
Row = Mapping[str, Any]


def drawn_curve(rows: Sequence[Row], own: Mapping[str, int], shares: Mapping[str, str]) -> str:
    """An SVG document: a row of pictures for each kind of share, a picture for each entity type, a line for each axis through the default.

    ``rows`` have axis, value, said, default, entity, f1, and the shares; ``own`` is where the default stands on each axis, ``shares`` the
    names of the shares that are drawn with their titles. Points bear what is said of their setting, but for those that lie at the default.
    """
    entities = sorted({row["entity"] for row in rows})
    pictures = [
        alt.hconcat(*(_picture(_points(rows, own, entity, share), entity, title, list(own)) for entity in entities))
        for share, title in shares.items()
    ]
    chart = alt.vconcat(*pictures).resolve_scale(x="independent", y="independent").configure(font=FONT, background="#ffffff")
    chart = chart.configure_axis(**AXIS).configure_legend(orient="top", labelFontSize=SIZE).configure_view(stroke=None)
    return str(vl_convert.vegalite_to_svg(chart.to_dict(), vl_version=LANGUAGE)) + "\n"


def _points(rows: Sequence[Row], own: Mapping[str, int], entity: str, share: str) -> pd.DataFrame:
    """The settings of one entity type, the default once on every axis; those that are on no axis are left out."""
    found = []
    for row in (row for row in rows if row["entity"] == entity and row["f1"] is not None):
        for axis in own if row["default"] else [row["axis"]]:
            if axis in own:
                value = own[axis] if row["default"] else row["value"]
                found.append(
                    {"axis": axis, "value": value, "default": row["default"], "said": row["said"], "f1": row["f1"], "given": row[share]}
                )
    return pd.DataFrame(found, columns=["axis", "value", "default", "said", "f1", "given"])


def _picture(table: pd.DataFrame, entity: str, title: str, axes: list[str]) -> Any:
    """One entity type: a line for each axis, its settings' values beside the points, the default as a filled diamond without one."""
    scale = {
        name: alt.Scale(domain=axes, range=list(values[: len(axes)])) for name, values in (("c", PALETTE), ("s", SHAPES), ("d", DASHES))
    }
    reach = alt.Scale(domain=[float(table["f1"].min()) - ROOM, min(float(table["f1"].max()) + ROOM, 1.0)], nice=False)
    wide = alt.Scale(domain=[0.0, max(float(table["given"].max()) * 1.15, 0.01)], nice=False)
    x = alt.X("given:Q", title=title, axis=alt.Axis(format=".1%", tickCount=4), scale=wide)
    y = alt.Y("f1:Q", title="F1", scale=reach)
    base = alt.Chart(table).encode(
        x=x, y=y, color=alt.Color("axis:N", title=None, scale=scale["c"]), shape=alt.Shape("axis:N", title=None, scale=scale["s"])
    )
    line = alt.Chart(table).mark_line(strokeWidth=1.5, opacity=0.6).encode(
        x=x, y=y, order="value:Q", color=alt.Color("axis:N", scale=scale["c"]),
        strokeDash=alt.StrokeDash("axis:N", legend=None, scale=scale["d"]),
    )  # fmt: skip
    others = table[~table["default"] & ~_crowded(table, wide, reach)]
    points = base.transform_filter("!datum.default").mark_point(size=90, strokeWidth=2)
    shipped = alt.Chart(table[table["default"]].head(1)).mark_point(size=220, filled=True, opacity=1, color=INK, shape="diamond")
    names = alt.Chart(others).mark_text(dx=9, dy=-9, fontSize=SIZE - 2, color=INK, align="left")
    layers = line + points + shipped.encode(x=x, y=y) + names.encode(text="said:N", x=x, y=y)
    return layers.resolve_legend(strokeDash="independent").properties(width=330, height=240, title=entity)


def _crowded(table: pd.DataFrame, wide: Any, reach: Any) -> "pd.Series[bool]":
    """Which points lie so near to the default that their names would lie on each other."""
    default = table[table["default"]].head(1)
    if default.empty:
        return pd.Series(False, index=table.index)
    near = pd.Series(True, index=table.index)
    for column, scale in (("given", wide), ("f1", reach)):
        low, high = scale.domain
        near &= (table[column] - default[column].iloc[0]).abs() < CROWDED * (high - low)
    return near
