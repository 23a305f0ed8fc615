"""Public keys into the agreement's file, with its comments and order left as they are.

Rules of this room:
1. Only parties that the agreement names are enrolled.
2. Keys that it pins already are replaced when the old ones say so (``rotation``) or are revoked (``revocation``), and not otherwise.
3. Revoked keys are never enrolled again.
"""

from collections.abc import Iterable
from pathlib import Path

import tomlkit

from linkage.protocol.agreement import Agreement, read_agreement
from linkage.protocol.atomic_files import written_whole
from linkage.protocol.errors import InvalidAgreement
from linkage.protocol.pinned_keys import public_keys_of
from linkage.protocol.public_keys import PublicKeys, load_public
from linkage.protocol.revocation import revocation_of
from linkage.protocol.rotation import SUFFIX, party_of, rotated_keys


def enrol(agreement: Path, files: Iterable[Path], out: Path) -> list[PublicKeys]:
    """Enrol what public key files and statements of new keys (``mx.rotation.json``) name; returns the keys."""
    known, keys = read_agreement(agreement), []
    for file in files:
        if file.name.endswith(SUFFIX):
            party = _known(known, party_of(file), agreement)
            keys.append(rotated_keys(file, public_keys_of(known, party)))
        else:
            keys.append(load_public(file))
            _refuse_exchange(agreement, known, keys[-1])
    enrol_keys(agreement, keys, out)
    return keys


def enrol_keys(agreement: Path, keys: Iterable[PublicKeys], out: Path) -> str:
    """Write ``out``, the agreement with these keys, rule 2 being the caller's; returns its fingerprint."""
    known = read_agreement(agreement)
    document = tomlkit.parse(agreement.read_text(encoding="utf-8"))
    for one in keys:
        entry = document["parties"][_known(known, one.party, agreement)]
        found = revocation_of(agreement.parent, known, one)
        if found and not found.awaited:
            raise InvalidAgreement(f"the keys {one.fingerprint()} of {one.party} are revoked ({found}): {one.party} has to make new ones")
        entry["signing_key"] = one.signing_key
        entry["sealing_key"] = one.sealing_key
    with written_whole(out) as file:
        file.write(tomlkit.dumps(document).encode())
    return read_agreement(out).fingerprint


def _known(known: Agreement, party: str, path: Path) -> str:
    if party not in known.parties:
        raise InvalidAgreement(f"{path}: parties: {party} is not one of {', '.join(known.parties)}")
    return party


def _refuse_exchange(path: Path, known: Agreement, new: PublicKeys) -> None:
    """Rule 2 for a bare public key file."""
    if not known.parties[_known(known, new.party, path)].signing_key:
        return
    pinned = public_keys_of(known, new.party)
    found = revocation_of(path.parent, known, pinned)
    if pinned == new or (found and not found.awaited):
        return
    awaited = f" (it lacks {', '.join(found.awaited)})" if found else ""
    raise InvalidAgreement(
        f"{path.name} pins other keys of {new.party}, {pinned.fingerprint()}: they are replaced by a statement of the old ones "
        f"(`trilink keys rotate`), or when they are revoked{awaited} (`trilink keys revoke`)"
    )
