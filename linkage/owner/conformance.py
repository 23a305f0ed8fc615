"""Proof that normaliser, agreement and encoder agree at all owners: the digest of the encoding of a public list.

The list is invented and public (``tables/public_list.toml``): cells for every kind of field, good, multiple and refused, so that it
exercises any entity type an agreement defines. It is encoded under a public key with the owner's own code; owners whose digests differ
would link nothing, and the unit refuses them.
"""

import hashlib

from linkage.owner.blocking_tokens import blocking_tokens
from linkage.owner.encoding import Encoder, encode_postings
from linkage.owner.fact_tables import read_table
from linkage.owner.features import feature_table
from linkage.owner.keys import EncodingKey
from linkage.owner.pads import Pads
from linkage.owner.posting_store import sorted_postings
from linkage.owner.profile import Source
from linkage.owner.reading import RawRow
from linkage.owner.validation import validate
from linkage.owner.variants import variants_of
from linkage.protocol.agreement import Agreement

PUBLIC_KEY = hashlib.sha256(b"trilink/v1/conformance: this key is public").digest()

SAMPLES: dict[str, list[str]] = read_table("public_list")  # kind -> cells of the invented records


def conformance_digest(agreement: Agreement, entity: str) -> str:
    """SHA-256 in hex over the encoded public list, bound to nothing secret and nothing local."""
    rule = agreement.entities[entity]
    header = ["record_id", *rule.fields]
    columns = [SAMPLES[field.kind] for field in rule.fields.values()]
    rows = (RawRow(number, [str(number), *cells]) for number, cells in enumerate(zip(*columns, strict=True)))
    records, quarantine, _ = validate(header, rows, Source(path="public"), rule)
    variants = variants_of(records, rule)
    key = EncodingKey(PUBLIC_KEY)
    passes = {name: block.all_components() for name, block in rule.passes.items()}
    tokens = blocking_tokens(variants, passes, entity, key.derive("trilink/v1/blocking"))
    listed = sorted_postings(tokens, variants.records, PUBLIC_KEY)
    encoder, pads = Encoder(feature_table(variants, rule), agreement, entity, key), Pads(rule, entity, key, PUBLIC_KEY)
    postings = encode_postings(encoder, pads, listed.tokens, listed.ids)
    digest = hashlib.sha256(agreement.fingerprint.encode())
    digest.update(quarantine.csv().encode())
    digest.update(postings.tokens.tobytes() + postings.tags.tobytes())
    for name in rule.filter_names:
        digest.update(postings.filters[name].tobytes())
    return digest.hexdigest()
