"""A passphrase of which nobody knows the whole: split in shares, any few of which open the keys together [Shamir1979].

Rules of this room:
1. The passphrase is 128 random bits, drawn here; its shares are made and joined by PyCryptodome's ``Shamir`` over GF(2^128).
2. A share is a line of 42 letters and digits that can be typed: number, threshold, set, the 16 bytes, and a check value, so that a typing
   error, a share of other keys or of an earlier set is named before anything is tried.
3. Fewer shares than the threshold say nothing about the passphrase; whether the joined one is right, the key file's cipher tells.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from linkage.protocol.atomic_files import PRIVATE, written_whole
from linkage.protocol.errors import InvalidKey
from linkage.protocol.guarded import Guarded
from linkage.protocol.private_files import read_private
from linkage.protocol.spoken import grouped

SECRET_BYTES, SET_BYTES, CHECK_BYTES = 16, 4, 4
SHARE_BYTES = 2 + SET_BYTES + SECRET_BYTES + CHECK_BYTES
MAX_SHARES = 16
MAX_FILE_BYTES = 4096


class Share(Guarded):
    """One share: its number from 1, how many open, the set that it belongs to, and 16 secret bytes."""

    __slots__ = ("_secret", "number", "of_set", "threshold")

    def __init__(self, number: int, threshold: int, of_set: bytes, secret: bytes) -> None:
        self.number, self.threshold, self.of_set, self._secret = number, threshold, of_set, secret

    def shown(self) -> str:
        return f"number {self.number}, hidden"

    def line(self, fingerprint: str) -> str:
        """The share as it is kept and typed; the check value covers the keys' ``fingerprint`` too."""
        content = bytes([self.number, self.threshold]) + self.of_set + self._secret
        return grouped(base64.b32encode(content + _check(content, fingerprint)).decode().lower().rstrip("="))


def split(shares: int, threshold: int) -> tuple[bytearray, list[Share]]:
    """A new passphrase, and its shares."""
    from Crypto.Protocol.SecretSharing import Shamir  # for those who split alone

    if not 2 <= threshold <= shares <= MAX_SHARES:
        raise InvalidKey(f"shares: expected a threshold from 2 to the number of shares, and at most {MAX_SHARES} of them")
    secret, of_set = os.urandom(SECRET_BYTES), os.urandom(SET_BYTES)
    made = [Share(number, threshold, of_set, part) for number, part in Shamir.split(threshold, shares, secret)]
    return _passphrase(secret), made


def join(shares: Iterable[Share]) -> bytearray:
    """The passphrase from as many shares as are needed, in any order; more are as good."""
    from Crypto.Protocol.SecretSharing import Shamir

    distinct = {share.number: share for share in shares}
    threshold = next(iter(distinct.values())).threshold if distinct else 2
    if len({share.of_set for share in distinct.values()}) > 1:
        raise InvalidKey("shares of different sets: all must be from the same `trilink keys split`")
    if len(distinct) < threshold:
        raise InvalidKey(f"{len(distinct)} of {threshold} different shares: {threshold - len(distinct)} more needed")
    chosen = [distinct[number] for number in sorted(distinct)][:threshold]
    return _passphrase(Shamir.combine([(share.number, share._secret) for share in chosen]))


def read_share(line: str, fingerprint: str, where: str) -> Share:
    """A share from its line; ``where`` begins the refusal, which says nothing of the line."""
    letters = "".join(line.split()).replace("-", "").upper()
    data = _bytes_of(letters + "=" * (-len(letters) % 8))
    if data is None or len(data) != SHARE_BYTES:
        raise InvalidKey(f"{where}: not a share; expected 42 letters and digits in groups of four")
    content, check = data[:-CHECK_BYTES], data[-CHECK_BYTES:]
    if check != _check(content, fingerprint):
        raise InvalidKey(f"{where}: mistyped, or a share of other keys than {fingerprint}")
    return Share(content[0], content[1], content[2 : 2 + SET_BYTES], content[2 + SET_BYTES :])


def save_share(path: Path, share: Share, fingerprint: str, about: str) -> None:
    """Write a share's file, mode 0600, its line under a sentence that says what it is; an existing file stays."""
    taken = False
    try:
        with written_whole(path, PRIVATE, replace=False) as file:
            file.write(f"# {about}\n{share.line(fingerprint)}\n".encode())
    except FileExistsError:
        taken = True
    if taken:
        raise InvalidKey(f"{path.name} exists already: shares are never overwritten; take another folder")


def load_share(path: Path, fingerprint: str) -> Share:
    """The share in a file that its user alone may read."""
    lines = read_private(path, MAX_FILE_BYTES).decode("ascii", "replace").splitlines()
    return read_share("".join(line for line in lines if not line.startswith("#")), fingerprint, path.name)


def _passphrase(secret: bytes) -> bytearray:
    return bytearray(secret.hex().encode())


def _check(content: bytes, fingerprint: str) -> bytes:
    return hashlib.sha256(b"trilink/v1/key-share\0" + fingerprint.encode() + b"\0" + content).digest()[:CHECK_BYTES]


def _bytes_of(letters: str) -> bytes | None:
    try:
        return base64.b32decode(letters)
    except (binascii.Error, ValueError):
        return None
