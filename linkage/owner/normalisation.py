"""The kinds of fields an agreement can name, and what makes a value of each canonical.

A canonical value is ASCII, at most 64 characters of A-Z, 0-9 and space (`?` in serials and `|` between the numbers of one cell,
`@ . _ - +` in e-mail), or None when nothing is known. Every function is deterministic and idempotent, and raises InvalidValue without
quoting the value.
"""

from collections.abc import Callable

from linkage.owner import (
    firearms,
    full_names,
    identifiers,
    names,
    organizations,
    places,
    plain_values,
)
from linkage.owner.dates import normalise_iso_date
from linkage.owner.serials import normalise_serial
from linkage.protocol.errors import InvalidAgreement

NORMALISERS: dict[str, Callable[[str], str | None]] = {
    "text": plain_values.normalise_text,
    "code": plain_values.normalise_code,
    "sex": plain_values.normalise_sex,
    "number": plain_values.normalise_number,
    "yes_no": plain_values.normalise_yes_no,
    "date": normalise_iso_date,
    "given_names": names.normalise_given_names,
    "surname": names.normalise_surname,
    "full_name": full_names.normalise_full_name,
    "moniker": names.normalise_moniker,
    "place": places.normalise_place,
    "house_number": places.normalise_house_number,
    "street": places.normalise_street,
    "locality": places.normalise_locality,
    "region": places.normalise_region,
    "postal_code": places.normalise_postal_code,
    "country": places.normalise_country,
    "phone": places.normalise_phone,
    "email": places.normalise_email,
    "curp": identifiers.normalise_curp,
    "rfc": identifiers.normalise_rfc,
    "ine": identifiers.normalise_ine,
    "ssn": identifiers.normalise_ssn,
    "itin": identifiers.normalise_itin,
    "imei": identifiers.normalise_imei,
    "plate": identifiers.normalise_plate,
    "fbi_ucn": identifiers.normalise_fbi_ucn,
    "fps": identifiers.normalise_fps,
    "sin": identifiers.normalise_sin,
    "passport": identifiers.normalise_passport,
    "driver_licence": identifiers.normalise_driver_licence,
    "ein": identifiers.normalise_ein,
    "bn": identifiers.normalise_bn,
    "neq": identifiers.normalise_neq,
    "lei": identifiers.normalise_lei,
    "ffl": identifiers.normalise_ffl,
    "serial": normalise_serial,
    "make": firearms.normalise_make,
    "model": firearms.normalise_model,
    "calibre": firearms.normalise_calibre,
    "firearm_type": firearms.normalise_firearm_type,
    "ballistic_id": firearms.normalise_ballistic_id,
    "organization_name": organizations.normalise_organization_name,
    "legal_form": organizations.normalise_legal_form,
    "organization_kind": organizations.normalise_organization_kind,
}


def normalise(kind: str, text: str) -> str | None:
    """The canonical value of a cell, None when missing; InvalidValue when it cannot be understood as its kind."""
    if kind not in NORMALISERS:
        raise InvalidAgreement(f"kind {kind!r} (expected one of {', '.join(NORMALISERS)})")
    return NORMALISERS[kind](text)
