"""The kernel's HMAC is everybody's HMAC."""

import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.owner.hmac_lanes import short_hmacs
from linkage.owner.short_hmac import HmacKey
from tests import reference as twin

RFC_4231 = [  # key, message, first 128 bits; origin: RFC 4231, test cases 1, 2 and 3
    (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b"),
    (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c7"),
    (b"\xaa" * 20, b"\xdd" * 50, "773ea91e36800e46854db8ebd09181a7"),
]


def hexes(key: bytes, messages: list[bytes]) -> list[str]:
    return [halves.byteswap().tobytes().hex() for halves in short_hmacs(HmacKey(key), messages)]


@pytest.mark.parametrize(("key", "message", "expected"), RFC_4231)
def test_vectors(key: bytes, message: bytes, expected: str) -> None:
    assert hexes(key, [message]) == [expected]


@given(key=st.binary(max_size=64), messages=st.lists(st.binary(max_size=300) | st.binary(max_size=60), max_size=40))
@settings(max_examples=50, deadline=None)
def test_the_library_and_the_twin_agree(key: bytes, messages: list[bytes]) -> None:
    assert hexes(key, messages) == [hmac.digest(key, message, "sha256")[:16].hex() for message in messages]
    assert hexes(key, messages) == [twin.hmac_sha256(key, message)[:16].hex() for message in messages]


def test_every_length_around_a_block() -> None:
    messages = [bytes(length) for length in range(140)]
    assert hexes(b"k" * 32, messages) == [hmac.digest(b"k" * 32, message, "sha256")[:16].hex() for message in messages]


def test_a_longer_key_is_refused_and_none_is_shown() -> None:
    with pytest.raises(ValueError, match="more than one block"):
        HmacKey(bytes(65))
    assert repr(HmacKey(b"k" * 32)) == "<HmacKey: hidden>"
