"""The crosswalk: which posting is which record. It stays at home, sealed to the owner itself."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from linkage.protocol.agreement import Agreement
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.guarded import Guarded
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.postings import table_bytes
from linkage.protocol.sealing import Draft, Expectation, open_sealed, seal

POSTINGS = pa.schema([("id", pa.binary(16)), ("record", pa.uint32())])
RECORDS = pa.schema([("record_id", pa.string()), ("case_id", pa.string())])


class Crosswalk(Guarded):
    """``ids`` (postings, 16) bytes and ``records`` (postings,) numbers into ``record_ids`` and ``case_ids``."""

    __slots__ = ("case_ids", "ids", "record_ids", "records")

    def __init__(self, ids: list[bytes], records: NDArray[np.uint32], record_ids: list[str], case_ids: list[str]) -> None:
        self.ids, self.records, self.record_ids, self.case_ids = ids, records, record_ids, case_ids

    def shown(self) -> str:
        return f"{len(self.record_ids)} records, hidden"


def crosswalk_path(home: Path, epoch: str, entity: str) -> Path:
    return home / "epochs" / epoch / f"crosswalk.{entity}.sealed"


def write_crosswalk(
    path: Path, ids: NDArray[np.uint64], records: NDArray[np.int64], owner_ids: tuple[list[str], list[str]], draft: Draft, by: PartyKeys
) -> None:
    """Seal posting ids (n, 2) with their record numbers, and the records' own ids and cases, to the owner itself."""
    data = np.ascontiguousarray(ids, dtype="<u8")
    column = pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(ids), [None, pa.py_buffer(data)])
    postings = pa.table([column, pa.array(records.astype(np.uint32))], schema=POSTINGS)
    own = pa.table([pa.array(owner_ids[0], pa.string()), pa.array(owner_ids[1], pa.string())], schema=RECORDS)
    seal(draft, {"postings.arrow": table_bytes(postings), "records.arrow": table_bytes(own)}, by.public(), by, path)


def crosswalk_draft(agreement: Agreement, epoch: str, entity: str) -> Draft:
    lifetime = timedelta(days=agreement.exchange.message_days + agreement.exchange.list_days)
    return Draft("crosswalk", agreement.fingerprint, epoch, {"entity": entity}, lifetime)


def read_crosswalk(path: Path, agreement: Agreement, epoch: str, by: PartyKeys, now: datetime) -> Crosswalk:
    """Open a crosswalk of this epoch."""
    if not path.is_file():
        raise InvalidPackage(f"{path.name}: no crosswalk of epoch {epoch}; encode first, or look at the profile's home")
    expect = Expectation("crosswalk", agreement.fingerprint, epoch, now)
    with open_sealed(path, by, {by.party: by.public()}, expect) as message:
        postings, own = (_read(part) for part in _in_order(message.read_parts()))
    return Crosswalk(postings["id"].to_pylist(), postings["record"].to_numpy(), own["record_id"].to_pylist(), own["case_id"].to_pylist())


def _in_order(parts: dict[str, bytes]) -> list[bytes]:
    return [parts["postings.arrow"], parts["records.arrow"]]


def _read(data: bytes) -> pa.Table:
    return pa.ipc.open_file(pa.BufferReader(data)).read_all()
