"""A rehearsal's `report.html`: what was linked, how well where the truth is known, and what it cost.

1. Counts and measures only; a record id never comes into this room's types.
2. `links.csv` and `clusters.csv` must be there and right; `quality.json` and `timings.json` are shown as far as they can be understood.
3. Same files, same bytes.
"""

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from linkage.lab.weight_histogram import FINE, WeightCounts, histogram
from linkage.protocol.atomic_files import written_whole
from linkage.protocol.errors import TrilinkError
from linkage.protocol.page import page_template

LINKS = ("entity", "owner_a", "record_a", "owner_b", "record_b", "weight", "probability", "band")
CLUSTERS = ("entity", "cluster_id", "owner", "record_id")
UNKNOWN = "–"

LinkCounts = Mapping[tuple[str, str, str], Counter[str]]
"""Entity and two owners in alphabetical order -> links by band."""


class Found(NamedTuple):
    """What `links.csv` says: bands from the surest down, links by entity and owners, weights by band."""

    bands: list[str]
    links: LinkCounts
    weights: WeightCounts


class Step(NamedTuple):
    """One line of `timings.json`, as text; `share` of the longest step, in 0..1."""

    name: str
    party: str
    seconds: str
    peak: str
    share: float


class Measured(NamedTuple):
    """Quality of one entity type, over all owners or one pair of them, as text; figures as in `linkage.lab.evaluation`."""

    entity: str
    scope: str
    blocking: list[str]
    decisions: list[tuple[str, list[str]]]


def write_report(out: Path) -> Path:
    """Write `report.html` beside the rehearsal's results in `out`, and return its path."""
    found = read_links(out / "links.csv")
    page = page_template("linkage.lab", "report.html").render(
        language="en",
        bands=found.bands,
        links=sorted(found.links.items()),
        total=sum(sum(bands.values()) for bands in found.links.values()),
        clusters=read_clusters(out / "clusters.csv"),
        histogram=histogram(found.weights, found.bands),
        quality=read_quality(out / "quality.json"),
        steps=read_timings(out / "timings.json"),
    )
    path = out / "report.html"
    with written_whole(path) as file:
        file.write(page.encode())
    return path


def read_links(path: Path) -> Found:
    """Counts of links; a band is the surer, the higher its lowest probability."""
    links: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    weights: dict[str, Counter[int]] = defaultdict(Counter)
    lowest: dict[str, float] = {}
    for line, (entity, owner_a, _, owner_b, _, weight, probability, band) in _rows(path, LINKS):
        numbers = _number(weight), _number(probability)
        if numbers[0] is None or numbers[1] is None:
            raise TrilinkError(f"{path.name}, line {line}: weight or probability is not a number")
        first, second = sorted((owner_a, owner_b))
        links[entity, first, second][band] += 1
        weights[band][int(numbers[0] * FINE // 1)] += 1
        lowest[band] = min(lowest.get(band, 1.0), numbers[1])
    return Found(sorted(lowest, key=lambda band: (-lowest[band], band)), links, weights)


def read_clusters(path: Path) -> list[tuple[str, int, int]]:
    """(entity, owners in a cluster, how many clusters of that kind), sorted."""
    owners: dict[tuple[str, str], set[str]] = defaultdict(set)
    for _, (entity, cluster_id, owner, _) in _rows(path, CLUSTERS):
        owners[entity, cluster_id].add(owner)
    counts = Counter((entity, len(found)) for (entity, _), found in owners.items())
    return [(entity, size, count) for (entity, size), count in sorted(counts.items())]


def read_quality(path: Path) -> list[Measured]:
    """Every entity type, then its pairs of owners; empty without truth. Figures that are not there are shown as a dash."""
    measured = []
    content = _json(path)
    for entity, overall in sorted(content.items()) if isinstance(content, dict) else ():
        if not isinstance(overall, dict) or "true_pairs" not in overall:
            continue
        pairs = overall.get("by_owner_pair")
        scopes = [("all owners", overall), *(sorted(pairs.items()) if isinstance(pairs, dict) else ())]
        measured += [_measured(entity, scope, figures) for scope, figures in scopes if isinstance(figures, dict)]
    return measured


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


def _measured(entity: str, scope: str, figures: Mapping[str, Any]) -> Measured:
    blocking = [_count(figures.get(name)) for name in ("true_pairs", "expected_matches", "candidate_pairs")]
    blocking += [_share(figures.get(name)) for name in ("pairs_completeness", "reduction_ratio")]
    bands = figures.get("bands")
    named = [("default", figures.get("default")), *(bands.items() if isinstance(bands, dict) else ())]
    return Measured(entity, scope, blocking, [(name, _decision(found)) for name, found in named if isinstance(found, dict)])


def _decision(figures: Mapping[str, Any]) -> list[str]:
    return [_count(figures.get("links")), *(_share(figures.get(name)) for name in ("precision", "recall", "f1"))]


def _count(value: object) -> str:
    number = _number(value)
    return UNKNOWN if number is None else f"{number:,.0f}"


def _share(value: object) -> str:
    number = _number(value)
    return UNKNOWN if number is None else f"{number:.4f}"


def _number(value: object) -> float | None:
    """A finite number from JSON or CSV, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None


def _rows(path: Path, header: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    """Line numbers and cells of a CSV file that must have exactly this header."""
    if not path.is_file():
        raise TrilinkError(f"{path.name}: not in {path.parent}; rehearse first")
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        if tuple(next(rows, ())) != header:
            raise TrilinkError(f"{path.name}: expected the header {','.join(header)}")
        for row in rows:
            if len(row) != len(header):
                raise TrilinkError(f"{path.name}, line {rows.line_num}: expected {len(header)} cells")
            yield rows.line_num, row


def _json(path: Path) -> Any:
    """The file's content; None when it is not there or is not JSON, for a report without it is still worth reading."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
