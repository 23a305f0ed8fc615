"""The trade-off as a picture: what is found over what is given away, a point for each setting, the default one filled."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd
import vl_convert

from linkage.lab.charts import AXIS, DASHES, FONT, INK, LANGUAGE, PALETTE, SHAPES, SIZE

ALL = "all of these"
ROOM = 0.01  # of F1 above and below


def drawn_curve(rows: Sequence[Mapping[str, Any]]) -> str:
    """An SVG document; ``rows`` have axis, value, default, entity, f1 and the share of postings recognised by all evidence together.

    One picture for each entity type, one line for each axis; each point bears its setting's value.
    """
    table = pd.DataFrame([{"axis": row["axis"].replace("_", " "), "value": row["value"], "default": row["default"], "entity": row["entity"],
                           "f1": row["f1"], "given": row[ALL]} for row in rows if row["f1"] is not None])  # fmt: skip
    axes, entities = sorted(set(table["axis"])), sorted(set(table["entity"]))
    chart = alt.hconcat(*(_picture(table[table["entity"] == entity], entity, axes) for entity in entities))
    chart = chart.resolve_scale(x="independent", y="independent").configure(font=FONT, background="#ffffff")
    chart = chart.configure_axis(**AXIS).configure_legend(orient="top", labelFontSize=SIZE).configure_view(stroke=None)
    return str(vl_convert.vegalite_to_svg(chart.to_dict(), vl_version=LANGUAGE)) + "\n"


def _picture(table: pd.DataFrame, entity: str, axes: list[str]) -> Any:
    """One entity type: a line for each axis, its settings' values beside the points, the default as a filled diamond without one."""
    scale = {
        name: alt.Scale(domain=axes, range=list(values[: len(axes)])) for name, values in (("c", PALETTE), ("s", SHAPES), ("d", DASHES))
    }
    reach = alt.Scale(domain=[float(table["f1"].min()) - ROOM, min(float(table["f1"].max()) + ROOM, 1.0)], nice=False)
    base = alt.Chart(table).encode(
        x=alt.X("given:Q", title="Postings recognised above chance", axis=alt.Axis(format="%"), scale=alt.Scale(zero=True)),
        y=alt.Y("f1:Q", title="F1", scale=reach),
        color=alt.Color("axis:N", title=None, scale=scale["c"]),
        shape=alt.Shape("axis:N", title=None, scale=scale["s"]),
    )
    line = alt.Chart(table).mark_line(strokeWidth=1.5, opacity=0.6).encode(
        x="given:Q", y=alt.Y("f1:Q", scale=reach), order="value:Q", color=alt.Color("axis:N", scale=scale["c"]),
        strokeDash=alt.StrokeDash("axis:N", legend=None, scale=scale["d"]),
    )  # fmt: skip
    shipped = alt.Chart(table[table["default"]]).mark_point(size=220, filled=True, opacity=1, color=INK, shape="diamond")
    names = alt.Chart(table[~table["default"]]).mark_text(dx=11, dy=-9, fontSize=SIZE - 2, color=INK)
    at = {"x": alt.X("given:Q"), "y": alt.Y("f1:Q", scale=reach)}
    layers = line + base.mark_point(size=90, strokeWidth=2) + shipped.encode(**at) + names.encode(text="value:Q", **at)
    return layers.resolve_legend(strokeDash="independent").properties(width=330, height=260, title=entity)
