"""Files that hold a secret: refused when others could have read them."""

import os
import stat
from pathlib import Path

from linkage.protocol.errors import InvalidKey

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_private(path: Path, limit: int) -> bytearray:
    """All bytes of a file that its user alone may read, at most ``limit``; ``InvalidKey`` says what is wrong and what to do.

    Pipes and terminals have no mode that means anything and are read as they are.
    """
    reason, mode = "", 0
    data = bytearray()
    try:
        with path.open("rb", buffering=0) as file:
            mode = os.fstat(file.fileno()).st_mode
            if not _open_to_others(mode):
                while len(data) <= limit and (piece := file.read(limit + 1 - len(data))):
                    data += piece
    except OSError as error:
        reason = error.strerror or "cannot be read"
    if reason:
        raise InvalidKey(f"{path}: {reason}")
    if _open_to_others(mode):
        raise InvalidKey(f"{path}: others may read or write it (mode {stat.S_IMODE(mode):04o}); make it yours alone: chmod 600 {path.name}")
    if len(data) > limit:
        raise InvalidKey(f"{path}: longer than {limit} bytes")
    return data


def _open_to_others(mode: int) -> bool:
    return stat.S_ISREG(mode) and bool(mode & OTHERS)
