"""Encoding: slow twin and production code agree on anything, and what travels says no more than it should."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.owner.blocking_tokens import Tokens, blocking_tokens
from linkage.owner.bulk_aes import aes_blocks
from linkage.owner.encoding import Encoder, Unpadded, encode_postings, posting_ids
from linkage.owner.features import feature_table
from linkage.owner.pads import Pads
from linkage.owner.variants import Variants, variants_of
from linkage.protocol.encoded import EncodedPostings
from linkage.protocol.entity_rules import EntityRule
from tests import reference as twin
from tests.made_agreements import BLOCK, KEY, KEY_BYTES, agreement_with, records_of, rules, small_rule, tables

Rows = list[dict[str, tuple[object, ...]]]
HOME = bytes(reversed(KEY_BYTES))
CHI_SQUARE_127 = 195.0  # of 127 degrees of freedom, exceeded once in ten thousand


def encoder_of(rows: Rows, rule: EntityRule, diffusion: int = 4) -> Encoder:
    table = feature_table(variants_of(records_of(rows, rule), rule), rule)
    return Encoder(table, agreement_with(rule, diffusion=diffusion), "thing", KEY)


def in_blocks(encoder: Encoder, blocks: list[bytes], rows: list[int]) -> EncodedPostings:
    """The named variant rows, each in its block."""
    halves = np.frombuffer(b"".join(blocks), dtype=">u8").astype(np.uint64).reshape(-1, 2)
    tokens = Tokens(halves, np.array(rows, dtype=np.int64), np.zeros(len(rows), np.uint8))
    ids = posting_ids(KEY_BYTES, halves, encoder.table.records[rows], tokens.rows)
    return encode_postings(encoder, Pads(encoder.rule, "thing", KEY, HOME), tokens, ids)


def unpadded(encoder: Encoder, blocks: list[bytes], rows: list[int]) -> Unpadded:
    halves = np.frombuffer(b"".join(blocks), dtype=">u8").astype(np.uint64).reshape(-1, 2)
    return encoder.encode(halves, np.array(rows, dtype=np.int64))


def value_of(variants: Variants, field: str, row: int) -> str | None:
    column = variants.columns[field]
    return column.values[column.codes[row]] if column.codes[row] >= 0 else None


@given(data=st.data(), rule=rules(), diffusion=st.integers(1, 5), block=st.binary(min_size=16, max_size=16))
@settings(max_examples=60, deadline=None)
def test_twin_agrees_on_any_table_under_any_agreement(data: st.DataObject, rule: EntityRule, diffusion: int, block: bytes) -> None:
    rows = data.draw(tables(rule))
    encoder, variants = encoder_of(rows, rule, diffusion), variants_of(records_of(rows, rule), rule)
    row = data.draw(st.integers(0, variants.count - 1))
    plain, postings = unpadded(encoder, [block], [row]), in_blocks(encoder, [block], [row])
    for number, name in enumerate(sorted(rule.filters)):
        table = rule.filters[name].model_dump()
        values = [value for field in table["fields"] if (value := value_of(variants, field, row)) is not None]
        travelling = twin.filter_bits(KEY_BYTES, ("thing", name), values, block, table, diffusion)
        alone = twin.packed(travelling, table["length"])
        assert (plain.filters[name][0].tobytes(), bool(plain.held[0, number])) == (alone, bool(travelling))
        purpose = f"trilink/v1/{'pad' if travelling else 'missing'}/thing/{name}"
        key, seed = (KEY_BYTES, block) if travelling else (HOME, postings.ids[0].tobytes())
        hiding, tag = twin.pad(twin.sub_key(key, purpose), seed, table["length"])
        assert postings.filters[name][0].tobytes() == twin.padded(alone, hiding)
        assert postings.tags[0, number].tobytes() == tag
    record = int(variants.records[row])
    assert postings.ids[0].tobytes() == twin.posting_id(KEY_BYTES, block, record, row)


@given(value=st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="|"), min_size=1, max_size=64))
@settings(max_examples=60, deadline=None)
def test_a_value_nobody_has_seen_before_works_everywhere(value: str) -> None:
    rule = small_rule()
    encoder = encoder_of([{"name": (value,), "numbers": (value,), "born": (value,)}], rule)
    postings = in_blocks(encoder, [BLOCK], [0])
    assert all(filter_words.shape == (1, rule.filters[name].length // 64) for name, filter_words in postings.filters.items())


def test_missing_is_zeros_at_home_and_random_words_in_what_travels() -> None:
    encoder = encoder_of([{"name": ("ANA",)}, {"born": ("1985",)}], small_rule())
    plain, postings = unpadded(encoder, [BLOCK] * 2, [0, 1]), in_blocks(encoder, [BLOCK] * 3, [0, 1, 1])
    assert plain.held.tolist() == [[False, True, False], [True, False, False]]
    assert {name: words.any(axis=1).tolist() for name, words in plain.filters.items()} == {
        "born": [False, True], "name": [True, False], "numbers": [False, False]
    }  # fmt: skip
    assert all(words.any(axis=1).all() for words in postings.filters.values())
    assert (postings.tags[1] == postings.tags[2]).tolist() == [True] * 3  # one variant twice in a block, which no package has: one id
    assert (postings.tags[0] == postings.tags[1]).tolist() == [False] * 3


def test_in_a_block_tags_are_equal_where_both_hold_a_field_and_differences_are_those_without_pads() -> None:
    rows: Rows = [{"name": ("ANA",), "born": ("1985",)}, {"name": ("ANNA",), "born": ("1985",)}, {"name": ("ANA",)}]
    encoder = encoder_of(rows, small_rule())
    plain, postings = unpadded(encoder, [BLOCK] * 3, [0, 1, 2]), in_blocks(encoder, [BLOCK] * 3, [0, 1, 2])
    assert (postings.tags[0] == postings.tags[1]).tolist() == [True, True, False]
    assert (postings.tags[0] == postings.tags[2]).tolist() == [False, True, False]
    for other in (1, 2):
        assert (postings.filters["name"][0] ^ postings.filters["name"][other]).tolist() == (
            plain.filters["name"][0] ^ plain.filters["name"][other]
        ).tolist()


@pytest.mark.parametrize("row", [0, 1], ids=["held", "missing"])
def test_alone_under_its_token_a_posting_says_nothing(row: int) -> None:
    """Over four thousand blocks every bit of every filter and of every tag is a fair coin, whether the field is there or not."""
    encoder = encoder_of([{"name": ("A",), "born": ("1985",), "numbers": ("N1",)}, {"born": ("1",)}], small_rule(), diffusion=1)
    blocks = [number.to_bytes(8, "big") + bytes(8) for number in range(4000)]
    postings = in_blocks(encoder, blocks, [row] * 4000)
    for words in (*postings.filters.values(), postings.tags):
        ones = np.unpackbits(words.view(np.uint8), axis=1).sum(axis=0).astype(int)
        assert np.abs(ones - 2000).max() < 5 * np.sqrt(1000)
    plain = np.unpackbits(unpadded(encoder, blocks, [row] * 4000).filters["name"].view(np.uint8), axis=1).sum(axis=0)
    assert plain.max() < 1000  # the control


def test_a_filter_that_diffusion_empties_is_missing_and_costs_no_package() -> None:
    """Three hundred numbers fill all 64 bits, and the XOR of four ones is zero."""
    crowd = tuple(f"N{number}" for number in range(300))
    for diffusion, held in ((4, False), (3, True)):
        encoder = encoder_of([{"numbers": crowd}], small_rule(), diffusion=diffusion)
        assert unpadded(encoder, [BLOCK], [0]).held.tolist() == [[False, False, held]]


def test_no_posting_at_all_is_no_trouble() -> None:
    encoder = encoder_of([{"name": ("ANA",)}], small_rule())
    assert len(in_blocks(encoder, [], [])) == 0
    assert aes_blocks(KEY_BYTES, np.zeros((0, 16), np.uint8)).shape == (0, 16)


def test_sets_agree_in_what_they_share_whatever_the_order() -> None:
    table = {"fields": ["numbers"], "features": ["positional", "q_grams", "exact"], "label": "number"}
    rule = small_rule(filters={"numbers": table})
    postings = unpadded(
        encoder_of([{"numbers": ("A1", "B22")}, {"numbers": ("B22", "A1")}, {"numbers": ("B22",)}], rule, 1), [BLOCK] * 3, [0, 1, 2]
    )
    first, turned, one = postings.filters["numbers"]
    assert (first == turned).all()
    assert (one & first == one).all()


@pytest.mark.parametrize("diffusion", [1, 2, 3, 4, 8, 16])
def test_every_filter_bit_reaches_exactly_t_travelling_bits(diffusion: int) -> None:
    for length in (64, 192):
        sets = np.array(twin.index_sets(KEY_BYTES, length, diffusion))
        assert (np.bincount(sets.ravel(), minlength=length) == diffusion).all()
        assert all(len(set(row)) == diffusion for row in sets.tolist())


def test_positions_are_spread_evenly() -> None:
    """One value in four thousand blocks: every bit as often as any other."""
    blocks = [number.to_bytes(8, "big") + bytes(8) for number in range(4000)]
    postings = unpadded(encoder_of([{"name": ("GARCIA LOPEZ",)}], small_rule(), diffusion=1), blocks, [0] * 4000)
    bits = np.unpackbits(postings.filters["name"].view(np.uint8), axis=1).sum(axis=0)
    expected, most = bits.mean(), 4000.0
    assert ((bits - expected) ** 2 / (expected * (1 - expected / most))).sum() < CHI_SQUARE_127


def test_the_same_value_lands_elsewhere_in_every_block() -> None:
    """Two blocks share no more bits of one value than two strangers would; within a block it is the same."""
    blocks = [bytes([number]) * 16 for number in range(1, 201)]
    postings = unpadded(encoder_of([{"name": ("GARCIA",)}], small_rule(), diffusion=1), blocks + blocks, [0] * 400)
    bits = np.unpackbits(postings.filters["name"].view(np.uint8), axis=1).astype(float)
    assert (bits[:200] == bits[200:]).all()
    shared = (bits[:199] * bits[1:200]).sum(axis=1).mean()
    by_chance = bits.sum(axis=1).mean() ** 2 / bits.shape[1]
    assert abs(shared - by_chance) < 0.4  # three hundredths of what two equal ones share


def test_posting_ids_repeat_nowhere_and_show_no_record() -> None:
    """The same record under many tokens, and many records under one token: ids are all different and look random."""
    halves = np.random.default_rng(1).integers(0, 2**64, (5000, 2), dtype=np.uint64)
    halves[2500:] = halves[0]
    records = np.concatenate([np.zeros(2500, np.int64), np.arange(2500)])
    ids = posting_ids(KEY_BYTES, halves, records, np.arange(5000))
    assert len({row.tobytes() for row in ids}) == 5000
    counts = Counter(ids.view(np.uint8).ravel().tolist())
    chi_square = sum((counts[byte] - 312.5) ** 2 / 312.5 for byte in range(256))
    assert chi_square < 346.0  # of 255 degrees of freedom, exceeded once in ten thousand


@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_order_of_rows_changes_ids_alone(data: st.DataObject) -> None:
    """What holds: the multiset of (token, pass, unpadded filters) is the same. What does not: ids, and the order inside a block."""
    rule = small_rule()
    rows = data.draw(tables(rule))
    turned = data.draw(st.permutations(rows))
    assert travelling(rows, rule) == travelling(turned, rule)


def travelling(rows: Rows, rule: EntityRule) -> Counter[tuple[bytes, ...]]:
    encoder = encoder_of(rows, rule)
    passes = {name: block.components(0) for name, block in rule.passes.items()}
    tokens = blocking_tokens(variants_of(records_of(rows, rule), rule), passes, "thing", KEY_BYTES)
    filters, held = encoder.encode(tokens.halves, tokens.rows)
    columns = [tokens.halves, tokens.passes, held, *(filters[name] for name in rule.filter_names)]
    return Counter(tuple(column[at].tobytes() for column in columns) for at in range(tokens.rows.size))


def test_an_encoder_cannot_be_shown() -> None:
    encoder = encoder_of([{"name": ("XYZZY",)}], small_rule())
    assert "XYZZY" not in f"{encoder} {encoder!r} {encoder.table!r}"
