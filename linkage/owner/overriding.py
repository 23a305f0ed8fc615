"""Answer by name for a release that does not meet the quality gates.

The name and the reason are free text of a person: they go into the owner's own ledger and nowhere else. So they are handed over inside
the process, as passphrases are (``party_profile.unlock``), and are no parameter of any flow.
"""

import hashlib
import json
import secrets
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from linkage.owner.quality_gates import Failed
from linkage.protocol.atomic_files import add_lines
from linkage.protocol.errors import TrilinkError
from linkage.protocol.guarded import Guarded

LONGEST = 1_000

_ANSWERING: list["Override"] = []


class Override(Guarded):
    """Who answers for the release, and why."""

    __slots__ = ("by", "reason")

    def __init__(self, by: str, reason: str) -> None:
        self.by, self.reason = _said(by, "name"), _said(reason, "reason")


def read_override(path: Path) -> Override:
    """The answer in a TOML file with the texts ``by`` and ``reason``, and nothing else."""
    said = _table(path)
    if said is None or set(said) != {"by", "reason"} or not all(isinstance(text, str) for text in said.values()):
        raise TrilinkError(f"{path.name}: expected a TOML file with two texts, by (a person's name) and reason")
    return Override(said["by"], said["reason"])


def _table(path: Path) -> dict[str, Any] | None:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _said(text: str, what: str) -> str:
    said = text.strip()
    if not said or len(said) > LONGEST or not said.isprintable():
        raise TrilinkError(f"override: expected a {what} in one line of at most {LONGEST} characters")
    return said


@contextmanager
def overriding(override: Override | None) -> Iterator[None]:
    """Releases in this block are sealed although gates are not met, and logged."""
    if override is None:
        yield
        return
    _ANSWERING.append(override)
    try:
        yield
    finally:
        _ANSWERING.remove(override)


def answering() -> Override | None:
    """Who answers at this moment, if anybody does."""
    return _ANSWERING[-1] if _ANSWERING else None


def log_override(home: Path, override: Override, about: tuple[str, str], failed: list[Failed], now: datetime) -> str:
    """A line in ``releases.jsonl`` before anything is sealed; ``about`` is epoch and entity type.

    Returns the line's SHA-256, for the ledger; a salt in the line keeps name and reason from being guessed from it.
    """
    epoch, entity = about
    said = {
        "kind": "gates_overridden", "epoch": epoch, "entity": entity, "when": now.isoformat(timespec="seconds"),
        "by": override.by, "reason": override.reason, "gates": failed, "salt": secrets.token_hex(16),
    }  # fmt: skip
    line = json.dumps(said, sort_keys=True).encode()
    add_lines(home / "releases.jsonl", [line])
    return hashlib.sha256(line).hexdigest()
