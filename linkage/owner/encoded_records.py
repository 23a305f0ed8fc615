"""Records encoded in memory, for measuring: under keys that nobody encodes a release with, and nothing of it leaves.

A release goes another way, part by part (``package_parts``); the postings are the same.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from linkage.owner.blocking_tokens import Blocking, Tokens
from linkage.owner.checking import CheckedTable
from linkage.owner.drawing import Draw, made_by, only
from linkage.owner.encoding import Encoder, encode_postings
from linkage.owner.features import feature_table
from linkage.owner.keys import EncodingKey
from linkage.owner.pads import Pads
from linkage.owner.posting_store import Postings, drop_common, sorted_postings
from linkage.owner.revealed import passes_of
from linkage.owner.sources import Source
from linkage.owner.variants import CanonicalRecords, Variants, variants_of
from linkage.protocol.agreement import Agreement
from linkage.protocol.encoded import EncodedPostings
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.recognition import Known
from linkage.protocol.risk_measures import Bits, unpacked
from linkage.protocol.similarity import Words


def records_of(source: Source, rule: EntityRule) -> CanonicalRecords:
    """A whole table as a release would take it, duplicates put together; raises InvalidSource when it cannot be read."""
    return together(CheckedTable(source, rule).entities())


def together(chunks: Iterable[CanonicalRecords]) -> CanonicalRecords:
    """Records of the same fields as one; none of none."""
    gathered: CanonicalRecords | None = None
    for chunk in chunks:
        if gathered is None:
            gathered = chunk
        else:
            gathered.extend(chunk)
    return gathered or CanonicalRecords([], [], {})


def measuring_key(purpose: str) -> EncodingKey:
    """A key that everyone knows: the same table gives the same figures."""
    return EncodingKey(hashlib.sha256(f"trilink measuring, not secret/{purpose}".encode()).digest())


def encoded_records(records: CanonicalRecords, agreement: Agreement, entity: str, key: EncodingKey, largest: int) -> Known:
    """All postings of the records, as a package of these alone would hold them."""
    return encoded_under([key], records, agreement, entity, largest)[0]


def encoded_under(keys: Sequence[EncodingKey], records: CanonicalRecords, agreement: Agreement, entity: str, largest: int) -> list[Known]:
    """The same under each of some keys; what comes before keys is done once."""
    encoded = []
    for key, encoder, listed in _listed(keys, records, agreement, entity, largest):
        postings = encode_postings(encoder, _pads(agreement, entity, key), listed.tokens, listed.ids)
        encoded.append(Known(postings, encoder.table.records[listed.tokens.rows]))
    return encoded


def unpadded_records(records: CanonicalRecords, agreement: Agreement, entity: str, key: EncodingKey, largest: int) -> Known:
    """The same without pads: where attacks must win, or they prove nothing. A missing filter is all zero; a tag is 1 where it is held."""
    ((_, encoder, listed),) = _listed([key], records, agreement, entity, largest)
    filters, held = encoder.encode(listed.tokens.halves, listed.tokens.rows)
    postings = EncodedPostings(listed.tokens.halves, listed.ids, listed.tokens.passes, held.astype(np.uint16), filters)
    return Known(postings, encoder.table.records[listed.tokens.rows])


def could_show(records: CanonicalRecords, agreement: Agreement, entity: str, key: EncodingKey, largest: int) -> Known:
    """What the records could show, whoever is drawn: a posting under each token that is no more common than agreed, without pads."""
    shown = agreement.encoding.model_copy(update={"token_postings": agreement.encoding.token_cap, "diffusion": 1})
    return unpadded_records(records, agreement.model_copy(update={"encoding": shown}), entity, key, largest)


def _listed(
    keys: Sequence[EncodingKey], records: CanonicalRecords, agreement: Agreement, entity: str, largest: int
) -> Iterator[tuple[EncodingKey, Encoder, Postings]]:
    variants = variants_of(records, agreement.entities[entity])
    table, passes = feature_table(variants, agreement.entities[entity]), passes_of(agreement, entity, largest)
    blocking = Blocking(passes, entity, bytes(32))
    for key in keys:
        tokens = blocking.under(key.derive(f"trilink/v1/blocking/{entity}")).tokens(variants)
        kept, _ = drop_common(tokens, variants.records, agreement.encoding.token_cap)
        draw = Draw(agreement.encoding.token_cap, agreement.encoding.token_postings, key.derive("trilink/v1/drawing"))
        chosen = draw.chosen(kept, variants.records, made_by(tokens, variants.records, records.count()))
        listed = sorted_postings(only(kept, chosen), variants.records, key.derive("trilink/v1/posting-ids"))
        yield key, Encoder(table, agreement, entity, key), listed


def lone_filters(records: CanonicalRecords, agreement: Agreement, entity: str, key: EncodingKey) -> dict[str, Bits]:
    """Each record's first variant as it travels, in a block of its own: bits by filter, (records, length)."""
    variants = variants_of(records, agreement.entities[entity])
    chance = np.random.default_rng(int.from_bytes(key.derive("trilink/v1/lone-blocks"), "big"))
    halves, ids = chance.integers(0, 2**64, (2, records.count(), 2), dtype=np.uint64)
    encoder, passes = _encoder(variants, agreement, entity, key), np.zeros(records.count(), dtype=np.uint8)
    tokens = Tokens(halves, encoder.table.firsts(), passes)
    return _bits(encode_postings(encoder, _pads(agreement, entity, key), tokens, ids).filters)


def filters_in_clear(records: CanonicalRecords, agreement: Agreement, entity: str) -> dict[str, Bits]:
    """The features of each record's first variant as bits that mean the same in every record: undiffused, and all under one token."""
    plain = agreement.model_copy(update={"encoding": agreement.encoding.model_copy(update={"diffusion": 1})})
    encoder = _encoder(variants_of(records, agreement.entities[entity]), plain, entity, measuring_key("clear"))
    return _bits(encoder.encode(np.zeros((records.count(), 2), dtype=np.uint64), encoder.table.firsts()).filters)


def _encoder(variants: Variants, agreement: Agreement, entity: str, key: EncodingKey) -> Encoder:
    return Encoder(feature_table(variants, agreement.entities[entity]), agreement, entity, key)


def _pads(agreement: Agreement, entity: str, key: EncodingKey) -> Pads:
    return Pads(agreement.entities[entity], entity, key, key.derive("trilink/v1/missing-filters"))


def _bits(filters: dict[str, Words]) -> dict[str, Bits]:
    return {name: unpacked(words) for name, words in filters.items()}
