"""An owner's own pairs: which meet, which are drawn, and what their patterns stand for; by the slow twin too."""

from itertools import combinations
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.owner import non_matches as room
from linkage.owner.blocking_tokens import Tokens, blocking_tokens
from linkage.owner.encoding import Encoder
from linkage.owner.features import feature_table
from linkage.owner.variants import Variants, variants_of
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.non_matches import NonMatches
from linkage.protocol.similarity import levels_of
from tests import reference as twin
from tests.made_agreements import KEY, KEY_BYTES, agreement_with, records_of, small_rule, tables

Rows = list[dict[str, tuple[object, ...]]]


class Encoded(NamedTuple):
    variants: Variants
    encoder: Encoder
    tokens: Tokens


def encoded(rows: Rows, rule: EntityRule) -> Encoded:
    variants = variants_of(records_of(rows, rule), rule)
    passes = {name: block.components(0) for name, block in rule.passes.items()}
    encoder = Encoder(feature_table(variants, rule), agreement_with(rule), "thing", KEY)
    return Encoded(variants, encoder, blocking_tokens(variants, passes, "thing", KEY_BYTES))


def counted_of(made: Encoded, sampled: int) -> NonMatches:
    """Both strata, the tokens in two parts, as if they were parts of a package."""
    pairs = room.OwnPairs(made.encoder.table.firsts(), KEY, "thing")
    even = made.tokens.halves[:, 0] % 2 == 0
    parts = [Tokens(made.tokens.halves[rows], made.tokens.rows[rows], made.tokens.passes[rows]) for rows in (even, ~even)]
    meeting = [pairs.meeting(part, made.variants.records) for part in parts]
    return pairs.counted(made.encoder, meeting, sampled)


def slowly(made: Encoded, rule: EntityRule) -> dict[int, float]:
    """Every pair of records compared under the same block token; few records, so none is drawn.

    Of two that meet every two variants that share a token, of others the first variants.
    """
    records = made.variants.records
    firsts = np.flatnonzero(np.diff(records, prepend=-1))
    postings = [(token.tobytes(), int(row)) for token, row in zip(made.tokens.halves, made.tokens.rows, strict=True)]
    meeting = twin.meeting_pairs(postings)
    codes: dict[bool, list[int]] = {True: [], False: []}
    for left, right in combinations(range(len(firsts)), 2):
        rows = [(one, other) for one, other in sorted(meeting) if {int(records[one]), int(records[other])} == {left, right}]
        found = [slow_code(made.variants, rule, pair) for pair in rows or [(int(firsts[left]), int(firsts[right]))]]
        codes[bool(rows)].append(min(found, key=lambda code: (-twin.agreeing(code, rule), code)))
    size = len(firsts)
    return twin.weighted(codes[True], codes[False], len(codes[True]), size * (size - 1) // 2)


def slow_code(variants: Variants, rule: EntityRule, rows: tuple[int, int]) -> int:
    """Pattern of two variant rows."""
    block = twin.sub_key(KEY_BYTES, "trilink/v1/non-matches/thing")[16:]
    first = block[:8][::-1]  # its halves are read little-endian and travel big-endian
    levels = []
    for name in sorted(rule.filters):
        table = rule.filters[name].model_dump()
        sides = [twin.filter_bits(KEY_BYTES, ("thing", name), values(variants, table["fields"], row), first, table, 4) for row in rows]
        levels.append((twin.level(sides[0], sides[1], table, 4), len(table["levels"]) + 2))
    return twin.pattern_code(levels)


def values(variants: Variants, fields: list[str], row: int) -> list[str]:
    columns = [variants.columns[field] for field in fields]
    return [column.values[column.codes[row]] for column in columns if column.codes[row] >= 0]


@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_twin_agrees(data: st.DataObject) -> None:
    rule = small_rule()
    made = encoded(data.draw(tables(rule)), rule)
    counted = counted_of(made, 100)
    found = dict(zip(counted.codes.tolist(), counted.weighted().tolist(), strict=True))
    assert found == pytest.approx(slowly(made, rule))


ALIASES: Rows = [
    {"name": ("JUAN",), "aliases": ("PEDRO", "LUIS"), "born": ("1980", "1981")},
    {"name": ("PEDRO",), "born": ("1980",), "numbers": ("A",)},
    {"name": ("MARIO",), "aliases": ("LUIS",), "born": ("1981", "1980"), "numbers": ("A",)},
    {"name": ("ANA",), "born": ("1999",)},
]


def test_records_that_meet_under_an_alias_agree_in_the_alias() -> None:
    rule = small_rule()
    made = encoded(ALIASES, rule)
    counted = counted_of(made, 100)
    found = dict(zip(counted.codes.tolist(), counted.weighted().tolist(), strict=True))
    assert found == pytest.approx(slowly(made, rule))
    name = levels_of(counted.codes, rule)[:, rule.filter_names.index("name")]
    assert counted.met[name == rule.filters["name"].codes - 1].sum() == 2  # JUAN with PEDRO and with MARIO, who is LUIS too


PEOPLE: Rows = [{"name": (f"NAME{number % 7}",), "born": (f"{1980 + number % 5}",)} for number in range(60)]


def test_both_strata_add_up_to_all_pairs() -> None:
    counted = counted_of(encoded(PEOPLE, small_rule()), 100)
    assert counted.all_pairs == 60 * 59 // 2
    assert int(counted.met.sum()) == counted.met_pairs
    assert 0 < counted.sampled.sum() <= 100
    assert counted.weighted().sum() == pytest.approx(counted.all_pairs)
    assert (np.diff(counted.codes) > 0).all()


def test_same_key_same_counts() -> None:
    made = encoded(PEOPLE, small_rule())
    one, again = (counted_of(made, 100).to_bytes() for _ in range(2))
    assert one == again


@pytest.mark.parametrize("rows", [[], [{"name": ("ANA",)}]], ids=["no record", "one record"])
def test_too_few_records_make_no_pair(rows: Rows) -> None:
    counted = counted_of(encoded(rows, small_rule()), 100)
    assert (counted.codes.size, counted.met_pairs, counted.all_pairs) == (0, 0, 0)


def test_too_many_pairs_that_meet_are_sampled_and_weighed_up(monkeypatch: pytest.MonkeyPatch) -> None:
    made = encoded(PEOPLE, small_rule())
    whole = counted_of(made, 0)
    monkeypatch.setattr(room, "LARGEST_MET", 40)
    part = counted_of(made, 0)
    assert part.met.sum() == 40
    assert part.weighted().sum() == pytest.approx(whole.weighted().sum())


@given(data=st.data())
def test_weights_by_the_twin(data: st.DataObject) -> None:
    codes = st.lists(st.integers(0, 5), max_size=30)
    met, sampled = data.draw(codes), data.draw(codes)
    met_pairs = len(met) + (data.draw(st.integers(0, 50)) if met else 0)
    all_pairs = met_pairs + len(sampled) + (data.draw(st.integers(0, 500)) if sampled else 0)
    counted = NonMatches.of(np.array(met, np.int64), np.array(sampled, np.int64), met_pairs, all_pairs)
    found = dict(zip(counted.codes.tolist(), counted.weighted().tolist(), strict=True))
    assert found == pytest.approx(twin.weighted(met, sampled, met_pairs, all_pairs))


def test_where_pairs_are_few_each_is_counted_once_in_its_stratum() -> None:
    counted = counted_of(encoded(PEOPLE, small_rule()), 10_000)
    # two people meet when they were born in the same year
    meeting = sum(one["born"] == two["born"] for one, two in combinations(PEOPLE, 2))
    assert (int(counted.met.sum()), int(counted.sampled.sum())) == (meeting, 60 * 59 // 2 - meeting)
