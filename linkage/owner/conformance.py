"""Proof that normaliser, agreement and encoder agree at all owners: the digest of the encoding of a public list.

The list is invented and public: sample cells for every kind of field, so that it exercises any entity type an agreement defines. It is
encoded under a public key with the owner's own code; owners whose digests differ would link nothing, and the unit refuses them.
"""

import hashlib

import numpy as np

from linkage.owner.blocking_tokens import blocking_tokens
from linkage.owner.encoding import Encoder, encode_postings, posting_ids
from linkage.owner.keys import EncodingKey
from linkage.owner.profile import Source
from linkage.owner.reading import RawRow
from linkage.owner.validation import validate
from linkage.owner.variants import variants_of
from linkage.protocol.agreement import Agreement

PUBLIC_KEY = hashlib.sha256(b"trilink/v1/conformance: this key is public").digest()

# kind -> cells of four invented records; a kind that is not here takes the last row
SAMPLES = {
    "given_names": ("María de los Ángeles", "Jean-Pierre", "Zoë Ann", "Ma. Guadalupe"),
    "surname": ("Muñoz", "St-Onge", "O'Brien", "de la Torre Güemes"),
    "full_name": ("PEÑA LÓPEZ, José", "Björn Ødegård", "Anne L'Écuyer", "Juan García Ruiz"),
    "moniker": ("El Güero", "La Tía", "Ti-Guy", "Slim"),
    "sex": ("F", "M", "X", "F"),
    "date": ("1980-07-04", "1975", "1999-12", "1962-02-28"),
    "postal_code": ("06600", "H2X 1Y4", "90210-1234", "64000"),
    "serial": ("SN 12-345O6", "ABC?123", "AB-12345-C", "123-45678"),
    "ssn": ("219-09-9999", "078 05 1120", "457555462", "219099998"),
    "phone": ("+52 55 1234 5678", "(514) 555-0199", "2125550123", "555-0100"),
    "email": ("ana@example.org", "b.roy@example.ca", "X@EXAMPLE.COM", "q@example.net"),
    "calibre": ("9 mm Luger", ".223 Rem", "5.56x45", ".45 ACP"),
    "make": ("Smith & Wesson Corp.", "Colt's Mfg", "GLOCK", "Taurus"),
    "firearm_type": ("pistola", "arma larga", "revolver", "shotgun"),
    "organization_name": ("Comercializadora del Norte, S.A. de C.V.", "Les Aciéries Québec Ltée", "Acme & Sons LLC", "Grupo Ñandú"),
}
OTHERS = ("Alfa 12", "BETA-34", "Gámma 56", "delta 78")


def conformance_digest(agreement: Agreement, entity: str) -> str:
    """SHA-256 in hex over the encoded public list, bound to nothing secret and nothing local."""
    rule = agreement.entities[entity]
    header = ["record_id", *rule.fields]
    columns = [SAMPLES.get(field.kind, OTHERS) for field in rule.fields.values()]
    rows = (RawRow(number + 2, [str(number), *(column[number] for column in columns)]) for number in range(len(OTHERS)))
    records, quarantine, _ = validate(header, rows, Source(path="public"), rule)
    variants = variants_of(records, rule)
    key = EncodingKey(PUBLIC_KEY)
    passes = {name: block.all_components() for name, block in rule.passes.items()}
    tokens = blocking_tokens(variants, passes, entity, key.derive("trilink/v1/blocking"))
    ids = posting_ids(PUBLIC_KEY, tokens.halves, variants.records[tokens.rows], tokens.rows)
    order = np.lexsort((ids[:, 1], ids[:, 0], tokens.halves[:, 1], tokens.halves[:, 0]))
    postings = encode_postings(Encoder(variants, agreement, entity, key), tokens, ids, order)
    digest = hashlib.sha256(agreement.fingerprint.encode())
    digest.update(quarantine.csv().encode())
    digest.update(postings.tokens.tobytes() + postings.presence.tobytes())
    for name in rule.filter_names:
        digest.update(postings.filters[name].tobytes())
    return digest.hexdigest()
