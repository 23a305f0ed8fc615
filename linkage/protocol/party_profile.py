"""A party's own local configuration: where its agreement, keys and files lie. Never sent, never part of the agreement."""

import tomllib
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from linkage.protocol.agreement import Agreement, explain, read_agreement
from linkage.protocol.errors import InvalidAgreement, InvalidKey, InvalidProfile
from linkage.protocol.ledger import Ledger
from linkage.protocol.ledger_entries import LONGEST_TEXT, Grounds, is_stated
from linkage.protocol.party_keys import PartyKeys, load_private, passphrase_from
from linkage.protocol.public_keys import PublicKeys

UNIT_FORMAT = "trilink/unit-profile/v1"


class KeyFiles(BaseModel):
    """The encrypted private keys and where their passphrase comes from: a file, an environment variable, else a prompt."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    private: Path
    passphrase_file: Path | None = None
    passphrase_variable: Annotated[str, Field(pattern=r"^[A-Z_][A-Z0-9_]*$")] | None = None


Stated = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]


class FlowGrounds(BaseModel):
    """Legal basis and purpose of one flow, where they differ from the others."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    legal_basis: Stated | None = None
    purpose: Stated | None = None


class LedgerRule(BaseModel):
    """What stands in every entry of the ledger: who works (an office or a staff number), on what legal basis, for what purpose.

    ``receipts``: the folder from which receipts are carried, as a rule the outbox. ``flows``: grounds of single flows, by name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    who: Stated
    legal_basis: Stated
    purpose: Stated
    receipts: Path
    flows: dict[Annotated[str, Field(pattern=r"^[a-z_]+$")], FlowGrounds] = {}

    def grounds(self, flow: str) -> Grounds:
        own = self.flows.get(flow, FlowGrounds())
        return Grounds(self.who, own.legal_basis or self.legal_basis, own.purpose or self.purpose)

    @model_validator(mode="after")
    def _one_line_each(self) -> Self:
        if not all(is_stated(said) for flow in ("", *self.flows) for said in astuple(self.grounds(flow))):
            raise ValueError("who, legal_basis, purpose: expected one printable line each")
        return self


class PartyProfile(BaseModel):
    """What owner and unit have in common; relative paths are relative to the profile's own folder. No flow runs without ``ledger``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: str
    party: str
    agreement: Path
    home: Path
    keys: KeyFiles
    ledger: LedgerRule | None = None

    def ledger_rule(self) -> LedgerRule:
        """Who works, why and on what basis; ``InvalidProfile`` where the profile does not say."""
        if self.ledger is None:
            raise InvalidProfile("ledger: missing; state who, legal_basis, purpose and the folder for receipts (docs/spec/ledger.md)")
        return self.ledger


Profile = TypeVar("Profile", bound=PartyProfile)


Document = dict[str, Any]


def read_profile(
    path: Path, model: type[Profile], expected_format: str, completed: Callable[[Document], Document] = lambda document: document
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
    if problem is None and profile.format != expected_format:
        problem = f"format: expected {expected_format}"
    if problem is not None:
        raise InvalidProfile(f"{path}: {problem}")
    return profile


def _resolved(document: Document, folder: Path) -> Document:
    """Paths of the document made relative to where the profile lies; a mapping is one when it ends in .toml."""
    for table in (document, document.get("keys"), document.get("ledger"), *_tables(document.get("sources"))):
        if isinstance(table, dict):
            for key in ("agreement", "home", "private", "passphrase_file", "path", "withhold", "decisions", "planted", "receipts"):
                if isinstance(table.get(key), str):
                    table[key] = folder / str(table[key])
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


def public_keys_of(agreement: Agreement, party: str) -> PublicKeys:
    """A party's public keys as the agreement pins them."""
    rule = agreement.parties[party]
    if not rule.signing_key or not rule.sealing_key:
        raise InvalidAgreement(f"parties.{party}: no public keys yet; add them with `trilink keys enrol`")
    return PublicKeys.from_text(party, rule.signing_key, rule.sealing_key)


_UNLOCKED: dict[Path, PartyKeys] = {}


def unlock(profile: PartyProfile, prompt: bool = False) -> PartyKeys:
    """The party's private keys, opened once per process, so that flows take paths and no passphrase is a parameter."""
    path = profile.keys.private.resolve()
    if path not in _UNLOCKED:
        keys = load_private(path, passphrase_from(profile.keys.passphrase_file, profile.keys.passphrase_variable, prompt))
        if keys.party != profile.party:
            raise InvalidKey(f"{path.name}: holds the keys of {keys.party}, the profile is of {profile.party}")
        _UNLOCKED[path] = keys
    return _UNLOCKED[path]


def ledger_of(profile: PartyProfile, agreement: Agreement, flow: str) -> Ledger:
    """The party's ledger, with the grounds that its profile states for this flow."""
    return Ledger(profile.home, unlock(profile), agreement, profile.ledger_rule().grounds(flow))
