"""Names alone find more true alias pairs than bigrams of the whole name in the clear, with no more false ones (DOMAIN 1.2.1)."""

from pathlib import Path

import pytest

from benchmarks.names import KEYS, read_names, resembling
from linkage.protocol.agreement import read_agreement

ROOT = Path(__file__).parents[2]
PUBLIC_LIST = ROOT.parent / "shared" / "data" / "ofac"


@pytest.mark.skipif(not PUBLIC_LIST.is_dir(), reason="no folder ../shared/data/ofac")
def test_more_true_pairs_and_no_more_false_ones_than_bigrams() -> None:
    every = resembling(read_names(PUBLIC_LIST), read_agreement(ROOT / "configs" / "agreement.toml"), KEYS)
    assert every[0].ours > every[0].baseline + 0.05  # at the cut that lets the fewest strangers through
    for found in every:
        assert found.ours > found.baseline
        assert found.relatives[0] <= found.relatives[1]
        assert found.different[0] <= found.different[1]
