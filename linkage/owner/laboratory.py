"""Read what laboratories assert of our seizures, and make tokens of it (DOMAIN 4: a link is asserted by chemists, never computed here).

The rules of this room:
1. A row says that a seizure's sample belongs to a cluster of a kind (profile, die, batch) of an issuer, who numbers its clusters: ids of
   two issuers are never the same. A row without one of them is left out and counted.
2. A token is HMAC-SHA-256 under the epoch's key of kind, issuer and folded id, cut to 128 bits: equal at all owners of the epoch, and
   meaningless to the joint team, which does not hold the key.
3. A seizure's id is made under our own secret, anew in every epoch.
4. What was withdrawn is not in it.
"""

import hmac
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from linkage.owner.folding import fold_words
from linkage.owner.headers import find_column
from linkage.owner.keys import EncodingKey
from linkage.owner.missing import is_missing
from linkage.owner.profile import OwnerProfile
from linkage.owner.reading import read_source
from linkage.owner.seized_guns import FIREARM
from linkage.owner.sources import Source
from linkage.owner.withdrawn import withdrawn_records
from linkage.protocol.canonical import canonical_json
from linkage.protocol.errors import InvalidProfile, InvalidSource
from linkage.protocol.guarded import Guarded
from linkage.protocol.laboratory_links import ASSERTED, Assertion

FIELDS = ("kind", "issuer", "cluster_id")
PURPOSE = "trilink/v1/laboratory"


class Secrets(Guarded):
    """The epoch's key, for tokens that meet; our own secret, for ids that do not; the epoch's name."""

    __slots__ = ("epoch", "home", "key")

    def __init__(self, key: EncodingKey, home: bytes, epoch: str) -> None:
        self.key, self.home, self.epoch = key, home, epoch


class Asserted(NamedTuple):
    """What may leave, and rows left out by reason."""

    assertions: list[Assertion]
    left_out: dict[str, int]


class _Row(NamedTuple):
    seizure: str
    case: str
    kind: str
    issuer: str
    cluster: str


def assertions_of(profile: OwnerProfile, secrets: Secrets) -> Asserted:
    """By kind and token; InvalidProfile without a usable ``[laboratory]``, InvalidSource when its table cannot be read."""
    gone, left_out = withdrawn_records(profile.home), Counter[str]()
    subkey, found = secrets.key.derive(PURPOSE), defaultdict[tuple[str, str], set[str]](set)
    for row in _rows(_source(profile)):
        reason = _reason(row) or ("withdrawn" if gone.touches(FIREARM, [(row.seizure, row.case)]) else "")
        left_out.update([reason] if reason else [])
        if not reason:
            token = _short(subkey, "token", row.kind, row.issuer, row.cluster)
            found[row.kind, token].add(_short(secrets.home, PURPOSE, secrets.epoch, row.seizure))
    made = [Assertion(kind=kind, token=token, seizures=sorted(seizures)) for (kind, token), seizures in sorted(found.items())]
    return Asserted(made, dict(sorted(left_out.items())))


def _source(profile: OwnerProfile) -> Source:
    source = profile.laboratory
    if source is None:
        raise InvalidProfile("laboratory: missing; say where the laboratories' assertions lie (docs/spec/laboratory-links.md)")
    unknown = sorted({*source.columns, *source.values, *source.constants} - set(FIELDS))
    if unknown:
        raise InvalidProfile(f"laboratory: {unknown[0]} is no field of it; expected some of {', '.join(FIELDS)}")
    return source


def _rows(source: Source) -> Iterator[_Row]:
    header, rows = read_source(source)
    places = {field: find_column(header, source.column(field)) for field in FIELDS if field not in source.constants}
    missing = [source.column(field) for field, place in places.items() if place is None]
    if missing:
        raise InvalidSource(f"{source.where}: no column {missing[0]}, which the laboratory's table needs")
    record, case = find_column(header, source.record_id), find_column(header, source.case_id)
    for row in rows:
        if row.reason or record is None:
            yield _Row("", "", "", "", "")
            continue
        cells = {field: source.constants.get(field) or _said(source, field, row.cells[places[field] or 0]) for field in FIELDS}
        plain = {field: _plain(text) for field, text in cells.items()}
        yield _Row(
            row.cells[record].strip(), "" if case is None else row.cells[case].strip(),
            plain["kind"].casefold(), plain["issuer"], plain["cluster_id"],
        )  # fmt: skip


def _said(source: Source, field: str, text: str) -> str:
    """The agreed word for a local one; empty where nothing is said."""
    told = {word.strip().casefold(): said for word, said in source.values.get(field, {}).items()}.get(text.strip().casefold(), text)
    nulls = {word.strip().casefold() for word in source.null_words}
    return "" if text.strip().casefold() in nulls or is_missing(told, "code") else told


def _plain(text: str) -> str:
    """Letters and digits alone: laboratories punctuate ids as they like."""
    return re.sub(r"[^A-Z0-9]", "", fold_words(text))


def _reason(row: _Row) -> str:
    if not row.seizure:
        return "not readable, or without a record id"
    if row.kind not in ASSERTED:
        return f"kind is none of {', '.join(ASSERTED)}"
    return "" if row.issuer and row.cluster else "without issuer or cluster id"


def _short(key: bytes, *words: str) -> str:
    return hmac.digest(key, canonical_json(list(words)), "sha256")[:16].hex()
