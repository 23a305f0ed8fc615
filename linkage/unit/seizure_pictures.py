"""The report's pictures as SVG, drawn on this machine: corridor flows, a map of tiles, recoveries by year. No script, no foreign host.

Only published counts are drawn. Every picture has its numbers in a table; colours never stand alone.
"""

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import altair as alt
import vl_convert

from linkage.protocol.seizure_tables import OTHER, REGIONS, TOTAL, UNKNOWN, SeizureAggregates

INK, QUIET, RULE = "#16202e", "#4a5566", "#cdd4de"
PALETTE = {"CA": "#d55e00", "MX": "#009e73", "US": "#0072b2"}  # told apart by those who see few colours (Okabe and Ito)
DASHES = {"CA": [6, 3], "MX": [1, 0], "US": [2, 2]}
FONT = "Libertinus Serif, Georgia, DejaVu Serif, serif"
LANGUAGE = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])  # the Vega-Lite that Altair speaks
MOST_FLOWS = 14
WIDTH, LINE, GAP, SIDE = 640, 30, 6, 92

Flow = tuple[str, str, int]  # source, place of recovery, recoveries


def flows_of(one: SeizureAggregates) -> list[Flow]:
    """The largest published corridors with known ends, largest first."""
    found = [
        (cell.row, cell.column, cell.count)
        for cell in one.tables.get("T3", ())
        if cell.count and not {cell.row, cell.column} & {TOTAL, UNKNOWN, OTHER}
    ]
    return sorted(found, key=lambda flow: (-flow[2], flow))[:MOST_FLOWS]


def corridors(flows: Sequence[Flow], country: str) -> str:
    """Ribbons from source states (left) to places of recovery (right), as thick as they are many."""
    if not flows:
        return ""
    total = sum(count for _, _, count in flows)
    scale = max(140.0, LINE * len(flows) * 0.6) / total
    left, right = (_stacked(flows, side, scale) for side in (0, 1))
    height = max(bottom for side in (left, right) for _, bottom in side.values()) + GAP
    drawn, used = [], {**{(0, name): top for name, (top, _) in left.items()}, **{(1, name): top for name, (top, _) in right.items()}}
    for source, target, count in sorted(flows):
        thick = count * scale
        starts = []
        for key in ((0, source), (1, target)):
            starts.append(used[key] + thick / 2)
            used[key] += thick
        drawn.append(_ribbon(starts[0], starts[1], thick, f"{source} → {target}: {count:,}", PALETTE.get(country, INK)))
    labels = [_label(SIDE - 8, ends, name, "end", flows, 0) for name, ends in left.items()]
    labels += [_label(WIDTH - SIDE + 8, ends, name, "start", flows, 1) for name, ends in right.items()]
    size = f'viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" height="{height:.0f}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{FONT}">{"".join(drawn + labels)}</svg>'


def _stacked(flows: Sequence[Flow], side: int, scale: float) -> dict[str, tuple[float, float]]:
    """Top and bottom of each end, the largest first."""
    sizes: dict[str, int] = {}
    for flow in flows:
        name = str(flow[side])
        sizes[name] = sizes.get(name, 0) + flow[2]
    at, found = float(GAP), {}
    for name, size in sorted(sizes.items(), key=lambda item: (-item[1], item[0])):
        found[name] = (at, at + size * scale)
        at += max(size * scale, 15.0) + GAP
    return found


def _ribbon(start: float, end: float, thick: float, title: str, colour: str) -> str:
    middle = WIDTH / 2
    path = f"M{SIDE},{start:.1f} C{middle},{start:.1f} {middle},{end:.1f} {WIDTH - SIDE},{end:.1f}"
    stroke = f'fill="none" stroke="{colour}" stroke-opacity="0.55" stroke-width="{max(thick, 1):.1f}"'
    return f'<path d="{path}" {stroke}><title>{escape(title)}</title></path>'


def _label(x: float, ends: tuple[float, float], name: str, anchor: str, flows: Sequence[Flow], side: int) -> str:
    size = sum(flow[2] for flow in flows if flow[side] == name)
    y = sum(ends) / 2 + 4.5
    return f'<text x="{x}" y="{y:.1f}" text-anchor="{anchor}" font-size="13" fill="{INK}">{escape(name)} {size:,}</text>'


def tile_map(owners: Mapping[str, SeizureAggregates], scale: str) -> str:
    """Every state and province as a tile with its code and its published recoveries; ``scale``: what the shades are called."""
    rows = [
        {"code": code, "x": place[0], "y": place[1], "count": one.count("T3", TOTAL, code) or 0,
         "text": "×" if one.count("T3", TOTAL, code) is None else f"{one.count('T3', TOTAL, code):,}"}
        for one in owners.values() if one.tables for code, place in REGIONS[one.country].items()
    ]  # fmt: skip
    if not rows:
        return ""
    room, largest = alt.Scale(paddingInner=0.06), max(int(str(row["count"])) for row in rows)
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=alt.X("x:O", axis=None, scale=room), y=alt.Y("y:O", axis=None, scale=room))
    tiles = base.mark_rect(stroke=RULE).encode(color=alt.Color("count:Q", title=scale, scale=alt.Scale(scheme="blues", type="sqrt")))
    ink = alt.condition(f"datum.count > {largest * 0.45}", alt.value("#ffffff"), alt.value(INK))
    codes = base.mark_text(dy=-6, fontSize=11, fontWeight=600).encode(text="code:N", color=ink)
    numbers = base.mark_text(dy=8, fontSize=11).encode(text="text:N", color=ink)
    return _svg((tiles + codes + numbers).properties(width=WIDTH, height=600), "map")


def trend(years: Mapping[int, Mapping[str, SeizureAggregates]], names: Mapping[str, str], says: tuple[str, str]) -> str:
    """Recoveries over years of recovery, a line for each country; nothing of fewer than two years."""
    rows = [
        {"year": str(year), "country": names[one.country], "code": one.country, "count": one.recoveries}
        for year, owners in years.items() for one in owners.values() if one.recoveries is not None
    ]  # fmt: skip
    if len({row["year"] for row in rows}) < 2:
        return ""
    every = [str(year) for year in range(min(years), max(years) + 1)]  # a year that nobody released is a gap
    codes = sorted({str(row["code"]) for row in rows})
    domain = [names[code] for code in codes]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("year:O", title=says[0], axis=alt.Axis(labelAngle=0), scale=alt.Scale(domain=every)),
        y=alt.Y("count:Q", title=says[1], axis=alt.Axis(format=",d")),
        color=alt.Color("country:N", title=None, scale=alt.Scale(domain=domain, range=[PALETTE.get(code, INK) for code in codes])),
    )
    dash = alt.StrokeDash("country:N", title=None, scale=alt.Scale(domain=domain, range=[DASHES.get(code, [1, 0]) for code in codes]))
    lines = base.mark_line(strokeWidth=2.5).encode(strokeDash=dash) + base.mark_point(size=70, filled=True)
    return _svg(lines.properties(width=WIDTH, height=240), "trend")


def _svg(chart: Any, name: str) -> str:
    """The engine numbers the ids of all it ever drew; here they are of this picture, so that the same picture has the same bytes."""
    axis = {"labelFontSize": 13, "titleFontSize": 13, "labelColor": INK, "titleColor": INK, "gridColor": RULE}
    look = chart.configure(font=FONT, background="#ffffff").configure_axis(**axis).configure_view(stroke=None)
    look = look.configure_legend(labelFontSize=13, titleFontSize=13, labelColor=INK, titleColor=INK, orient="top")
    drawn = str(vl_convert.vegalite_to_svg(look.to_dict(), vl_version=LANGUAGE))
    for number, drawn_id in enumerate(dict.fromkeys(re.findall(r'\bid="([^"]+)"', drawn))):
        drawn = re.sub(rf'(\bid="|#){re.escape(drawn_id)}(?=["\')])', rf"\g<1>{name}-{number}", drawn)
    return drawn
