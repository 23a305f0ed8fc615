"""Attacks on one filter a record: the ways in which plain encodings fall, each winning, and what diffusion alone is worth."""

from collections import Counter

import numpy as np
import pytest

from linkage.lab.attacks.controls import Bits, diffused, in_clear, record_filters, unkeyed_token, vocabulary
from linkage.lab.attacks.frequencies import aligned_bits, aligned_values
from linkage.lab.attacks.graphs import dice_matrix, matched
from linkage.lab.attacks.patterns import mined, recovered
from linkage.protocol.risk_measures import (
    bit_frequency_gini,
    fullness_variation,
    known_pairs_top,
    largest_bit_correlation,
    similarity_rank,
)
from tests.attacks.populations import people, text_sets

KEY, OWN = b"the owners' key", b"the attacker's key"


def matched_share(known: float, t: int = 1, count: int = 300) -> float:
    """Share of the people known in clear whom the similarity graph gives away."""
    chance, texts = np.random.default_rng(3), text_sets(people(count))
    order = chance.permutation(count)
    held = np.sort(chance.choice(count, round(known * count), replace=False))
    encoded, clear = record_filters([texts[place] for place in order], KEY), record_filters([texts[place] for place in held], OWN)
    if t > 1:
        encoded, clear = diffused(encoded, t, chance), diffused(clear, t, np.random.default_rng(4))
    guesses = matched(dice_matrix(encoded, encoded), dice_matrix(clear, clear))
    right = [guess >= 0 and held[guess] == person for guess, person in zip(guesses, order, strict=True)]
    return sum(right) / held.size


def test_a_similarity_graph_gives_everybody_away() -> None:
    assert matched_share(known=1.0) >= 0.9


def test_diffusion_over_the_whole_record_alone_is_a_matter_of_size() -> None:
    assert matched_share(known=1.0, t=4) <= 0.05
    assert matched_share(known=1.0, t=2, count=600) >= 0.9


@pytest.mark.parametrize("known", [0.5, 0.2])
def test_fewer_known_people_are_matched_less_surely(known: float) -> None:
    assert matched_share(known) <= 0.5


def test_known_pairs_teach_the_q_grams_of_all_others() -> None:
    texts, chance = text_sets(people(600)), np.random.default_rng(5)
    clear = in_clear(texts, vocabulary(texts))
    assert known_pairs_top(record_filters(texts, KEY), clear, 250, chance) >= 0.9
    drawn = chance.integers(0, 2, (600, 512), dtype=np.uint8)
    assert known_pairs_top(drawn, clear, 250, chance) <= 0.02


def surnames() -> tuple[Bits, Bits]:
    """Filters of surnames alone, as the mining attacks were published on, and the q-grams in them."""
    texts = text_sets(people(2000), ("surname_1",))
    return record_filters(texts, KEY, 2048, 10), in_clear(texts, vocabulary(texts))


def each_in_its_own_order(bits: Bits) -> Bits:
    """As in a block of one's own: no bit means the same in two records."""
    return np.random.default_rng(6).permuted(bits, axis=1)


def test_patterns_of_bits_are_mined_from_surnames() -> None:
    bits, clear = surnames()
    assert recovered(mined(bits, clear, 10), bits, clear, 10) >= 0.9
    unrelated = each_in_its_own_order(bits)
    assert recovered(mined(unrelated, clear, 10), unrelated, clear, 10) == 0.0


def test_the_most_frequent_bits_are_those_of_the_most_frequent_q_grams() -> None:
    bits, clear = surnames()
    assert aligned_bits(bits, clear, 10) >= 0.9
    assert aligned_bits(each_in_its_own_order(bits), clear, 10) == 0.0


def test_the_most_frequent_tokens_are_those_of_the_most_frequent_names() -> None:
    names = [row["surname_1"] for row in people(5000)]
    found = aligned_values([unkeyed_token(name) for name in names], names, np.random.default_rng(8))
    common = [name for name, _ in Counter(names).most_common(10)]
    assert sum(found[unkeyed_token(name)] == name for name in common) >= 9


def test_a_dictionary_opens_tokens_without_a_key() -> None:
    dictionary = {unkeyed_token(name): name for name in {row["surname_1"] for row in people(2000, seed=9)}}
    names = [row["surname_1"] for row in people(500)]
    assert sum(dictionary.get(unkeyed_token(name)) == name for name in names) / len(names) >= 0.9


def test_the_fast_measures_tell_a_plain_filter_from_a_good_one() -> None:
    texts, chance = text_sets(people(1500)), np.random.default_rng(10)
    plain, clear = record_filters(texts, KEY), in_clear(texts, vocabulary(texts))
    good = chance.integers(0, 2, plain.shape, dtype=np.uint8)
    for measure, limit in ((bit_frequency_gini, 0.05), (largest_bit_correlation, 0.25), (fullness_variation, 0.07)):
        assert measure(plain) > limit > measure(good)
    ranks = [similarity_rank(bits, clear, 5000, np.random.default_rng(11)) for bits in (plain, good)]
    assert ranks[0] > 0.6 and abs(ranks[1]) < 0.12
