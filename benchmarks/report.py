"""The benchmark's table as Markdown."""

import os
import platform
from pathlib import Path
from typing import Any

from benchmarks.scoring import Score

HEADER = ["data", "entity type", "true pairs", "tool", "precision", "recall", "F1", "F1 at the best threshold", "seconds"]
RULER = ["---", "---", "---:", "---", *["---:"] * 5]
SAID_HEADER = [
    "data",
    "entity type",
    "links",
    "precision, said",
    "true",
    "recall, said",
    "true",
    "expected matches",
    "true pairs",
    "compared",
]
SAID_RULER = ["---", "---", *["---:"] * 8]
SAID = """\
Before it sees any truth, the unit says what it expects of its links. Here only links count, as the owners get them, not the further pairs
inside clusters, so that recall over three owners is lower than above. *Compared* is the share of true pairs that met in blocking.
"""
HOW = """\
Every tool links the same files of all owners of a data set. Figures are over all true pairs of records at two owners, so that those
lost in blocking count as missed. *Precision*, *recall* and *F1* are at the decision that each tool takes without labels: Splink and ECM
a match probability of at least one half and one record per owner, anonlink its greedy solver at a Dice coefficient of 0.80, Trilink its
shipped agreement; what counts is all pairs inside a tool's clusters. *F1 at the best threshold* cuts each tool's ranked list where the
truth says, under one rule for all: greedy single-link, one record per owner (`single_link.py`). Trilink's list ends at a match
probability of 0.02, anonlink's at a Dice coefficient of 0.75. *Seconds* are wall time from tidy tables to decided pairs, over all entity
types of the set, without start-up; for Trilink the steps encode, link, regroup and cluster of a rehearsal, which seals every message.

`febrl4-names` has names, birth date and postal code alone, `febrl4-half` the same with half of each owner's people in common.

Splink and ECM read clear text, anonlink and Trilink do not. The peers' settings are in `peers/`; blocking rules, fields and weights were
chosen while looking at these sets, ECM's for FEBRL4 and pseudopeople by the truth itself: expect optimism. Trilink's agreement is the
one it ships with, the same for every set. `fake-1000` is dealt to two owners, each with one record of a person (`data_sets.py`);
`invented medium` comes from the lab of this project, made by the same minds as Trilink, whose passes and weights were chosen while looking
at this very seed, while the peers' settings had two or three tries: it shows what is hard, not who is best.
"""


def row(data: str, entity: str, tool: str, score: Score, seconds: str) -> list[str]:
    """One line of the table; what is not defined says so."""
    figures = (score.decided["precision"], score.decided["recall"], score.decided["f1"], score.best_f1)
    shown = ("undefined" if figure is None else f"{figure:.4f}" for figure in figures)
    return [data, entity, f"{score.true_pairs:,}", tool, *shown, seconds]


def said_row(data: str, entity: str, measures: dict[str, Any]) -> list[str]:
    """One line of the second table, from a rehearsal's scoreboard (docs/spec/scoreboard.md)."""
    said = measures["estimates"]
    shares = [said[name][side] for name in ("precision", "recall") for side in ("estimate", "truth")]
    shown = ["undefined" if share is None else f"{share:.3f}" for share in [*shares, measures["pairs_completeness"]]]
    matches = said["matches"]
    counts = [measures["default"]["links"], *(round(matches[side] or 0) for side in ("estimate", "truth"))]
    return [data, entity, f"{counts[0]:,}", *shown[:4], *(f"{count:,}" for count in counts[1:]), shown[4]]


def left_out(data: str, tool: str, reason: str) -> list[str]:
    """The line of a tool that did not run."""
    return [data, "", "", tool, f"left out: {reason}".replace("|", "/"), *[""] * 4]


def report(rows: list[list[str]], said: list[list[str]], versions: dict[str, str], command: str) -> str:
    """The whole page, ``said`` the lines of its second table; names the machine by its kind alone."""
    table = _table(HEADER, RULER, *rows)
    if said:
        table += ["", "## What the unit says of itself, without labels", "", SAID, *_table(SAID_HEADER, SAID_RULER, *said)]
    made = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    machine = f"{os.cpu_count()} cores{_processor()}, {platform.system()} {platform.machine()}"
    ending = f"Made by `{command}` with {made}; Python {platform.python_version()}, {machine}."
    return "\n".join(["# Linkage quality beside the peers", "", HOW, *table, "", ending, ""])


def _table(*lines: list[str]) -> list[str]:
    return ["| " + " | ".join(cells) + " |" for cells in lines]


def _processor() -> str:
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text(encoding="utf-8").splitlines() if cpu.exists() else []
    return next((f" ({line.partition(':')[2].strip()})" for line in lines if line.startswith("model name")), "")
