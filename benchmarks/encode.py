"""Records a second from a CSV file to a sealed package, beside clkhash on the same rows and cores, in one run.

``python -m benchmarks.encode`` takes 20,000 and 100,000 invented suspects, ``--rows N`` other numbers, ``--csv FILE`` another table.
Trilink checks, normalises, encodes and seals all fields of the agreement, several postings a record, a filter for each field; clkhash
makes one filter a record of eleven fields, and neither checks, normalises nor seals. Looking for duplicates is off, for clkhash does not.
"""

import argparse
import csv
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from pathlib import Path

import numpy as np

from linkage.lab.invention import invent
from linkage.lab.plan import plan
from linkage.owner.keys import EncodingKey
from linkage.owner.overriding import Override, overriding
from linkage.owner.profile import OwnerProfile, Source
from linkage.owner.release import Release, release_package, rounded_up
from linkage.protocol.agreement import Agreement
from linkage.protocol.party_keys import new_party_keys

ROOT = Path(__file__).resolve().parents[1]
MADE_OF = 3000  # suspects of a country that the rows are drawn from
WITH_NEW_DIGITS = ("phone", "curp", "rfc", "ssn", "fbi_ucn", "fps", "sin", "passport", "driver_licence")
TOGETHER = (("given_names", "sex"), ("surname_1",), ("surname_2",), ("locality", "region", "postal_code", "country", "nationality"))


def write_suspects(path: Path, rows: int) -> None:
    """Suspects drawn column by column from a small sample, with new birthdays, house numbers and identifiers, so that few repeat."""
    with tempfile.TemporaryDirectory() as folder:
        invent(Path(folder), plan(str(MADE_OF), None, "typical", seed=1))
        people = []
        for country in ("mx", "ca", "us"):
            with (Path(folder) / country / "suspect.csv").open(encoding="utf-8", newline="") as file:
                people += list(csv.DictReader(file))
    chance = np.random.default_rng(1)
    columns = list(people[0])
    grouped = [list(group) for group in TOGETHER] + [[name] for name in columns if not any(name in group for group in TOGETHER)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for start in range(0, rows, 10_000):
            count = min(10_000, rows - start)
            drawn = {name: place for group in grouped for place in [chance.integers(0, len(people), count)] for name in group}
            digits = chance.integers(0, 10, (count, 64)).astype(str)
            for at in range(count):
                row = {name: people[drawn[name][at]][name] for name in columns} | {"record_id": f"R{start + at:08d}"}
                writer.writerow(_own(row, digits[at]).values())


def _own(row: dict[str, str], digits: "np.ndarray[tuple[int], np.dtype[np.str_]]") -> dict[str, str]:
    fresh = iter(digits)
    for name in WITH_NEW_DIGITS:
        start = 10 if name == "curp" else 0  # its date must stay one
        row[name] = row[name][:start] + "".join(next(fresh) if mark.isdigit() else mark for mark in row[name][start:])
    if len(row["date_of_birth"]) == 10:
        row["date_of_birth"] = f"19{digits[0]}{digits[1]}-0{int(digits[2]) % 9 + 1}-{int(digits[3]) % 2 + 1}{int(digits[4]) % 8}"
    if row["house_number"]:
        row["house_number"] = str(int("".join(digits[5:9])) + 1)
    return row


class _Peak:
    """Peak of the memory that is this process's own (not of mapped files), in MiB, looked at twenty times a second."""

    def __enter__(self) -> "_Peak":
        self.mib, self._over = 0.0, threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._over.wait(0.05):
            for line in Path("/proc/self/status").read_text().splitlines():
                if line.startswith("RssAnon:"):
                    self.mib = max(self.mib, int(line.split()[1]) / 1024)


def trilink(path: Path, rows: int) -> dict[str, float]:
    """One release, all-in."""
    document = tomllib.loads((ROOT / "configs" / "agreement.toml").read_text(encoding="utf-8"))
    owner, unit = new_party_keys("mx"), new_party_keys("joint-team")
    for keys in (owner, unit):
        document["parties"][keys.party] |= {"signing_key": keys.public().signing_key, "sealing_key": keys.public().sealing_key}
    agreement = Agreement.model_validate(document)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        home = Path(folder)
        profile = OwnerProfile(
            format="trilink/owner-profile/v1", party="mx", agreement=home, home=home, keys={"private": home / "none"},
            sources={"suspect": Source(path=path, deduplicate=False)},
        )  # fmt: skip
        sizes = {"mx": {"suspect": rounded_up(rows)}}
        release = Release(profile, agreement, owner, ("bench", EncodingKey(bytes(32)), sizes))
        answered = Override("benchmark", "invented numbers have no right check digits")
        with overriding(answered), _Peak() as peak:
            before, started = time.process_time(), time.perf_counter()
            report = release_package(release, "suspect", home / "package.sealed")
            seconds, processor = time.perf_counter() - started, time.process_time() - before
        size = (home / "package.sealed").stat().st_size
    return {
        "records": report["records"], "postings": report["postings"], "seconds": seconds, "processor": processor,
        "peak_mib": peak.mib, "bytes": size,
    }  # fmt: skip


def clkhash(path: Path, python: Path) -> dict[str, float]:
    """The peer in its own environment; nothing where it is not installed."""
    if not python.exists():
        return {}
    script = Path(__file__).with_name("clkhash_peer.py")
    found = subprocess.run([str(python), str(script), str(path)], check=True, capture_output=True, text=True)
    answer: dict[str, float] = json.loads(found.stdout)
    return answer


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tiny", action="store_true", help="little data, for CI")
    parser.add_argument("--rows", type=int, nargs="*", default=[20_000, 100_000])
    parser.add_argument("--csv", type=Path, help="a table of suspects in the agreed field names, in place of invented ones")
    parser.add_argument("--peer-python", type=Path, default=ROOT / ".venv-peers" / "bin" / "python", help="where clkhash is installed")
    options = parser.parse_args()
    columns = "rows", "by", "records/s", "records/s of processor time", "postings or CLKs/s", "peak MiB", "bytes a record"
    print(f"| {' | '.join(columns)} |\n| {' | '.join('---:' for _ in columns)} |")
    with tempfile.TemporaryDirectory() as folder:
        trilink(_table(Path(folder), 100), 100)  # compile
        for rows in [300] if options.tiny else options.rows:
            path = options.csv or _table(Path(folder), rows)
            for name, found in (("Trilink", trilink(path, rows)), ("clkhash", clkhash(path, options.peer_python))):
                print(f"| {rows:,} | {name} | {' | '.join(_figures(found))} |", flush=True)
    print(f"\nPython {platform.python_version()} on {platform.system()} {platform.machine()}, {len(os.sched_getaffinity(0))} cores, once.")
    print("clkhash: one CLK of 1,024 bits a record of eleven fields; Trilink: all fields, all postings, checked, normalised and sealed.")
    if not options.peer_python.exists():
        print(f"clkhash was not run: there is no {options.peer_python.name} at --peer-python.", file=sys.stderr)


def _figures(found: dict[str, float]) -> list[str]:
    """Of the peer, whose worker processes are not ours to time, no processor time is known; it makes one filter a record."""
    if not found:
        return ["not installed", *[""] * 4]
    records, seconds = found["records"], found["seconds"]
    processor = f"{records / found['processor']:,.0f}" if "processor" in found else ""
    others = [found.get("postings", records) / seconds, found["peak_mib"], found.get("bytes", 128 * records) / records]
    return [f"{records / seconds:,.0f}", processor, *(f"{figure:,.0f}" for figure in others)]


def _table(folder: Path, rows: int) -> Path:
    path = folder / f"suspects-{rows}.csv"
    write_suspects(path, rows)
    return path


if __name__ == "__main__":
    main()
