"""The risk report: one page and one JSON document of what the attacks found; counts and shares, no record.

Format ``trilink/risk-report/v1``: ``about`` (what was attacked, with what), ``aim`` (share above chance that must not be exceeded),
``scored`` (by a crosswalk, or estimated on the population alone), ``seen`` (counts of an opened package), ``strongest``, and ``findings``.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from linkage.lab.attacks.findings import Finding, strongest
from linkage.protocol.atomic_files import written_whole
from linkage.protocol.page import page_template

FORMAT = "trilink/risk-report/v1"
AIM = 0.01  # above chance, by the strongest attack


def risk_report(found: list[Finding], about: Mapping[str, Any], seen: Mapping[str, float], *, scored: bool) -> dict[str, Any]:
    """The document; ``about`` and ``seen`` are shown as they are."""
    most = strongest(found)
    rows = [
        {"attack": one.attack, "of": one.of, "share": _round(one.share), "chance": _round(one.chance), "above": _round(one.above),
         "counts": one.counts}
        for one in found
    ]  # fmt: skip
    return {
        "format": FORMAT, "about": dict(about), "scored": scored, "seen": dict(seen), "aim": AIM, "findings": rows,
        "strongest": None if most is None else {"attack": most.attack, "above": _round(most.above), "holds": most.above <= AIM},
    }  # fmt: skip


def write_risk_page(report: Mapping[str, Any], path: Path) -> None:
    """One self-contained HTML file; the same report makes the same bytes."""
    page = page_template("linkage.lab", "risk.html").render(language="en", r=report, percent=percent)
    with written_whole(path) as file:
        file.write(page.encode())


def percent(share: float) -> str:
    """A share in per cent, as fine as the aim asks for.

    >>> percent(0.00954)
    '0.95 %'
    """
    return f"{100 * share:.2f} %"


def _round(number: float) -> float:
    return round(number, 5)
