"""The kernels behind a filter: from a row's features to AES blocks, and from their ciphers to diffused bits.

A tile of postings is worked on filter by filter, so that a filter's table and a tile's blocks stay in the processor's cache. Of a filter
no bit is ever stored: the places that its features hit are listed, each once, and the diffused words are the XOR of what those places
contribute (``diffusion``).
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from linkage.protocol.entity_rules import EntityRule

Numbers = NDArray[np.int64]
MOST_BITS = 2048  # of a filter, which an agreement is held to


class Shapes(NamedTuple):
    """Of each filter, shape (filters,), in the order of ``filter_names``: length in bits and in words, bits of a feature."""

    lengths: Numbers
    words: Numbers
    bits: Numbers


def shapes_of(rule: EntityRule) -> Shapes:
    lengths = np.array([rule.filters[name].length for name in rule.filter_names], dtype=np.int64)
    return Shapes(lengths, lengths // 64, np.array([rule.filters[name].bits for name in rule.filter_names], dtype=np.int64))


@njit(nogil=True, cache=True)
def fill_blocks(first_halves, rows, table, ends, blocks):  # type: ignore[no-untyped-def]
    """The AES block of every feature of ``rows``, filter by filter: the token's first half, then the feature.

    ``table`` is (starts, counts, elements) of a ``FeatureTable``.
    """
    starts, counts, elements = table
    places = np.zeros(ends.size, dtype=np.int64)
    places[1:] = ends[:-1]
    for posting in range(rows.size):
        row, half = rows[posting], first_halves[posting]
        at = starts[row]
        for number in range(ends.size):
            place = places[number]
            for _ in range(counts[row, number]):
                blocks[place, 0] = half
                blocks[place, 1] = elements[at]
                place += 1
                at += 1
            places[number] = place


@njit(nogil=True, cache=True)
def spread(positions, counts, shapes, tables, out):  # type: ignore[no-untyped-def]
    """Diffused filters of a tile from the ciphers of its features as 16-bit words, shape (features * 8,).

    ``counts`` (filters, postings) says how many features each has; ``tables`` are what each bit of each filter contributes, one after the
    other. ``out`` is (the words of all filters, where each filter's begin, which filters are there, the number of the first posting).
    """
    lengths, words, bits = shapes
    laid, bases, held, first = out
    hit, last_seen, seen_now = np.zeros(MOST_BITS + 1, np.uint32), np.zeros(MOST_BITS, np.uint32), np.uint32(0)
    at, table = 0, 0
    for number in range(lengths.size):
        length, width, each = lengths[number], words[number], bits[number]
        mask = length - 1 if length & (length - 1) == 0 else 0xFFFF
        for posting in range(counts.shape[1]):
            seen_now += np.uint32(1)
            found = 0
            for _ in range(counts[number, posting]):
                for step in range(each):
                    position = positions[at + step] & mask
                    if position >= length:
                        position %= length
                    hit[found] = np.uint32(position) * np.uint32(width)
                    found += last_seen[position] != seen_now  # no branch: a bit is hit twice too often to be foretold
                    last_seen[position] = seen_now
                at += 8
            target = bases[number] + (first + posting) * width
            held[first + posting, number] = _mix((hit, found), (tables, table), (laid, target, width))
        table += length * width


@njit(nogil=True, cache=True, inline="always")
def _mix(hits, table, out):  # type: ignore[no-untyped-def]
    """XOR of what the first ``found`` bits contribute, two words at a time; returns whether anything is there.

    ``hit`` says for each where its words begin after the ``start`` of the filter's table.
    """
    hit, found = hits
    contributions, start = table
    laid, target, width = out
    anything = np.uint64(0)
    for word in range(0, width - 1, 2):
        one, other = np.uint64(0), np.uint64(0)
        for place in range(found):
            at = start + hit[place] + word
            one ^= contributions[at]
            other ^= contributions[at + 1]
        laid[target + word], laid[target + word + 1] = one, other
        anything |= one | other
    if width & 1:
        last = np.uint64(0)
        for place in range(found):
            last ^= contributions[start + hit[place] + width - 1]
        laid[target + width - 1] = last
        anything |= last
    return anything != 0
