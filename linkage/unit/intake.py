"""Take packages in: nothing is compared before everything about it is verified.

The rules of this room:
1. Every package is opened under the agreement, the epoch and the clock; its sender must be an owner (``opening`` has those steps).
2. Its facts and parts must be whole and at one (``package_check`` has the list).
3. All owners' key-check values and conformance digests must be equal: a mis-keyed or mis-normalised package would link nothing.
4. A package counts once: a replay, or a second package of one owner for one epoch and entity type, is refused.
5. Manifests come first: rules that need no part are applied to all packages before a part of any is read, whatever its size. All of the
   packages given come in, or none, and then nothing is written; what came in earlier in this run stays, and a rerun continues.
6. A package may come late, even after lists went out: it is compared with those that are in, and nothing is compared again. One owner's
   table of an entity type comes once an epoch; what changed in it travels in the next one.
"""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from linkage.protocol.atomic_files import scratch_folder
from linkage.protocol.budgets import Subject, check_package
from linkage.protocol.errors import InvalidPackage, about
from linkage.protocol.manifest import Manifest, written_time
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.party_profile import public_keys_of
from linkage.protocol.received import Received
from linkage.protocol.sealing import Expectation, open_sealed
from linkage.unit.package_check import check_facts, check_parts
from linkage.unit.state import RunState, write_json

_AGAIN = "collect all contributions again and encode anew, and where they still differ begin another epoch"
MUST_BE_ALIKE = [  # fact, its code in refusals, what to say when owners differ in it
    ("key_check_value", "mis_keyed", f"key check values differ; not encoded under the same epoch key: {_AGAIN}"),
    ("conformance", "mis_normalised", "conformance digests differ; normalised or encoded by different versions: install the same release"),
    ("partition_bits", "other_sizes", f"partition bits differ; partitioned by different declared sizes: {_AGAIN}"),
]


class Intake:
    """What intake works with: the run, our keys, what we have received before, the time."""

    def __init__(self, state: RunState, by: PartyKeys, received: Received, now: datetime) -> None:
        self.state, self.by, self.received, self.now = state, by, received, now

    def expectation(self, kind: str) -> Expectation:
        owners = frozenset(self.state.agreement.owners)
        return Expectation(kind, self.state.in_force.fingerprint, self.state.epoch, self.now, owners)


def take_in(intake: Intake, paths: Iterable[Path]) -> dict[str, int]:
    """Verify and unpack; returns postings by ``owner entity`` of the packages that are in."""
    state, named_paths = intake.state, sorted(paths)
    looked = [(path, _looked_at(intake, path)) for path in named_paths]
    with _naming(looked):
        _check_alike(state, [manifest for _, manifest in looked])
    with scratch_folder(state.folder, "intake") as scratch:
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:  # ciphers and digests run side by side
            named = [(path, scratch / str(number)) for number, path in enumerate(named_paths)]
            arrived = list(pool.map(lambda package: _unpacked(intake, *package), named))
        manifests = [manifest for manifest, _ in arrived]
        with _naming([(path, manifest) for (path, _), manifest in zip(named, manifests, strict=True)]):
            _check_alike(state, manifests)
            for manifest in manifests:
                subject = Subject(manifest.sender, state.epoch, str(manifest.body["entity"]))
                check_package(intake.received.ledger, subject, manifest.body["records"], intake.now)
            intake.received.record_all(manifests, state.run)
        for manifest, folder in arrived:
            _keep(state, manifest, folder)
    return {f"{owner} {entity}": state.manifest_body(owner, entity)["postings"] for entity in sorted(state.agreement.entities)
            for owner in state.present(entity)}  # fmt: skip


def _looked_at(intake: Intake, path: Path) -> Manifest:
    """Rule 1 and the facts of rule 2, of the manifest alone."""
    owners = {owner: public_keys_of(intake.state.agreement, owner) for owner in intake.state.agreement.owners}
    with open_sealed(path, intake.by, owners, intake.expectation("package")) as message:
        check_facts(message.manifest, intake.state.agreement, path.name)
        return message.manifest


@contextmanager
def _naming(looked: list[tuple[Path, Manifest]]) -> Iterator[None]:
    """A refusal that names messages is about their files."""
    try:
        yield
    except InvalidPackage as error:
        error.files = error.files or tuple(path for path, manifest in looked if manifest.nonce in error.messages)
        raise


def _unpacked(intake: Intake, path: Path, folder: Path) -> tuple[Manifest, Path]:
    with about(path):
        return _verified(intake, path, folder)


def _verified(intake: Intake, path: Path, folder: Path) -> tuple[Manifest, Path]:
    """Rules 1 and 2 for one package, unpacked into ``folder``."""
    agreement = intake.state.agreement
    owners = {owner: public_keys_of(agreement, owner) for owner in agreement.owners}
    with open_sealed(path, intake.by, owners, intake.expectation("package")) as message:
        body = check_facts(message.manifest, agreement, path.name)
        message.extract(folder)
    check_parts(folder, body, agreement, path.name)
    return message.manifest, folder


def _check_alike(state: RunState, arrived: list[Manifest]) -> None:
    """Rule 3, over what is in and what arrived; the message names who differs from whom."""
    for entity in sorted(state.agreement.entities):
        new = {manifest.sender: manifest for manifest in arrived if manifest.body["entity"] == entity}
        bodies = {owner: state.manifest_body(owner, entity) for owner in state.present(entity)}
        bodies |= {owner: dict(manifest.body) for owner, manifest in new.items()}
        ids = {owner: manifest.nonce for owner, manifest in new.items()}
        for fact, code, differ in MUST_BE_ALIKE:
            _check_equal({owner: body[fact] for owner, body in bodies.items()}, ids, code, f"{entity} packages of", differ)


def _check_equal(values: dict[str, object], ids: dict[str, str], code: str, of: str, differ: str) -> None:
    """The fewest are told that they differ; where there are no fewest, all whose packages have just come."""
    by_value: dict[object, list[str]] = {}
    for owner in sorted(values):
        by_value.setdefault(values[owner], []).append(owner)
    if len(by_value) > 1:
        sides = sorted(by_value.values(), key=len, reverse=True)
        most = sides[0] if len(sides[0]) > len(sides[1]) else []
        others = tuple(message for owner, message in ids.items() if owner not in most) or tuple(ids.values())
        raise InvalidPackage(f"{of} {' / '.join(', '.join(owners) for owners in sides)}: {differ}", code, others)


def _keep(state: RunState, manifest: Manifest, folder: Path) -> None:
    entity = str(manifest.body["entity"])
    target = state.package(manifest.sender, entity)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not target.exists():
        folder.replace(target)
    write_json(state.package_date(manifest.sender, entity), {"created": written_time(manifest.created)})
    write_json(state.package_facts(manifest.sender, entity), dict(manifest.body))
