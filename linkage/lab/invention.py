"""Write an invented corpus in the rehearsal's layout, chunk by chunk, in bounded memory, with as many processes as there are.

1. Every chunk's rows become sorted part files, one for each part of a file. Nothing else passes between processes.
2. The parts of a file are merged line by line: no more than a line of each part is held. Ids are opaque and in random order, so the
   merged file does not tell the chunks apart.
3. Progress is said after each chunk and each file. Same plan, same bytes, whatever the number of processes.
"""

import csv
import heapq
import io
import multiprocessing
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from pathlib import Path

from linkage.lab.draws import Columns
from linkage.lab.plan import COUNTRIES, ENTITIES, Plan
from linkage.lab.population import invent_chunk, true_pairs
from linkage.protocol.atomic_files import scratch_folder

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""

OWNERS = tuple(sorted(COUNTRIES))
BY_ENTITY, BY_OWNER = ("truth", "traits"), ("cases", "seizures", "roles")


def invent(out: Path, plan: Plan, workers: int = 1, progress: Progress = lambda _, __, ___: None) -> dict[str, int]:
    """Write the corpus; returns the number of records per owner and entity type, and of true pairs per pair of owners.

    ``out`` gets ``<owner>/<entity>.csv``, ``truth.csv``, ``traits.csv``, ``cases.csv``, ``seizures.csv``, ``roles.csv``; what else is
    there stays. Everything is written to a folder beside it first, and moved when whole.
    """
    out.mkdir(parents=True, exist_ok=True)
    with scratch_folder(out, "inventing") as scratch:
        counts: dict[str, int] = {}
        for done, pairs in enumerate(_chunks(plan, scratch, workers), start=1):
            counts = {name: counts.get(name, 0) + number for name, number in pairs.items()}
            progress("inventing (chunks)", done, plan.chunks)
        files = _files()
        for done, (name, parts) in enumerate(files.items(), start=1):
            _merge(scratch, parts, scratch / "whole" / name)
            progress("writing (files)", done, len(files))
        for name in files:
            (out / name).parent.mkdir(exist_ok=True)
            (scratch / "whole" / name).replace(out / name)
    records = {f"{owner} {entity}": plan.start(entity, plan.chunks) for owner in COUNTRIES for entity in ENTITIES}
    return records | dict(sorted(counts.items()))


def _chunks(plan: Plan, scratch: Path, workers: int) -> Iterator[dict[str, int]]:
    """True pairs of each chunk, as they are done."""
    if workers == 1 or plan.chunks == 1:
        yield from (_write_chunk(plan, chunk, scratch) for chunk in range(plan.chunks))
        return
    with ProcessPoolExecutor(min(workers, plan.chunks), mp_context=multiprocessing.get_context("spawn")) as pool:
        for done in as_completed([pool.submit(_write_chunk, plan, chunk, scratch) for chunk in range(plan.chunks)]):
            yield done.result()


def _write_chunk(plan: Plan, chunk: int, scratch: Path) -> dict[str, int]:
    for part, columns in invent_chunk(plan, chunk).items():
        folder = scratch / part.replace("/", ".")
        folder.mkdir(exist_ok=True)
        (folder / f"{chunk:04d}").write_text(_lines(columns), encoding="utf-8", newline="")
        header = scratch / f"{folder.name}.header"
        if chunk == 0:
            header.write_text(",".join(columns) + "\n", encoding="utf-8", newline="")
    return true_pairs(plan, chunk)


def _lines(columns: Columns) -> str:
    """CSV lines, sorted; no cell has a line end in it."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(zip(*(values.tolist() for values in columns.values()), strict=True))
    return "".join(f"{line}\n" for line in sorted(text.getvalue().split("\n")[:-1]))


def _files() -> dict[str, list[str]]:
    """File -> its parts in their order."""
    files = {f"{owner}/{entity}.csv": [f"{owner}.{entity}.csv"] for owner in OWNERS for entity in sorted(ENTITIES)}
    files |= {f"{kind}.csv": [f"{kind}.{owner}.{entity}" for owner in OWNERS for entity in sorted(ENTITIES)] for kind in BY_ENTITY}
    return files | {f"{kind}.csv": [f"{kind}.{owner}" for owner in OWNERS] for kind in BY_OWNER}


def _merge(scratch: Path, parts: list[str], target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        file.write((scratch / f"{parts[0]}.header").read_bytes())
        for part in parts:
            with _opened(sorted((scratch / part).iterdir())) as chunks:
                file.writelines(heapq.merge(*chunks))
            shutil.rmtree(scratch / part)


@contextmanager
def _opened(paths: list[Path]) -> Iterator[list[Iterator[bytes]]]:
    with ExitStack() as stack:
        yield [stack.enter_context(path.open("rb")) for path in paths]
