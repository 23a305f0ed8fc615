"""Weak encodings that the attacks must defeat, or they prove nothing: one filter a record, one key for everybody.

The rules of this room:
1. A record is a set of texts (q-grams, each with its field's name); a text sets ``count`` bits by double hashing under one key
   [Schnell2009], so that equal texts set equal bits in every record.
2. Diffusion here is what the product does to a filter, over drawn index sets: it shows how much of an attack diffusion alone stops.
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint8]
TextSet = Iterable[str]


def q_grams(fields: Sequence[tuple[str, str]], q: int = 2) -> set[str]:
    """Padded q-grams of (field, value) pairs, each under its field's name.

    >>> sorted(q_grams([("name", "ab")]))
    ['name= a', 'name=ab', 'name=b ']
    """
    gap = " " * (q - 1)
    padded = [(field, gap + value.lower() + gap) for field, value in fields if value]
    return {f"{field}={text[at : at + q]}" for field, text in padded for at in range(len(text) - q + 1)}


def vocabulary(people: Sequence[TextSet]) -> list[str]:
    """All texts of these people, sorted."""
    return sorted({text for texts in people for text in texts})


def in_clear(people: Sequence[TextSet], known: Sequence[str]) -> Bits:
    """Who has which of the known texts, shape (people, texts)."""
    place = {text: number for number, text in enumerate(known)}
    bits = np.zeros((len(people), len(known)), dtype=np.uint8)
    for row, texts in enumerate(people):
        bits[row, [place[text] for text in texts if text in place]] = 1
    return bits


def positions(text: str, key: bytes, length: int, count: int) -> list[int]:
    """The bits that a text sets, by double hashing with SHA-1 and MD5 under one key, as in the field's first programs."""
    first, second = (int.from_bytes(hmac.digest(key, text.encode(), name), "big") for name in ("sha1", "md5"))
    return [(first + step * second) % length for step in range(count)]


def record_filters(people: Sequence[TextSet], key: bytes, length: int = 1024, count: int = 10) -> Bits:
    """One filter a record (CLK), shape (people, length): rule 1."""
    known = {text: positions(text, key, length, count) for text in vocabulary(people)}
    bits = np.zeros((len(people), length), dtype=np.uint8)
    for row, texts in enumerate(people):
        bits[row, [at for text in texts for at in known[text]]] = 1
    return bits


def diffused(bits: Bits, t: int, chance: np.random.Generator) -> Bits:
    """Each bit the XOR of t bits [Armknecht2018]: rule 2."""
    sources = np.stack([chance.permutation(bits.shape[1]) for _ in range(t)])
    return np.asarray(np.bitwise_xor.reduce(bits[:, sources], axis=1))


def unkeyed_token(text: str) -> str:
    """What a token would be without a key: anyone can make a dictionary of them."""
    return hashlib.sha256(text.encode()).hexdigest()
