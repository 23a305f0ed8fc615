"""Public keys into the agreement's file, with its comments and order left as they are."""

from collections.abc import Iterable
from pathlib import Path

import tomlkit

from linkage.protocol.agreement import read_agreement
from linkage.protocol.atomic_files import written_whole
from linkage.protocol.errors import InvalidAgreement
from linkage.protocol.public_keys import PublicKeys


def enrol_keys(agreement: Path, keys: Iterable[PublicKeys], out: Path) -> str:
    """Write ``out``, the agreement with these keys; returns its fingerprint. Only parties that it names can be enrolled."""
    known = read_agreement(agreement).parties
    document = tomlkit.parse(agreement.read_text(encoding="utf-8"))
    for one in keys:
        if one.party not in known:
            raise InvalidAgreement(f"{agreement}: parties: {one.party} is not one of {', '.join(known)}")
        entry = document["parties"][one.party]
        entry["signing_key"] = one.signing_key
        entry["sealing_key"] = one.sealing_key
    with written_whole(out) as file:
        file.write(tomlkit.dumps(document).encode())
    return read_agreement(out).fingerprint
