"""A run as one page for the joint team, in English, Spanish or French; what it says is in ``pages/run_texts.toml``."""

import tomllib
from functools import partial
from importlib.resources import files
from types import SimpleNamespace
from typing import NamedTuple

from linkage.protocol.page import called, page_template
from linkage.unit.run_view import Bar, EntityView, RunView
from linkage.unit.state import RunState

LANGUAGES = ("en", "es", "fr")
WIDTH, HEIGHT = 600, 160
TEXTS: dict[str, dict[str, str]] = tomllib.loads((files("linkage.unit") / "pages" / "run_texts.toml").read_text(encoding="utf-8"))


class Box(NamedTuple):
    """One band's part of a bar, in the units of the picture."""

    x: float
    y: float
    width: float
    height: float
    place: int


def run_page(view: RunView, state: RunState, language: str) -> bytes:
    """One self-contained HTML file; the same run makes the same bytes."""
    agreement = state.agreement
    content = page_template("linkage.unit", "run.html").render(
        language=language,
        t=SimpleNamespace(**{key: said[language] for key, said in TEXTS.items()}),
        called=partial(called, language),
        agreement=agreement.title,
        countries={owner: agreement.parties[owner].country for owner in agreement.owners},
        bands=list(agreement.decision.bands),
        release=agreement.decision.release,
        view=view,
        boxes={one.entity: boxes(one.bars) for one in view.entities},
        share=_share,
        drift={one.entity: drift(one) for one in view.entities},
        size=(WIDTH, HEIGHT),
    )
    return content.encode()


def boxes(bars: list[Bar]) -> list[Box]:
    """The histogram of the weights, bands on top of each other, the best at the bottom."""
    tallest = max((bar.total for bar in bars), default=0)
    found = []
    for number, bar in enumerate(bars):
        top = float(HEIGHT)
        for place, (_, count) in enumerate(bar.counts):
            if count:
                high = HEIGHT * count / tallest
                top -= high
                found.append(
                    Box(round(number * WIDTH / len(bars), 1), round(top, 1), round(WIDTH / len(bars) - 1, 1), round(high, 1), place)
                )
    return found


def drift(one: EntityView) -> list[tuple[str, float | None, float | None]]:
    """Links, precision, recall: in the epoch before and now; empty where one of them is not there."""
    if one.quality is None or one.before is None:
        return []
    return [(name, one.before[name], one.quality[name]) for name in ("links", "precision", "recall")]


def _share(value: float | None) -> str:
    """A share in per cent with one decimal, a dash for none.

    >>> _share(0.9567), _share(None)
    ('95.7 %', '–')
    """
    return "–" if value is None else f"{100 * value:.1f} %"
