"""A real OpenSSH server for tests: Debian's package, SFTP alone, on loopback, with keys of its own, gone afterwards."""

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

CONFIGURATION = """
ListenAddress {host}:{port}
HostKey {folder}/host_key
PidFile {folder}/pid
AuthorizedKeysFile {folder}/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
AllowUsers {user}
PermitRootLogin prohibit-password
Subsystem sftp internal-sftp
ForceCommand internal-sftp
"""


class SftpServer:
    """Where it is reached, and the folder that both sides of a test see."""

    def __init__(self, folder: Path, port: int, host: str = "127.0.0.1") -> None:
        self.folder, self.port, self.host, self.shared = folder, port, host, folder / "shared"

    def address(self, box: str) -> str:
        return f"sftp://{getpass.getuser()}@{self.host}:{self.port}{self.shared / box}"

    def access(self, **changes: str) -> Path:
        """An access file for this server; each one in a file of its own."""
        said = {"known_hosts": str(self.folder / "known_hosts"), "private_key": str(self.folder / "key")} | changes
        path = Path(tempfile.mkstemp(suffix=".toml", dir=self.folder)[1])
        lines = ["agent = false", *(f'{key} = "{value}"' for key, value in said.items())]
        table = f'[mailboxes."sftp://{getpass.getuser()}@{self.host}:{self.port}"]'
        path.write_text("\n".join(['format = "trilink/mailboxes/v1"', table, *lines]), encoding="utf-8")
        return path


@contextmanager
def sftp_server(host: str = "127.0.0.1") -> Iterator[SftpServer]:
    """A running server on an address of this machine; skips the test where OpenSSH's is not installed."""
    program = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin")
    if program is None:
        pytest.skip("OpenSSH's server is not installed; on Debian: apt-get install openssh-server")
    folder = Path(tempfile.mkdtemp(prefix="sftp-"))
    try:
        (folder / "shared").mkdir()
        for name in ("host_key", "key", "stranger"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True, stdin=subprocess.DEVNULL)
        shutil.copy(folder / "key.pub", folder / "authorized_keys")
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where it shuts itself in before a login
        with closing(socket.socket()) as probe:
            probe.bind((host, 0))
            port = int(probe.getsockname()[1])
        for known, key in (("known_hosts", "host_key"), ("other_hosts", "stranger")):
            public = " ".join((folder / f"{key}.pub").read_text(encoding="utf-8").split()[:2])
            (folder / known).write_text(f"[{host}]:{port} {public}\n", encoding="utf-8")
        (folder / "no_hosts").touch()
        configuration = CONFIGURATION.format(host=host, port=port, folder=folder, user=getpass.getuser())
        (folder / "sshd_config").write_text(configuration, encoding="utf-8")
        server = subprocess.Popen([program, "-D", "-e", "-f", folder / "sshd_config"], stderr=subprocess.PIPE, text=True)
        try:
            assert server.stderr is not None
            line = server.stderr.readline()  # it says where it listens, or why it does not
            if "listening" not in line:
                pytest.skip(f"OpenSSH's server is there but does not start: {line.strip()}")
            threading.Thread(target=deque, args=(server.stderr, 0), daemon=True).start()  # a full pipe would stop it
            yield SftpServer(folder, port, host)
        finally:
            server.terminate()
            server.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
