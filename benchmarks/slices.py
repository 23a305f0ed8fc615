"""Recall and precision slice by slice, with values compared as they are typed and as this version understands them, on one corpus.

    python -m benchmarks.slices [--size medium] [--seed 1] [--work DIR] [--out FILE]

Two rehearsals of one invented corpus under two agreements. *As typed* is the shipped one with what the domain work brought taken out by
``AS_TYPED``: names, places, serials, makes and calibres are text, in capitals and without accents, and compared by plain q-grams; nobody
has an alias. Passes, lengths, levels, the draw and the decision are the same, and so are dates and identifiers, which were read before.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from linkage.lab.invention import invent
from linkage.lab.plan import plan

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ROOT / "configs" / "agreement.toml"
FEWEST = 10  # true pairs of a slice that is shown
AS_TYPED = [  # what stands in the shipped agreement, what takes its place
    (r'kind = "(given_names|surname|moniker|place|street|locality|organization_name|legal_form|serial|make|model|calibre|firearm_type)"',
     'kind = "text"'),
    (r"(?m)^aliases = .*\n", ""),
    (r'"name_q_grams", "short_words"', '"q_grams"'),
    (r'"(name_q_grams|serial_q_grams)"', '"q_grams"'),
    (r'"serial_positions"', '"positional"'),
    (r'features = \["(calibre|first_word)"\]', 'features = ["exact"]'),
    (r"phonetic_name\(", "phonetic("),
    (r"calibre_class\(", "exact("),
    (r"(serial_reduced|ocr_fold|serial_stub)\(serial_number\)", "exact(serial_number)"),
    (r"serial_start\(serial_number\)", "first(serial_number, 5)"),
    (r"serial_end\(serial_number\)", "last(serial_number, 5)"),
    (r"serial_ends\(serial_number\)", "digits(serial_number)"),
    (r"ocr_fold\(", "exact("),
]  # fmt: skip


def main() -> None:
    """Print the table as Markdown; written to ``--out`` too."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="medium", help="small, medium, or a number of suspects of each owner")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--work", type=Path, help="keep the corpus and the rehearsals here; a rehearsal that is there is not run again")
    parser.add_argument("--out", type=Path, help="write the table here too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        work = options.work or Path(scratch)
        if not (work / "data").is_dir():
            invent(work / "data", plan(options.size, None, "typical", options.seed), options.workers)
        page = table(
            *(_rehearsed(work, name, text, options) for name, text in (("typed", as_typed()), ("now", SHIPPED.read_text("utf-8"))))
        )
    print(page, end="")
    if options.out:
        options.out.write_text(page, encoding="utf-8")


def as_typed() -> str:
    """The shipped agreement without what makes values of one meaning alike."""
    text = SHIPPED.read_text(encoding="utf-8")
    for shipped, plain in AS_TYPED:
        text, count = re.subn(shipped, plain, text)
        if not count:
            raise ValueError(f"the shipped agreement has no {shipped} any more: AS_TYPED is out of date")
    return text


def _rehearsed(work: Path, name: str, agreement: str, options: argparse.Namespace) -> dict[str, Any]:
    """The scoreboard of a rehearsal under this agreement, by entity type."""
    out, written = work / name, work / f"{name}.toml"
    if not (out / "scoreboard.json").is_file():
        print(f"rehearsing: {name}", file=sys.stderr, flush=True)
        written.write_text(agreement, encoding="utf-8")
        run = [sys.executable, "-m", "flows.command_line", "rehearse", "--data", str(work / "data"), "--out", str(out)]
        told = ["--agreement", str(written), "--seed", str(options.seed), "--workers", str(options.workers)]
        subprocess.run([*run, *told], check=True, stdout=subprocess.DEVNULL)
    board: dict[str, Any] = json.loads((out / "scoreboard.json").read_text(encoding="utf-8"))["entities"]
    return board


def table(typed: dict[str, Any], now: dict[str, Any]) -> str:
    """Markdown: for each entity type all pairs, then every slice of at least ``FEWEST`` true pairs."""
    lines = ["| entity type | slice | true pairs | as typed: recall, precision | now: recall, precision |", "|---|---|---:|---|---|"]
    for entity in ("suspect", "firearm", "organization"):
        before, after = ({"all": _whole(board[entity])} | _slices(board[entity]) for board in (typed, now))
        lines += [
            f"| {entity} | {name.replace('_', ' ')} | {found['true_pairs']:,} | {_said(before.get(name))} | {_said(found)} |"
            for name, found in after.items()
            if found["true_pairs"] >= FEWEST
        ]
    return "\n".join(lines) + "\n"


def _whole(measures: dict[str, Any]) -> dict[str, Any]:
    return {"true_pairs": measures["true_pairs"], **measures["default"]}


def _slices(measures: dict[str, Any]) -> dict[str, Any]:
    return {name: measures["slices"][name]["within"] for name in sorted(measures["slices"])}


def _said(found: dict[str, Any] | None) -> str:
    """Recall and precision with three places; a dash where it is not defined."""
    shares = (None, None) if found is None else (found["recall"], found["precision"])
    return ", ".join("–" if share is None else f"{share:.3f}" for share in shares)


if __name__ == "__main__":
    main()
