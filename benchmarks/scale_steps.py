"""The steps of `benchmarks.scale`, each in a process of its own, so that its peak of memory is its own.

``python -m benchmarks.scale_steps STEP FOLDER ENTITY [OWNER]`` works in ``FOLDER``, where ``data`` is an invented corpus, and prints one
JSON row for each part of a step that it timed. The parties' rooms are reached through their flows' own tasks, without the flow engine.
"""

import gc
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.clear_keys import write_clear_keys
from flows._timings import _opened_reset, _peak_mib
from flows.owner import answer, encode_entity, open_owner, step_to_key
from flows.unit import ask, compare_all, decide_all, learn, receive_answers, receive_packages
from linkage.lab.parties import make_parties, write_profile
from linkage.owner.overriding import Override, overriding
from linkage.owner.reading import count_rows
from linkage.protocol.ledger import FILE, HEAD_FILE

ROOT = Path(__file__).resolve().parents[1]
OWNERS = ("ca", "mx", "us")
UNIT = "unit"
EPOCH = "scale"
WORKERS = 2
INVENTED = Override("benchmarks.scale", "an invented corpus; nothing leaves this machine")
Row = dict[str, Any]
Timed = tuple[str, Callable[[], Any]]


class Place:
    """The folders of one run: all parties' secrets lie in it, as in a rehearsal."""

    def __init__(self, folder: Path, entity: str) -> None:
        self.data, self.entity = folder / "data", entity
        self.out = folder / entity
        self.exchange = self.out / "exchange"

    def profile(self, party: str) -> Path:
        return self.out / "parties" / party / "profile.toml"

    def sealed(self, kind: str) -> list[Path]:
        return sorted(self.exchange.glob(f"{kind}.*.sealed"))


def prepare(place: Place) -> Iterator[Timed]:
    """Keys, profiles, commitments and contributions of all parties."""
    agreement = ROOT / "configs" / "agreement.toml"
    place.exchange.mkdir(parents=True, exist_ok=True)
    make_parties(place.out, agreement, OWNERS, seed=1)
    for owner in OWNERS:
        tables = {place.entity: place.data / owner / f"{place.entity}.csv"}
        write_profile(place.out / "parties" / owner, owner, place.out / "agreement.toml", tables)
    write_profile(place.out / "parties" / UNIT, UNIT, place.out / "agreement.toml", None)
    boxes, turns = (place.exchange, place.exchange), OWNERS * 2  # who has committed shows when everybody has
    yield "contribute", lambda: [step_to_key.fn(place.profile(owner), EPOCH, boxes, (None, None)).step for owner in turns]


def encode(place: Place, owner: str) -> Iterator[Timed]:
    """An owner's table to its sealed package, duplicates looked for and all."""

    def sealed() -> dict[str, int]:
        with overriding(INVENTED):
            return encode_entity.fn(place.profile(owner), EPOCH, place.exchange, place.exchange, place.entity)

    yield "encode", sealed


def link(place: Place) -> Iterator[Timed]:
    """From sealed packages to sealed requests, from the beginning whatever was there."""
    shutil.rmtree(place.out / "parties" / UNIT / "home", ignore_errors=True)
    for path in [*place.sealed("regroup-request"), *place.sealed("regroup-answer"), *place.sealed("list")]:
        path.unlink()
    profile = place.profile(UNIT)
    yield "take packages in", lambda: receive_packages.fn(profile, EPOCH, place.sealed("package"))
    yield "compare", lambda: compare_all.fn(profile, EPOCH, "threads", WORKERS)
    yield "learn", lambda: learn.fn(profile, EPOCH)
    yield "ask", lambda: ask.fn(profile, EPOCH, place.exchange, {})


def regroup(place: Place, owner: str) -> Iterator[Timed]:
    """An owner's answer; it would answer a question once only."""
    home = place.out / "parties" / owner / "home"
    for path in [home / FILE, home / HEAD_FILE, *home.glob("epochs/*/answered.*")]:
        path.unlink(missing_ok=True)
    request = place.exchange / f"regroup-request.{EPOCH}.{owner}.1.sealed"
    yield "answer", lambda: answer.fn(place.profile(owner), request, place.exchange / f"regroup-answer.{EPOCH}.{owner}.sealed")


def cluster(place: Place) -> Iterator[Timed]:
    """From sealed answers to sealed lists."""
    profile = place.profile(UNIT)
    yield "take answers in", lambda: receive_answers.fn(profile, EPOCH, place.sealed("regroup-answer"))
    yield "decide and list", lambda: decide_all.fn(profile, EPOCH, place.exchange)


def keys(place: Place, owner: str) -> Iterator[Timed]:
    """An owner's blocking keys in the clear, for the peer."""
    (place.out / "keys").mkdir(exist_ok=True)
    profile, agreement = open_owner(place.profile(owner))
    rows = count_rows(profile.sources[place.entity])
    yield "clear keys", lambda: write_clear_keys(profile, agreement, place.entity, rows, place.out / "keys" / f"{owner}.parquet")


STEPS: dict[str, Callable[..., Iterator[Timed]]] = {
    "prepare": prepare, "keys": keys, "encode": encode, "link": link, "regroup": regroup, "cluster": cluster
}  # fmt: skip


def perform(step: str, folder: Path, entity: str, *owner: str) -> Iterator[Row]:
    """Do the parts of a step, one by one: seconds of the clock and of all threads' processor time, peak memory, what was counted."""
    reset = _opened_reset()
    for part, work in STEPS[step](Place(folder, entity), *owner):
        gc.collect()
        if reset is not None:
            os.write(reset, b"5")  # begins a new peak
        wall, processor = time.perf_counter(), time.process_time()
        counted = work()
        seconds, processor = time.perf_counter() - wall, time.process_time() - processor
        yield {"step": step, "part": part, "party": (owner or (UNIT,))[0], "seconds": round(seconds, 2), "processor": round(processor, 2),
               "peak_mib": round(_peak_mib()), "counted": counted}  # fmt: skip


def main() -> None:
    """Run one step."""
    step, folder, entity, *owner = sys.argv[1:]
    for row in perform(step, Path(folder), entity, *owner):
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
