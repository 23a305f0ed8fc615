"""How a party gets at its exchange folders: format ``trilink/mailboxes/v1`` (docs/spec/mailboxes.md), a file of its own, never sent.

The rules of this room:
1. No secret stands in an address, on a command line or in a log: addresses with a password are refused, without being quoted.
2. Passwords come from environment variables, keys from files or the agent; only S3 keys may stand in the access file itself.
3. The longest address of the file that an exchange folder's address begins with, at a ``/``, is the one that counts.
"""

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from linkage.protocol.agreement import explain
from linkage.protocol.errors import InvalidProfile
from linkage.protocol.guarded import Guarded

VARIABLE = "TRILINK_MAILBOXES"
OTHERS = 0o077

Variable = Annotated[str, Field(pattern=r"^[A-Z_][A-Z0-9_]*$")]


class _Access(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SftpAccess(_Access):
    """Who we are on an SFTP server, and where the keys of servers are that we believe."""

    user: str | None = None
    known_hosts: Path = Path.home() / ".ssh" / "known_hosts"
    private_key: Path | None = None
    passphrase_variable: Variable | None = None
    password_variable: Variable | None = None
    agent: bool = True

    def passphrase(self) -> str | None:
        return _from_environment(self.passphrase_variable)

    def password(self) -> str | None:
        return _from_environment(self.password_variable)


class S3Access(_Access):
    """Where an S3 service is and who we are there; without keys botocore searches for them itself."""

    endpoint: Annotated[str, Field(pattern=r"^https://[^@\s]+$|^http://(127\.0\.0\.1|localhost)(:\d+)?/?$")] | None = None
    region: str | None = None
    access_key_id: str | None = None
    secret_access_key: SecretStr | None = None
    secret_variable: Variable | None = None

    def secret(self) -> str | None:
        return self.secret_access_key.get_secret_value() if self.secret_access_key else _from_environment(self.secret_variable)


class _Document(_Access):
    """The file as it is written."""

    format: Literal["trilink/mailboxes/v1"]
    mailboxes: dict[str, dict[str, Any]]


class Accesses(Guarded):
    """What the access file says, by address."""

    __slots__ = ("_known",)

    def __init__(self, known: dict[str, SftpAccess | S3Access]) -> None:
        self._known = known

    def shown(self) -> str:
        return f"{len(self._known)} mailboxes, hidden"

    def sftp(self, address: str) -> SftpAccess:
        found = self._of(address)
        return found if isinstance(found, SftpAccess) else SftpAccess()

    def s3(self, address: str) -> S3Access:
        found = self._of(address)
        return found if isinstance(found, S3Access) else S3Access()

    def _of(self, address: str) -> SftpAccess | S3Access | None:
        begun = [known for known in self._known if f"{address}/".startswith(f"{known.rstrip('/')}/")]
        return self._known[max(begun, key=len)] if begun else None


def read_accesses(path: Path | None) -> Accesses:
    """The access file, else the one that ``TRILINK_MAILBOXES`` names, else none; relative paths count from its own folder."""
    named = os.environ.get(VARIABLE)
    path = path or (Path(named) if named else None)
    if path is None:
        return Accesses({})
    problem = ""
    try:
        if path.stat().st_mode & OTHERS:
            problem = "readable by others; chmod 600 it, for it may hold secrets"
        else:
            return _checked(tomllib.loads(path.read_text(encoding="utf-8")), path.parent)
    except OSError:
        problem = "no such file, or not readable"
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        problem = "not TOML"
    except ValidationError as error:
        problem = explain(error)
    raise InvalidProfile(f"{path}: {problem}")


def _checked(document: dict[str, Any], folder: Path) -> Accesses:
    """Every mailbox of the file is checked now, not when it is first used."""
    for table in document.get("mailboxes", {}).values():
        for key in ("known_hosts", "private_key"):
            if isinstance(table, dict) and isinstance(table.get(key), str):
                table[key] = folder / table[key]
    known: dict[str, SftpAccess | S3Access] = {}
    for address, table in _Document.model_validate(document).mailboxes.items():
        check_address(address)
        known[address] = (S3Access if address.startswith("s3://") else SftpAccess).model_validate(table)
    return Accesses(known)


def check_address(address: str) -> None:
    """Refuse a password in an address; what is wrong with it is said without showing it."""
    bad = False
    try:
        parts = urlsplit(address)
        bad = parts.password is not None or bool(parts.query) or (parts.port or 0) < 0
    except ValueError:
        bad = True
    if "://" in address and bad:
        raise InvalidProfile(
            "an exchange folder's address holds a password or something else that does not belong there; "
            "write sftp://user@host:port/folder or s3://bucket/folder, and put secrets in the access file"
        )


def _from_environment(variable: str | None) -> str | None:
    if variable is None:
        return None
    value = os.environ.get(variable)
    if not value:
        raise InvalidProfile(f"the environment variable {variable}, which the access file names, is not set")
    return value
