"""Where a passphrase comes from: a file, an environment variable or a prompt; never the command line, never empty.

A variable is erased once it was read, from this process's environment and from the memory in which the kernel shows it
(``/proc/PID/environ``), so that no program that is started later inherits it.
"""

import ctypes
import getpass
import os
import sys
from pathlib import Path

from linkage.protocol.errors import InvalidKey
from linkage.protocol.private_files import read_private
from linkage.protocol.wiping import wipe

MAX_PASSPHRASE_BYTES = 4096


def passphrase_from(file: Path | None, variable: str | None, prompt: bool, *, twice: bool = False) -> bytearray:
    """The passphrase from the first source that is there: a file, an environment variable (its name), the terminal.

    One trailing newline is not part of it. ``twice`` asks for a new one at the terminal, and asks again. The caller wipes it.
    """
    if file is not None:
        return checked(_without_newline(read_private(file, MAX_PASSPHRASE_BYTES + 2)))
    if variable is not None and variable in os.environ:
        return checked(_without_newline(_taken(variable)))
    if not prompt or not sys.stdin.isatty():
        named = f", set {variable}" if variable else ""
        raise InvalidKey(f"no passphrase: give a file{named}, or run this in a terminal")
    passphrase = bytearray(getpass.getpass("New passphrase: " if twice else "Passphrase: ").encode())
    if twice and getpass.getpass("Again: ").encode() != passphrase:
        raise InvalidKey("the two passphrases differ")
    return checked(passphrase)


def checked(passphrase: bytes | bytearray) -> bytearray:
    """The passphrase if it can be one."""
    if not passphrase:
        raise InvalidKey("the passphrase is empty")
    if len(passphrase) > MAX_PASSPHRASE_BYTES:
        raise InvalidKey(f"the passphrase is longer than {MAX_PASSPHRASE_BYTES} bytes")
    return passphrase if isinstance(passphrase, bytearray) else bytearray(passphrase)


def _taken(variable: str) -> bytearray:
    """The variable's value, which is in the environment no more."""
    value = bytearray(os.environb[os.fsencode(variable)])
    libc = ctypes.CDLL(None)
    libc.getenv.restype = ctypes.c_void_p
    place = libc.getenv(os.fsencode(variable))
    if place:
        ctypes.memset(place, 0, len(value))
    del os.environ[variable]
    return value


def _without_newline(data: bytearray) -> bytearray:
    end = b"\r\n" if data.endswith(b"\r\n") else b"\n"
    if not data.endswith(end):
        return data
    kept = data[: -len(end)]
    wipe(data)
    return kept
