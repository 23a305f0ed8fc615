"""Linkage quality on data that nobody here made up, without labels: FEBRL 4 and pseudopeople through the real flows."""

import json
from pathlib import Path

import pytest

from tests.conftest import SHARED, Trilink

pytestmark = pytest.mark.e2e


def test_febrl4_without_social_security_number(trilink: Trilink, tmp_path: Path) -> None:
    """Two owners, 5,000 records each, typing errors in one copy; Splink on the clear text reaches F1 0.9997."""
    assert trilink("lab", "febrl4", tmp_path / "data", "--no-ssn").returncode == 0
    assert "ssn" not in (tmp_path / "data" / "a" / "suspect.csv").read_text(encoding="utf-8").splitlines()[0]
    done = trilink("rehearse", "--data", tmp_path / "data", "--out", tmp_path / "out", "--seed", 1)
    assert done.returncode == 0, done.stderr
    suspects = json.loads((tmp_path / "out" / "quality.json").read_text(encoding="utf-8"))["suspect"]
    assert suspects["true_pairs"] == 5000
    assert suspects["default"]["f1"] >= 0.998
    assert suspects["pairs_completeness"] >= 0.998


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data folder with pseudopeople is not here")
def test_pseudopeople_at_three_owners(trilink: Trilink, tmp_path: Path) -> None:
    """Three registers with different fields: census without SSN, social security without address, tax forms without birth date."""
    assert trilink("lab", "pseudopeople", SHARED / "pseudopeople", tmp_path / "data").returncode == 0
    done = trilink("rehearse", "--data", tmp_path / "data", "--out", tmp_path / "out", "--seed", 1)
    assert done.returncode == 0, done.stderr
    by_pair = json.loads((tmp_path / "out" / "quality.json").read_text(encoding="utf-8"))["suspect"]["by_owner_pair"]
    assert set(by_pair) == {"ca-mx", "ca-us", "mx-us"}
    for measures in by_pair.values():
        assert measures["default"]["precision"] >= 0.985
        assert measures["default"]["recall"] >= 0.96
        assert abs(measures["expected_matches"] - measures["true_pairs"]) < 0.1 * measures["true_pairs"]
