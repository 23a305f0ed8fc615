"""The golden vectors of the encoding, by production code and by the slow twin."""

import hmac
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from linkage.owner.blocking_tokens import blocking_tokens
from linkage.owner.bulk_aes import aes_blocks
from linkage.owner.diffusion import index_sets
from linkage.owner.encoding import Unpadded, posting_ids
from linkage.owner.features import features_of
from linkage.owner.filter_kernels import shapes_of, spread
from linkage.owner.keys import EncodingKey
from linkage.owner.laid_filters import LaidFilters
from linkage.owner.pads import hiding
from linkage.owner.variants import Column, Variants
from linkage.protocol.entity_rules import Component, FilterRule
from linkage.protocol.similarity import levels_of, pattern_codes
from tests import reference as twin
from tests.made_agreements import small_rule

VECTORS: dict[str, Any] = tomllib.loads((Path(__file__).parents[1] / "vectors" / "encoding.toml").read_text(encoding="utf-8"))
KEY = bytes.fromhex(VECTORS["key"])
SUB_KEYS = {purpose.split("/")[2]: bytes.fromhex(key) for purpose, key, _ in VECTORS["sub_key"]}
DATE = {"-": 1 << 40, "": 0}


def produced(value: str, kind: str, q: int = 2) -> set[int]:
    rule = FilterRule.model_validate({"fields": ["any"], "features": [kind], "q": q, "label": "any"})
    offsets, codes = features_of([value], rule)
    assert offsets.tolist() == [0, codes.size]
    return set(codes.tolist())


def both(value: str, kind: str, q: int = 2) -> set[int]:
    """The feature codes, when production code and twin agree on them."""
    codes = produced(value, kind, q)
    assert codes == twin.feature_codes(value, kind, q)
    return codes


@pytest.mark.parametrize(("value", "q", "grams", "origin"), VECTORS["q_grams"])
def test_q_grams(value: str, q: int, grams: list[str], origin: str) -> None:
    assert both(value, "q_grams", q) == {1 << 56 | sum(ord(letter) << 8 * at for at, letter in enumerate(gram)) for gram in grams}


@pytest.mark.parametrize(("value", "characters", "origin"), VECTORS["positional"])
def test_positional(value: str, characters: list[str], origin: str) -> None:
    assert both(value, "positional") == {2 << 56 | int(pair[0]) << 8 | ord(pair[1]) for pair in characters}


@pytest.mark.parametrize(("date", "year", "digits", "numbers", "origin"), VECTORS["date"])
def test_date(date: str, year: list[str], digits: list[str], numbers: list[str], origin: str) -> None:
    in_places = [{2 << 56 | int(pair[0]) << 8 | ord(pair[1]) for pair in pairs} for pairs in (year, digits)]
    parts = {3 << 56 | copy << 48 | DATE[part[2:]] | int.from_bytes(part[:2].encode(), "big") for part in numbers for copy in (0, 1)}
    assert both(date, "date_year") == in_places[0]
    assert both(date, "date_day") == in_places[1] | parts


@pytest.mark.parametrize(("name", "words"), [("PANCHO", "PANCHO FRANCISCO"), ("ANA", "ANA"), ("ALE", "ALE ALEJANDRA ALEJANDRO")])
def test_name_q_grams_are_those_of_the_names_meant_too(name: str, words: str) -> None:
    assert produced(name, "name_q_grams") == both(words, "q_grams")


@pytest.mark.parametrize(("name", "wholes", "origin"), VECTORS["short_words"])
def test_short_words_count_as_much_as_ordinary_ones(name: str, wholes: list[str], origin: str) -> None:
    assert both(name, "short_words") == {code for whole in wholes for code in both(whole, "exact")}


@pytest.mark.parametrize(("value", "digests", "origin"), VECTORS["exact"])
def test_exact(value: str, digests: list[str], origin: str) -> None:
    assert both(value, "exact") == {int.from_bytes(bytes.fromhex(digest), "little") for digest in digests}


@pytest.mark.parametrize(("kind", "value", "code", "origin"), VECTORS["code"])
def test_code(kind: str, value: str, code: str, origin: str) -> None:
    assert int.from_bytes(bytes.fromhex(code), "little") in both(value, kind)


@pytest.mark.parametrize(("key", "plain", "cipher", "origin"), VECTORS["aes"])
def test_aes(key: str, plain: str, cipher: str, origin: str) -> None:
    blocks = np.frombuffer(bytes.fromhex(plain) * 3, dtype=np.uint8).reshape(3, 16)
    assert aes_blocks(bytes.fromhex(key), blocks).tobytes().hex() == cipher * 3
    assert twin.aes(bytes.fromhex(key), bytes.fromhex(plain)).hex() == cipher


@pytest.mark.parametrize(("key", "message", "tag", "origin"), VECTORS["hmac"])
def test_hmac(key: str, message: str, tag: str, origin: str) -> None:
    assert twin.hmac_sha256(bytes.fromhex(key), bytes.fromhex(message)).hex() == tag
    assert hmac.digest(bytes.fromhex(key), bytes.fromhex(message), "sha256").hex() == tag


@pytest.mark.parametrize(("purpose", "key", "origin"), VECTORS["sub_key"])
def test_sub_key(purpose: str, key: str, origin: str) -> None:
    assert EncodingKey(KEY).derive(purpose).hex() == key
    assert twin.sub_key(KEY, purpose).hex() == key


@pytest.mark.parametrize(("value", "origin"), VECTORS["key_check_value"])
def test_key_check_value(value: str, origin: str) -> None:
    assert EncodingKey(KEY).key_check_value() == value
    assert twin.hmac_sha256(KEY, b"trilink/v1/key-check-value")[:16].hex() == value


@pytest.mark.parametrize(("entity", "name", "parts", "token", "origin"), VECTORS["token"])
def test_token(entity: str, name: str, parts: list[str], token: str, origin: str) -> None:
    fields = {f"f{number}": Column.of([part]) for number, part in enumerate(parts)}
    passes = {name: [Component.parse(f"exact({field})") for field in fields]}
    found = blocking_tokens(Variants(np.zeros(1, np.int64), fields), passes, entity, SUB_KEYS["blocking"])
    assert found.halves.byteswap().tobytes().hex() == token
    (key,) = twin.blocking_keys([[part] for part in parts])
    assert twin.token(SUB_KEYS["blocking"], entity, name, key).hex() == token


@pytest.mark.parametrize(("token", "feature", "bits", "length", "places", "origin"), VECTORS["positions"])
def test_positions(token: str, feature: str, bits: int, length: int, places: list[int], origin: str) -> None:
    block = np.frombuffer(bytes.fromhex(token[:16] + feature), dtype=np.uint8).reshape(1, 16)
    rule = small_rule(filters={"name": {"fields": ["name"], "length": length, "bits": bits, "label": "name"}})
    laid, undiffused = LaidFilters(rule, 1), np.frombuffer(b"".join(twin.packed({bit}, length) for bit in range(length)), np.uint64)
    one = np.ones((1, 1), np.int32)
    positions = aes_blocks(SUB_KEYS["filter"], block).view("<u2").ravel()
    spread(positions, one, shapes_of(rule), undiffused, (laid.words, laid.bases, laid.held, 0))
    assert laid.words.tobytes() == twin.packed(set(places), length)
    code = int.from_bytes(bytes.fromhex(feature), "little")
    assert twin.positions(SUB_KEYS["filter"], bytes.fromhex(token), code, bits, length) == places


@pytest.mark.parametrize(("length", "t", "sets", "origin"), VECTORS["index_sets"])
def test_index_sets(length: int, t: int, sets: list[list[int]], origin: str) -> None:
    assert index_sets(SUB_KEYS["diffusion"], length, t).tolist() == sets
    assert twin.index_sets(SUB_KEYS["diffusion"], length, t) == sets


@pytest.mark.parametrize(("token", "record", "variant", "posting", "origin"), VECTORS["posting_id"])
def test_posting_id(token: str, record: int, variant: int, posting: str, origin: str) -> None:
    halves = np.frombuffer(bytes.fromhex(token), dtype=">u8").astype(np.uint64).reshape(1, 2)
    ids = posting_ids(SUB_KEYS["blocking"], halves, np.array([record]), np.array([variant]))
    assert ids.tobytes().hex() == posting
    assert twin.posting_id(SUB_KEYS["blocking"], bytes.fromhex(token), record, variant).hex() == posting


def ones(ranges: str) -> set[int]:
    pairs = [list(map(int, part.split("-"))) for part in ranges.split(",") if part]
    return {bit for pair in pairs for bit in range(pair[0], pair[-1] + 1)}


@pytest.mark.parametrize(("seed", "length", "words", "tag", "origin"), VECTORS["pad"])
def test_pad(seed: str, length: int, words: str, tag: str, origin: str) -> None:
    seeds = np.frombuffer(bytes.fromhex(seed), dtype=np.uint64).reshape(1, 2)
    laid = LaidFilters(small_rule(filters={"name": {"fields": ["name"], "length": length, "label": "name"}}), 1)
    laid.words[:], laid.held[:] = 0, True
    hiding([SUB_KEYS["pad"], bytes(32)], laid, (seeds, np.zeros((1, 2), np.uint64)))(slice(0, 1))
    assert (laid.words.tobytes().hex(), laid.tags.tobytes().hex()) == (words, tag)
    assert [part.hex() for part in twin.pad(SUB_KEYS["pad"], bytes.fromhex(seed), length)] == [words, tag]


@pytest.mark.parametrize(("left", "right", "length", "t", "typical", "cuts", "level", "origin"), VECTORS["level"])
def test_level(left: str, right: str, length: int, t: int, typical: int, cuts: list[float], level: int, origin: str) -> None:  # noqa: PLR0913
    table = {"fields": ["name"], "length": length, "bits": 1, "typical": typical, "levels": cuts, "label": "name"}
    rule = small_rule(filters={"name": table})
    words = np.frombuffer(b"".join(twin.packed(ones(side), length) for side in (left, right)), dtype=np.uint64).reshape(2, -1)
    both, rows = Unpadded({"name": words}, words.any(axis=1, keepdims=True)), np.arange(2, dtype=np.uint32)
    assert levels_of(pattern_codes(rule, t, both, both, (rows[:1], rows[1:])), rule).tolist() == [[level]]
    assert twin.level(ones(left), ones(right), table, t) == level


def test_every_vector_has_its_origin() -> None:
    tables = [rows for name, rows in VECTORS.items() if name != "key"]
    assert all(isinstance(row[-1], str) and row[-1] for rows in tables for row in rows)
    assert sum(map(len, tables)) >= 55
