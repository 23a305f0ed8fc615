"""The agreement that an epoch was begun under, kept beside what was made in it.

Keys are rotated and rules agreed anew; what was released before can be withdrawn, recalled and shown all the same. So the rules of an
epoch stay those that it was begun under, and its messages travel under the agreement in force, with the keys that this one names.

Epochs from before agreements were kept have none. As long as the agreement in force is theirs this is no loss; afterwards they are refused
(``WITHOUT``), until somebody gives the agreement that their files name (``adopt``; docs/runbooks/restore.md).
"""

import hashlib
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from linkage.protocol.agreement import Agreement, explain
from linkage.protocol.atomic_files import PRIVATE, written_whole
from linkage.protocol.canonical import canonical_json
from linkage.protocol.errors import InvalidAgreement, TrilinkError

FILE = "agreement.json"
WITHOUT = (
    "keeps no agreement, for an earlier release began it; give it the one of its time: `trilink keys keep-agreement PROFILE AGREEMENT`"
)


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


def without_its_agreement(epoch: Path) -> bool:
    """Whether an epoch keeps none, so that a refusal of its files should say what helps (``WITHOUT``)."""
    return not (epoch / FILE).exists()


def adopt(home: Path, agreement: Agreement, made_under: Callable[[Path], bool]) -> dict[str, str]:
    """Keep the agreement in every epoch that keeps none and whose files were ``made_under`` it; by epoch what became of it."""
    said = {}
    for epoch in sorted(path for path in (home / "epochs").glob("*") if path.is_dir()):
        if not without_its_agreement(epoch):
            said[epoch.name] = "keeps one already"
        elif made_under(epoch):
            keep_agreement(epoch, agreement)
            said[epoch.name] = "keeps it now"
        else:
            said[epoch.name] = "was not begun under it"
    return said
