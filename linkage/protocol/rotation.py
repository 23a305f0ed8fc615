"""A party's new keys, signed by its old ones (docs/spec/keys.md).

Whoever believes the old keys can believe the new ones: the statement is by the old keys and names the new; the new ones prove in it that
their owner has them. It replaces keys in an agreement (``enrolment``); it revokes nothing, and is worth nothing once the old keys are
lost or stolen: then see ``revocation``.
"""

import base64
import binascii
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature

from linkage.protocol.errors import InvalidStatement
from linkage.protocol.party_keys import PartyKeys, renewed
from linkage.protocol.public_keys import PublicKeys
from linkage.protocol.statements import Statement, read_statement, state

FORMAT = "trilink/rotation/v1"
SUFFIX = ".rotation.json"
ABOUT = {"proof", "sealing_key", "signing_key"}


def rotate(old: PartyKeys, now: datetime) -> tuple[PartyKeys, Statement]:
    """New keys and the statement that names them; the storage key, which never travels, stays."""
    new = renewed(old)
    public = new.public()
    proof = base64.b64encode(new.sign(_proven(old.public(), public))).decode()
    about = {"signing_key": public.signing_key, "sealing_key": public.sealing_key, "proof": proof}
    return new, state(FORMAT, about, old, now)


def rotation_path(folder: Path, party: str) -> Path:
    """``mx.rotation.json``."""
    return folder / f"{party}{SUFFIX}"


def rotated_keys(path: Path, pinned: PublicKeys) -> PublicKeys:
    """The new keys of the party whose old ones are ``pinned``; ``InvalidStatement`` unless old and new both say so."""
    said = read_statement(path, FORMAT, ABOUT)
    said.verify(pinned, path.name)
    new = PublicKeys.from_text(pinned.party, said.about["signing_key"], said.about["sealing_key"])
    if not _proves(new, said.about["proof"], _proven(pinned, new)):
        raise InvalidStatement(f"{path.name}: the new keys {new.fingerprint()} do not prove that {pinned.party} has them")
    return new


def party_of(path: Path) -> str:
    """Whose new keys a statement names; nothing of it is proven yet."""
    return read_statement(path, FORMAT, ABOUT).by


def _proven(old: PublicKeys, new: PublicKeys) -> bytes:
    return b"\0".join([b"trilink/v1/rotation-proof", old.fingerprint().encode(), new.fingerprint().encode()])


def _proves(new: PublicKeys, proof: str, message: bytes) -> bool:
    try:
        new.verify(base64.b64decode(proof, validate=True), message)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True
