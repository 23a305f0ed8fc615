"""What was worked out is remembered, within bounds, and remembering changes no answer."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from linkage.owner.remembered import Remembered


def test_distinct_texts_are_worked_out_once() -> None:
    asked: Counter[str] = Counter()

    def shout(text: str) -> str:
        asked[text] += 1
        return text.upper()

    known = Remembered(shout)
    assert known.of_all(["a", "b", "a"]) + known.of_all(["b", "c"]) == ["A", "B", "A", "B", "C"]
    assert set(asked.values()) == {1}


@given(batches=st.lists(st.lists(st.sampled_from("abcdefghij"), max_size=6), max_size=12), largest=st.integers(0, 4))
def test_a_bound_changes_no_answer(batches: list[list[str]], largest: int) -> None:
    known = Remembered(str.upper, largest)
    for batch in batches:
        assert known.of_all(batch) == [text.upper() for text in batch]
        assert len(known._young) + len(known._old) <= 2 * (largest + 6)
