"""Linkage quality beside the peer: Trilink on sealed encodings, recordlinkage's ECM on the clear text of the same files.

    python -m benchmarks.quality [--tiny] [--peer-only] [--source DIR] [--work DIR] [--out FILE]

FEBRL4 with and without social security number, pseudopeople per pair of owners. `--tiny` takes 400 people of each set: a check
that the bench still runs, no measurement. Pseudopeople is left out, with a word, where its files are not at hand.
"""

import argparse
import csv
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from benchmarks import ecm
from linkage.lab.evaluation import Pair, decision_quality, pair, true_pairs
from linkage.lab.febrl4 import write_febrl4
from linkage.lab.pseudopeople import write_pseudopeople

TINY = 400  # people
TOOLS = ("trilink", "recordlinkage", "scikit-learn", "pandas", "numpy")
HEADER = ["data", "owners", "true pairs", "tool", "precision", "recall", "F1", "F1 at the best threshold"]


class Score(NamedTuple):
    """One tool's figures on one pair of owners: at its label-free decision, and F1 at the threshold a judge would pick."""

    decided: dict[str, Any]
    best_f1: float


def main() -> None:
    """Run everything and print one Markdown table; written to `--out` too."""
    options = _options()
    with tempfile.TemporaryDirectory() as scratch:
        work = options.work or Path(scratch)
        rows: list[list[str]] = []
        for name, folder in _data_sets(work, options.source):
            if options.tiny:
                _thin(folder, TINY)
            rows += _rows(name, folder, None if options.peer_only else _rehearse(folder, work / f"{folder.name}-out"))
    report = _report(rows, options.tiny)
    print(report)
    if options.out:
        options.out.write_text(report, encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiny", action="store_true", help=f"only {TINY} people of each set")
    parser.add_argument("--peer-only", action="store_true", help="without Trilink")
    parser.add_argument("--source", type=Path, default=Path("../shared/data/pseudopeople"), help="pseudopeople's three files")
    parser.add_argument("--work", type=Path, help="keep the rehearsals here")
    parser.add_argument("--out", type=Path, help="write the table here too")
    return parser.parse_args()


def _data_sets(work: Path, source: Path) -> Iterator[tuple[str, Path]]:
    for name, ssn in (("febrl4", True), ("febrl4-no-ssn", False)):
        write_febrl4(work / name, ssn=ssn)
        yield "febrl4", work / name
    if source.is_dir():
        write_pseudopeople(source, work / "pseudopeople")
        yield "pseudopeople", work / "pseudopeople"
    else:
        print(f"pseudopeople: no folder {source}, left out", file=sys.stderr)


def _rows(name: str, folder: Path, rehearsed: Path | None) -> Iterator[list[str]]:
    truth = true_pairs(pd.read_csv(folder / "truth.csv", dtype=str))
    owners = sorted(path.name for path in folder.iterdir() if path.is_dir())
    for left, right in combinations(owners, 2):
        true = {p for p in truth if (p[1][0], p[2][0]) == (left, right)}
        scores = {"recordlinkage ECM, clear text": _peer(name, folder, true, (left, right))}
        if rehearsed:
            scores["Trilink, encoded"] = _trilink(rehearsed, true, (left, right))
        for tool, score in scores.items():
            figures = (score.decided["precision"], score.decided["recall"], score.decided["f1"], score.best_f1)
            shown = ("undefined" if figure is None else f"{figure:.4f}" for figure in figures)
            yield [folder.name, f"{left} and {right}", f"{len(true):,}", tool, *shown]


def _rehearse(folder: Path, out: Path) -> Path:
    """Run the real command, as a user would; returns its folder."""
    command = [str(Path(sys.executable).parent / "trilink"), "rehearse", "--data", str(folder), "--out", str(out), "--seed", "1"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return out


def _trilink(out: Path, true: set[Pair], owners: tuple[str, str]) -> Score:
    quality = json.loads((out / "quality.json").read_text(encoding="utf-8"))["suspect"]
    links = pd.read_csv(out / "links.csv", dtype=str).astype({"weight": float}).sort_values("weight", ascending=False, kind="stable")
    columns = (links[name] for name in ("entity", "owner_a", "record_a", "owner_b", "record_b"))
    ranked = [pair(*row) for row in zip(*columns, strict=True)]
    return Score(
        quality["by_owner_pair"]["-".join(owners)]["default"],
        _best_f1([p for p in ranked if (p[1][0], p[2][0]) == owners], true),
    )


def _peer(name: str, folder: Path, true: set[Pair], owners: tuple[str, str]) -> Score:
    left, right = owners
    tables = [ecm.read_owner(folder / owner / "suspect.csv") for owner in owners]
    links = ecm.link(tables[0], tables[1], ecm.SETTINGS[name])
    ranked = [pair("suspect", left, a, right, b) for a, b in zip(links["record_a"], links["record_b"], strict=True)]
    decided = {p for p, probability in zip(ranked, links["probability"], strict=True) if probability >= 0.5}
    return Score(decision_quality(decided, true), _best_f1(ranked, true))


def _best_f1(ranked: list[Pair], true: set[Pair]) -> float:
    """The highest F1 over all cuts of a list ordered by certainty, which only the truth can find."""
    right, best = 0, 0.0
    for number, candidate in enumerate(ranked, start=1):
        right += candidate in true
        best = max(best, 2 * right / (number + len(true)))
    return best


def _thin(folder: Path, people: int) -> None:
    """Keep the first people by entity id, in every file."""
    truth = pd.read_csv(folder / "truth.csv", dtype=str)
    kept = truth[truth["entity_id"].isin(sorted(truth["entity_id"].unique())[:people])]
    kept.to_csv(folder / "truth.csv", index=False, lineterminator="\n")
    for owner, records in kept.groupby("owner")["record_id"]:
        path = folder / str(owner) / "suspect.csv"
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        table[table["record_id"].isin(records)].to_csv(path, index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)


def _report(rows: list[list[str]], tiny: bool) -> str:
    table = ["| " + " | ".join(cells) + " |" for cells in (HEADER, ["---"] * 4 + ["---:"] * 4, *rows)]
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in TOOLS)
    return "\n".join(
        [
            "# Linkage quality beside the peer",
            "",
            "Over all true pairs, so that those lost in blocking count as missed. The decisions use no labels; the last column picks",
            "the threshold with the truth, and the peer's keys and fields were picked with the truth too (`benchmarks/ecm.py`).",
            "",
            *table,
            "",
            f"Made by `python -m benchmarks.quality{' --tiny' if tiny else ''}` with {versions};",
            f"Python {platform.python_version()} on {platform.system()} {platform.machine()}, {os.cpu_count()} cores.",
            "",
        ]
    )


if __name__ == "__main__":
    main()
