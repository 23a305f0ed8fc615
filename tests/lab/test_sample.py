"""The invented corpus: the same every time, all three types, shared cases, and pairs that look alike and are not."""

import csv
import hashlib
from collections import Counter, defaultdict
from itertools import product
from pathlib import Path

import pytest
from stdnum.mx import curp

from linkage.lab.sample import write_sample
from linkage.lab.things import next_serial

COUNTRIES = ("ca", "mx", "us")
Rows = list[dict[str, str]]


def rows(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def digests(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*.csv"))}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample")
    write_sample(out, seed=1)
    return out


@pytest.fixture(scope="module")
def truth(corpus: Path) -> dict[tuple[str, str, str], str]:
    return {(row["owner"], row["entity"], row["record_id"]): row["entity_id"] for row in rows(corpus / "truth.csv")}


def different(corpus: Path, truth: dict[tuple[str, str, str], str], entity: str) -> list[tuple[dict[str, str], dict[str, str]]]:
    """All Mexican and American records that are not one entity."""
    pairs = product(rows(corpus / "mx" / f"{entity}.csv"), rows(corpus / "us" / f"{entity}.csv"))
    return [(m, u) for m, u in pairs if truth["mx", entity, m["record_id"]] != truth["us", entity, u["record_id"]]]


def test_same_seed_same_bytes_other_seed_other_people(corpus: Path, tmp_path: Path) -> None:
    write_sample(tmp_path / "again", seed=1)
    write_sample(tmp_path / "other", seed=2)
    assert digests(tmp_path / "again") == digests(corpus)
    assert not set(digests(tmp_path / "other").values()) & set(digests(corpus).values())


def test_every_record_is_exactly_one_entity(corpus: Path) -> None:
    named = [(row["owner"], row["entity"], row["record_id"]) for row in rows(corpus / "truth.csv")]
    written = [(path.parent.name, path.stem, row["record_id"]) for path in corpus.glob("*/*.csv") for row in rows(path)]
    assert Counter(named) == Counter(written)
    assert len(set(named)) == len(named) == 3 * (400 + 320 + 120)


def test_no_owner_holds_an_entity_twice(truth: dict[tuple[str, str, str], str]) -> None:
    held = Counter((owner, entity_id) for (owner, _, _), entity_id in truth.items())
    assert max(held.values()) == 1


@pytest.mark.parametrize("entity", ["suspect", "firearm", "organization"])
def test_any_two_countries_share_about_a_fifth(entity: str, truth: dict[tuple[str, str, str], str]) -> None:
    held = {c: {e for (owner, kind, _), e in truth.items() if (owner, kind) == (c, entity)} for c in COUNTRIES}
    for left, right in (("ca", "mx"), ("ca", "us"), ("mx", "us")):
        assert 0.20 <= len(held[left] & held[right]) / len(held[left]) <= 0.25
    assert held["ca"] & held["mx"] & held["us"]


def test_linked_cases_share_several_entities_of_different_types(corpus: Path, truth: dict[tuple[str, str, str], str]) -> None:
    cases: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for path in corpus.glob("*/*.csv"):
        for row in rows(path):
            cases[truth[path.parent.name, path.stem, row["record_id"]]][path.parent.name] = row["case_id"]
    shared: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for entity_id, by_country in cases.items():
        if {"mx", "us"} <= set(by_country):
            shared[by_country["mx"], by_country["us"]].add(entity_id.split("-")[0])
    assert sum(len(types) >= 2 for types in shared.values()) >= 10


def test_relatives_look_alike_and_are_not_one(corpus: Path, truth: dict[tuple[str, str, str], str]) -> None:
    def key(row: dict[str, str]) -> tuple[str, str, str]:
        return row["surname_1"].upper(), row["given_names"].upper(), row["date_of_birth"]

    apart = [(key(m), key(u)) for m, u in different(corpus, truth, "suspect")]
    assert sum(m[0] == u[0] and m[1] == u[1] and m[1] != "" for m, u in apart) >= 3, "namesakes"
    assert sum(m[0] == u[0] and m[2] == u[2] != "" and len(m[2]) == 10 for m, u in apart) >= 1, "twins"


def test_guns_bought_together_have_sequential_serials_and_are_not_one(corpus: Path, truth: dict[tuple[str, str, str], str]) -> None:
    apart = [(m["serial_number"], u["serial_number"]) for m, u in different(corpus, truth, "firearm") if m["serial_number"][4:]]
    assert sum(u == next_serial(m) or m == next_serial(u) for m, u in apart) >= 5


def test_the_errors_that_a_matcher_must_survive_are_there(corpus: Path) -> None:
    people = {country: rows(corpus / country / "suspect.csv") for country in COUNTRIES}
    guns = [row for country in COUNTRIES for row in rows(corpus / country / "firearm.csv")]
    assert any("ñ" in row["surname_1"] or "ñ" in row["surname_2"] for row in people["mx"])
    assert all(row["surname_1"].isascii() for row in people["us"][:5])
    assert sum(bool(row["surname_2"]) for row in people["mx"]) > 3 * sum(bool(row["surname_2"]) for row in people["us"])
    assert any("|" in row["aliases"] for row in people["mx"])
    assert any("|" in row["date_of_birth"] for row in people["mx"])
    assert any(len(row["date_of_birth"]) == 4 for row in people["ca"])
    assert any("?" in row["serial_number"] for row in guns)
    assert {"S&W", "Smith & Wesson"} <= {row["make"] for row in guns}


def test_invented_register_codes_check(corpus: Path) -> None:
    codes = [row["curp"] for row in rows(corpus / "mx" / "suspect.csv") if row["curp"]]
    assert sum(curp.is_valid(code) for code in codes) > 0.95 * len(codes) > 100


@pytest.mark.parametrize(
    ("serial", "following"),
    [("ABCD109", "ABCD110"), ("A999999A", "A000000A"), ("710-00099", "710-00100"), ("12A045B", "12A046B"), ("ABC", "ABC1")],
)
def test_the_next_serial_keeps_the_shape(serial: str, following: str) -> None:
    assert next_serial(serial) == following


def test_too_small_a_sample_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 20"):
        write_sample(tmp_path, seed=1, size=10)
