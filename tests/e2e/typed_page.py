"""Runs what a page of the documents says to type, in a real bash, each ``trilink`` in a process of its own.

Importing everything takes two seconds a command, so a server has imported it once and forks a process for each: it gets the caller's
folder, arguments, input and outputs, and its exit code goes back. Nothing else is shared between two commands.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^## (\d+)\. ", re.MULTILINE)

SERVER = """
import json, os, socket, sys
from flows.command_line import app
import flows.owner, flows.unit, Crypto.Protocol.SecretSharing
with socket.socket(socket.AF_UNIX) as server:
    server.bind(sys.argv[1])
    server.listen()
    print("ready", flush=True)
    while True:
        caller, _ = server.accept()
        words, handles, _, _ = socket.recv_fds(caller, 65536, 3)
        if (child := os.fork()) == 0:
            folder, arguments = json.loads(words)
            os.chdir(folder)
            for number, handle in enumerate(handles):
                os.dup2(handle, number)
            code = 1
            try:
                app(arguments)
            except SystemExit as ended:
                code = ended.code or 0
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        caller.sendall(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())
        caller.close()
        for handle in handles:
            os.close(handle)
"""

CALLER = """
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect(sys.argv[1])
    socket.send_fds(server, [json.dumps([os.getcwd(), sys.argv[2:]]).encode()], [0, 1, 2])
    sys.exit(int(server.recv(16)))
"""


def blocks_of(page: Path) -> dict[int, str]:
    """What is to be typed in each numbered section."""
    parts = HEADING.split(page.read_text(encoding="utf-8"))
    return {int(number): "\n".join(BLOCK.findall(text)) for number, text in zip(parts[1::2], parts[2::2], strict=True)}


class Shell:
    """A bash that knows ``trilink``; stops at the first command that fails."""

    def __init__(self, socket: Path, environment: dict[str, str]) -> None:
        self._environment = environment | {"TRILINK_SOCKET": str(socket), "TRILINK_CALLER": CALLER, "TRILINK_PYTHON": sys.executable}

    def __call__(self, typed: str, cwd: Path, fails: bool = False) -> str:
        """Everything that was said; ``fails`` when the typed lines must end with an error."""
        function = 'set -eu\ntrilink() { "$TRILINK_PYTHON" -S -E -c "$TRILINK_CALLER" "$TRILINK_SOCKET" "$@"; }\n'
        done = subprocess.run(
            ["bash", "-c", function + typed], cwd=cwd, env=self._environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=500, check=False,
        )  # fmt: skip
        assert (done.returncode != 0) == fails, done.stdout
        return done.stdout


@contextmanager
def shell(folder: Path, environment: dict[str, str]) -> Iterator[Shell]:
    """The server lives as long as the block; its socket lies in ``folder``, whose path must be short."""
    socket = folder / "s"
    with subprocess.Popen([sys.executable, "-c", SERVER, str(socket)], env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None and server.stdout.readline() == "ready\n"
            yield Shell(socket, environment)
        finally:
            server.kill()
