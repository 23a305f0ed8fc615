"""Two people open the unit's keys together: every pair of shares does, none alone does, and a wrong share is named."""

from itertools import combinations, permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.protocol.errors import InvalidKey
from linkage.protocol.key_files import load_private, save_private, split_of
from linkage.protocol.party_profile import _UNLOCKED, read_party, unlock
from linkage.protocol.shares import Share, join, load_share, read_share, split
from linkage.protocol.unlocking import open_keys, split_keys
from tests.vectors.make_sealing import CHEAP_SCRYPT, keys_for_tests

UNIT = keys_for_tests("joint-team")
PRINT = UNIT.public().fingerprint()


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The split file's scrypt as cheap as the tests' own."""
    from linkage.protocol import unlocking

    dear = unlocking.save_split
    monkeypatch.setattr(unlocking, "save_split", lambda *what: dear(*what, scrypt_n=CHEAP_SCRYPT))


@pytest.fixture
def private(tmp_path: Path, cheap: None) -> Path:
    save_private(tmp_path / "unit.json", UNIT, b"one person's word", scrypt_n=CHEAP_SCRYPT)
    return tmp_path / "unit.json"


def opened(private: Path, *shares: Path) -> str:
    return open_keys(private, (None, None), shares, False).public().fingerprint()


def test_any_two_of_three_open_and_the_old_passphrase_does_not(private: Path, tmp_path: Path) -> None:
    files = split_keys(private, UNIT, 3, 2, tmp_path)
    assert [path.name for path in files] == [f"joint-team.share-{number}-of-3.txt" for number in (1, 2, 3)]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in [*files, private])
    for pair in permutations(files, 2):
        assert opened(private, *pair) == PRINT
    assert opened(private, *files) == PRINT
    with pytest.raises(InvalidKey, match="wrong shares"):
        load_private(private, b"one person's word")


def test_one_share_is_not_enough(private: Path, tmp_path: Path) -> None:
    files = split_keys(private, UNIT, 3, 2, tmp_path)
    with pytest.raises(InvalidKey, match="1 of 2 different shares: 1 more needed"):
        opened(private, files[0])
    with pytest.raises(InvalidKey, match="1 of 2 different shares: 1 more needed"):
        opened(private, files[0], files[0])
    with pytest.raises(InvalidKey, match="0 of 2"):
        opened(private)


def test_shares_of_an_earlier_split_are_named(private: Path, tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    first = split_keys(private, UNIT, 3, 2, tmp_path / "first")
    with pytest.raises(InvalidKey, match="exists already: shares are never overwritten"):
        split_keys(private, UNIT, 3, 2, tmp_path / "first")
    assert opened(private, *first[:2]) == PRINT, "what was refused changed nothing"
    second = split_keys(private, UNIT, 3, 2, tmp_path)
    assert opened(private, *second[:2]) == PRINT
    for pair in (first[:2], [first[0], second[1]]):
        with pytest.raises(InvalidKey, match="a share is of an earlier split"):
            opened(private, *pair)


def test_a_share_that_others_may_read_is_refused(private: Path, tmp_path: Path) -> None:
    files = split_keys(private, UNIT, 3, 2, tmp_path)
    files[1].chmod(0o644)
    with pytest.raises(InvalidKey, match=r"chmod 600 joint-team\.share-2-of-3\.txt"):
        opened(private, *files[:2])


def test_shares_are_typed_one_by_one(private: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = split_keys(private, UNIT, 3, 2, tmp_path)
    lines = iter(path.read_text().splitlines()[1] for path in (files[2], files[0]))
    asked: list[str] = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda question: (asked.append(question), next(lines))[1])
    assert open_keys(private, (None, None), (), True).public().fingerprint() == PRINT
    assert asked == ["Share (1 of 2 needed): ", "Share (2 of 2 needed): "]


def test_the_profile_names_share_files(private: Path, tmp_path: Path) -> None:
    split_keys(private, UNIT, 3, 2, tmp_path)
    (tmp_path / "profile.toml").write_text(
        'format = "trilink/unit-profile/v1"\nparty = "joint-team"\nagreement = "a.toml"\nhome = "home"\n'
        '[keys]\nprivate = "unit.json"\nshares = ["joint-team.share-1-of-3.txt", "joint-team.share-3-of-3.txt"]\n'
    )
    _UNLOCKED.pop(private.resolve(), None)
    assert unlock(read_party(tmp_path / "profile.toml")).public().fingerprint() == PRINT


def test_the_file_says_openly_how_it_is_split_and_cannot_be_told_otherwise(private: Path, tmp_path: Path) -> None:
    files = split_keys(private, UNIT, 5, 3, tmp_path)
    said = split_of(private)
    assert said is not None and (said["shares"], said["threshold"], said["fingerprint"]) == (5, 3, PRINT)
    private.write_bytes(private.read_bytes().replace(b'"threshold":3', b'"threshold":2'))
    with pytest.raises(InvalidKey, match="wrong shares, or the file was altered"):
        opened(private, *files[:3])
    private.write_bytes(private.read_bytes().replace(b'"threshold":2', b'"threshold":9'))
    with pytest.raises(InvalidKey, match="in no understandable way"):
        opened(private, *files[:3])


@settings(max_examples=25, deadline=None)
@given(shares=st.integers(2, 7), data=st.data())
def test_every_choice_of_enough_shares_joins(shares: int, data: st.DataObject) -> None:
    threshold = data.draw(st.integers(2, shares))
    passphrase, made = split(shares, threshold)
    assert all(join(chosen) == passphrase for chosen in combinations(made, threshold))
    with pytest.raises(InvalidKey, match="1 more needed"):
        join(made[: threshold - 1])


def test_joining_is_lagrange_over_the_field() -> None:
    """Slow twin: interpolation at 0 by hand for two shares, f(0) = (2·y1 + 1·y2) / (1 + 2), over GF(2^128) mod x^128+x^7+x^2+x+1."""
    _, made = split(2, 2)
    one, two = (int.from_bytes(share._secret, "big") for share in made)
    zero = _times(_times(2, one) ^ two, _inverse(3))
    assert join(made) == zero.to_bytes(16, "big").hex().encode()


def _times(left: int, right: int) -> int:
    product = 0
    for bit in range(128):
        if right >> bit & 1:
            product ^= left << bit
    for bit in reversed(range(128, 256)):
        if product >> bit & 1:
            product ^= (1 << 128 | 0b10000111) << (bit - 128)
    return product


def _inverse(value: int) -> int:
    """value^(2^128 - 2), by squaring."""
    result, power = 1, value
    for _ in range(127):
        power = _times(power, power)
        result = _times(result, power)
    return result


GOLDEN = Share(1, 2, b"\0\1\2\3", bytes(range(16)))
LINE = "aeba-aaic-amaa-caqd-aqcq-mbyi-befa-wdan-byhx-ieye-zy"


def test_golden_share() -> None:
    assert GOLDEN.line("w26k-e2cj-umqd-ggtj-edtk") == LINE
    again = read_share(LINE.upper().replace("-", " "), "w26k-e2cj-umqd-ggtj-edtk", "here")
    assert (again.number, again.threshold, again.of_set, again._secret) == (1, 2, b"\0\1\2\3", bytes(range(16)))
    assert repr(again) == "<Share: number 1, hidden>"


MISTYPED = [  # line, what is said
    (LINE[:-1], "not a share; expected 42"),
    ("", "not a share"),
    ("not!a-share", "not a share"),
    (LINE.replace(LINE[7], "7" if LINE[7] != "7" else "6", 1), "mistyped, or a share of other keys than w26k"),
    (LINE[5:9] + "-" + LINE[:4] + LINE[9:], "mistyped"),
]


@pytest.mark.parametrize(("line", "says"), MISTYPED)
def test_a_mistyped_share_is_named_and_not_quoted(line: str, says: str) -> None:
    with pytest.raises(InvalidKey, match=says) as caught:
        read_share(line, "w26k-e2cj-umqd-ggtj-edtk", "the typed share")
    assert caught.value.__context__ is None and (not line or line not in str(caught.value))


def test_no_share_of_other_keys(private: Path, tmp_path: Path) -> None:
    files = split_keys(private, UNIT, 3, 2, tmp_path)
    with pytest.raises(InvalidKey, match="mistyped, or a share of other keys"):
        load_share(files[0], keys_for_tests("mx").public().fingerprint())
    with pytest.raises(InvalidKey, match="a threshold from 2 to the number of shares"):
        split(2, 3)
