"""Linkage quality beside the peers: Trilink, anonlink, Splink and recordlinkage on the very same files, in one go.

    python -m benchmarks.quality [--tiny] [--tools NAME ...] [--data NAME ...] [--shared DIR] [--work DIR] [--out FILE]

`--tiny` takes 200 entities of each type: a check that the benchmark still runs, no measurement. A data set whose public files are not
at hand is left out with a word; a peer that is not installed is left out in the table, with the reason.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.data_sets import DataSet, data_sets, lay_out
from benchmarks.linkers import NAMES, LeftOut, Result, run_tool
from benchmarks.report import left_out, report, row, said_row
from benchmarks.scoring import score

TINY = 200  # entities


def main() -> None:
    """Run everything and print one Markdown page; written to `--out` too."""
    options = _options()
    rows: list[list[str]] = []
    said: list[list[str]] = []
    versions: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for data_set in data_sets(options.shared):
            if options.data and data_set.name not in options.data:
                continue
            if data_set.source and not data_set.source.is_dir():
                print(f"{data_set.name}: no folder {data_set.source}, left out", file=sys.stderr)
                continue
            work = (options.work or Path(scratch)) / data_set.name.replace(" ", "-")
            work.mkdir(parents=True, exist_ok=True)
            results = run_tools(options.tools, lay_out(data_set, work / "data", TINY if options.tiny else None), data_set)
            rows += _measured(data_set, results, pd.read_csv(work / "data" / "truth.csv", dtype=str))
            said += [said_row(data_set.name, entity, one) for result in results.values() for entity, one in _scoreboard(result)]
            versions |= {
                name: version for result in results.values() if isinstance(result, Result) for name, version in result.versions.items()
            }
    page = report(rows, said, versions, " ".join(["python -m benchmarks.quality", *sys.argv[1:]]))
    print(page)
    if options.out:
        options.out.write_text(page, encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiny", action="store_true", help=f"only {TINY} entities of each type")
    parser.add_argument("--tools", nargs="+", choices=list(NAMES), default=list(NAMES), help="only these tools")
    parser.add_argument("--data", nargs="+", metavar="NAME", help="only these data sets")
    parser.add_argument("--shared", type=Path, default=Path("../shared/data"), help="folder of public data")
    parser.add_argument("--work", type=Path, help="keep data, pairs and rehearsals here; an empty folder")
    parser.add_argument("--out", type=Path, help="write the table here too")
    return parser.parse_args()


def run_tools(tools: list[str], data: Path, data_set: DataSet) -> dict[str, Result | LeftOut]:
    """What each tool made of a data set."""
    results = {}
    for tool in tools:
        print(f"{data_set.name}: {NAMES[tool]}", file=sys.stderr, flush=True)
        results[tool] = run_tool(tool, data, data_set.setting, data.parent)
    return results


def _measured(data_set: DataSet, results: dict[str, Result | LeftOut], truth: pd.DataFrame) -> list[list[str]]:
    """The first table's lines about one data set, by entity type."""
    rows: dict[str, list[list[str]]] = {entity: [] for entity in data_set.entities}
    for tool, result in results.items():
        if isinstance(result, LeftOut):
            rows[data_set.entities[0]].append(left_out(data_set.name, NAMES[tool], result.reason))
            continue
        for number, entity in enumerate(data_set.entities):
            seconds = f"{result.seconds:.1f}" if number == 0 else ""
            rows[entity].append(row(data_set.name, entity, NAMES[tool], score(result.pairs, truth, entity), seconds))
    return [line for lines in rows.values() for line in lines]


def _scoreboard(result: Result | LeftOut) -> list[tuple[str, dict[str, Any]]]:
    return sorted(result.scoreboard.items()) if isinstance(result, Result) else []


if __name__ == "__main__":
    main()
