"""The trade-off as a picture: what is found over what is given away, a point for each setting, the default one filled."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd
import vl_convert

from linkage.lab.charts import AXIS, DASHES, FONT, INK, LANGUAGE, PALETTE, SHAPES, SIZE

ALL = "all of these"


def drawn_curve(rows: Sequence[Mapping[str, Any]]) -> str:
    """An SVG document; ``rows`` have axis, value, default, entity, f1 and the share of postings recognised by all evidence together.

    One picture for each entity type, one line for each axis; each point bears its setting's value.
    """
    table = pd.DataFrame([{"axis": row["axis"].replace("_", " "), "value": row["value"], "default": row["default"], "entity": row["entity"],
                           "f1": row["f1"], "given": row[ALL]} for row in rows if row["f1"] is not None])  # fmt: skip
    axes = sorted(set(table["axis"]))
    scale = {
        name: alt.Scale(domain=axes, range=list(values[: len(axes)])) for name, values in (("c", PALETTE), ("s", SHAPES), ("d", DASHES))
    }
    base = alt.Chart(table).encode(
        x=alt.X("given:Q", title="Postings recognised above chance", axis=alt.Axis(format="%"), scale=alt.Scale(zero=True)),
        y=alt.Y("f1:Q", title="F1", scale=alt.Scale(zero=False)),
        color=alt.Color("axis:N", title=None, scale=scale["c"]),
    )
    line = base.mark_line(strokeWidth=1.5, opacity=0.6).encode(
        order="value:Q", strokeDash=alt.StrokeDash("axis:N", legend=None, scale=scale["d"])
    )
    points = base.mark_point(size=90, strokeWidth=2).encode(shape=alt.Shape("axis:N", title=None, scale=scale["s"]))
    default = base.transform_filter("datum.default").mark_point(size=200, filled=True, opacity=1, color=INK, shape="diamond").encode(
        color=alt.value(INK)
    )  # fmt: skip
    names = base.mark_text(dx=11, dy=-9, fontSize=SIZE - 2).encode(text="value:Q")
    pictures = [
        (line + points + default + names).transform_filter(alt.datum.entity == entity).properties(width=330, height=260, title=entity)
        for entity in sorted(set(table["entity"]))
    ]
    chart = alt.hconcat(*pictures).resolve_scale(x="independent", y="independent").configure(font=FONT, background="#ffffff")
    chart = chart.configure_axis(**AXIS).configure_legend(orient="top", labelFontSize=SIZE).configure_view(stroke=None)
    return str(vl_convert.vegalite_to_svg(chart.to_dict(), vl_version=LANGUAGE)) + "\n"
