"""Sealed files: the golden ones by production code and slow twin, then what sealing and extracting leave behind."""

import os
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linkage.protocol import opening
from linkage.protocol.canonical import canonical_json, read_canonical
from linkage.protocol.container import WRAPPED_KEY_BYTES, Header, SealedWriter
from linkage.protocol.errors import InvalidPackage, TrilinkError
from linkage.protocol.manifest import Draft
from linkage.protocol.sealing import Expectation, Manifest, _Drawn, _seal, open_sealed, seal
from tests import reference_sealing as twin
from tests.vectors import make_sealing as golden

VECTORS = golden.vectors()
MX, CA, UNIT = (golden.opener(party) for party in ("mx", "ca", "unit"))
PARTIES = {keys.party: keys for keys in (MX, CA, UNIT)}
SMALL = (golden.FOLDER / "small.sealed").read_bytes()


def expectation(vector: dict[str, Any]) -> Expectation:
    epoch = vector.get("epoch", "2026-11")
    return Expectation(
        kind=vector.get("kind", "package"),
        agreement=vector.get("agreement", golden.AGREEMENT),
        epoch=None if epoch == "any" else epoch,
        now=vector.get("now", golden.NOW),
    )


def content_of(vector: dict[str, Any]) -> bytes:
    return golden.changed((golden.FOLDER / vector["file"]).read_bytes(), vector.get("change", ""))


def senders_of(vector: dict[str, Any]) -> list[str]:
    senders: list[str] = vector.get("senders", ["mx", "ca"])
    return senders


def opened(path: Path, vector: dict[str, Any]) -> tuple[Manifest, dict[str, bytes]]:
    senders = {name: PARTIES[name].public() for name in senders_of(vector)}
    with open_sealed(path, PARTIES[vector.get("by", "unit")], senders, expectation(vector)) as message:
        return message.manifest, message.read_parts()


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_golden_file_opens_or_says_why_not(vector: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content_of(vector))
    if not vector["says"]:
        manifest, parts = opened(path, vector)
        assert {part.name: part.bytes for part in manifest.parts} == {name: len(data) for name, data in parts.items()}
        return
    with pytest.raises(InvalidPackage) as caught:
        opened(path, vector)
    assert str(caught.value) == f"file: {vector['says']}"
    assert caught.value.__context__ is None
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_slow_twin_agrees(vector: dict[str, Any], tmp_path: Path) -> None:
    us = twin.read_key_file(golden.key_file(vector.get("by", "unit")), golden.PASSPHRASE)
    keys = {name: PARTIES[name].public().signing for name in senders_of(vector)}
    expect = vars(expectation(vector))
    if vector["says"]:
        with pytest.raises(twin.Refused):
            twin.open_file(content_of(vector), us, keys, expect)
        return
    path = tmp_path / "file"
    path.write_bytes(content_of(vector))
    manifest, parts = opened(path, vector)
    assert (read_canonical(manifest.canonical()), parts) == twin.open_file(content_of(vector), us, keys, expect)


def test_golden_contents() -> None:
    assert opened(golden.FOLDER / "small.sealed", {})[1] == golden.SMALL_PARTS
    assert opened(golden.FOLDER / "three_chunks.sealed", {})[1] == {"long": golden.long_part()}
    written = (golden.FOLDER / "small.manifest.json").read_bytes()
    assert opened(golden.FOLDER / "small.sealed", {})[0].canonical() == written


@pytest.mark.parametrize(("file", "parts"), [("small.sealed", golden.SMALL_PARTS), ("three_chunks.sealed", {"long": golden.long_part()})])
def test_sealing_again_gives_the_golden_bytes_but_for_the_wrapped_key(file: str, parts: dict[str, bytes], tmp_path: Path) -> None:
    drawn = _Drawn(golden.CONTENT_KEY, golden.NONCE, golden.NOW)
    _seal(golden.DRAFT, parts, (MX, UNIT.public()), tmp_path / file, drawn)
    old, new = (golden.FOLDER / file).read_bytes(), (tmp_path / file).read_bytes()
    start = 12 + int.from_bytes(old[8:12], "big")
    assert new[:start] == old[:start]
    assert new[start + WRAPPED_KEY_BYTES :] == old[start + WRAPPED_KEY_BYTES :]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, len(SMALL) - 1), flip=st.integers(1, 255))
def test_any_altered_byte_is_refused(tmp_path: Path, at: int, flip: int) -> None:
    altered = bytearray(SMALL)
    altered[at] ^= flip
    assert_refused(tmp_path / "file", bytes(altered))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(length=st.integers(0, len(SMALL) - 1), more=st.binary(max_size=40))
def test_any_other_length_is_refused(tmp_path: Path, length: int, more: bytes) -> None:
    assert_refused(tmp_path / "file", SMALL[:length] + more if SMALL[:length] + more != SMALL else b"")
    assert_refused(tmp_path / "file", SMALL + (more or b"\0"))


def assert_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(InvalidPackage) as caught:
        opened(path, {})
    assert caught.value.__context__ is None


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lengths=st.lists(st.integers(0, 140_000), max_size=3),
    body=st.dictionaries(st.text(max_size=8), st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False)),
)
def test_what_is_sealed_opens(tmp_path: Path, lengths: list[int], body: dict[str, Any]) -> None:
    parts = {f"part-{number}": os.urandom(length) for number, length in enumerate(lengths)}
    draft = Draft("list", golden.AGREEMENT, "2026-11", body, timedelta(days=1))
    sealed = seal(draft, parts, CA.public(), UNIT, tmp_path / "file")
    expect = Expectation("list", golden.AGREEMENT, None, datetime.now(UTC), frozenset({"unit"}))
    with open_sealed(tmp_path / "file", CA, {"unit": UNIT.public(), "mx": MX.public()}, expect) as message:
        assert message.manifest == sealed
        assert message.read_parts() == parts


def test_extract_writes_private_files_and_only_whole_folders(tmp_path: Path) -> None:
    with open_sealed(golden.FOLDER / "small.sealed", UNIT, {"mx": MX.public()}, expectation({})) as message:
        paths = message.extract(tmp_path / "out")
    assert {name: path.read_bytes() for name, path in paths.items()} == golden.SMALL_PARTS
    assert {path.stat().st_mode & 0o777 for path in [tmp_path / "out", *paths.values()]} == {0o700, 0o600}
    with (
        open_sealed(golden.FOLDER / "small.sealed", UNIT, {"mx": MX.public()}, expectation({})) as message,
        pytest.raises(TrilinkError, match="exists already"),
    ):
        message.extract(tmp_path / "out")


@pytest.mark.parametrize("change", ["flip -1", "flip 100000"])
def test_a_package_that_breaks_half_way_leaves_nothing(change: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content_of({"file": "three_chunks.sealed", "change": change}))
    with (
        open_sealed(path, UNIT, {"mx": MX.public()}, expectation({})) as message,
        pytest.raises(InvalidPackage, match="altered in chunk"),
    ):
        message.extract(tmp_path / "out")
    assert os.listdir(tmp_path) == ["file"]


def test_parts_can_be_read_once(tmp_path: Path) -> None:
    with open_sealed(golden.FOLDER / "three_chunks.sealed", UNIT, {"mx": MX.public()}, expectation({})) as message:
        message.read_parts()
        with pytest.raises(InvalidPackage, match="holds less than it promises"):
            message.extract(tmp_path / "out")


def test_memory_does_not_grow_with_the_package(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(32 * 1024 * 1024))
    tracemalloc.start()
    sealed = seal(golden.DRAFT, {"large": tmp_path / "large"}, UNIT.public(), MX, tmp_path / "p.sealed")
    with open_sealed(tmp_path / "p.sealed", UNIT, {"mx": MX.public()}, expectation({"now": sealed.created})) as message:
        message.extract(tmp_path / "out")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * 1024 * 1024


def test_a_stream_of_another_length_than_announced_is_not_finished(tmp_path: Path) -> None:
    header = Header("package", "mx", "unit", UNIT.public().fingerprint(), 5)
    with (tmp_path / "file").open("wb") as sink:
        writer = SealedWriter(sink, header, UNIT.public(), bytes(32))
        writer.write(b"four")
        with pytest.raises(ValueError, match="not as long"):
            writer.finish()


def test_a_large_message_is_not_read_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "SMALL_MESSAGE_BYTES", 149_999)
    with pytest.raises(InvalidPackage, match="too large"):
        opened(golden.FOLDER / "three_chunks.sealed", {})


def test_sealing_that_fails_leaves_nothing_and_keeps_the_old_file(tmp_path: Path) -> None:
    out = tmp_path / "p.sealed"
    out.write_bytes(b"older")
    with pytest.raises(FileNotFoundError):
        seal(golden.DRAFT, {"missing": tmp_path / "missing"}, UNIT.public(), MX, out)
    with pytest.raises(TrilinkError, match="changed while"):
        seal(golden.DRAFT, {"growing": _Growing(tmp_path / "part")}, UNIT.public(), MX, out)
    assert out.read_bytes() == b"older"
    assert [name for name in os.listdir(tmp_path) if "unfinished" in name] == []


class _Growing(type(Path())):  # type: ignore[misc]
    """A file in which someone else is still writing: other bytes of the same length at each opening."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        Path(self).write_bytes(os.urandom(8))
        return super().open(*args, **kwargs)


BAD_DRAFTS: list[tuple[str, dict[str, Any], dict[str, bytes]]] = [
    ("unknown kind", {"kind": "postcard"}, {}),
    ("a part that leaves its folder", {}, {"../part": b""}),
    ("a hidden part", {}, {".part": b""}),
    ("upper case", {}, {"Part": b""}),
    ("an epoch with a slash", {"epoch": "a/b"}, {}),
    ("no lifetime", {"lifetime": timedelta(0)}, {}),
]


@pytest.mark.parametrize(("name", "change", "parts"), BAD_DRAFTS, ids=[case[0] for case in BAD_DRAFTS])
def test_what_would_not_open_is_not_sealed(name: str, change: dict[str, Any], parts: dict[str, bytes], tmp_path: Path) -> None:
    draft = Draft(**(vars(golden.DRAFT) | change))
    with pytest.raises(TrilinkError):
        seal(draft, parts, UNIT.public(), MX, tmp_path / "file")
    assert os.listdir(tmp_path) == []


def test_a_message_does_not_show_itself() -> None:
    with open_sealed(golden.FOLDER / "small.sealed", UNIT, {"mx": MX.public()}, expectation({})) as message:
        assert repr(message) == "<OpenedMessage: package from mx, hidden>"


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidPackage, match="nowhere: not there, or not readable"):
        opened(tmp_path / "nowhere", {})


NOT_CANONICAL = [
    b"",
    b"[]",
    b'{"a": 1}',
    b'{"b":1,"a":1}',
    b'{"a":1.0e0}',
    b'{"a":NaN}',
    b'{"a":"\\u00e9"}',
    b"[" * 100_000,
    b"\xff",
]


@pytest.mark.parametrize("data", NOT_CANONICAL)
def test_only_canonical_json_is_read(data: bytes) -> None:
    assert read_canonical(data) is None


def test_canonical_json_reads_back() -> None:
    value = {"ñ": [1, 2.5, None, True, "\n"], "a": {}}
    assert read_canonical(canonical_json(value)) == value


@pytest.fixture(autouse=True)
def _no_leftovers(tmp_path: Path) -> Iterator[None]:
    yield
    assert not list(tmp_path.rglob("*.unfinished"))
