"""Opaque names of an owner's records and cases, one set per counterpart.

They are HMACs under a key that never leaves home: the unit's, and each country's, names for a record say nothing to the others, and
stay the same in later epochs although every posting id and key changes.
"""

import hmac

from linkage.protocol.canonical import canonical_json
from linkage.protocol.guarded import Guarded
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.regrouping import NO_CASE


class Pseudonyms(Guarded):
    """16-byte names; the same record, counterpart and key give the same name."""

    __slots__ = ("_key",)

    def __init__(self, by: PartyKeys) -> None:
        self._key = by.derive("trilink/v1/pseudonyms")

    def record(self, counterpart: str, entity: str, record_id: str) -> bytes:
        return self._of("record", counterpart, entity, record_id)

    def case(self, counterpart: str, case_id: str) -> bytes:
        """One name per case for all entity types, so that shared cases can be seen; ``NO_CASE`` when there is none."""
        return self._of("case", counterpart, case_id) if case_id else NO_CASE

    def _of(self, *words: str) -> bytes:
        return hmac.digest(self._key, canonical_json(words), "sha256")[:16]
