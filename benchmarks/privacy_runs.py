"""Run a setting once and keep what came of it: F1 against the truth, and what attacks find in the packages and after the answers.

What was run lies in the work folder under a name that says agreement, corpus and setting, so that a changed agreement is run anew and
the rest is not. A run that was stopped goes on where it was.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.privacy_settings import Setting, changed
from flows._attacked import Aim, attack_rehearsal
from flows._attacked_across import attack_across
from flows._commands.rehearse import default_agreement
from flows._tasks import without_heartbeat
from flows.rehearsal import rehearsal_flow
from linkage.lab.invention import invent
from linkage.lab.plan import plan
from linkage.protocol.atomic_files import written_whole
from linkage.protocol.recognition import EVIDENCE, recognised

Row = dict[str, Any]
OWNER = "mx"


class Corpus(NamedTuple):
    """Suspects of each country, the share that two have in common, the seed of the corpus and of the run, and whether it is attacked."""

    people: int
    overlap: float
    seed: int
    attacked: bool

    @property
    def name(self) -> str:
        return f"{self.people}-{round(100 * self.overlap)}-{self.seed}"


def rows_of(work: Path, corpus: Corpus, chosen: Setting) -> list[Row]:
    """A row for each entity type, from an earlier run where there was one."""
    rows: list[Row] = kept(_noted(work, corpus, chosen), lambda: list(_run(work, corpus, chosen)))
    return rows


def kept(noted: Path, run: Callable[[], Any]) -> Any:
    """What an earlier run left there, or what it leaves now."""
    if not noted.exists():
        found = run()
        with written_whole(noted) as file:
            file.write(json.dumps(found).encode())
    return json.loads(noted.read_text(encoding="utf-8"))


def shipped() -> str:
    """Of which agreement a run is."""
    return hashlib.sha256(default_agreement().read_bytes()).hexdigest()[:8]


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
        quality_of = {"f1": decided["f1"], "precision": decided["precision"], "recall": decided["recall"]}
        yield {"entity": entity} | quality_of | (_given_away(out, data, entity, corpus.seed) if corpus.attacked else {})
    shutil.rmtree(out)


def _given_away(out: Path, data: Path, entity: str, seed: int) -> Row:
    """Above chance: of one owner's package by itself, by each kind of evidence; of all packages beside each other; after the answers."""
    own = attack_rehearsal(out, Aim(entity, OWNER, data / OWNER / f"{entity}.csv", None, 1.0, seed))
    alone = {name: recognised(own.target, own.known, evidence) for name, evidence in EVIDENCE.items()}
    found = {name: one.above for name, one in alone.items()} | {one.attack: one.above for one in attack_across(out, data, entity, seed)}
    return found | {"postings": len(own.target.postings), "chance": alone["all of these"].chance}


def _noted(work: Path, corpus: Corpus, chosen: Setting) -> Path:
    what = "attacked" if corpus.attacked else "linked"
    return work / f"{shipped()}-{corpus.name}-{chosen.name.replace(', ', '-').replace(' ', '-')}-{what}.json"
