"""A small picture of what belongs together: our records on the left, other countries' references on the right, links between them.

Firearms are hexagons, suspects circles, organizations squares, anything else a diamond, so that no colour has to be seen. Lines bear their
band; the weakest is marked. Coordinates are in the units of the picture's own view box.
"""

from typing import Any, NamedTuple

MOST = 12  # links in one picture
WIDTH, ROW, TOP, RADIUS = 640, 56, 40, 15
LEFT, RIGHT = 150, 430

SHAPES = {"suspect": "circle", "organization": "square", "firearm": "hexagon"}


class Dot(NamedTuple):
    """``text``: what stands beside it; ``points``: corners of its shape, empty for a circle."""

    x: int
    y: int
    shape: str
    points: str
    text: str
    detail: str


class Line(NamedTuple):
    x1: int
    y1: int
    x2: int
    y2: int
    band: str
    weakest: bool
    this: bool


class Picture(NamedTuple):
    width: int
    height: int
    own: list[Dot]
    others: list[Dot]
    lines: list[Line]
    left_out: int


def picture(link: dict[str, Any], beside: list[dict[str, Any]]) -> Picture:
    """The link and those beside it, at most ``MOST``; the same links make the same picture."""
    shown = [link, *beside][:MOST]
    bands = {row["band"] for row in shown}
    weakest = max(bands) if len(bands) > 1 else None
    own: dict[tuple[str, ...], Dot] = {}
    others: dict[str, Dot] = {}
    lines = []
    for row in shown:
        ours, theirs = tuple(record for record, _ in row["own"]), row["reference"]
        if (row["entity"], *ours) not in own:
            case = ", ".join(sorted({case for _, case in row["own"] if case}))
            own[(row["entity"], *ours)] = _dot(LEFT, len(own), row["entity"], "|".join(ours), case)
        if theirs not in others:
            others[theirs] = _dot(RIGHT, len(others), row["entity"], row["country"], theirs[:8])
        left, right = own[(row["entity"], *ours)], others[theirs]
        lines.append(Line(left.x, left.y, right.x, right.y, row["band"], row["band"] == weakest, row is link))
    height = TOP + ROW * max(len(own), len(others))
    return Picture(WIDTH, height, list(own.values()), list(others.values()), lines, 1 + len(beside) - len(shown))


def _dot(x: int, number: int, entity: str, text: str, detail: str) -> Dot:
    y = TOP + ROW * number
    shape = SHAPES.get(entity, "diamond")
    return Dot(x, y, shape, _points(shape, x, y), _short(text), _short(detail))


def _points(shape: str, x: int, y: int) -> str:
    r, half, high = RADIUS, RADIUS // 2, round(RADIUS * 0.87)
    corners = {
        "square": [(-high, -high), (high, -high), (high, high), (-high, high)],
        "hexagon": [(-r, 0), (-half, -high), (half, -high), (r, 0), (half, high), (-half, high)],
        "diamond": [(0, -r), (r, 0), (0, r), (-r, 0)],
    }.get(shape, [])
    return " ".join(f"{x + dx},{y + dy}" for dx, dy in corners)


def _short(text: str, most: int = 18) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
