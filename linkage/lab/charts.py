"""The pictures of the report as SVG, drawn by Vega-Lite on this machine: no script, no font file, no foreign host.

Colours are told apart by those who see few (Okabe and Ito's), and never stand alone: shapes, dashes or labels say the same. Every picture
has a table with the same numbers beside it in the page.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd
import vl_convert

Chart = Any  # what Altair composes has no common type
Measures = Mapping[str, Any]

INK, QUIET, RULE = "#16202e", "#4a5566", "#dde2ea"
PALETTE = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"]
SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "stroke"]
DASHES = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [10, 4], [4, 4], [1, 4]]
BAND_SHADES = ["#0a4a6b", "#4f9cc4", "#b9dcee", "#e3edf3"]
FONT = "system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, DejaVu Sans, Arial, sans-serif"
WIDTH = 620
SIZE = 14
BINS = 40
LANGUAGE = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])  # the Vega-Lite that Altair speaks
ROOM = 0.01  # of the curve's axes beyond the data
AXIS = {"labelFontSize": SIZE, "titleFontSize": SIZE, "titleFontWeight": 600, "labelColor": INK, "titleColor": INK, "gridColor": RULE,
        "domainColor": INK, "tickColor": INK, "titlePadding": 10}  # fmt: skip


def precision_recall(curves: Mapping[str, Measures], decisions: Mapping[str, Measures]) -> str:
    """Precision over recall at every cut, by entity type; the default decision is a filled mark with its name."""
    points = [{"type": name, "precision": point["precision"], "recall": point["recall"], "order": number}
              for name, curve in curves.items() for number, point in enumerate(curve["points"])
              if point["recall"] is not None]  # fmt: skip
    marks = [{"type": name, "precision": found["precision"], "recall": found["recall"], "text": f"{name}, default decision"}
             for name, found in decisions.items() if found["precision"] is not None and found["recall"] is not None]  # fmt: skip
    if not points or not marks:
        return ""
    types = sorted(curves)
    low = {axis: _floor(min(row[axis] for row in [*points, *marks])) for axis in ("precision", "recall")}
    x = alt.X("recall:Q", title="Recall", scale=alt.Scale(domain=[low["recall"], 1 + ROOM * (1 - low["recall"])], nice=False))
    y = alt.Y(
        "precision:Q", title="Precision", scale=alt.Scale(domain=[low["precision"], 1 + 4 * ROOM * (1 - low["precision"])], nice=False)
    )
    colour = alt.Color("type:N", title=None, scale=alt.Scale(domain=types, range=PALETTE[: len(types)]))
    shape = alt.Shape("type:N", title=None, scale=alt.Scale(domain=types, range=SHAPES[: len(types)]))
    dash = alt.StrokeDash("type:N", legend=None, scale=alt.Scale(domain=types, range=DASHES[: len(types)]))
    line = alt.Chart(pd.DataFrame(points)).mark_line(strokeWidth=2.5).encode(x=x, y=y, color=colour, strokeDash=dash, order="order:Q")
    mark = alt.Chart(pd.DataFrame(marks)).mark_point(size=170, filled=True, opacity=1, stroke=INK, strokeWidth=1.5)
    both = (line + mark.encode(x=x, y=y, color=colour, shape=shape)).resolve_legend(strokeDash="independent")
    return _svg(both.properties(width=WIDTH, height=340))


def weights(histogram: Sequence[Measures], bands: Sequence[str]) -> str:
    """Links at each match weight, stacked by band, the surest at the bottom; `histogram` rows have low, high, band, links."""
    if not histogram:
        return ""
    shades = alt.Color("band:N", title="Band", sort=list(bands), scale=alt.Scale(domain=list(bands), range=_shades(bands)))
    bars = alt.Chart(pd.DataFrame(histogram).assign(rank=lambda rows: [list(bands).index(band) for band in rows["band"]]))
    return _svg(
        bars.mark_bar(stroke=INK, strokeWidth=0.6).encode(
            x=alt.X("low:Q", title="Match weight (log2)", bin="binned"), x2="high:Q",
            y=alt.Y("links:Q", title="Links", axis=alt.Axis(format=",d", tickMinStep=1)), color=shades, order="rank:Q",
        ).properties(width=WIDTH, height=240)
    )  # fmt: skip


def reliability(tables: Mapping[str, Measures]) -> str:
    """Share of right links over their mean probability, by entity type; on the diagonal the probabilities are true."""
    rows = [row | {"type": name, "low": row["observed_interval"][0], "high": row["observed_interval"][1]}
            for name, table in tables.items() for row in table["bins"]]  # fmt: skip
    if not rows:
        return ""
    types = sorted(tables)
    low = {axis: _floor(min(row[axis] for row in rows)) for axis in ("expected", "observed")}
    across = alt.Scale(domain=[low["expected"], 1 + ROOM * (1 - low["expected"])], nice=False, clamp=True)
    scale = alt.Scale(domain=[min(low.values()), 1 + 2 * ROOM], nice=False, clamp=True)
    base = alt.Chart(pd.DataFrame(rows)).encode(
        x=alt.X("expected:Q", title="Mean probability said", scale=across),
        color=alt.Color("type:N", title=None, scale=alt.Scale(domain=types, range=PALETTE[: len(types)])),
    )
    whiskers = base.mark_rule(strokeWidth=2, opacity=0.7).encode(y=alt.Y("low:Q", scale=scale, title="Share that is right"), y2="high:Q")
    points = base.mark_point(size=110, filled=True, opacity=1, stroke=INK, strokeWidth=1).encode(
        y=alt.Y("observed:Q", scale=scale),
        shape=alt.Shape("type:N", title=None, scale=alt.Scale(domain=types, range=SHAPES[: len(types)])),
    )
    start = low["expected"]
    ends = pd.DataFrame([{"said": start, "seen": start}, {"said": 1, "seen": 1}])
    diagonal = alt.Chart(ends).mark_line(color=QUIET, strokeDash=[5, 4], strokeWidth=1.5)
    truth = diagonal.encode(x=alt.X("said:Q", scale=across), y=alt.Y("seen:Q", scale=scale))
    return _svg((truth + whiskers + points).properties(width=WIDTH, height=340))


def slices(found: Mapping[str, Measures], overall: Measures) -> str:
    """F1 of each slice and of all other pairs with their intervals; the dashed line is F1 over all pairs."""
    rows = [{"slice": name, "pairs": label, "f1": part["f1"], "low": part["f1_interval"][0], "high": part["f1_interval"][1]}
            for name, both in found.items() for label, part in (("in the slice", both["within"]), ("all others", both["others"]))
            if part["f1"] is not None]  # fmt: skip
    if not rows:
        return ""
    names, low = list(found), _floor(min(row["low"] for row in rows))
    labels = ["in the slice", "all others"]
    scale = alt.Scale(domain=[low, 1], nice=False)
    base = alt.Chart(pd.DataFrame(rows)).encode(
        y=alt.Y("slice:N", title=None, sort=names, axis=alt.Axis(labelLimit=260, grid=True)),
        yOffset=alt.YOffset("pairs:N", sort=labels),
        color=alt.Color("pairs:N", title=None, sort=labels, scale=alt.Scale(domain=labels, range=[PALETTE[1], PALETTE[0]])),
    )
    bars = base.mark_rule(strokeWidth=5, opacity=0.45).encode(x=alt.X("low:Q", title="F1 and its 95 % interval", scale=scale), x2="high:Q")
    points = base.mark_point(size=90, filled=True, opacity=1, stroke=INK, strokeWidth=1).encode(
        x=alt.X("f1:Q", scale=scale),
        shape=alt.Shape("pairs:N", title=None, sort=labels, scale=alt.Scale(domain=labels, range=["diamond", "circle"])),
    )
    layers = bars + points
    if overall["f1"] is not None:
        rule = alt.Chart(pd.DataFrame([{"f1": overall["f1"]}])).mark_rule(color=QUIET, strokeDash=[5, 4], strokeWidth=1.5)
        layers = rule.encode(x=alt.X("f1:Q", scale=scale)) + layers
    return _svg(layers.properties(width=WIDTH - 120, height=alt.Step(21)))


def _floor(value: float) -> float:
    """A round start of an axis that ends at 1: at least a fiftieth below, so that nothing lies on the edge."""
    room = max(1 - value, 0.02) * 1.08
    step = 0.01 if room < 0.1 else 0.05 if room < 0.4 else 0.1
    return max(0.0, 1 - step * -(-room // step))


def _shades(bands: Sequence[str]) -> list[str]:
    return [BAND_SHADES[min(place, len(BAND_SHADES) - 1)] for place in range(len(bands))]


def _svg(chart: Chart) -> str:
    """An SVG element to stand in a page: scales to its width, names no host (not even a namespace, which HTML does not need)."""
    look = chart.configure(font=FONT, background="#ffffff").configure_axis(**AXIS).configure_view(stroke=None)
    look = look.configure_legend(labelFontSize=SIZE, titleFontSize=SIZE, labelColor=INK, titleColor=INK, orient="top", symbolSize=140)
    drawn = vl_convert.vegalite_to_svg(look.to_dict(), vl_version=LANGUAGE)
    return re.sub(r' (?:xmlns(?::\w+)?|version)="[^"]*"', "", drawn, count=3)
