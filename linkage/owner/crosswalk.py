"""The crosswalk: which posting is which entity, and which of our records and cases that is. It stays at home, sealed to ourselves.

Most entities are one record; duplicates that were merged at home are several, the smallest record id first, which gives the entity
its name.
"""

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from linkage.owner.home_seal import open_at_home, seal_at_home
from linkage.protocol.agreement import Agreement
from linkage.protocol.atomic_files import PRIVATE, scratch_folder, written_whole
from linkage.protocol.canonical import canonical_json
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.guarded import Guarded
from linkage.protocol.manifest import written_time
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.postings import COMPRESSED, binary_column
from linkage.protocol.sealing import Draft, Expectation

POSTINGS = pa.schema([("id", pa.binary(16)), ("entity", pa.uint32())])
RECORDS = pa.schema([("entity", pa.uint32()), ("record_id", pa.string()), ("case_id", pa.string())])

OwnRecord = tuple[str, str]
"""A record id and its case id, which is empty when there is none."""


class OwnEntity(NamedTuple):
    """Our records of one entity, the smallest record id first."""

    records: tuple[OwnRecord, ...]

    @property
    def record_id(self) -> str:
        """Gives the entity its name; it stays the same as long as this record stays."""
        return self.records[0][0]

    @property
    def case_id(self) -> str:
        """The first case that any of the records names."""
        return next((case_id for _, case_id in self.records if case_id), "")

    @property
    def case_ids(self) -> tuple[str, ...]:
        """All cases, each once, in record order."""
        return tuple(dict.fromkeys(case_id for _, case_id in self.records if case_id))


class Crosswalk(Guarded):
    """``ids`` (postings,) of 16 bytes and the ``entities`` (postings,) they belong to; the records of an entity by its number."""

    __slots__ = ("_owners", "_records", "entities", "ids")

    def __init__(self, ids: pa.Array, entities: NDArray[np.uint32], records: pa.Table) -> None:
        self.ids, self.entities, self._records = ids, entities, records
        self._owners = records["entity"].to_numpy()

    def __len__(self) -> int:
        return int(self._owners[-1]) + 1 if self._owners.size else 0

    def shown(self) -> str:
        return f"{self._owners.size} records, hidden"

    @property
    def record_ids(self) -> list[str]:
        """Of all records, entity by entity."""
        ids: list[str] = self._records["record_id"].to_pylist()
        return ids

    def spans(self) -> NDArray[np.int64]:
        """Where each entity's records begin among all records, and the end of the last, shape (entities + 1,)."""
        return np.searchsorted(self._owners, np.arange(len(self) + 1))

    def entity(self, number: int) -> OwnEntity:
        first, last = np.searchsorted(self._owners, [number, number + 1])
        rows = self._records.slice(first, last - first)
        return OwnEntity(tuple(zip(rows["record_id"].to_pylist(), rows["case_id"].to_pylist(), strict=True)))

    def all_entities(self) -> Iterator[OwnEntity]:
        """Every entity, in the order of their numbers."""
        ends = np.flatnonzero(np.diff(self._owners, append=len(self))) + 1
        rows = list(zip(self._records["record_id"].to_pylist(), self._records["case_id"].to_pylist(), strict=True))
        for first, last in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True):
            yield OwnEntity(tuple(rows[first:last]))

    def entities_of(self, asked: list[bytes]) -> list[int | None]:
        """The entity of each posting id; None for an id that is not ours. ``asked`` is distinct."""
        places = pc.index_in(self.ids, value_set=pa.array(asked, pa.binary(16)))
        found = np.flatnonzero(places.is_valid().to_numpy(zero_copy_only=False))
        entity_of = dict(zip(places.take(pa.array(found)).to_pylist(), self.entities[found].tolist(), strict=True))
        return [entity_of.get(number) for number in range(len(asked))]


class CrosswalkWriter(Guarded):
    """Writes a crosswalk piece by piece into a folder, then seals it."""

    __slots__ = ("_entities", "_files", "_folder", "_postings", "_records")

    def __init__(self, folder: Path) -> None:
        self._folder, self._files, self._entities = folder, ExitStack(), 0
        self._postings, self._records = (self._open(name, schema) for name, schema in (("postings", POSTINGS), ("records", RECORDS)))

    def add_postings(self, ids: NDArray[np.uint64], entities: NDArray[np.int64]) -> None:
        """Posting ids (n, 2) and the entity of each."""
        self._postings.write_table(pa.table([binary_column(ids), pa.array(entities.astype(np.uint32))], schema=POSTINGS))

    def add_entities(self, entities: list[list[OwnRecord]]) -> None:
        """The records of each of the next entities."""
        rows = [(number, *record) for number, records in enumerate(entities, self._entities) for record in records]
        self._entities += len(entities)
        columns = [pa.array([row[at] for row in rows], field.type) for at, field in enumerate(RECORDS)]
        self._records.write_table(pa.table(columns, schema=RECORDS))

    def seal(self, path: Path, draft: Draft, by: PartyKeys) -> None:
        """Seal what was added, to ourselves; when it expires stands beside it in clear, so that it can be deleted unopened."""
        self._files.close()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        parts = {f"{name}.arrow": self._folder / f"{name}.arrow" for name in ("postings", "records")}
        manifest = seal_at_home(draft, parts, by, path)
        note = {"entity": draft.body["entity"], "expires": written_time(manifest.expires)}
        with written_whole(expiry_note(path), PRIVATE) as file:
            file.write(canonical_json(note))

    def _open(self, name: str, schema: pa.Schema) -> pa.ipc.RecordBatchFileWriter:
        sink = self._files.enter_context(pa.OSFile(str(self._folder / f"{name}.arrow"), "wb"))
        return self._files.enter_context(pa.ipc.new_file(sink, schema, options=COMPRESSED))


def crosswalk_path(home: Path, epoch: str, entity: str) -> Path:
    return home / "epochs" / epoch / f"crosswalk.{entity}.sealed"


def expiry_note(path: Path) -> Path:
    """Beside a sealed crosswalk."""
    return path.with_suffix(".json")


def crosswalk_draft(agreement: Agreement, epoch: str, entity: str, owner: str) -> Draft:
    """It opens for as long as what the owner released may be kept."""
    lifetime = timedelta(days=agreement.parties[owner].retention_days)
    return Draft("crosswalk", agreement.fingerprint, epoch, {"entity": entity}, lifetime)


def read_crosswalk(path: Path, agreement: Agreement, epoch: str, by: PartyKeys, now: datetime) -> Crosswalk:
    """Open a crosswalk of this epoch; ``agreement`` is the one that the epoch was begun under."""
    if not path.is_file():
        raise InvalidPackage(f"{path.name}: no crosswalk of epoch {epoch}; encode first, or look at the profile's home")
    expect = Expectation("crosswalk", agreement.fingerprint, epoch, now)
    with (
        open_at_home(path, by, expect) as message,
        scratch_folder(path.parent, "crosswalk") as folder,
    ):
        parts = message.extract(folder / "parts")
        postings, records = (_read(parts[f"{name}.arrow"]) for name in ("postings", "records"))
    return Crosswalk(postings["id"].combine_chunks(), postings["entity"].to_numpy(), records.combine_chunks())


def made_under(agreement: Agreement, folder: Path, by: PartyKeys, now: datetime) -> bool:
    """Whether the crosswalks of an epoch's folder open under this agreement."""
    paths = sorted(folder.glob("crosswalk.*.sealed"))
    with suppress(InvalidPackage):
        for path in paths:
            read_crosswalk(path, agreement, folder.name, by, now)
        return bool(paths)
    return False


def _read(path: Path) -> pa.Table:
    with pa.OSFile(str(path)) as source:
        return pa.ipc.open_file(source).read_all()
