"""Who has a posting under a token that several records share: the fewest tokens first, then a draw that nobody else can foresee."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from linkage.owner.blocking_tokens import Tokens
from linkage.owner.drawing import Draw, Made, made_by, only

KEY, OTHER = bytes(range(32)), bytes(32)
Postings = list[tuple[int, int]]


def tokens_of(postings: Postings) -> Tokens:
    """Of (token, record), each once, sorted; each record has one variant row."""
    halves = np.array([[token, 7] for token, _ in postings], dtype=np.uint64).reshape(-1, 2)
    return Tokens(halves, np.array([record for _, record in postings], dtype=np.int64), np.zeros(len(postings), dtype=np.uint8))


def drawn(postings: Postings, made: list[int], many: int = 1, key: bytes = KEY, sums: list[int] | None = None) -> Postings:
    found, tokens = tokens_of(postings), np.array(sums or [0] * len(made), dtype=np.uint64)
    kept = only(found, Draw(8, many, key).chosen(found, np.arange(len(made)), Made(np.array(made), tokens)))
    return list(zip(kept.halves[:, 0].tolist(), kept.rows.tolist(), strict=True))


def test_who_makes_the_fewest_tokens_is_drawn() -> None:
    assert drawn([(1, 0), (1, 1), (1, 2), (2, 0)], [9, 3, 5]) == [(1, 1), (2, 0)]
    assert drawn([(1, 0), (1, 1), (1, 2), (2, 0)], [9, 3, 5], many=2) == [(1, 1), (1, 2), (2, 0)]


@given(
    st.sets(st.tuples(st.integers(0, 5), st.integers(0, 6)), max_size=30),
    st.lists(st.integers(1, 4), min_size=7, max_size=7),
    st.integers(1, 3),
)
def test_each_token_has_so_many_and_the_poorest(found: set[tuple[int, int]], made: list[int], many: int) -> None:
    """Slow twin but for who is drawn among equals: that is a set of the right size."""
    postings = sorted(found)
    chosen = drawn(postings, made, many)
    for token in range(6):
        sharing = sorted(made[record] for at, record in postings if at == token)
        assert sorted(made[record] for at, record in chosen if at == token) == sharing[:many]
    assert set(chosen) <= found and chosen == sorted(chosen)


def test_of_equals_each_has_about_half() -> None:
    """Two records with the same values: 2,000 tokens, and under each a draw of its own."""
    twins = [(token, record) for token in range(2_000) for record in (0, 1)]
    firsts = {token for token, record in drawn(twins, [2_000, 2_000]) if record == 0}
    assert 900 < len(firsts) < 1_100  # 4.5 standard deviations
    again, others = (drawn(twins, [2_000, 2_000], key=key) for key in (KEY, OTHER))
    assert firsts == {token for token, record in again if record == 0}
    changed = firsts ^ {token for token, record in others if record == 0}
    assert 900 < len(changed) < 1_100, "another key, another draw"


def test_the_order_of_rows_draws_nobody_else() -> None:
    """Records that make as many tokens, but others, stand the other way round."""
    pairs = [(token, record) for token in range(100) for record in (0, 1)]
    one = {token for token, record in drawn(pairs, [3, 3], sums=[5, 6]) if record == 0}
    other = {token for token, record in drawn(pairs, [3, 3], sums=[6, 5]) if record == 1}
    assert one == other and 20 < len(one) < 80


def test_tokens_are_counted_for_each_record() -> None:
    tokens = Tokens(np.array([[1, 0], [2**63, 0], [2**63, 0], [9, 0]], np.uint64), np.array([0, 1, 1, 3]), np.zeros(4, np.uint8))
    made = made_by(tokens, np.array([0, 0, 1, 2]), 3)
    assert (made.counts.tolist(), made.sums.tolist()) == ([3, 0, 1], [1, 0, 9]), "sums are modulo 2 to the 64th"
    assert drawn([], []) == []
