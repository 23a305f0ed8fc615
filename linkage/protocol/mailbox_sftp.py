"""An exchange folder on an SFTP server: fsspec's file system over paramiko, made strict about whom it talks to.

fsspec would believe any host key that it has not seen; here the server must be in ``known_hosts``. No answer is waited for longer
than ``SILENCE``.
"""

import logging
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import paramiko
from fsspec.implementations.sftp import SFTPFileSystem

from linkage.protocol.errors import TrilinkError
from linkage.protocol.lines import Lines
from linkage.protocol.mailbox import PIECE, AlreadyThere, Mailbox, Parcel, continued
from linkage.protocol.mailbox_access import SftpAccess

SILENCE = 30.0  # seconds
WINDOW = 8 * PIECE  # bytes asked for at once: fast over long ways, and bounded in memory

logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # what failed is said once, in our own words


class StrictSftp(SFTPFileSystem):  # type: ignore[misc]
    """Connects to known hosts alone, by key file or agent, or by a password from the access file's variable."""

    protocol = ("sftp",)
    cachable = False

    def _connect(self) -> None:
        known: Path = self.ssh_kwargs.pop("known_hosts")
        self.client = paramiko.SSHClient()
        if known.is_file():
            self.client.load_host_keys(str(known))
        self.client.set_missing_host_key_policy(paramiko.RejectPolicy())
        self.client.connect(self.host, **self.ssh_kwargs)
        self.client.get_transport().set_keepalive(int(SILENCE / 2))
        self.ftp = self.client.open_sftp()
        self.ftp.get_channel().settimeout(SILENCE)

    def stands(self) -> bool:
        transport = self.client.get_transport()
        return transport is not None and transport.is_active() and not self.ftp.get_channel().closed

    def close(self) -> None:
        self.client.close()


class SftpMailbox(Mailbox):
    """Cut transfers are continued in both directions; the server's own rename never takes the place of a file."""

    def __init__(self, address: str, access: SftpAccess, lines: Lines | None) -> None:
        parts = urlsplit(address)
        self._lines, self._server = lines, (parts.netloc, access)
        connect = partial(open_sftp, parts.hostname or "", parts.port, parts.username, access)
        super().__init__(lines.take(self._server, connect) if lines is not None else connect(), parts.path, address)

    def pieces(self, name: str, start: int, size: int) -> Iterator[bytes]:
        with self.system.ftp.open(self._at(name), "rb") as file:
            for window in range(start, size, WINDOW):
                yield from file.readv([(at, min(PIECE, size - at)) for at in range(window, min(window + WINDOW, size), PIECE)])

    def put(self, name: str, parcel: Parcel) -> None:
        ftp, unfinished = self.system.ftp, self._unfinished(name, parcel)
        with ftp.open(unfinished, "ab"):  # makes it, if it is not there
            start = continued(int(ftp.stat(unfinished).st_size), parcel)
        with ftp.open(unfinished, "r+b") as target:
            target.truncate(start)
            target.seek(start)
            target.set_pipelined(True)
            parcel.continue_into(target.write, start)
        if int(ftp.stat(unfinished).st_size) != parcel.size:
            raise EOFError("the server holds less than it was sent")
        self._rename(unfinished, name)
        for left in ftp.listdir(self.path):
            if left.startswith(f".{name}.") and left.endswith(".unfinished"):
                ftp.remove(self._at(left))

    def close(self, *, well: bool = False) -> None:
        if well and self._lines is not None:
            self._lines.give_back(self._server, self.system)
        else:
            self.system.close()

    def _rename(self, unfinished: str, name: str) -> None:
        failed = False
        try:
            self.system.ftp.rename(unfinished, self._at(name))
        except OSError:
            failed = True
        if failed:
            self.refuse_second(name)
            raise AlreadyThere(f"{self.address}: {name} cannot take its name; another transfer ended first, or renaming is not allowed")


def open_sftp(host: str, port: int | None, user: str | None, access: SftpAccess) -> StrictSftp:
    """A connection; ``TrilinkError`` when the server is not known or does not know us."""
    options: dict[str, Any] = {
        "port": port or 22,
        "username": access.user or user,
        "known_hosts": access.known_hosts,
        "key_filename": str(access.private_key) if access.private_key else None,
        "passphrase": access.passphrase(),
        "password": access.password(),
        "allow_agent": access.agent,
        "look_for_keys": False,
        **dict.fromkeys(("timeout", "banner_timeout", "auth_timeout", "channel_timeout"), SILENCE),
    }
    problem = ""
    try:
        return StrictSftp(host, **options)
    except paramiko.BadHostKeyException:
        problem = f"another host key than the one in {access.known_hosts.name}; connect only after its operator has explained it"
    except (paramiko.AuthenticationException, paramiko.PasswordRequiredException):
        problem = "the server does not accept our login; look at user, private_key and passphrase in the access file, or at the agent"
    except paramiko.SSHException as error:
        if "known_hosts" not in str(error):
            raise
        problem = f"its host key is not in {access.known_hosts.name}; ask its operator for it, compare, and add it"
    raise TrilinkError(f"sftp://{host}: {problem}")
