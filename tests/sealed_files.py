"""Sealed files from mx to the unit, as exchange folders carry them."""

from datetime import timedelta
from pathlib import Path

from linkage.protocol.mailbox import PIECE
from linkage.protocol.sealing import Draft, seal
from tests.vectors.make_sealing import keys_for_tests

DRAFT = Draft("package", "a" * 64, "2026-11", {}, timedelta(days=1))
MX, UNIT = keys_for_tests("mx"), keys_for_tests("unit")
LARGE = 12 * PIECE + 12345


def sealed_in(folder: Path, name: str, part: bytes = b"for the unit") -> Path:
    folder.mkdir(exist_ok=True)
    seal(DRAFT, {"part": part}, UNIT.public(), MX, folder / name)
    return folder
