"""Take packages in: nothing is compared before everything about it is verified.

The rules of this room:
1. Every package is opened under the agreement, the epoch and the clock; its sender must be an owner (``opening`` has those steps).
2. Its facts must be whole and must agree with its parts: agreed entity type, counts, part names, rows sorted, presence bits truthful.
3. All owners' key-check values and conformance digests must be equal: a mis-keyed or mis-normalised package would link nothing.
4. A package counts once: a replay, or a second package of one owner for one epoch and entity type, is refused.
5. All of the packages given come in, or none; what came in earlier in this run stays, and a rerun continues.
"""

import shutil
import tempfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from linkage.protocol.agreement import Agreement
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.ledger import Received
from linkage.protocol.manifest import Manifest
from linkage.protocol.non_matches import read_non_matches
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.party_profile import public_keys_of
from linkage.protocol.postings import read_postings
from linkage.protocol.sealing import Expectation, open_sealed
from linkage.unit.state import RunState, write_json

NON_MATCHES = "non-matches.arrow"
FACTS = {"records": int, "postings": int, "partition_bits": int, "key_check_value": str, "conformance": str}


class Intake:
    """What intake works with: the run, our keys, what we have received before, the time."""

    def __init__(self, state: RunState, by: PartyKeys, received: Received, now: datetime) -> None:
        self.state, self.by, self.received, self.now = state, by, received, now

    def expectation(self, kind: str) -> Expectation:
        agreement = self.state.agreement
        return Expectation(kind, agreement.fingerprint, self.state.epoch, self.now, frozenset(agreement.owners))


def take_in(intake: Intake, paths: Iterable[Path]) -> dict[str, int]:
    """Verify and unpack; returns postings by ``owner entity`` of the packages that are in."""
    state = intake.state
    owners = {owner: public_keys_of(state.agreement, owner) for owner in state.agreement.owners}
    with tempfile.TemporaryDirectory(dir=state.folder, prefix=".intake-") as scratch:
        arrived: list[tuple[Manifest, Path]] = []
        for number, path in enumerate(sorted(paths)):
            with open_sealed(path, intake.by, owners, intake.expectation("package")) as message:
                body = check_facts(message.manifest, state.agreement, path.name)
                folder = Path(scratch) / str(number)
                message.extract(folder)
            _check_parts(folder, body, state.agreement, path.name)
            arrived.append((message.manifest, folder))
        _check_alike(state, [manifest for manifest, _ in arrived])
        for manifest, _ in arrived:
            intake.received.record(manifest, state.run)
        for manifest, folder in arrived:
            _keep(state, manifest, folder)
    return {f"{owner} {entity}": state.manifest_body(owner, entity)["postings"] for entity in sorted(state.agreement.entities)
            for owner in state.present(entity)}  # fmt: skip


def check_facts(manifest: Manifest, agreement: Agreement, name: str) -> dict[str, Any]:
    """Rule 2 for the manifest's body: every fact there, of its type and within its bounds."""
    body = dict(manifest.body)
    if body.get("entity") not in agreement.entities:
        raise InvalidPackage(f"{name}: about an entity type that the agreement does not have")
    for key, kind in FACTS.items():
        if type(body.get(key)) is not kind or (kind is int and body[key] < 0):
            raise InvalidPackage(f"{name}: its manifest has no sound {key}")
    expected = {NON_MATCHES, *(f"part-{number:04d}.arrow" for number in range(1 << min(body["partition_bits"], 10)))}
    if {part.name for part in manifest.parts} != expected:
        raise InvalidPackage(f"{name}: its parts are not those its manifest speaks of")
    return body


def _check_parts(folder: Path, body: dict[str, Any], agreement: Agreement, name: str) -> None:
    """Rule 2 for the parts: agreed columns, sorted tokens of the right partition, fine blocks, as many rows as declared."""
    rule, bits, rows = agreement.entities[body["entity"]], body["partition_bits"], 0
    read_non_matches(folder / NON_MATCHES)
    for number in range(1 << bits):
        postings = read_postings(folder / f"part-{number:04d}.arrow", rule)
        rows += len(postings)
        if bits and (postings.tokens[:, 0] >> np.uint64(64 - bits) != number).any():
            raise InvalidPackage(f"{name}: part {number} holds tokens of another partition")
    if rows != body["postings"]:
        raise InvalidPackage(f"{name}: {rows} postings, its manifest says {body['postings']}")


def _check_alike(state: RunState, arrived: list[Manifest]) -> None:
    """Rule 3, over what is in and what arrived; the message names who differs from whom."""
    for entity in sorted(state.agreement.entities):
        bodies = {owner: state.manifest_body(owner, entity) for owner in state.present(entity)}
        bodies |= {manifest.sender: dict(manifest.body) for manifest in arrived if manifest.body["entity"] == entity}
        _check_equal(bodies, entity, "key_check_value", "not encoded under the same epoch key: collect the contributions again")
        _check_equal(bodies, entity, "conformance", "normalised or encoded by different versions: install the same release")
        _check_equal(bodies, entity, "partition_bits", "partitioned by different declared sizes: collect the contributions again")


def _check_equal(bodies: dict[str, dict[str, Any]], entity: str, fact: str, advice: str) -> None:
    by_value: dict[object, list[str]] = {}
    for owner in sorted(bodies):
        by_value.setdefault(bodies[owner][fact], []).append(owner)
    if len(by_value) > 1:
        sides = " / ".join(", ".join(owners) for owners in sorted(by_value.values(), key=len, reverse=True))
        raise InvalidPackage(f"{entity} packages of {sides}: {fact.replace('_', ' ')}s differ; {advice}")


def _keep(state: RunState, manifest: Manifest, folder: Path) -> None:
    entity = str(manifest.body["entity"])
    target = state.package(manifest.sender, entity)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not target.exists():
        folder.replace(target)
    write_json(state.package_facts(manifest.sender, entity), dict(manifest.body))


def remove_leftovers(folder: Path) -> None:
    """Delete what a killed intake left half-done."""
    for left in folder.glob(".intake-*"):
        shutil.rmtree(left, ignore_errors=True)
