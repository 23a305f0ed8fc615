"""Keys at rest and in use: files others may read, the process list, environments of children, core files, memory as far as Python goes."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from linkage.protocol.errors import InvalidKey
from linkage.protocol.key_files import load_private, save_private
from linkage.protocol.passphrases import passphrase_from
from linkage.protocol.wiping import wiped
from tests.vectors import make_sealing as golden

WORD = "zwyxqrandol-horse-of-the-test"
VARIABLE = "TRILINK_TEST_PASSPHRASE"
ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    save_private(tmp_path / "mx.json", golden.keys_for_tests("mx"), WORD.encode(), scrypt_n=golden.CHEAP_SCRYPT)
    return tmp_path / "mx.json"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644, 0o666])
def test_a_key_file_that_others_may_read_or_write_is_refused(mode: int, key_file: Path) -> None:
    key_file.chmod(mode)
    with pytest.raises(InvalidKey, match=rf"others may read or write it \(mode {mode:04o}\); make it yours alone: chmod 600 mx.json"):
        load_private(key_file, WORD.encode())


def test_a_passphrase_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "passphrase").touch(mode=0o600)
    (tmp_path / "passphrase").write_text(WORD)
    assert passphrase_from(tmp_path / "passphrase", None, False) == WORD.encode()
    (tmp_path / "passphrase").chmod(0o640)
    with pytest.raises(InvalidKey, match="chmod 600 passphrase") as refused:
        passphrase_from(tmp_path / "passphrase", None, False)
    assert WORD not in str(refused.value)


def test_a_passphrase_may_come_through_a_pipe() -> None:
    """As a secret manager hands it over: ``--passphrase-file <(command)``."""
    reading, writing = os.pipe()
    os.write(writing, WORD.encode() + b"\n")
    os.close(writing)
    assert passphrase_from(Path(f"/dev/fd/{reading}"), None, False) == WORD.encode()
    os.close(reading)


# Opens the keys when it is told to, says so, and starts a child of its own that says which environment it was given.
CHILD = """
import subprocess, sys
from pathlib import Path
from linkage.protocol.key_files import load_private
from linkage.protocol.passphrases import passphrase_from
print("ready", flush=True)
sys.stdin.readline()
keys = load_private(Path(sys.argv[1]), passphrase_from(None, sys.argv[2], False))
inherited = subprocess.run(["env"], capture_output=True, text=True, check=True).stdout
print(keys, sys.argv[2] in inherited, flush=True)
sys.stdin.readline()
"""


@contextmanager
def child(key_file: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A real process with the passphrase in its environment, and its folder in ``/proc``."""
    environment = os.environ | {VARIABLE: WORD, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", CHILD, str(key_file), VARIABLE]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert said(process) == "ready"
            yield process, Path("/proc") / str(process.pid)
        finally:
            process.kill()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def go_on(process: subprocess.Popen[str]) -> str:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return said(process)


def seen(path: Path) -> bytes:
    """What we may read of another process; what we may not read does not show."""
    try:
        return path.read_bytes()
    except PermissionError:
        return b""


def test_the_passphrase_is_in_no_environment_and_no_argument_once_the_keys_are_open(key_file: Path) -> None:
    with child(key_file) as (process, proc):
        assert WORD.encode() in seen(proc / "environ"), "positive control: before it is read the variable is there for its user to see"
        assert go_on(process) == "<PartyKeys: mx, hidden> False"
        assert WORD.encode() not in seen(proc / "environ")
        assert WORD.encode() not in seen(proc / "cmdline")
        if os.geteuid() == 0:  # root still sees the rest, so the search above was one
            assert b"PYTHONPATH=" in seen(proc / "environ")


def test_a_process_with_open_keys_leaves_no_core(key_file: Path) -> None:
    with child(key_file) as (process, proc):
        before = seen(proc / "limits").decode()
        assert "Max core file size" in before
        go_on(process)
        (limit,) = [line for line in seen(proc / "limits").decode().splitlines() if line.startswith("Max core file size")]
        assert limit.split()[4:6] == ["0", "0"]
        assert proc.stat().st_uid == 0  # not dumpable: the kernel gives its folder to root, and pipes no core of it to a program
        assert resource.prlimit(process.pid, resource.RLIMIT_CORE) == (0, 0)


def test_secrets_are_overwritten_also_when_something_fails(key_file: Path) -> None:
    passphrase = bytearray(b"wrong")
    with pytest.raises(InvalidKey, match="wrong passphrase"):
        load_private(key_file, passphrase)
    assert passphrase == bytes(5)
    held = bytearray(WORD.encode())
    with pytest.raises(ZeroDivisionError), wiped(held):
        _ = 1 // 0
    assert held == bytes(len(WORD))
