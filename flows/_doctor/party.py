"""One party's side: profile, agreement, keys, home, ledger. Services and clocks stand in rooms of their own."""

import os
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import create_engine

from flows._doctor.clocks import CLOCKS
from flows._doctor.examined import Examined
from flows._doctor.exchange import exchange
from flows._doctor.findings import Finding, Found, Look, examine, fail, ok, warn
from flows._doctor.installation import LEAST_ROOM, room, writable
from linkage.desk.schema import HEAD, refusal, revision_of
from linkage.protocol.agreement_signatures import require_signed
from linkage.protocol.errors import InvalidKey
from linkage.protocol.key_files import fingerprint_of, split_of
from linkage.protocol.ledger import FILE, HEAD_FILE
from linkage.protocol.ledger_entries import remembered
from linkage.protocol.ledger_verification import read_ledger, verify
from linkage.protocol.party_profile import agreement_of, public_keys_of, unlock
from linkage.protocol.revocation import require_unrevoked

SOON = 30  # days before the agreement ends


def party(path: Path, now: datetime) -> Iterator[Finding]:
    """Everything about one party; a profile that cannot be read is the only finding."""
    seen: list[Examined] = []

    def profile(_: None) -> Found:
        seen.append(Examined(path, now))
        if path.stat().st_mode & stat.S_IWOTH:
            return fail("anybody may change it", f"chmod o-w {path}")
        return ok(f"{seen[0].profile.party}, {seen[0].role}{' (desk)' if seen[0].desk else ''}")

    yield examine("profile", profile, None)
    if seen:
        for check, look in [*CHECKS, *CLOCKS]:
            yield examine(check, look, seen[0])
        yield from exchange(seen[0].profile)
        if seen[0].desk:
            yield examine("desk database", _desk_database, seen[0])


def _agreement(at: Examined) -> Found:
    agreement = agreement_of(at.profile, at.role)
    agreement.require_valid(at.now.date())
    require_signed(at.profile.agreement, agreement)
    require_unrevoked(at.profile.agreement, agreement)
    left = (agreement.valid_until - at.now.date()).days
    said = f"{agreement.fingerprint[:16]}, signed by {len(agreement.parties)} parties, in force until {agreement.valid_until}"
    return ok(said) if left > SOON else warn(said, "agree on the next one now, and have all parties sign it")


def _key_file(at: Examined) -> Found:
    """There, ours alone, and the keys that the agreement pins for us."""
    ours = fingerprint_of(at.profile.keys.private)
    pinned = public_keys_of(agreement_of(at.profile, at.role), at.profile.party).fingerprint()
    if ours != pinned:
        return fail(f"holds {ours}, the agreement names {pinned}", "take the agreement that we signed, or the keys that it names")
    return ok(f"{ours}, as the agreement pins them")


def _passphrase(at: Examined) -> Found:
    """Whether a run without a person can open the keys, by opening them; what opens them is not shown."""
    keys = at.profile.keys
    split, variable = split_of(keys.private), keys.passphrase_variable
    if split is not None and len(keys.shares) < split["threshold"]:
        return warn(f"{len(keys.shares)} of {split['threshold']} shares are at hand", "people must type the rest: nothing runs unattended")
    if split is None and keys.passphrase_file is None and variable is None:
        return warn("asked for at the terminal", "nothing runs unattended: name passphrase_file or passphrase_variable in the profile")
    if split is None and keys.passphrase_file is None and variable not in os.environ:
        return warn(f"{variable} is not set here", "set it where `trilink up` is started, or be there to type it")
    unlock(at.profile)
    source = "shares" if split is not None else "the file" if keys.passphrase_file is not None else str(variable)
    return ok(f"{source} at hand, for us alone, and the keys open with it")


def _home(at: Examined) -> Found:
    home = at.profile.home
    if not home.exists():
        return warn("not there yet", "nothing to do: the first step makes it, if the folder above is writable")
    facts = home.stat()
    if not home.is_dir() or facts.st_uid != os.geteuid():
        return fail("not a folder of the user that runs this", f"chown it to that user, or run as the user that owns {home}")
    if stat.S_IMODE(facts.st_mode) & 0o077:
        return fail(f"others may look into it (mode {stat.S_IMODE(facts.st_mode):04o})", f"chmod 700 {home}")
    return writable(home) or ok(str(home))


def _disk(at: Examined) -> Found:
    """Room for what is opened and compared: four times what lies sealed in the inbox, and 1 GiB at the least."""
    there = next(folder for folder in (at.profile.home, *at.profile.home.absolute().parents) if folder.exists())
    folders = at.profile.exchange
    sealed = sum(path.stat().st_size for path in folders.inbox.glob("*.sealed")) if folders and folders.inbox.is_dir() else 0
    return room(there, max(LEAST_ROOM, 4 * sealed))


def _ledger(at: Examined) -> Found:
    """Whole, signed with pinned keys, and what ``ledger.head`` remembers."""
    at.profile.ledger_rule()
    path, head = at.profile.home / FILE, remembered(at.profile.home / HEAD_FILE)
    if not path.exists() and head is None:
        return ok("none yet: the first step begins it")
    agreement = agreement_of(at.profile, at.role)
    pinned = {name: public_keys_of(agreement, name) for name, rule in agreement.parties.items() if rule.signing_key}
    ledger = read_ledger(path)
    verify(ledger, pinned, [head] if head else [])
    if ledger.torn:
        return warn(f"whole, then {ledger.torn} bytes of a cut line", "nothing to do: the next step cuts them off and notes it")
    return ok(f"whole, {len(ledger.entries)} entries")


def _desk_database(at: Examined) -> Found:
    """Whether it opens and holds a desk's tables; nothing is made. The URL is never shown, for it may hold a password."""
    if at.desk is None:
        raise InvalidKey("not a desk's profile")
    place = at.desk.store()
    if isinstance(place, Path):
        if not place.exists():
            return warn("not there yet", "nothing to do: the first `trilink desk` command makes it")
        place = f"sqlite:///file:{place}?mode=ro&uri=true"
    problem, schema = "", None
    engine = create_engine(place)
    try:
        with engine.connect() as connection:
            schema = revision_of(connection)
            if engine.dialect.name == "sqlite":
                problem = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()).replace("ok", "")
    except Exception as error:
        problem = type(error).__name__
    finally:
        engine.dispose()
    if problem:
        return fail(f"does not open, or is damaged ({problem[:60]})", "start its server, correct the URL, or restore the last backup")
    if schema is not None and schema != HEAD:
        return fail(f"has schema {schema}, this release needs {HEAD}", refusal(schema).partition(": ")[2])
    return ok(f"opens, schema {schema or 'none yet'}")


CHECKS: list[tuple[str, Look[Examined]]] = [
    ("agreement", _agreement),
    ("key file", _key_file),
    ("passphrase", _passphrase),
    ("home", _home),
    ("disk", _disk),
    ("ledger", _ledger),
]
