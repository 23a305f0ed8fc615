"""Exchange folders: our own boxes, and the places where we fetch and leave sealed files."""

import os
from collections.abc import Iterator
from pathlib import Path

from flows._doctor.findings import Finding, Found, examine, fail, ok, warn
from flows._doctor.installation import writable
from linkage.protocol.delivery import open_mailbox
from linkage.protocol.mailbox_access import read_accesses
from linkage.protocol.party_profile import PartyProfile
from linkage.protocol.patience import Patience, persist

ONCE = Patience(silence=20.0, pauses=())


def exchange(profile: PartyProfile) -> Iterator[Finding]:
    """Each place by itself, so that one that is away hides no other."""
    rule = profile.ledger
    if rule is not None:
        yield examine("receipts folder", _box, rule.receipts)
    folders = profile.exchange
    if folders is None:
        yield Finding("exchange", "ok", "none named in the profile: files are carried by hand, and `trilink up` has nothing to watch", "")
        return
    yield examine("inbox", _box, folders.inbox)
    yield examine("outbox", _box, folders.outbox)
    for number, address in enumerate(folders.fetch, 1):
        yield examine(f"fetch {number}", _reached, (address, folders.access, False))
    for party, address in sorted(folders.send.items()):
        yield examine(f"leave for {party}", _reached, (address, folders.access, True))


def _box(folder: Path) -> Found:
    if not folder.exists():
        above = next(parent for parent in folder.absolute().parents if parent.exists())
        return warn(f"{folder} is not there yet", f"nothing to do if {above} is writable: the first step makes it")
    if not folder.is_dir():
        return fail(f"{folder} is not a folder", "name a folder in the profile")
    return writable(folder) or ok(f"{folder}, {len(list(folder.glob('*.sealed')))} sealed files")


def _reached(place: tuple[str, Path | None, bool]) -> Found:
    """Servers are asked what lies there; whether we may write shows when something is carried. ``place``: address, access, to write."""
    address, access, to_write = place
    accesses = read_accesses(access)
    if "://" not in address:
        folder = Path(address)
        if not folder.is_dir():
            return warn(f"{address}: not there yet", "mount it or make it; a delivery to it makes it too")
        if to_write or os.access(folder, os.R_OK | os.X_OK):
            return (writable(folder) if to_write else None) or ok(f"{address}, {len(list(folder.glob('*.sealed')))} sealed files")
        return fail(f"{address}: cannot be read", "make it readable for the user that runs trilink")

    def listed(_: object) -> int:
        mailbox = open_mailbox(address, accesses)
        try:
            return len(mailbox.sealed())
        finally:
            mailbox.close()

    return ok(f"{address} answers, {persist(listed, address, ONCE)} sealed files")
