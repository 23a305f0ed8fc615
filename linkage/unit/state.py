"""Where the unit keeps a run: one folder per epoch, files that are there completely or not at all, so that a rerun continues.

``packages/<owner>/<entity>/`` opened parts, ``packages/<owner>/<entity>.json`` their manifest facts, ``pairs/<entity>/<a>.<b>/`` compared
pairs by partition, ``possible/<entity>.<a>.<b>.arrow`` pairs that reached possible match, ``asked/<owner>/<number>/`` what the owner was
asked, ``answers/<owner>/<number>/`` parts of its answers, ``results/``, ``history/`` names that last, ``issued/`` what is on the lists,
``laboratory/<owner>.json`` what laboratories asserted, ``agreement.json`` the agreement that the epoch was begun under.
"""

import json
import secrets
from itertools import combinations
from pathlib import Path
from typing import Any

from linkage.protocol.agreement import Agreement
from linkage.protocol.atomic_files import written_whole
from linkage.protocol.errors import TrilinkError
from linkage.protocol.kept_agreement import WITHOUT, keep_agreement, kept_agreement, without_its_agreement
from linkage.protocol.stated_formats import require_format

FORMAT = "trilink/run/v1"


class RunState:
    """Paths of one run of one epoch; ``agreement`` has the epoch's rules, ``in_force`` seals and opens its messages."""

    def __init__(self, folder: Path, in_force: Agreement, epoch: str, *, former: bool = False) -> None:
        """``former``: whether an epoch of a former agreement will do, which takes nothing in any more but can be shown and forgotten."""
        self.folder, self.in_force, self.epoch = folder, in_force, epoch
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.agreement = kept_agreement(folder, in_force) if former else in_force
        self.run = self._begin(former)

    def _begin(self, former: bool) -> str:
        """The run's random name, bound to agreement and epoch at its first use."""
        path = self.folder / "run.json"
        if not path.exists():
            keep_agreement(self.folder, self.agreement)
            facts = {"format": FORMAT, "agreement": self.agreement.fingerprint, "epoch": self.epoch, "run": secrets.token_hex(16)}
            write_json(path, facts)
        facts = json.loads(path.read_text(encoding="utf-8"))
        require_format(facts, FORMAT, f"{self.folder.name}/run.json")
        if (facts["agreement"], facts["epoch"]) != (self.agreement.fingerprint, self.epoch):
            if facts["epoch"] == self.epoch and former and without_its_agreement(self.folder):
                raise TrilinkError(f"epoch {self.epoch}: {WITHOUT}")
            raise TrilinkError(f"{self.folder}: belongs to epoch {facts['epoch']} or another agreement; take a new folder")
        return str(facts["run"])

    def package_facts(self, owner: str, entity: str) -> Path:
        return self.folder / "packages" / owner / f"{entity}.json"

    def package_date(self, owner: str, entity: str) -> Path:
        """When the owner made it, from which its days count."""
        return self.folder / "packages" / owner / f"{entity}.date.json"

    def package(self, owner: str, entity: str) -> Path:
        return self.folder / "packages" / owner / entity

    def manifest_body(self, owner: str, entity: str) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.package_facts(owner, entity).read_text(encoding="utf-8"))
        return body

    def present(self, entity: str) -> list[str]:
        """Owners whose package of this entity type is in, in name order."""
        return [owner for owner in self.agreement.owners if self.package_facts(owner, entity).exists()]

    def entities(self) -> list[str]:
        return [entity for entity in sorted(self.agreement.entities) if len(self.present(entity)) > 1]

    def jobs(self) -> list[tuple[str, str, str]]:
        """(entity, left owner, right owner) of every comparison, in name order."""
        return [(entity, *pair) for entity in self.entities() for pair in combinations(self.present(entity), 2)]

    def pairs(self, entity: str, left: str, right: str) -> Path:
        return self._folder("pairs", entity) / f"{left}.{right}"

    def possible(self, entity: str, left: str, right: str) -> Path:
        return self._folder("possible") / f"{entity}.{left}.{right}.arrow"

    def asked(self, owner: str) -> Path:
        return self._folder("asked", owner)

    def answers(self, owner: str) -> list[Path]:
        """The owner's answers, each in its folder, by the number of their requests."""
        return [folder for _, folder in numbered(self._folder("answers") / owner)]

    def answer(self, owner: str, number: int) -> Path:
        return self._folder("answers") / owner / str(number)

    def result(self, name: str) -> Path:
        return self._folder("results") / name

    @property
    def withdrawn(self) -> Path:
        return self._folder("withdrawn")

    @property
    def history(self) -> Path:
        return self._folder("history")

    def issued(self, name: str) -> Path:
        return self._folder("issued") / name

    def _folder(self, *names: str) -> Path:
        folder = self.folder.joinpath(*names)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder


def begun_under(agreement: Agreement, folder: Path) -> bool:
    """Whether the run in an epoch's folder names this agreement."""
    path = folder / "run.json"
    return path.exists() and json.loads(path.read_text(encoding="utf-8"))["agreement"] == agreement.fingerprint


def numbered(folder: Path) -> list[tuple[int, Path]]:
    """The folders in a folder whose names are numbers, by number."""
    return sorted((int(path.name), path) for path in folder.glob("[0-9]*") if path.is_dir() and path.name.isdigit())


def write_json(path: Path, document: object) -> None:
    """Readable JSON, sorted keys, whole or not at all."""
    with written_whole(path) as file:
        file.write(json.dumps(document, indent=2, sort_keys=True).encode() + b"\n")
