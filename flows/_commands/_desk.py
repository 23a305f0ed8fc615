"""What the commands of a desk begin with: its profile and database, its keys, or somebody who signs in."""

import getpass
import os
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from flows._noted import noted
from linkage.desk.acts import Acting, enter
from linkage.desk.desk import Desk
from linkage.desk.exchanging import Exchanging
from linkage.desk.profile import DeskProfile, read_desk_profile
from linkage.desk.store import open_store
from linkage.protocol.agreement_signatures import require_signed
from linkage.protocol.errors import TrilinkError
from linkage.protocol.party_profile import agreement_in_force, agreement_of, unlock
from linkage.protocol.revocation import require_unrevoked

LONGEST_LINE = 4_096  # bytes read for a password
LARGEST_WORDS = 256 * 1024  # bytes of a file with words

As = Annotated[str, typer.Option("--as", help="Name of the account that acts; its password is asked for.")]
PasswordFd = Annotated[
    int | None,
    typer.Option("--password-fd", min=0, help="Read the password's line from this open file descriptor, 0 for the standard input."),
]


def open_desk(path: Path, behind_tls: bool = False, with_keys: bool = False) -> tuple[DeskProfile, Desk]:
    """The profile and its desk, under an agreement in force; ``with_keys``: its key file is here, and is the one that is agreed."""
    profile = read_desk_profile(path)
    today = datetime.now(UTC).date()
    if with_keys:
        agreement = agreement_in_force(profile, "owner", today)
    else:
        agreement = agreement_of(profile, "owner")
        agreement.require_valid(today)
        require_signed(profile.agreement, agreement)
        require_unrevoked(profile.agreement, agreement)
    profile.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = open_store(profile.store())
    return profile, Desk(store, agreement, profile.party, behind_tls=behind_tls)


@contextmanager
def exchanging_at(path: Path) -> Iterator[Exchanging]:
    """What a command works with that seals and opens; ends with the receipts."""
    profile, desk = open_desk(path, with_keys=True)
    keys = unlock(profile, prompt=True)
    with noted(profile, desk.agreement, "disclose") as ledger:
        yield Exchanging(desk, keys, profile.home, ledger)


def signed_in_at(path: Path, name: str, password_fd: int | None) -> Acting:
    """Somebody who signed in for this one command. The password is never an argument: others read those of a process."""
    _, desk = open_desk(path)
    user = enter(desk, name, getpass.getpass("password: ") if password_fd is None else _first_line(password_fd))
    if user is None:
        raise TrilinkError(
            "name or password is wrong, the account is closed, or it rests after several wrong passwords: "
            "try again in a quarter of an hour, or ask your data controller"
        )
    return Acting(desk, user)


def new_password(from_input: bool) -> str:
    """Asked for twice, or the first line of the standard input; never an argument."""
    if from_input:
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("password: ")
    if getpass.getpass("again: ") != first:
        raise TrilinkError("password: the two are not the same")
    return first


def words_in(path: Path, allowed: dict[str, type]) -> dict[str, object]:
    """The words of a TOML file: these keys, of these types, no others. What was written is not repeated."""
    problem, found = "", dict[str, object]()
    try:
        with path.open("rb") as file:
            written = file.read(LARGEST_WORDS + 1)
        found = tomllib.loads(written.decode()) if len(written) <= LARGEST_WORDS else {"": None}
    except OSError:
        problem = "cannot be read"
    except UnicodeDecodeError:
        problem = "is not UTF-8 text"
    except tomllib.TOMLDecodeError:
        problem = "is not TOML"
    expected = ", ".join(f'{key} = "…"' if kind is str else f"[{key}]" for key, kind in allowed.items())
    if not problem and not all(isinstance(found[key], allowed[key]) if key in allowed else False for key in found):
        problem = "has a key too many, or one of another type"
    if problem:
        raise TrilinkError(f"{path.name}: {problem}; expected a file of these words: {expected}")
    return found


def _first_line(descriptor: int) -> str:
    """Up to the line's end, byte by byte, so that what follows is left to whoever reads next."""
    line = bytearray()
    problem = ""
    try:
        while len(line) < LONGEST_LINE and (byte := os.read(descriptor, 1)) not in (b"", b"\n"):
            line += byte
        return line.decode().removesuffix("\r")
    except OSError:
        problem = "is not open for reading"
    except UnicodeDecodeError:
        problem = "does not hold UTF-8 text"
    raise TrilinkError(f"--password-fd {descriptor}: {problem}")
