"""What we were asked in an epoch, request by request, and what of it we withheld. It stays at home, sealed to ourselves.

The rules of this room:
1. Requests come in order, without a gap, and say how many postings came before: a unit that counts otherwise than we do has asked
   somebody else's question, or we have lost a note.
2. A posting is asked about once an epoch. Else the unit could ask again after every change of our withhold list, and find out what a
   person decided.
3. There are no more requests than the agreement allows.
4. The same request may come again, and gets the same answer.
"""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from linkage.owner.at_home import AtHome
from linkage.owner.home_seal import open_at_home, seal_at_home
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.guarded import Guarded
from linkage.protocol.manifest import Manifest
from linkage.protocol.postings import table_bytes
from linkage.protocol.regrouping import LARGEST, read_count, read_part
from linkage.protocol.sealing import Draft, Expectation

ASKED = pa.schema([("id", pa.binary(16)), ("withheld", pa.bool_())])
NO_IDS = pa.array([], pa.binary(16))

Ids = list[bytes]


class Answered(Guarded):
    """The notes of one epoch: request ids by number, and the tables of asked postings by number and entity type."""

    __slots__ = ("_at_home", "_epoch", "_tables", "requests")

    def __init__(self, at_home: AtHome, epoch: str) -> None:
        self._at_home, self._epoch = at_home, epoch
        self.requests: dict[int, str] = {}
        self._tables: dict[int, dict[str, pa.Table]] = {}
        numbers = sorted(int(path.name.split(".")[1]) for path in self._folder.glob("answered.*.sealed"))
        for number in numbers:
            self.requests[number], self._tables[number] = self._read(number)

    def check(self, manifest: Manifest, asked: Mapping[str, Ids], name: str) -> int:
        """Rules 1 to 4; returns the request's number."""
        number, before = read_count(manifest.body, "number", name, least=1), read_count(manifest.body, "asked_before", name)
        if self.requests.get(number) == manifest.nonce:
            return number
        if number in self.requests:
            raise InvalidPackage(f"{name}: request {number} was another one, {self.requests[number]}; ask the unit which one holds")
        due, most = len(self.requests) + 1, self._at_home.agreement.exchange.requests
        if number != due:
            raise InvalidPackage(f"{name}: is request {number} of epoch {self._epoch}, and {due} is due; answer the ones before it first")
        if number > most:
            raise InvalidPackage(f"{name}: is request {number} of epoch {self._epoch}; the agreement allows {most}")
        known = sum(len(table) for tables in self._tables.values() for table in tables.values())
        if before != known:
            raise InvalidPackage(f"{name}: says that {before} postings were asked about before, and it were {known}")
        for entity, ids in asked.items():
            again = pc.sum(pc.is_in(pa.array(ids, pa.binary(16)), value_set=self._ids(entity))).as_py() or 0
            if again:
                raise InvalidPackage(f"{name}: asks again about {again} postings of {entity}")
        return number

    def withheld(self, entity: str) -> Ids:
        """Postings that an earlier answer left out."""
        found = [table.filter(table["withheld"])["id"].to_pylist() for table in self._of(entity)]
        return [posting for ids in found for posting in ids]

    def named(self, entity: str) -> Ids:
        """Postings that an answer spoke of."""
        found = [table.filter(pc.invert(table["withheld"]))["id"].to_pylist() for table in self._of(entity)]
        return [posting for ids in found for posting in ids]

    def note(self, number: int, manifest: Manifest, asked: Mapping[str, Ids], withheld: Mapping[str, Ids]) -> None:
        """Write down a request and what its answer leaves out, before the answer is sealed."""
        if number in self.requests:
            return
        parts: dict[str, Path | bytes] = {}
        for entity, ids in sorted(asked.items()):
            column = pa.array(ids, pa.binary(16))
            out = pc.is_in(column, value_set=pa.array(withheld[entity], pa.binary(16)))
            parts[f"{entity}.arrow"] = table_bytes(pa.table([column, out], schema=ASKED))
        by, agreement = self._at_home.by, self._at_home.agreement_of(self._epoch)
        days = agreement.parties[by.party].retention_days
        body = {"number": number, "request": manifest.nonce}
        draft = Draft("answered", agreement.fingerprint, self._epoch, body, timedelta(days=days))
        seal_at_home(draft, parts, by, self._path(number))

    @property
    def _folder(self) -> Path:
        return self._at_home.profile.home / "epochs" / self._epoch

    def _path(self, number: int) -> Path:
        return self._folder / f"answered.{number}.sealed"

    def _read(self, number: int) -> tuple[str, dict[str, pa.Table]]:
        by, path = self._at_home.by, self._path(number)
        expect = Expectation("answered", self._at_home.agreement_of(self._epoch).fingerprint, self._epoch, self._at_home.now)
        with open_at_home(path, by, expect) as message:
            parts, body = message.read_parts(LARGEST), message.manifest.body
        return str(body["request"]), {name.removesuffix(".arrow"): read_part(data, ASKED, name) for name, data in parts.items()}

    def _of(self, entity: str) -> list[pa.Table]:
        return [tables[entity] for tables in self._tables.values() if entity in tables]

    def _ids(self, entity: str) -> pa.Array:
        return pa.concat_arrays([NO_IDS, *(chunk for table in self._of(entity) for chunk in table["id"].chunks)])
