"""A party's own local configuration: where its agreement, keys and files lie. Never sent, never part of the agreement."""

import tomllib
from collections.abc import Callable
from dataclasses import astuple
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from linkage.protocol.agreement import Agreement, explain, read_agreement
from linkage.protocol.agreement_signatures import require_signed
from linkage.protocol.errors import InvalidAgreement, InvalidKey, InvalidProfile
from linkage.protocol.exchange_rules import ExchangeFolders, WatchRule
from linkage.protocol.key_files import fingerprint_of
from linkage.protocol.ledger import Ledger
from linkage.protocol.ledger_entries import LONGEST_TEXT, Grounds, is_stated
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.pinned_keys import public_keys_of
from linkage.protocol.revocation import require_unrevoked
from linkage.protocol.unlocking import open_keys

__all__ = [
    "DESK_FORMAT", "OWNER_FORMAT", "UNIT_FORMAT", "KeyFiles", "PartyProfile", "agreement_in_force", "agreement_of",
    "ledger_home", "ledger_of", "public_keys_of", "read_party", "read_profile", "unlock",
]  # fmt: skip


OWNER_FORMAT = "trilink/owner-profile/v1"
UNIT_FORMAT = "trilink/unit-profile/v1"
DESK_FORMAT = "trilink/desk-profile/v1"


class KeyFiles(BaseModel):
    """The encrypted private keys and where their passphrase comes from: a file, an environment variable, else a prompt.

    ``shares`` are files with shares of a split passphrase, on different people's media; what is missing is asked for.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    private: Path
    passphrase_file: Path | None = None
    shares: tuple[Path, ...] = ()
    passphrase_variable: Annotated[str, Field(pattern=r"^[A-Z_][A-Z0-9_]*$")] | None = None


Stated = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]


class FlowGrounds(BaseModel):
    """Legal basis and purpose of one flow, where they differ from the others."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    legal_basis: Stated | None = None
    purpose: Stated | None = None


class LedgerRule(BaseModel):
    """What stands in every entry of the ledger: who works (an office or a staff number), on what legal basis, for what purpose.

    ``receipts``: the folder from which receipts are carried, as a rule the outbox. ``home``: where the party's one ledger is, if not in the
    profile's home. ``flows``: grounds of single flows, by name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    who: Stated
    legal_basis: Stated
    purpose: Stated
    receipts: Path
    home: Path | None = None
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
    exchange: ExchangeFolders | None = None
    watch: WatchRule = WatchRule()

    def exchange_folders(self) -> ExchangeFolders:
        """Where sealed files come from and go to; ``InvalidProfile`` where the profile does not say."""
        if self.exchange is None:
            raise InvalidProfile("exchange: missing; name inbox, outbox and where they are carried (docs/how-to-operate.md)")
        return self.exchange

    def ledger_rule(self) -> LedgerRule:
        """Who works, why and on what basis; ``InvalidProfile`` where the profile does not say."""
        if self.ledger is None:
            raise InvalidProfile("ledger: missing; state who, legal_basis, purpose and the folder for receipts (docs/spec/ledger.md)")
        return self.ledger


Profile = TypeVar("Profile", bound=PartyProfile)


Document = dict[str, Any]

PATHS = (
    "agreement", "home", "private", "passphrase_file", "path", "withhold", "decisions", "planted", "receipts",
    "inbox", "outbox", "access", "lists", "tell",
)  # fmt: skip


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
    own = (document, *(document.get(name) for name in ("keys", "ledger", "exchange", "watch", "seizures", "laboratory")))
    for table in (*own, *_tables(document.get("sources"))):
        if isinstance(table, dict):
            for key in PATHS:
                if isinstance(table.get(key), str):
                    table[key] = folder / str(table[key])
            if isinstance(table.get("shares"), list):
                table["shares"] = tuple(folder / str(share) for share in table["shares"])
            if isinstance(table.get("mapping"), str) and table["mapping"].endswith(".toml"):
                table["mapping"] = folder / table["mapping"]
    return _with_addresses(document, folder)


def _with_addresses(document: Document, folder: Path) -> Document:
    """Exchange folders on this machine, too, count from where the profile lies."""

    def placed(address: object) -> object:
        return str(folder / address) if isinstance(address, str) and "://" not in address else address

    exchange = document.get("exchange")
    if isinstance(exchange, dict):
        if isinstance(exchange.get("fetch"), list):
            exchange["fetch"] = tuple(placed(address) for address in exchange["fetch"])
        if isinstance(exchange.get("send"), dict):
            exchange["send"] = {party: placed(address) for party, address in exchange["send"].items()}
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


def ledger_of(profile: PartyProfile, agreement: Agreement, flow: str) -> Ledger:
    """The party's ledger, with the grounds that its profile states for this flow."""
    return Ledger(ledger_home(profile), unlock(profile), agreement, profile.ledger_rule().grounds(flow))


def ledger_home(profile: PartyProfile) -> Path:
    """The folder with the party's ledger: of owner and desk, which are one party, it is the same."""
    return (profile.ledger.home if profile.ledger else None) or profile.home
