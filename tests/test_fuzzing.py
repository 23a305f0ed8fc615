"""A few hundred of the mutations that ``python -m benchmarks.fuzz`` makes by the ten thousand, and hypothesis on manifests."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.protocol.canonical import canonical_json
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.manifest import read_manifest
from tests.fuzzing import World, fuzz
from tests.vectors.make_sealing import honest_manifest


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("fuzzing"))


def test_mutations_are_refused_or_harmless(world: World) -> None:
    outcomes = fuzz(world, 300, seed=7)
    assert all(counts["refused"] + counts["went through"] == 30 for counts in outcomes.values())
    for name in ("package on the way", "list on the way"):
        assert outcomes[name]["refused"] > 25, f"{name}: the fuzzer changes something"


def test_the_control_what_is_not_mutated_goes_through(world: World, tmp_path: Path) -> None:
    for name, (sample, run, _) in world.targets.items():
        scratch = tmp_path / name.replace(" ", "-")
        scratch.mkdir()
        line = ""
        try:
            run(sample.sample, scratch)
        except InvalidPackage as error:
            line = str(error)
        assert line == "" or "already sent another one" in line or "request 1 was another one" in line, f"{name}: {line}"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = ["agreement", "body", "created", "epoch", "expires", "format", "from", "kind", "nonce", "parts", "to"]


@settings(max_examples=400, deadline=None)
@given(changes=st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=6), VALUES, max_size=3))
def test_a_manifest_is_refused_or_is_what_it_says(changes: dict[str, object]) -> None:
    document = json.loads(honest_manifest().canonical()) | changes
    try:
        written = canonical_json(document)
    except (ValueError, UnicodeEncodeError):
        return
    refused = None
    try:
        assert read_manifest(written, "file").canonical() == written
    except InvalidPackage as error:
        refused = error
    assert refused is None or (refused.__context__ is None and str(refused).startswith("file: "))
