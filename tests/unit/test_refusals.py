"""Every way to be refused: what the joint team reads, what the sender is told, and that nothing else leaves or is written."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import pytest

from linkage.protocol import opening
from linkage.protocol.container import CHUNK_BYTES, TAG_BYTES, WRAPPED_KEY_BYTES
from linkage.protocol.errors import InvalidPackage, TrilinkError
from linkage.protocol.manifest import Draft
from linkage.protocol.refusal import Refusal, beginning, read_refusals, telling
from linkage.protocol.refusal_codes import CODES
from linkage.protocol.sealing import seal
from tests.parties import EPOCH, NOW, UNIT, Letter, Parties, days
from tests.small_world import people
from tests.unit.package_lies import NOT_OURS, PART, fact, part, rows, said, taken
from tests.unit.test_growth import of_zeros
from tests.vectors.make_sealing import keys_for_tests

Way = Callable[[Parties], Path]


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    return Parties(tmp_path_factory.mktemp("refused"), people())


def lying(lie: Callable[[Letter], object]) -> Way:
    return lambda parties: parties.lying(parties.package("mx"), lie)


def on_the_way(name: str, change: Callable[[bytes], bytes]) -> Way:
    def changed(parties: Parties) -> Path:
        path = parties.folder / f"{name}.sealed"
        path.write_bytes(change(parties.package("mx").read_bytes()))
        return path

    return changed


def swapped(parties: Parties) -> Path:
    """A package whose second and third chunk have changed places."""
    path = lying(part(PART, os.urandom(4 * 65_536)))(parties)
    data, chunk = path.read_bytes(), CHUNK_BYTES + TAG_BYTES
    second = 12 + int.from_bytes(data[8:12], "big") + WRAPPED_KEY_BYTES + chunk
    third, end = second + chunk, second + 2 * chunk
    path.write_bytes(data[:second] + data[third:end] + data[second:third] + data[end:])
    return path


def sent_before(letter: Letter) -> None:
    letter.created = letter.created - days(31)


def unsorted(letter: Letter) -> None:
    rows(lambda postings: taken(postings, slice(None, None, -1)))(letter)


REFUSALS = [  # name, how it comes about, what the joint team reads, the code that mx is told; "" when nobody is told
    ("expired", lying(sent_before), "expired on", "expired"),
    ("from the future", lying(lambda letter: vars(letter).update(created=NOW + days(1))), "created in the future", "clock"),
    ("foreign", lying(said(by=NOT_OURS)), "from xx, awaited from ca or mx or us", ""),
    ("signed by another", lying(said(by=keys_for_tests("mx", "stolen"))), "not signed by mx with the key", "not_signed"),
    ("wrong epoch", lying(said(epoch="2026-10")), "of epoch 2026-10, expected 2026-11; link each epoch by itself", "other_epoch"),
    ("other agreement", lying(said(agreement="f" * 64)), "made under the agreement ffffffffffffffff", "other_agreement"),
    ("mis-keyed", lying(fact("key_check_value", "0" * 32)), "ca, us / mx: key check values differ", "mis_keyed"),
    ("mis-normalised", lying(fact("conformance", "0" * 64)), "ca, us / mx: conformance digests differ", "mis_normalised"),
    ("other sizes", lambda parties: parties.package("mx", largest=15_000, home="large"), "partition bits differ", "other_sizes"),
    ("truncated", on_the_way("truncated", lambda data: data[:-1]), "bytes are there; fetch it again", "truncated"),
    ("continued", on_the_way("continued", lambda data: data + b"x"), "1 bytes follow its end; ask its sender", "oversized"),
    ("altered", on_the_way("altered", lambda data: data[:-1] + bytes([data[-1] ^ 1])), "altered in chunk", "damaged"),
    ("re-ordered chunks", swapped, "altered in chunk 2 of 5", "damaged"),
    ("re-ordered rows", lying(unsorted), "rows are not sorted by token; ask its sender to make it anew", "unsound"),
    ("bomb", lying(part(PART, of_zeros(400_000))), "no honest part does", "oversized"),
    ("mis-addressed", lying(said(to=keys_for_tests("ca").public())), f"addressed to ca, and we are {UNIT}; leave it", "misaddressed"),
    ("to an old key", lying(said(to=keys_for_tests(UNIT, "old").public())), "send mx our public keys", "old_key"),
    ("another kind", lying(said(kind="regroup_answer")), "is a regroup_answer, expected a package; give it", "other_kind"),
    ("no sealed file", on_the_way("text", lambda data: b"name\nnobody\n"), "not a sealed file of trilink; fetch it again", ""),
    ("not there", lambda parties: parties.folder / "nowhere.sealed", "not there, or not readable; fetch it again", ""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "way", "says", "code"), REFUSALS, ids=[case[0] for case in REFUSALS])
def test_receiver_and_sender_are_told(name: str, way: Way, says: str, code: str, parties: Parties, tmp_path: Path) -> None:
    refused, unit = way(parties), parties.unit(f"unit-{name}")
    before = unit.tree()
    with pytest.raises(InvalidPackage) as caught:
        telling_in(tmp_path, parties, lambda: unit.take_in(parties.package("ca"), parties.package("us"), refused))
    line = str(caught.value)
    assert says in line and "\n" not in line and caught.value.__context__ is None
    assert unit.tree() == before
    told = refusals_to("mx", parties, tmp_path, [parties.package("us"), refused])
    assert told == ([Refusal(UNIT, code, beginning(refused)[0].kind, refused.name)] if code else [])  # type: ignore[index]
    assert refusals_to("ca", parties, tmp_path) == refusals_to("us", parties, tmp_path) == []
    assert [path.name in line for path in tmp_path.iterdir()] == [True] * len(told), "the receiver's line says where it lies"


def telling_in(folder: Path, parties: Parties, step: Callable[[], object]) -> None:
    telling(parties.keys[UNIT], parties.agreement, folder, step)


def refusals_to(owner: str, parties: Parties, folder: Path, sent: list[Path] | None = None) -> list[Refusal]:
    return read_refusals(folder, parties.keys[owner], parties.agreement, datetime.now(UTC), sent or [])


def test_a_replay_is_told(parties: Parties, tmp_path: Path) -> None:
    first, again = parties.unit("replay"), parties.unit("replay", run="another")
    first.take_in(*parties.packages())
    with pytest.raises(InvalidPackage, match="replayed"):
        telling_in(
            tmp_path, parties, lambda: again.take_in(parties.package("mx"), parties.lying(parties.package("us"), lambda letter: None))
        )
    assert [one.code for one in refusals_to("mx", parties, tmp_path)] == ["replayed"]
    assert refusals_to("us", parties, tmp_path) == []


def test_a_second_message_is_told(parties: Parties, tmp_path: Path) -> None:
    unit = parties.unit("second")
    unit.take_in(*parties.packages())
    other = parties.lying(parties.package("mx"), fact("records", 13))
    with pytest.raises(InvalidPackage, match="already sent another"):
        telling_in(tmp_path, parties, lambda: unit.take_in(other))
    assert refusals_to("mx", parties, tmp_path, [other]) == [Refusal(UNIT, "second", "package", other.name)]


def test_it_is_told_once(parties: Parties, tmp_path: Path) -> None:
    expired, contents = lying(sent_before)(parties), []
    for _ in range(2):
        with pytest.raises(InvalidPackage):
            telling_in(tmp_path, parties, lambda: parties.unit("once").take_in(expired))
        contents.append([path.read_bytes() for path in tmp_path.iterdir()])
    assert contents[0] == contents[1] and len(contents[0]) == 1


def test_two_owners_that_differ_are_both_told(parties: Parties, tmp_path: Path) -> None:
    """Nobody knows which of the two is wrong."""
    with pytest.raises(InvalidPackage, match="ca / mx"):
        telling_in(
            tmp_path, parties, lambda: parties.unit("two").take_in(parties.package("ca"), lying(fact("key_check_value", "0" * 32))(parties))
        )
    assert [one.code for owner in ("ca", "mx", "us") for one in refusals_to(owner, parties, tmp_path)] == ["mis_keyed", "mis_keyed"]


def test_what_is_not_about_a_sealed_file_tells_nobody(parties: Parties, tmp_path: Path) -> None:
    def fails(error: TrilinkError) -> Callable[[], object]:
        def step() -> None:
            raise error

        return step

    with pytest.raises(TrilinkError, match=r"^no room$"):
        telling_in(tmp_path, parties, fails(TrilinkError("no room")))
    with pytest.raises(InvalidPackage, match=r"^odd; ask its sender to make it anew$"):
        telling_in(tmp_path, parties, fails(InvalidPackage("odd")))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fact_name", ["key_check_value", "conformance"])
def test_a_wrong_package_is_refused_by_its_first_chunks_whatever_its_size(
    fact_name: str, parties: Parties, monkeypatch: pytest.MonkeyPatch
) -> None:
    """8 MiB and 1 MiB alike: of no package more than header and manifest is read, so size cannot matter."""
    counted: list[int] = []
    for size in (1 << 20, 8 << 20):
        lie = parties.lying(parties.package("mx"), lambda letter, size=size: letter.parts.update({PART: bytes(size)}))  # type: ignore[misc]
        lie = parties.lying(lie, fact(fact_name, "0" * len(parties.letter(lie).body[fact_name])))
        reads: list[int] = []
        with monkeypatch.context() as watched:
            watched.setattr(opening, "_opened_file", lambda path, reads=reads: Counting(path, reads))
            with pytest.raises(InvalidPackage, match="differ"):
                parties.unit(f"{fact_name}-{size}").take_in(parties.package("ca"), parties.package("us"), lie)
        counted.append(sum(reads))
    assert counted[1] - counted[0] < 10, "the header's digits"
    assert counted[1] < 100_000


class Counting:
    """A file that notes how much is read from it."""

    def __init__(self, path: Path, reads: list[int]) -> None:
        self._file: BinaryIO = path.open("rb", buffering=0)
        self._reads = reads

    def read(self, count: int) -> bytes:
        data = self._file.read(count)
        self._reads.append(len(data))
        return data

    def readinto(self, buffer: memoryview) -> int:
        count = self._file.readinto(buffer)  # type: ignore[attr-defined]
        self._reads.append(count)
        return int(count)

    def fileno(self) -> int:
        return self._file.fileno()

    def __enter__(self) -> "Counting":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


LIES_IN_REFUSALS = [
    {"code": "you know why", "kind": "package", "refused": "0" * 64},
    {"code": "expired", "kind": "package", "refused": "0" * 63},
    {"code": "expired", "kind": "package", "refused": "0" * 64, "note": "Juan"},
    {"code": ["expired"], "kind": "package", "refused": "0" * 64},
    {"code": "expired", "kind": "postcard", "refused": "0" * 64},
]


@pytest.mark.parametrize("body", LIES_IN_REFUSALS, ids=str)
def test_a_refusal_says_nothing_but_what_it_may(body: dict[str, object], parties: Parties, tmp_path: Path) -> None:
    draft = Draft("refusal", parties.agreement.fingerprint, "none", body, timedelta(days=1))
    seal(draft, {}, parties.keys["mx"].public(), parties.keys[UNIT], tmp_path / "refusal.sealed")
    with pytest.raises(InvalidPackage, match=r"^refusal\.sealed: is not a refusal as this version"):
        refusals_to("mx", parties, tmp_path)


def test_every_code_that_is_raised_is_in_the_list() -> None:
    root = Path(__file__).resolve().parents[2] / "linkage"
    text = "".join(path.read_text(encoding="utf-8") for path in root.rglob("*.py") if path.name != "refusal.py")
    assert [code for code in CODES if f'"{code}"' not in text] == []


def test_the_epoch_of_these_tests_is_not_named_in_a_refusal(parties: Parties, tmp_path: Path) -> None:
    """A refusal answers a header that anyone could have written: it does not say what we are working on."""
    with pytest.raises(InvalidPackage):
        telling_in(tmp_path, parties, lambda: parties.unit("silent").take_in(lying(sent_before)(parties)))
    (path,) = tmp_path.iterdir()
    letter = parties.letter(path, "refusal", "mx")
    assert (letter.epoch, letter.parts) == ("none", {}) and EPOCH not in str(letter.body)
