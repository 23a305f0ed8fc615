"""A mis-keyed or mis-normalised package is refused from its first bytes, whatever its size: bytes are counted, no clock is read.

The large files are sparse: a manifest that claims as much, sealed and signed as it should be, and then a hole up to the right length.
"""

import hashlib
import io
import os
from pathlib import Path
from typing import Any

import pytest

from linkage.protocol.container import CHUNK_BYTES, MAX_HEADER_BYTES, WRAPPED_KEY_BYTES, Header, SealedWriter, signed_bytes
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.manifest import Manifest, Part
from linkage.protocol.refusal import telling
from linkage.unit.intake import take_in
from linkage.unit.package_check import NON_MATCHES
from tests.parties import NOW, UNIT, Letter, Lie, Parties
from tests.small_world import people
from tests.unit.package_lies import PART, fact

SIZES = [2**20, 2**30, 2**38]  # bytes of postings: a megabyte, a gigabyte, 256 of them
READ_AHEAD = io.DEFAULT_BUFFER_SIZE
FIRST_CHUNK = MAX_HEADER_BYTES + WRAPPED_KEY_BYTES + CHUNK_BYTES + 16 + 2 * READ_AHEAD
LOOKS = 2  # at the manifest, and at the file's beginning for the refusal that its sender is told
ALIKE = [  # what is wrong with mx's package, how, what the refusal says, its code
    ("mis-keyed", fact("key_check_value", "0" * 32), "ca, us / mx: key check values differ", "mis_keyed"),
    ("mis-normalised", fact("conformance", "0" * 64), "ca, us / mx: conformance digests differ", "mis_normalised"),
    ("lying of its length", fact("postings", -1), "its manifest has no sound postings", "unsound"),
]


class Counted(io.FileIO):
    """A file that notes how many bytes are asked of the disk, over all of them."""

    read_in: dict[str, int]

    def readinto(self, into: Any, /) -> int:
        count = super().readinto(into)
        assert count is not None
        self.read_in[Path(str(self.name)).name] = self.read_in.get(Path(str(self.name)).name, 0) + count
        return count


@pytest.fixture
def read_in(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """File name -> bytes read of it, for whatever is opened through a path."""
    counts: dict[str, int] = {}
    opened = Path.open
    monkeypatch.setattr(Counted, "read_in", counts, raising=False)

    def counting(path: Path, mode: str = "r", *words: Any, **named: Any) -> Any:
        return io.BufferedReader(Counted(path)) if mode == "rb" else opened(path, mode, *words, **named)

    monkeypatch.setattr(Path, "open", counting)
    return counts


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    return Parties(tmp_path_factory.mktemp("parties"), people())


def large(letter: Letter, size: int, path: Path) -> Path:
    """What the letter says, with ``size`` bytes of postings, of which only the first chunk is really there."""
    parts = (Part(NON_MATCHES, 0, hashlib.sha256().hexdigest()), Part(PART, size, hashlib.sha256(b"never read").hexdigest()))
    manifest = Manifest(letter.kind, letter.by.party, UNIT, letter.agreement, letter.epoch, f"{size:032x}", NOW.replace(microsecond=0),
                        NOW.replace(microsecond=0) + letter.lifetime, parts, letter.body)  # fmt: skip
    written = manifest.canonical()
    stream = 4 + len(written) + 64 + size
    header = Header(letter.kind, letter.by.party, UNIT, letter.to.fingerprint(), stream)
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as sink:
        writer = SealedWriter(sink, header, letter.to, bytes(32))
        writer.write(len(written).to_bytes(4, "big") + written + letter.by.sign(signed_bytes(header, written)) + bytes(CHUNK_BYTES))
    os.truncate(path, header.file_bytes())
    return path


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("case", ALIKE, ids=[case[0] for case in ALIKE])
def test_it_is_refused_from_its_first_chunk(case: tuple[str, Lie, str, str], size: int, parties: Parties, read_in: dict[str, int]) -> None:
    name, lie, says, code = case
    letter = parties.letter(parties.package("mx"))
    lie(letter)
    wrong = large(letter, size, parties.folder / "large" / f"{name}-{size}.sealed")
    unit, out = parties.unit(f"unit-{name}-{size}"), parties.folder / "refusals"
    honest = parties.package("ca"), parties.package("us")
    before = unit.tree(ledger=False)
    read_in.clear()
    with pytest.raises(InvalidPackage, match=says) as caught:
        telling(parties.keys[UNIT], parties.agreement, out, lambda: take_in(unit.intake, [*honest, wrong]))
    assert (caught.value.code, caught.value.files) == (code, (wrong,))
    assert wrong.stat().st_size > size
    assert 0 < read_in[wrong.name] <= LOOKS * FIRST_CHUNK
    assert all(read_in.get(path.name, 0) <= FIRST_CHUNK for path in honest), "no package is unpacked beside a wrong one"
    assert unit.tree(ledger=False) == before


def test_the_count_sees_a_file_that_is_read_to_its_end(parties: Parties, read_in: dict[str, int]) -> None:
    """The control: an honest package that comes in is read whole."""
    packages = parties.packages()
    read_in.clear()
    parties.unit("control").take_in(*packages)
    assert all(read_in[path.name] >= path.stat().st_size for path in packages)
