"""What an owner seals to itself: whose keys open it, before and after a rotation, the thief's included."""

from datetime import timedelta
from pathlib import Path

import pytest

from linkage.owner.home_seal import open_at_home, seal_at_home
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.party_keys import PartyKeys, new_party_keys, renewed
from linkage.protocol.sealing import Draft, Expectation, _Drawn, _seal
from tests.parties import NOW
from tests.vectors.make_sealing import AGREEMENT, keys_for_tests

DRAFT = Draft("crosswalk", AGREEMENT, "2026-11", {}, timedelta(days=30))
EXPECT = Expectation("crosswalk", AGREEMENT, "2026-11", NOW)
FIRST = keys_for_tests("mx")
SECOND = renewed(FIRST)

OPENS = [  # sealed by, opened by, opens
    ("the same keys", FIRST, FIRST, True),
    ("after a rotation, what was sealed before it", FIRST, SECOND, True),
    ("old keys, what was sealed after the rotation: a known limit", SECOND, FIRST, True),
    ("keys made anew after a loss or a theft", FIRST, new_party_keys("mx"), False),
    ("old keys, what is sealed under keys made anew", new_party_keys("mx"), FIRST, False),
]


@pytest.mark.parametrize(("case", "by", "thief", "opens"), OPENS, ids=[case[0] for case in OPENS])
def test_who_opens_what_is_sealed_at_home(case: str, by: PartyKeys, thief: PartyKeys, opens: bool, tmp_path: Path) -> None:
    path = tmp_path / "crosswalk.sealed"
    seal_at_home(DRAFT, {"rows": b"whose posting is whose"}, by, path)
    if not opens:
        with pytest.raises(InvalidPackage, match="sealed to the key"), open_at_home(path, thief, EXPECT):
            pass
        return
    with open_at_home(path, thief, EXPECT) as message:
        assert message.read_parts() == {"rows": b"whose posting is whose"}


def test_what_a_home_sealed_before_there_were_home_keys_opens_with_the_keys_of_its_time(tmp_path: Path) -> None:
    path = tmp_path / "crosswalk.sealed"
    _seal(DRAFT, {"rows": b"old"}, (FIRST, FIRST.public()), path, _Drawn(bytes(32), bytes(16), NOW))
    with open_at_home(path, FIRST, EXPECT) as message:
        assert message.read_parts() == {"rows": b"old"}
