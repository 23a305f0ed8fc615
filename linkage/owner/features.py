"""What of a canonical value enters a filter: q-grams, characters in their places, parts of a date, the value itself.

A feature is a 64-bit code. Codes are public and unkeyed; the key comes with the filter positions. Everything runs on arrays of
distinct values; Python touches a value, never a q-gram.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

from linkage.owner.feature_rows import FeatureColumn, FeatureTable, in_rows
from linkage.owner.firearms import calibre_parts
from linkage.owner.folding import ocr_fold
from linkage.owner.hypocoristics import with_formal_names
from linkage.owner.organization_words import distinctive, is_rare
from linkage.owner.serials import is_usable
from linkage.owner.variants import Variants
from linkage.protocol.entity_rules import EntityRule, FilterRule

Features = tuple[NDArray[np.int64], NDArray[np.uint64]]
"""Offsets, shape (values + 1,), and feature codes, shape (offsets[-1],): the features of value i are codes[offsets[i]:offsets[i+1]]."""

_Q_GRAM, _POSITION, _DATE = (np.uint64(tag << 56) for tag in (1, 2, 3))
NEW_YEAR = "0101"
SPACE, UNREADABLE = 32, 63  # of ASCII: " ", "?"
ORDINARY = 6  # letters of a name's word that needs no filling: with q = 2 it has seven features


def _characters(values: list[str]) -> NDArray[np.uint8]:
    """ASCII codes, shape (values, longest + 1), padded with zeros."""
    array = np.array([value.encode("ascii") for value in values], dtype=np.bytes_)
    width = max(array.itemsize, 1)
    return np.frombuffer(array.tobytes(), dtype=np.uint8).reshape(len(values), width)


def _pack(keep: NDArray[np.bool_], codes: NDArray[np.uint64]) -> Features:
    """Ragged rows from a grid of codes, shape (values, width), and which of them count; repeated codes stay (bits are OR-ed)."""
    offsets = np.zeros(keep.shape[0] + 1, dtype=np.int64)
    np.cumsum(keep.sum(axis=1), out=offsets[1:])
    return offsets, codes[keep]


def q_grams(values: list[str], q: int) -> Features:
    """Q-grams of each word padded with q - 1 spaces, whatever the order of words; none over an unreadable character."""
    gap = " " * (q - 1)
    padded = [gap + value.replace(" ", gap or " ") + gap for value in values]
    grid = _characters(padded).astype(np.uint64)
    count = grid.shape[1] - q + 1
    if count < 1:
        return np.zeros(len(values) + 1, np.int64), np.zeros(0, np.uint64)
    codes = np.full((len(values), count), _Q_GRAM)
    complete = np.ones((len(values), count), dtype=bool)
    blank = np.ones((len(values), count), dtype=bool)  # mere spaces
    for step in range(q):
        window = grid[:, step : step + count]
        codes |= window << np.uint64(8 * step)
        complete &= (window != 0) & (window != UNREADABLE)
        blank &= window == SPACE
    return _pack(complete & ~blank, codes)


def name_q_grams(values: list[str], q: int) -> Features:
    """Q-grams of the words of a name, and of the given names for which they are short: Pancho shares those of Francisco."""
    return q_grams([with_formal_names(value) for value in values], q)


def short_words(values: list[str], q: int) -> Features:
    """Words of two to five letters as wholes, as many times as they have letters fewer than six, so that LI counts as much as an
    ordinary name beside its q-grams. Levels are cut on the number of differing bits, and few differ between two short names."""
    return _members([[f"{word}/{copy}" for word in value.split() for copy in range(len(word), _filled(word))] for value in values])


def _filled(word: str) -> int:
    """To which length a word is filled; an initial is none."""
    return ORDINARY if len(word) > 1 else 0


def positional(values: list[str], q: int) -> Features:
    """Each character with its place; spaces are closed up, an unreadable character says nothing."""
    grid = _characters([value.replace(" ", "") for value in values]).astype(np.uint64)
    places = np.arange(grid.shape[1], dtype=np.uint64) << np.uint64(8)
    return _pack((grid != 0) & (grid != UNREADABLE), _POSITION | places | grid)


def date_year(values: list[str], q: int) -> Features:
    """Each digit of the year of a date, with its place."""
    return positional([value[:4] for value in values], q)


def date_day(values: list[str], q: int) -> Features:
    """Month and day of a complete date: each digit with its place, and both numbers in any order, which count as much as the digits.

    A day/month swap keeps half, a wrong digit five of eight. A partial date has none, and neither has the first of January, which
    stands for an unknown day as often as for a birthday: such dates agree or disagree in the year alone (DOMAIN 1.2).
    """
    complete = [value[4:8] if len(value) == 8 and value[4:] != NEW_YEAR else "" for value in values]
    grid = np.pad(_characters(complete).astype(np.uint64), ((0, 0), (0, 4)))[:, :4]
    digits = [_POSITION | np.uint64(place << 8) | grid[:, place] for place in range(4)]
    pairs = [grid[:, at] << np.uint64(8) | grid[:, at + 1] for at in (0, 2)]
    same = (pairs[0] == pairs[1]).astype(np.uint64) << np.uint64(40)  # 07-07 is two features, not one
    parts = [_DATE | np.uint64(copy << 48) | part for copy in (0, 1) for part in (pairs[0], pairs[1] | same)]
    codes = np.stack([*digits, *parts], axis=1)
    return _pack(np.repeat(grid[:, :1] != 0, codes.shape[1], axis=1), codes)


def serial_positions(values: list[str], q: int) -> Features:
    """Characters with their places after confusable ones are folded (C2); nothing of a serial that is too short to be matched."""
    return positional([ocr_fold(value) if is_usable(value) else "" for value in values], q)


def serial_q_grams(values: list[str], q: int) -> Features:
    """Q-grams of a serial that is long enough to be matched."""
    return q_grams([value if is_usable(value) else "" for value in values], q)


def partial(values: list[str], q: int) -> Features:
    """Whether a serial has unreadable characters: what an agreement of the readable ones is worth depends on it."""
    return exact(["PARTIAL" if "?" in value else "WHOLE" for value in values], q)


def first_word(values: list[str], q: int) -> Features:
    """The first word as a whole: of LONG RIFLE and LONG the coarse type, LONG."""
    return _members([value.split()[:1] for value in values])


def rare_name(values: list[str], q: int) -> Features:
    """The distinctive words of a rare name as one value, nothing of a frequent one: what agreement is worth depends on rarity."""
    return _members([[" ".join(distinctive(value))] if is_rare(value) else [] for value in values])


def calibre(values: list[str], q: int) -> Features:
    """A calibre and the groups in which it is compatible with others."""
    return _members([list(calibre_parts(value)) for value in values])


def exact(values: list[str], q: int) -> Features:
    """The value itself: 64 bits of BLAKE2b [RFC7693]."""
    codes = [int.from_bytes(hashlib.blake2b(value.encode(), digest_size=8).digest(), "little") for value in values]
    return np.arange(len(values) + 1, dtype=np.int64), np.array(codes, dtype=np.uint64)


def _members(values: list[list[str]]) -> Features:
    """Each member as the exact value that it is."""
    offsets = np.cumsum([0, *map(len, values)], dtype=np.int64)
    return offsets, exact([member for members in values for member in members], 0)[1]


FEATURES = {
    "q_grams": q_grams,
    "name_q_grams": name_q_grams,
    "short_words": short_words,
    "positional": positional,
    "date_year": date_year,
    "date_day": date_day,
    "exact": exact,
    "first_word": first_word,
    "rare_name": rare_name,
    "calibre": calibre,
    "serial_positions": serial_positions,
    "serial_q_grams": serial_q_grams,
    "partial": partial,
}


def features_of(values: list[str], rule: FilterRule) -> Features:
    """All features that a filter's rule asks for, of each distinct value.

    Every member of a set (``A|B``) counts by itself, so that sets agree in what they share, whatever the order.
    """
    if not values:
        return np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.uint64)
    members = [member for value in values for member in value.split("|")]
    ends = np.cumsum([0, *(value.count("|") + 1 for value in values)])
    offsets, codes = _join([FEATURES[name](members, rule.q) for name in rule.features], len(members))
    return offsets[ends], codes


def feature_table(variants: Variants, rule: EntityRule) -> FeatureTable:
    """Features of all variants under every filter; fields that nobody fills give nothing."""
    filters = []
    for name in rule.filter_names:
        filled = [variants.columns[field] for field in rule.filters[name].fields if field in variants.columns]
        filters.append([FeatureColumn(column.codes, *features_of(column.values, rule.filters[name])) for column in filled])
    return in_rows(variants.records, filters)


def _join(parts: list[Features], count: int) -> Features:
    if len(parts) == 1:
        return parts[0]
    owners = np.concatenate([np.repeat(np.arange(count), np.diff(offsets)) for offsets, _ in parts])
    codes = np.concatenate([codes for _, codes in parts])
    order = np.argsort(owners, kind="stable")
    offsets = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(owners, minlength=count), out=offsets[1:])
    return offsets, codes[order]
