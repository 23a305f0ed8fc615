"""The agreement that an epoch was begun under, kept beside what was made in it.

Keys are rotated and rules agreed anew; what was released before can be withdrawn, recalled and shown all the same. So the rules of an
epoch stay those that it was begun under, and its messages travel under the agreement in force, with the keys that this one names.
"""

import hashlib
from pathlib import Path

from pydantic import ValidationError

from linkage.protocol.agreement import Agreement, explain
from linkage.protocol.atomic_files import PRIVATE, written_whole
from linkage.protocol.canonical import canonical_json
from linkage.protocol.errors import InvalidAgreement, TrilinkError

FILE = "agreement.json"


def keep_agreement(epoch: Path, agreement: Agreement) -> None:
    """Write the agreement into the epoch's folder, once; an epoch that was begun under another one is not gone on with."""
    path = epoch / FILE
    if not path.exists():
        epoch.mkdir(parents=True, exist_ok=True, mode=0o700)
        with written_whole(path, PRIVATE) as file:
            file.write(canonical_json(agreement.model_dump(mode="json")))
    elif (begun := kept_agreement(epoch, agreement).fingerprint) != agreement.fingerprint:
        raise TrilinkError(
            f"epoch {epoch.name}: was begun under the agreement {begun[:16]}, in force is {agreement.fingerprint[:16]}; take another epoch"
        )


def kept_agreement(epoch: Path, in_force: Agreement) -> Agreement:
    """The agreement that this epoch was begun under; where none is kept, the one in force."""
    path, problem = epoch / FILE, ""
    if not path.exists():
        return in_force
    content = path.read_bytes()
    try:
        kept = Agreement.model_validate_json(content)
    except ValidationError as error:
        problem = explain(error)
    if problem:
        raise InvalidAgreement(f"epoch {epoch.name}, {FILE}: {problem}; restore it")
    kept.__dict__["fingerprint"] = hashlib.sha256(content).hexdigest()  # a later release may have further keys, with defaults
    return kept
