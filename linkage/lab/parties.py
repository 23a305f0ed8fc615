"""Parties made on the spot for a rehearsal: keys, an agreement that names them, profiles. Never for real work.

With a seed the keys are the same every time, so that two rehearsals can be compared byte for byte; anyone who knows the seed knows them.
"""

import hashlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import tomlkit

from linkage.protocol.agreement import Agreement, read_agreement
from linkage.protocol.agreement_signatures import sign_agreement, signature_path
from linkage.protocol.atomic_files import ORDINARY, PRIVATE, written_whole
from linkage.protocol.key_files import load_private, save_private
from linkage.protocol.party_keys import SECRET_BYTES, PartyKeys
from linkage.protocol.public_keys import PublicKeys

CHEAP_SCRYPT = 2**14
UNIT = "unit"
COUNTRIES = {"mx": "MX", "ca": "CA", "us": "US"}
LANGUAGES = {"mx": "es"}


def secret_of(seed: int | None, purpose: str, count: int) -> bytes:
    """Secret bytes: the operating system's, or with a seed a fixed stream for the purpose."""
    if seed is None:
        return os.urandom(count)
    return hashlib.shake_256(f"trilink rehearsal, not secret/{seed}/{purpose}".encode()).digest(count)


def make_parties(out: Path, agreement: Path, owners: Sequence[str], seed: int | None) -> Agreement:
    """Write ``out/agreement.toml`` with these owners and a unit, signed by all of them, and their keys under ``out/parties``; returns it.

    What exists stays: a rerun continues with the same keys.
    """
    document = tomlkit.parse(agreement.read_text(encoding="utf-8"))
    known = dict(read_agreement(agreement).parties)
    parties = tomlkit.table(is_super_table=True)
    for name in [*owners, _unit_name(owners)]:
        keys = _keys(out / "parties" / name, name, seed)
        rule = known.get(name)
        role = "owner" if name in owners else "unit"
        entry = {
            "role": role,
            "country": rule.country if rule else COUNTRIES.get(name, name.upper()),
            "contact_desk": rule.contact_desk if rule else f"{name}-desk",
            "signing_key": keys.signing_key,
            "sealing_key": keys.sealing_key,
        }
        parties[name] = entry
    document["parties"] = parties
    path = out / "agreement.toml"
    _write(path, tomlkit.dumps(document))
    for party in parties:
        _sign(path, out / "parties" / party, party)
    return read_agreement(path)


def _unit_name(owners: Sequence[str]) -> str:
    """A name for the unit that no owner has."""
    return next(name for name in (UNIT, "joint-team", "joint-unit-of-the-rehearsal") if name not in owners)


def _keys(folder: Path, party: str, seed: int | None) -> PublicKeys:
    """Keys of a party, made once; the passphrase lies beside them, which is for rehearsals alone."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret_file, passphrase_file, public = folder / "private.json", folder / "passphrase", folder / "public"
    if not public.exists():
        keys = PartyKeys(party, secret_of(seed, f"party/{party}", SECRET_BYTES))
        _write(passphrase_file, secret_of(None, "passphrase", 16).hex(), PRIVATE)
        secret_file.unlink(missing_ok=True)
        save_private(secret_file, keys, passphrase_file.read_bytes(), scrypt_n=CHEAP_SCRYPT)
        own = keys.public()
        _write(public, f"{own.signing_key}\n{own.sealing_key}\n")  # last: it says that the others are there
    signing, sealing = public.read_text(encoding="utf-8").split()
    return PublicKeys.from_text(party, signing, sealing)


def _sign(agreement: Path, folder: Path, party: str) -> None:
    """The party's signature beside the agreement, made once: nobody reads what an invented party signs."""
    if not signature_path(agreement, party).exists():
        keys = load_private(folder / "private.json", (folder / "passphrase").read_bytes())
        sign_agreement(agreement, keys, datetime.now(UTC))


def write_profile(folder: Path, party: str, agreement: Path, sources: dict[str, Path] | None) -> Path:
    """A party's profile beside its keys; ``sources`` are an owner's tables by entity type, None for the unit."""
    document: dict[str, object] = {
        "format": f"trilink/{'unit' if sources is None else 'owner'}-profile/v1",
        "party": party,
        "agreement": str(agreement.resolve()),
        "home": str((folder / "home").resolve()),
        "keys": {"private": str((folder / "private.json").resolve()), "passphrase_file": str((folder / "passphrase").resolve())},
        "ledger": {
            "who": "trilink rehearse", "legal_basis": "none: a rehearsal", "purpose": "rehearsal",
            "receipts": str((folder / "outbox").resolve()),
        },
    }  # fmt: skip
    if sources is not None:
        document["sources"] = {entity: {"path": str(path.resolve())} for entity, path in sorted(sources.items())}
        document["language"] = LANGUAGES.get(party, "en")
    path = folder / "profile.toml"
    _write(path, tomlkit.dumps(document))
    return path


def _write(path: Path, text: str, mode: int = ORDINARY) -> None:
    with written_whole(path, mode) as file:
        file.write(text.encode())
