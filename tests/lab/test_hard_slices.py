"""Relatives and sequential serials really are hard: two toy matchers that look at too little lose where the traits say so.

The positive control is the rest of the same corpus, where the same matchers do well.
"""

import re
from collections.abc import Callable, Hashable
from pathlib import Path

import pandas as pd
import pytest

from linkage.lab.corruption import accents_lost
from linkage.lab.plan import Plan
from tests.lab.invented import Invented, invented

Key = Callable[[pd.Series], Hashable | None]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Invented:
    return invented(tmp_path_factory.mktemp("invented") / "hard", Plan(3000, 0.2, "low", seed=11))


def name(record: pd.Series) -> Hashable | None:
    """First given name and first surname, folded; what a name-only matcher looks at."""
    given = accents_lost(record.given_names).upper().replace("-", " ").split()
    return (given[0], accents_lost(record.surname_1).upper()) if given else None


def core_digits(record: pd.Series) -> Hashable | None:
    """The longest run of six digits or more, the last one forgiven as a misreading: what a core-digits-only matcher looks at."""
    runs = re.findall(r"\d{6,}", record.serial_number)
    return max(runs, key=len)[:-1] if runs else None


def precision(left: pd.DataFrame, right: pd.DataFrame, key: Key, trait: str) -> tuple[float, float]:
    """Share of right ones among all pairs with one key: pairs with the trait on a side, and all others."""
    sides = [table.assign(key=table.apply(key, axis=1)).dropna(subset=["key"]) for table in (left, right)]
    pairs = sides[0].merge(sides[1], on="key")
    right_ones = pairs.entity_id_x == pairs.entity_id_y
    special = pairs.traits_x.map(lambda own: trait in own) | pairs.traits_y.map(lambda own: trait in own)
    assert special.sum() > 50 and (~special).sum() > 50
    return float(right_ones[special].mean()), float(right_ones[~special].mean())


def test_a_name_does_not_tell_relatives_apart(corpus: Invented) -> None:
    left, right = (table[table.traits.map(lambda own: "hispanic_name" not in own)] for table in corpus.both("suspect", "ca", "us"))
    relatives, others = precision(left, right, name, "relative")
    assert relatives < others - 0.1, (relatives, others)


def test_core_digits_do_not_tell_a_sale_apart(corpus: Invented) -> None:
    sequential, others = precision(*corpus.both("firearm", "mx", "us"), core_digits, "sequential_serial")
    assert others > 0.9
    assert sequential < others - 0.2, (sequential, others)


def test_namesakes_twins_and_neighbouring_serials_meet_across_borders(corpus: Invented) -> None:
    left, right = corpus.both("suspect", "mx", "us")
    plain = [table.assign(key=table.apply(name, axis=1), day=table.date_of_birth) for table in (left, right)]
    surname = plain[0].assign(key=plain[0].key.str[1]).merge(plain[1].assign(key=plain[1].key.str[1]), on=["key", "day"])
    apart = surname[(surname.entity_id_x != surname.entity_id_y) & (surname.day.str.len() == 10)]
    related = apart[apart.traits_x.map(lambda own: "relative" in own) & apart.traits_y.map(lambda own: "relative" in own)]
    assert len(related) >= 3, "twins"
    both = plain[0].merge(plain[1], on="key")
    assert (both.entity_id_x != both.entity_id_y).sum() > 100, "namesakes"


def test_sisters_share_a_name_and_are_two(corpus: Invented) -> None:
    left, right = (table[table.traits.map(lambda own: "near_identical_name" in own)] for table in corpus.both("organization", "mx", "us"))

    def own_words(record: pd.Series) -> Hashable | None:
        words = accents_lost(record["name"]).upper().replace(".", "").split()
        return tuple(sorted(words[1:4])) if len(words) > 3 else None

    sides = [table.assign(key=table.apply(own_words, axis=1)).dropna(subset=["key"]) for table in (left, right)]
    pairs = sides[0].merge(sides[1], on="key")
    assert (pairs.entity_id_x != pairs.entity_id_y).sum() >= 3


def test_folder_is_written_whole(corpus: Invented, tmp_path: Path) -> None:
    assert not [path for path in corpus.path.iterdir() if path.name.startswith(".")]
