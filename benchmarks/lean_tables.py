"""Lean tables of an invented corpus: of suspects a few columns, so that a million of them fit a disk; of firearms all."""

import csv
import shutil
from pathlib import Path

from linkage.lab.invention import invent
from linkage.lab.plan import plan

LEAN = ("record_id", "case_id", "given_names", "surname_1", "surname_2", "date_of_birth", "street", "locality", "postal_code", "passport")
OVERLAP = 0.22  # of an owner's records, with each of the others; a fifth of them with both
WORKERS = 2


def write_lean(folder: Path, rows: int, full: bool, seed: int = 1) -> None:
    """Write ``folder/data/<owner>/<entity>.csv`` of suspects and firearms, ``rows`` of each for each of three owners."""
    invent(folder / "corpus", plan(str(rows), OVERLAP, "typical", seed), WORKERS)
    for source in sorted((folder / "corpus").glob("*/*.csv")):
        target = folder / "data" / source.parent.name / source.name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.stem == "suspect" and not full:
            _project(source, target)
        elif source.stem != "organization":
            source.replace(target)
    shutil.rmtree(folder / "corpus")


def _project(source: Path, target: Path) -> None:
    with source.open(encoding="utf-8", newline="") as file, target.open("w", encoding="utf-8", newline="") as out:
        reader = csv.DictReader(file)
        writer = csv.DictWriter(
            out, [name for name in LEAN if name in (reader.fieldnames or ())], extrasaction="ignore", lineterminator="\n"
        )
        writer.writeheader()
        writer.writerows(reader)
