"""Run a setting once and keep what came of it: F1 against the truth, and what attacks find in the packages and after the answers.

What was run lies in the work folder under a name that says agreement, corpus and setting, so that a changed agreement is run anew and
the rest is not. A run that was stopped goes on where it was.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.privacy_settings import Setting, changed
from flows._attacked import Aim, attack_rehearsal
from flows._commands.rehearse import default_agreement
from flows._tasks import without_heartbeat
from flows.rehearsal import rehearsal_flow
from linkage.lab.invention import invent
from linkage.lab.plan import plan
from linkage.protocol.atomic_files import written_whole

Row = dict[str, Any]


class Corpus(NamedTuple):
    """Suspects of each country, the share that two have in common, and the seed of the corpus and of the run."""

    people: int
    overlap: float
    seed: int

    @property
    def name(self) -> str:
        return f"{self.people}-{self.overlap}-{self.seed}"


def kept_rows(work: Path, corpus: Corpus, chosen: Setting) -> list[Row] | None:
    """What an earlier run found, None where there was none."""
    noted = _noted(work, corpus, chosen)
    rows: list[Row] | None = json.loads(noted.read_text(encoding="utf-8")) if noted.exists() else None
    return rows


def rows_of(work: Path, corpus: Corpus, chosen: Setting) -> list[Row]:
    """A row for each entity type, from an earlier run where there was one."""
    rows = kept_rows(work, corpus, chosen)
    if rows is None:
        rows = list(_run(work, corpus, chosen))
        with written_whole(_noted(work, corpus, chosen)) as file:
            file.write(json.dumps(rows).encode())
    return rows


def _run(work: Path, corpus: Corpus, chosen: Setting) -> Iterator[Row]:
    data, out = work / f"data-{corpus.name}", _noted(work, corpus, chosen).with_suffix("")
    if not (data / "truth.csv").exists():
        shutil.rmtree(data, ignore_errors=True)
        invent(data, plan(str(corpus.people), corpus.overlap, "typical", corpus.seed), 1)
    agreement = out.with_suffix(".toml")
    agreement.write_text(changed(default_agreement().read_text(encoding="utf-8"), chosen), encoding="utf-8")
    with without_heartbeat():
        rehearsal_flow(str(data), str(out), str(agreement), "threads", 1, corpus.seed)
    quality = json.loads((out / "quality.json").read_text(encoding="utf-8"))
    for entity in sorted(quality):
        decided = quality[entity]["default"]
        yield {"entity": entity, "f1": decided["f1"], "precision": decided["precision"], "recall": decided["recall"]}


def _noted(work: Path, corpus: Corpus, chosen: Setting) -> Path:
    shipped = hashlib.sha256(default_agreement().read_bytes()).hexdigest()[:8]
    return work / f"{shipped}-{corpus.name}-{chosen.name.replace(', ', '-').replace(' ', '-')}.json"
