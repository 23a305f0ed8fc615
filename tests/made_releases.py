"""An owner with a table, its package and what the unit asks about it: no flow engine and no second party needed."""

from datetime import timedelta
from pathlib import Path

import pyarrow as pa

from linkage.owner.at_home import AtHome
from linkage.owner.keys import EncodingKey
from linkage.owner.profile import OwnerProfile
from linkage.owner.release import Release
from linkage.protocol.agreement import Agreement
from linkage.protocol.postings import table_bytes
from linkage.protocol.regrouping import REQUEST
from linkage.protocol.sealing import Draft, Expectation, Manifest, open_sealed, seal
from tests.made_agreements import KEY_BYTES
from tests.made_lists import AGREEMENT_FILE, EPOCH, KEYS, NOW

Counted = tuple[int, int]


def profile_of(folder: Path, table: str, *, entity: str = "thing", owner: str = "mx", withhold: Path | None = None) -> OwnerProfile:
    """An owner whose one table is this CSV text."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{entity}.csv").write_text(table, encoding="utf-8")
    return OwnerProfile(
        format="trilink/owner-profile/v1", party=owner, agreement=AGREEMENT_FILE, home=folder / "home", withhold=withhold,
        keys={"private": folder / "unused.key.json"}, sources={entity: {"path": folder / f"{entity}.csv"}},
    )  # fmt: skip


def release_of(profile: OwnerProfile, agreement: Agreement, *, epoch: str = EPOCH, key: bytes = KEY_BYTES, largest: int = 10) -> Release:
    sizes = {owner: dict.fromkeys(agreement.entities, largest) for owner in agreement.owners}
    return Release(profile, agreement, KEYS[profile.party], (epoch, EncodingKey(key), sizes))


def opened(path: Path, kind: str, agreement: Agreement) -> tuple[Manifest, dict[str, bytes]]:
    """A message to the unit, as the unit opens it."""
    senders = {party: keys.public() for party, keys in KEYS.items()}
    with open_sealed(path, KEYS["joint-team"], senders, Expectation(kind, agreement.fingerprint, None, NOW)) as message:
        return message.manifest, message.read_parts()


def table_of(part: bytes) -> pa.Table:
    return pa.ipc.open_file(pa.BufferReader(part)).read_all()


def at_home(profile: OwnerProfile, agreement: Agreement) -> AtHome:
    return AtHome(profile, agreement, KEYS[profile.party], NOW)


def request(
    path: Path,
    agreement: Agreement,
    asked: dict[str, list[bytes]],
    *,
    epoch: str = EPOCH,
    by: str = "joint-team",
    count: Counted = (1, 0),
) -> Path:
    """The unit's question about postings, by part name, sealed to mx; ``count``: its number, and postings asked about before."""
    parts = {name: table_bytes(pa.table([pa.array(ids, pa.binary(16))], schema=REQUEST)) for name, ids in asked.items()}
    draft = Draft("regroup_request", agreement.fingerprint, epoch, {"number": count[0], "asked_before": count[1]}, timedelta(days=9))
    seal(draft, parts, KEYS["mx"].public(), KEYS[by], path)
    return path
