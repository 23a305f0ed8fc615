"""Merkle commitments: every leaf climbs to the root, nothing else does; the slow twin is the definition."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.protocol.row_commitments import climb, leaf, path, root


def slow_root(leaves: list[bytes]) -> bytes:
    """RFC 6962's definition, by the largest power of two below the count, which is the same tree."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + slow_root(leaves[:split]) + slow_root(leaves[split:])).digest()


LEAVES = st.lists(st.binary(min_size=32, max_size=32), max_size=70, unique=True)

# Certificate Transparency's own test inputs, without salts (certificate-transparency-go, merkle tests; roots as published there).
CT_INPUTS = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
CT_ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


@pytest.mark.parametrize("count", CT_ROOTS)
def test_certificate_transparency_vectors(count: int) -> None:
    assert root([leaf(b"", said) for said in CT_INPUTS[:count]]).hex() == CT_ROOTS[count]


@given(leaves=LEAVES)
@settings(deadline=None)
def test_the_fast_tree_is_the_slow_one(leaves: list[bytes]) -> None:
    assert root(leaves) == slow_root(leaves)


@given(leaves=LEAVES.filter(bool), data=st.data())
@settings(deadline=None)
def test_every_leaf_climbs_to_the_root_and_no_other(leaves: list[bytes], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(leaves) - 1))
    steps = path(leaves, place)
    assert climb(leaves[place], steps) == root(leaves)
    assert len(steps) <= (len(leaves) - 1).bit_length()
    assert climb(b"x" * 32, steps) != root(leaves) or leaves[place] == b"x" * 32
