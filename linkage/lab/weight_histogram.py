"""The match weights of a rehearsal's links as a stacked histogram, ready to be drawn: all numbers in the picture's own units."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

BINS = 40  # at most
STEPS = (1, 2, 2.5, 5, 10)
LEFT, WIDTH, TOP, HEIGHT = 56.0, 704.0, 12.0, 220.0  # the plot inside the picture
BAND_GAP, BAND_ROW = 52.0, 30.0  # from the axis to the first band's range; from one to the next
FINE = 100  # weights are counted to a hundredth

WeightCounts = Mapping[str, Counter[int]]
"""Band -> links at each weight, in hundredths, rounded down."""


class Bar(NamedTuple):
    """One band's share of one bin."""

    band: int
    x: float
    y: float
    width: float
    height: float


class Tick(NamedTuple):
    place: float
    text: str


class Range(NamedTuple):
    """From the lightest to the heaviest link of a band; its text stands where there is room, at its start or at its end."""

    band: str
    first: float
    last: float
    y: float
    text: str
    text_place: float
    anchor: str


class Bin(NamedTuple):
    """The same in numbers, for those who do not see the picture: links of each band from ``low`` to below ``high``."""

    low: str
    high: str
    links: list[int]


class Histogram(NamedTuple):
    """What the template draws; ``height`` of the whole picture."""

    bars: list[Bar]
    across: list[Tick]
    up: list[Tick]
    ranges: list[Range]
    bins: list[Bin]
    height: float


def histogram(counts: WeightCounts, bands: Sequence[str]) -> Histogram | None:
    """At most ``BINS`` bins of a round width over all weights, the surest band at the bottom; None without links."""
    weights = sorted({weight for band in bands for weight in counts[band]})
    if not weights:
        return None
    step = _round_step((weights[-1] - weights[0]) / FINE / (BINS - 2))
    edges = _edges(weights[0] / FINE, weights[-1] / FINE, step)
    binned = [_binned(counts[band], edges[0], step, len(edges) - 1) for band in bands]
    tallest = max(sum(column) for column in zip(*binned, strict=True))
    up = _round_step(tallest / 4, whole=True)
    top = up * math.ceil(tallest / up)
    return Histogram(
        bars=_bars(binned, top),
        across=[Tick(_x(edge, edges), _shown(edge)) for edge in edges if _on_grid(edge, step * _every(len(edges)))],
        up=[Tick(_y(up * number, top), f"{up * number:,.0f}") for number in range(round(top / up) + 1)],
        ranges=_ranges(counts, bands, edges),
        bins=[Bin(_shown(low), _shown(low + step), list(column)) for low, column in zip(edges, zip(*binned, strict=True), strict=False)],
        height=TOP + HEIGHT + BAND_GAP + BAND_ROW * len(bands),
    )


def _bars(binned: list[list[int]], top: float) -> list[Bar]:
    bars, width = [], WIDTH / len(binned[0])
    for place, column in enumerate(zip(*binned, strict=True)):
        below = 0
        for band, links in enumerate(column):
            if links:
                y = _y(below + links, top)
                bars.append(Bar(band, round(LEFT + place * width + 0.5, 2), y, round(width - 1, 2), round(_y(below, top) - y, 2)))
            below += links
    return bars


def _ranges(counts: WeightCounts, bands: Sequence[str], edges: list[float]) -> list[Range]:
    ranges = []
    for row, band in enumerate(name for name in bands if counts[name]):
        low, high = min(counts[band]) / FINE, max(counts[band]) / FINE
        links = sum(counts[band].values())
        text = f"{links:,} {'link' if links == 1 else 'links'}, weight {low:.1f} to {high:.1f}"
        first, last, y = _x(low, edges), _x(high, edges), TOP + HEIGHT + BAND_GAP + BAND_ROW * row
        fits_right = first < LEFT + WIDTH / 2
        ranges.append(Range(band, first, last, y, text, first + 6 if fits_right else last - 6, "start" if fits_right else "end"))
    return ranges


def _binned(counts: Counter[int], start: float, step: float, bins: int) -> list[int]:
    found = [0] * bins
    for weight, links in counts.items():
        found[min(bins - 1, math.floor((weight / FINE - start) / step + 1e-9))] += links
    return found


def _edges(low: float, high: float, step: float) -> list[float]:
    """From the grid point at or below the lowest weight to the first one above the highest."""
    first, last = math.floor(low / step + 1e-9), math.floor(high / step + 1e-9) + 1
    return [number * step for number in range(first, last + 1)]


def _round_step(least: float, *, whole: bool = False) -> float:
    """The smallest of 1, 2, 2.5, 5 times a power of ten that is not below ``least``; a whole number when told.

    >>> _round_step(0.7), _round_step(3), _round_step(2.2, whole=True)
    (1.0, 5.0, 5.0)
    """
    power = 10.0 ** math.floor(math.log10(max(least, 1 if whole else 0.1)))
    return next(step * power for step in STEPS if step * power >= least and not (whole and step * power % 1))


def _every(edges: int) -> int:
    """Label every first, second or fifth edge, so that the labels do not touch."""
    return 1 if edges <= 14 else 2 if edges <= 28 else 5


def _on_grid(edge: float, spacing: float) -> bool:
    return abs(edge / spacing - round(edge / spacing)) < 1e-6


def _x(weight: float, edges: list[float]) -> float:
    return round(LEFT + WIDTH * (weight - edges[0]) / (edges[-1] - edges[0]), 2)


def _y(links: float, top: float) -> float:
    return round(TOP + HEIGHT * (1 - links / top), 2)


def _shown(weight: float) -> str:
    return f"{weight:.2f}".rstrip("0").rstrip(".") if abs(weight) >= 0.005 else "0"
