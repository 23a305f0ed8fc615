"""When an epoch's key may be used: the owners agree on dates, the agreement bounds them."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from linkage.owner.epoch_dates import EpochDates, remember, require_sound
from linkage.protocol.errors import InvalidKey, InvalidPackage
from tests.three_owners import AGREEMENT, EPOCH, TODAY, Three

DAY = timedelta(days=1)


@pytest.fixture
def three(tmp_path: Path) -> Three:
    return Three(tmp_path)


def test_who_begins_says_the_dates_and_the_others_follow(three: Three) -> None:
    asked = (TODAY, TODAY + 9 * DAY)
    assert three.mx.step(asked).declared.dates == EpochDates(*asked)
    three.post()
    assert three.ca.step().declared.dates == EpochDates(*asked)
    with pytest.raises(InvalidKey, match=rf"stated to run {asked[0]} to {asked[1]}, not {asked[0]} to {asked[1] + DAY}"):
        three.us.step((None, asked[1] + DAY))
    assert list(three.us.outbox.iterdir()) == []


def test_owners_with_different_dates_do_not_begin(three: Three) -> None:
    three.mx.step((TODAY, TODAY + 9 * DAY))
    three.us.step((TODAY, TODAY + 8 * DAY))
    three.post()
    with pytest.raises(InvalidPackage, match=r"the owners state different dates \(mx: .*; us: .*\); agree on them and begin another epoch"):
        three.ca.step()


ENCODING = [  # first and last day counted from today, what is said on the day
    (0, 0, None),
    (-3, 0, None),
    (0, 30, None),
    (1, 5, "starts on"),
    (-5, -1, "ended on .* nothing is encoded under its key any more"),
]


@pytest.mark.parametrize(("first", "last", "says"), ENCODING)
def test_the_key_is_given_out_within_the_dates_only(first: int, last: int, says: str | None, three: Three) -> None:
    asked = (TODAY + first * DAY, TODAY + last * DAY)
    for owner in three.owners.values():
        owner.step(asked)
    three.post()
    three.all_step()
    contributions = three.mx.collected()
    if says is None:
        assert contributions.key_to_encode(TODAY).key_check_value() == contributions.combine().key_check_value()
        return
    with pytest.raises(InvalidKey, match=f"epoch 2026-11 {says}"):
        contributions.key_to_encode(TODAY)


SOUND = [  # dates of the new epoch, what is said (62 days at most, 14 together with another one)
    (date(2026, 11, 1), date(2026, 11, 30), None),
    (date(2026, 11, 1), date(2027, 1, 1), None),
    (date(2026, 11, 1), date(2027, 1, 2), "63 days, the agreement allows 1 to 62"),
    (date(2026, 11, 2), date(2026, 11, 1), "0 days, the agreement allows 1 to 62"),
    (date(2019, 12, 31), date(2020, 1, 3), "in force from 2020-01-01"),
    (date(2026, 10, 18), date(2026, 11, 30), None),
    (
        date(2026, 10, 17),
        date(2026, 11, 30),
        "15 days together with epoch 2026-10, .* 14; let it start later than 2026-10-17",
    ),
]


@pytest.mark.parametrize(("starts", "ends", "says"), SOUND)
def test_length_and_overlap_of_epochs(starts: date, ends: date, says: str | None, tmp_path: Path) -> None:
    remember(EpochDates(date(2026, 10, 1), date(2026, 10, 31)), "2026-10", tmp_path)
    if says is None:
        require_sound(EpochDates(starts, ends), AGREEMENT, EPOCH, tmp_path)
        return
    with pytest.raises(InvalidKey, match=says):
        require_sound(EpochDates(starts, ends), AGREEMENT, EPOCH, tmp_path)
