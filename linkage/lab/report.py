"""A rehearsal's `report.html`: what was linked, how well where the truth is known, and what it cost.

1. Counts and measures only; a record id never comes onto the page.
2. `links.csv` and `clusters.csv` must be there and right; `timings.json` is shown as far as it can be understood; `scoreboard.json` is
   shown when it is there and of our format.
3. Same files, same bytes.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from linkage.lab.results import CLUSTERS, read_links, read_table
from linkage.lab.scoreboard import FORMAT
from linkage.protocol.atomic_files import written_whole
from linkage.protocol.errors import TrilinkError
from linkage.protocol.page import page_template

UNKNOWN = "–"
BINS = 40  # of the weights, at most

LinkCounts = Mapping[tuple[str, str, str], Mapping[str, int]]
"""Entity and two owners in alphabetical order -> links by band."""


class Step(NamedTuple):
    """One line of `timings.json`, as text; `share` of the longest step, in 0..1."""

    name: str
    party: str
    seconds: str
    peak: str
    share: float


def write_report(out: Path) -> Path:
    """Write `report.html` beside the rehearsal's results in `out`, and return its path."""
    links = read_links(out / "links.csv")
    bands, board = bands_of(links), read_scoreboard(out / "scoreboard.json")
    histogram = weight_histogram(links, bands)
    page = page_template("linkage.lab", "report.html").render(
        language="en",
        bands=bands,
        links=sorted(count_links(links).items()),
        total=len(links),
        clusters=count_clusters(read_table(out / "clusters.csv", CLUSTERS)),
        histogram=histogram,
        board=board,
        pictures=_pictures(board, histogram, bands),
        steps=read_timings(out / "timings.json"),
    )
    path = out / "report.html"
    with written_whole(path) as file:
        file.write(page.encode())
    return path


def _pictures(board: dict[str, Any] | None, histogram: Sequence[Mapping[str, Any]], bands: Sequence[str]) -> dict[str, Any]:
    """SVG by name; empty where there is nothing to draw."""
    from linkage.lab import charts  # its drawing engine takes a second to load, and a rehearsal without links draws nothing

    pictures: dict[str, Any] = {"weights": charts.weights(histogram, bands), "slices": {}}
    if board:
        entities = board["entities"]
        pictures["curve"] = charts.precision_recall(
            {name: found["curve"] for name, found in entities.items()}, {name: found["default"] for name, found in entities.items()}
        )
        pictures["reliability"] = charts.reliability({name: found["calibration"] for name, found in entities.items()})
        pictures["slices"] = {name: charts.slices(found["slices"], found["default"]) for name, found in entities.items()}
    return pictures


def bands_of(links: pd.DataFrame) -> list[str]:
    """Bands from the surest down: a band is the surer, the higher its lowest probability."""
    lowest = links.groupby("band")["probability"].min().to_dict()
    return sorted((str(band) for band in lowest), key=lambda band: (-lowest[band], band))


def count_links(links: pd.DataFrame) -> LinkCounts:
    """Links by entity type, owners and band, whichever way round they are written."""
    swap = links["owner_a"] > links["owner_b"]
    first, second = links["owner_a"].where(~swap, links["owner_b"]), links["owner_b"].where(~swap, links["owner_a"])
    sizes = pd.DataFrame({"entity": links["entity"], "a": first, "b": second, "band": links["band"]}).value_counts(sort=False)
    counts: dict[tuple[str, str, str], dict[str, int]] = {}
    for (entity, left, right, band), count in zip(sizes.index.tolist(), sizes.tolist(), strict=True):
        counts.setdefault((entity, left, right), {})[band] = count
    return counts


def count_clusters(clusters: pd.DataFrame) -> list[tuple[str, int, int]]:
    """(entity, owners in a cluster, how many clusters of that kind), sorted."""
    owners = clusters.groupby(["entity", "cluster_id"])["owner"].nunique()
    counts = owners.groupby("entity").value_counts()
    return sorted((*kind, count) for kind, count in zip(counts.index.tolist(), counts.tolist(), strict=True))


def weight_histogram(links: pd.DataFrame, bands: Sequence[str]) -> list[dict[str, Any]]:
    """Links of each band from weight `low` to below `high`, in at most `BINS` bins of whole bits; no row where there are none."""
    if links.empty:
        return []
    first, last = np.floor(links["weight"].min()), np.floor(links["weight"].max()) + 1
    width = max(int(np.ceil((last - first) / BINS)), 1)
    edges = np.arange(first, last + width, width)
    counts = {band: np.histogram(links.loc[links["band"] == band, "weight"], bins=edges)[0] for band in bands}
    return [
        {"low": int(low), "high": int(high), "band": band, "links": int(counts[band][place])}
        for place, (low, high) in enumerate(pairwise(edges))
        for band in bands
        if counts[band][place]
    ]


def read_scoreboard(path: Path) -> dict[str, Any] | None:
    """The scoreboard; None without one. Anything else under its name is refused."""
    if not path.exists():
        return None
    content = _json(path)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise TrilinkError(f"{path.name}: not of the format {FORMAT}; evaluate again")
    return content


def read_timings(path: Path) -> list[Step]:
    """Steps in the file's order: a list of {step, party, seconds, peak_mib}; empty when the file is none, a dash for what is missing."""
    content = _json(path)
    entries = [entry for entry in content if isinstance(entry, dict)] if isinstance(content, list) else []
    seconds = [_number(entry.get("seconds")) for entry in entries]
    longest = max((number for number in seconds if number is not None), default=0.0)
    return [
        Step(
            name=str(entry.get("step") or UNKNOWN),
            party=str(entry.get("party") or UNKNOWN),
            seconds=UNKNOWN if taken is None else f"{taken:,.1f}",
            peak=_count(entry.get("peak_mib")),
            share=round(taken / longest, 3) if taken and longest else 0.0,
        )
        for entry, taken in zip(entries, seconds, strict=True)
    ]


def _count(value: object) -> str:
    number = _number(value)
    return UNKNOWN if number is None else f"{number:,.0f}"


def _number(value: object) -> float | None:
    """A finite number from JSON, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None


def _json(path: Path) -> Any:
    """The file's content; None when it is not there or is not JSON, for a report without it is still worth reading."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
