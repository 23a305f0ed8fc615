"""A party's own local configuration: where its agreement, keys and files lie. Never sent, never part of the agreement."""

import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from linkage.protocol.agreement import Agreement, explain, read_agreement
from linkage.protocol.agreement_signatures import require_signed
from linkage.protocol.errors import InvalidAgreement, InvalidKey, InvalidProfile
from linkage.protocol.key_files import fingerprint_of
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.pinned_keys import public_keys_of
from linkage.protocol.revocation import require_unrevoked
from linkage.protocol.unlocking import open_keys

__all__ = [
    "OWNER_FORMAT", "UNIT_FORMAT", "KeyFiles", "PartyProfile", "agreement_in_force", "agreement_of",
    "public_keys_of", "read_party", "read_profile", "unlock",
]  # fmt: skip


OWNER_FORMAT = "trilink/owner-profile/v1"
UNIT_FORMAT = "trilink/unit-profile/v1"


class KeyFiles(BaseModel):
    """The encrypted private keys and where their passphrase comes from: a file, an environment variable, else a prompt.

    ``shares`` are files with shares of a split passphrase, on different people's media; what is missing is asked for.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    private: Path
    passphrase_file: Path | None = None
    shares: tuple[Path, ...] = ()
    passphrase_variable: Annotated[str, Field(pattern=r"^[A-Z_][A-Z0-9_]*$")] | None = None


class PartyProfile(BaseModel):
    """What owner and unit have in common; relative paths are relative to the profile's own folder."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: str
    party: str
    agreement: Path
    home: Path
    keys: KeyFiles


Profile = TypeVar("Profile", bound=PartyProfile)


Document = dict[str, Any]


def read_profile(
    path: Path, model: type[Profile], formats: tuple[str, ...], completed: Callable[[Document], Document] = lambda document: document
) -> Profile:
    """Read, complete and validate a profile; every refusal names the file, the key and what was expected."""
    problem = None
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        profile = model.model_validate(completed(_resolved(document, path.parent)))
    except OSError:
        problem = "no such file"
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problem = f"not TOML: {error}"
    except ValidationError as error:
        problem = explain(error)
    except InvalidProfile as error:
        problem = str(error)
    if problem is None and profile.format not in formats:
        problem = f"format: expected {' or '.join(formats)}"
    if problem is not None:
        raise InvalidProfile(f"{path}: {problem}")
    return profile


def read_party(path: Path) -> PartyProfile:
    """What owner's and unit's profiles have in common, from either."""
    return read_profile(path, PartyProfile, (OWNER_FORMAT, UNIT_FORMAT), _common)


def _common(document: Document) -> Document:
    return {key: value for key, value in document.items() if key in PartyProfile.model_fields}


def _resolved(document: Document, folder: Path) -> Document:
    """Paths of the document made relative to where the profile lies; a mapping is one when it ends in .toml."""
    for table in (document, document.get("keys"), *_tables(document.get("sources"))):
        if isinstance(table, dict):
            for key in ("agreement", "home", "private", "passphrase_file", "path", "withhold", "decisions"):
                if isinstance(table.get(key), str):
                    table[key] = folder / str(table[key])
            if isinstance(table.get("shares"), list):
                table["shares"] = tuple(folder / str(share) for share in table["shares"])
            if isinstance(table.get("mapping"), str) and table["mapping"].endswith(".toml"):
                table["mapping"] = folder / table["mapping"]
    return document


def _tables(sources: object) -> list[object]:
    return list(sources.values()) if isinstance(sources, dict) else []


def agreement_of(profile: PartyProfile, role: str) -> Agreement:
    """The agreement, if it names this party in this role."""
    agreement = read_agreement(profile.agreement)
    rule = agreement.parties.get(profile.party)
    if rule is None or rule.role != role:
        raise InvalidAgreement(f"{profile.agreement}: parties: {profile.party} is not one of its {role}s")
    return agreement


def agreement_in_force(profile: PartyProfile, role: str, today: date) -> Agreement:
    """The agreement, if it names this party in this role, is in force on this day, signed by every party, and pins no revoked keys.

    The keys that it pins for us must be ours: else the whole file, signatures and all, could be somebody else's.
    """
    agreement = agreement_of(profile, role)
    agreement.require_valid(today)
    pinned, ours = public_keys_of(agreement, profile.party).fingerprint(), fingerprint_of(profile.keys.private)
    if pinned != ours:
        raise InvalidKey(
            f"{profile.agreement.name} names the keys {pinned} for {profile.party}, those in {profile.keys.private.name} are {ours}; "
            "take the agreement that we signed, or the keys that it names"
        )
    require_signed(profile.agreement, agreement)
    require_unrevoked(profile.agreement, agreement)
    return agreement


_UNLOCKED: dict[Path, PartyKeys] = {}


def unlock(profile: PartyProfile, prompt: bool = False) -> PartyKeys:
    """The party's private keys, opened once per process, so that flows take paths and no passphrase is a parameter."""
    path = profile.keys.private.resolve()
    if path not in _UNLOCKED:
        source = (profile.keys.passphrase_file, profile.keys.passphrase_variable)
        keys = open_keys(path, source, profile.keys.shares, prompt)
        if keys.party != profile.party:
            raise InvalidKey(f"{path.name}: holds the keys of {keys.party}, the profile is of {profile.party}")
        _UNLOCKED[path] = keys
    return _UNLOCKED[path]
