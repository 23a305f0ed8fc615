"""Whether our clock can be right, without asking anybody on the network: against our disk, our ledger, and what others left."""

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from flows._doctor.examined import Examined
from flows._doctor.findings import Found, fail, ok, warn
from linkage.protocol.ledger import FILE
from linkage.protocol.ledger_verification import read_ledger

SET_IT = "set the clock (chrony or systemd-timesyncd keep it right): messages from the future and expired ones are refused"
SKEW = 120.0  # seconds that nobody notices: sealed files are believed somewhat early


def _against_the_past(at: Examined) -> Found:
    """The clock has not gone back behind what is surely past: our own ledger's last entry and this program's own files."""
    now, path = at.now, at.profile.home / FILE
    past = [("this program's files", datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC))]
    if path.exists():
        last = read_ledger(path).entries[-1]
        past.append((f"entry {last.number} of our ledger", datetime.fromisoformat(last.at)))
    for what, then in past:
        if (then - now).total_seconds() > SKEW:
            return fail(f"{now:%Y-%m-%d %H:%M} UTC is before {what} ({then:%Y-%m-%d %H:%M})", SET_IT)
    return ok(f"{now:%Y-%m-%d %H:%M:%S} UTC, after everything that is surely past")


def _against_folders(at: Examined) -> Found:
    """The folders' own clocks: a share's server stamps what we write with its time; files of others lie in no future."""
    for folder in _folders(at):
        if os.access(folder, os.W_OK):
            with tempfile.NamedTemporaryFile(dir=folder, prefix=".clock-", suffix=".unfinished") as probe:
                probe.write(b"?")
                probe.flush()
                away = os.fstat(probe.fileno()).st_mtime - at.now.timestamp()
            if abs(away) > SKEW:
                return warn(f"{folder} is {away:+.0f} seconds from our clock", SET_IT)
        ahead = [path.stat().st_mtime - at.now.timestamp() for path in folder.glob("*.sealed")]
        if max(ahead, default=0.0) > SKEW:
            return warn(
                f"a file in {folder} is {max(ahead):.0f} seconds in the future", "one of the two clocks is wrong; ask its sender. " + SET_IT
            )
    return ok("folders and the files in them agree with it")


def _folders(at: Examined) -> Iterator[Path]:
    found = [at.profile.home]
    if at.profile.exchange:
        found += [at.profile.exchange.inbox, at.profile.exchange.outbox]
        found += [Path(address) for address in (*at.profile.exchange.fetch, *at.profile.exchange.send.values()) if "://" not in address]
    return (folder for folder in dict.fromkeys(found) if folder.is_dir())


CLOCKS = [("clock", _against_the_past), ("clocks of folders", _against_folders)]
