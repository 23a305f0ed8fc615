"""The trade-off curve: every setting is another agreement, stands once in the table, and the cost is of pairs of seeds."""

import math
import tomllib

import pytest

from benchmarks.privacy_settings import DEFAULT, OTHERS, SETTINGS, WITHOUT, changed, named, own_values
from benchmarks.privacy_tables import PACKAGE, cost_table, curve_tables, lost
from flows._attacked_across import ALL_REGISTERS
from linkage.lab.attacks.curve import drawn_curve
from linkage.protocol.recognition import EVIDENCE
from tests.made_lists import AGREEMENT_FILE

SHIPPED = AGREEMENT_FILE.read_text(encoding="utf-8")


def row(number: int) -> dict[str, object]:
    """A made row of the curve: F1 falls and what is given away grows from setting to setting."""
    one, given = SETTINGS[number], number / 100
    found = dict.fromkeys(EVIDENCE, 0.0) | {"fullness of filters": given, PACKAGE: given, ALL_REGISTERS: 2 * given}
    said = {"axis": one.axis, "value": one.value, "said": one.said, "setting": one.name, "default": one == DEFAULT}
    return said | found | {"entity": "suspect", "f1": 0.9 - given, "postings": 1000 + number}


ROWS = [row(number) for number in range(len(SETTINGS))]


def test_every_setting_is_another_agreement_and_has_its_own_name() -> None:
    texts = [changed(SHIPPED, one) for one in SETTINGS]
    assert tomllib.loads(texts[0]) == tomllib.loads(SHIPPED)
    assert len(set(texts)) == len({one.name for one in SETTINGS}) == len(SETTINGS)
    assert [named(one.name) for one in SETTINGS] == SETTINGS


def test_no_setting_is_the_shipped_one_in_disguise() -> None:
    own = own_values(SHIPPED)
    assert own.keys() == {one.axis for one in OTHERS}
    assert not [one.name for one in OTHERS if own[one.axis] == one.value]


def test_a_setting_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no setting diffusion 3; there are as shipped; "):
        named("diffusion 3")


def test_each_setting_stands_once_and_the_shipped_one_is_marked() -> None:
    lines = [line for line in curve_tables(ROWS) if line.startswith("| ") and not line.startswith("| setting")]
    names = [line.split(" | ")[0].strip("|* ") for line in lines]
    assert names == [one.name for one in SETTINGS]
    assert [line for line in lines if "**" in line] == lines[:1]
    assert "11.00%" in lines[-1], "the strongest evidence of one package"


def test_the_picture_names_every_setting_on_an_axis_that_is_not_at_the_default() -> None:
    own = own_values(SHIPPED)
    drawn = drawn_curve(ROWS, own, {PACKAGE: "Recognised in one package"})
    assert all(f">{one.said}<" in drawn for one in OTHERS)
    at_default = [one | {"f1": ROWS[0]["f1"], PACKAGE: 0.001} if one["said"] == "every 2nd" else one for one in ROWS]
    assert ">every 2nd<" not in drawn_curve(at_default, own, {PACKAGE: "Recognised in one package"})
    assert WITHOUT.name not in drawn and drawn == drawn_curve(ROWS, own, {PACKAGE: "Recognised in one package"})


LOST = [  # F1 as shipped, without, mean loss, its standard error
    ([0.9, 0.8], [0.9, 0.8], 0.0, 0.0),
    ([0.5, 0.75], [0.75, 0.75], 0.125, 0.125),
    ([0.75, 0.75], [0.5, 0.5], -0.25, 0.0),
    ([0.5], [0.75], 0.25, math.nan),
    ([], [], math.nan, math.nan),
]


@pytest.mark.parametrize(("shipped", "without", "mean", "error"), LOST)
def test_the_cost_is_of_pairs_of_seeds(shipped: list[float], without: list[float], mean: float, error: float) -> None:
    assert lost(shipped, without) == pytest.approx((mean, error), nan_ok=True)


def test_the_table_of_the_cost() -> None:
    sides = [[{"entity": "firearm", "f1": f1} for f1 in side] for side in ([0.5, 0.75], [0.75, 0.75])]
    assert list(cost_table(*sides))[-1] == "| firearm | 2 | 0.6250 | 0.7500 | +0.1250 | 0.1250 | 0.005 |"
