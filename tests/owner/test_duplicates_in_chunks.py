"""However a large table's pairs are cut up, the same duplicates are found in it, and those that were planted."""

import random
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import recordlinkage

from linkage.owner.blocking_tokens import Blocking
from linkage.owner.deduplication import find_duplicates
from linkage.owner.duplicate_candidates import CROWD, candidate_pairs
from linkage.owner.entities import Entities
from linkage.owner.posting_store import drop_common
from linkage.owner.profile import Source
from linkage.owner.reading import RawRow
from linkage.owner.validation import validate
from linkage.owner.variants import CanonicalRecords, variants_of
from linkage.protocol.agreement import read_agreement
from tests.made_lists import AGREEMENT_FILE

RULE = read_agreement(AGREEMENT_FILE).entities["suspect"]
GIVEN = ["Ana", "Bruno", "Carla", "Diego", "Elena", "Fabio", "Gloria", "Hugo", "Irene", "Jaime", "Karina", "Lucas", "Marta", "Nestor"]
SURNAMES = [
    "Abascal",
    "Benítez",
    "Cordero",
    "Delgado",
    "Echeverría",
    "Figueroa",
    "Guerrero",
    "Huerta",
    "Ibarra",
    "Jurado",
    "Montes",
    "Núñez",
    "Olmedo",
]
STREETS = ["Reforma", "Morelos", "Juárez", "Hidalgo", "Allende", "Zaragoza"]
PEOPLE, PLANTED = 400, 40
FIELDS = "given_names", "surname_1", "surname_2", "date_of_birth", "house_number", "street", "postal_code"


def table(seed: int = 4) -> CanonicalRecords:
    """Strangers, and after them the first ``PLANTED`` once more, with a wrong accent and no second surname."""
    chance = random.Random(seed)
    people = [
        [
            *(chance.choice(names) for names in (GIVEN, SURNAMES, SURNAMES)),
            f"19{chance.randint(40, 99)}-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}",
            *(str(chance.randint(1, 900)), chance.choice(STREETS), str(chance.randint(10000, 10400))),
        ]
        for _ in range(PEOPLE)
    ]
    again = [[given, one.replace("í", "i"), "", *rest] for given, one, _, *rest in people[:PLANTED]]
    raw = (RawRow(number + 2, [f"R{number:04d}", "C", *cells]) for number, cells in enumerate(people + again))
    records, _, _ = validate(["record_id", "case_id", *FIELDS], raw, Source(path=Path("none")), RULE)
    return records


def found(records: CanonicalRecords) -> tuple[list[tuple[int, int]], list[str], int]:
    duplicates = find_duplicates(records, RULE)
    return duplicates.pairs, duplicates.by, duplicates.compared


def test_candidates_are_those_of_recordlinkage() -> None:
    """The slow twin: all passes at once, and pairs of equal keys by recordlinkage's own blocking."""
    records = table()
    variants = variants_of(records, RULE)
    blocking = Blocking({name: block.all_components() for name, block in RULE.passes.items()}, "duplicates", bytes(32))
    tokens, _ = drop_common(blocking.tokens(variants), variants.records, CROWD)
    keys = pd.DataFrame({"record": variants.records[tokens.rows], "high": tokens.halves[:, 0], "low": tokens.halves[:, 1]})
    met = recordlinkage.Index().block(["high", "low"]).index(keys)
    sides = np.sort([keys["record"].to_numpy()[met.get_level_values(side)] for side in (0, 1)], axis=0)
    pairs, dropped = candidate_pairs(records, RULE)
    assert dropped == 0
    assert len(pairs) > 200
    assert [*map(tuple, pairs.tolist())] == sorted({(one, other) for one, other in sides.T.tolist() if one != other})


def test_of_too_many_pairs_those_stay_that_share_the_rarest_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The slow twin counts for each pair how many share each of its keys; however often pairs are dropped on the way, it is the same."""
    records = table()
    variants = variants_of(records, RULE)
    tokens = Blocking({name: block.all_components() for name, block in RULE.passes.items()}, "duplicates", bytes(32)).tokens(variants)
    sharing: dict[bytes, set[int]] = {}
    for halves, row in zip(tokens.halves, tokens.rows.tolist(), strict=True):
        sharing.setdefault(halves.tobytes(), set()).add(int(variants.records[row]))
    rarest: dict[tuple[int, int], int] = {}
    for together in (sorted(numbers) for numbers in sharing.values() if len(numbers) <= CROWD):
        for pair in combinations(together, 2):
            rarest[pair] = min(rarest.get(pair, CROWD), len(together))
    for most in (1, 100, 1000, len(rarest)):
        monkeypatch.setattr("linkage.owner.duplicate_candidates.FEW", most)
        monkeypatch.setattr("linkage.owner.duplicate_candidates.EACH", 0)
        pairs, dropped = candidate_pairs(records, RULE)
        assert [*map(tuple, pairs.tolist())] == sorted(sorted(rarest, key=lambda pair: (rarest[pair], pair))[:most])
        assert dropped <= len(rarest) - most
        assert (dropped > 0) == (most < len(rarest))


def test_doubles_are_found_among_one_pair_a_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stays of the pairs holds all that was planted."""
    monkeypatch.setattr("linkage.owner.duplicate_candidates.FEW", PEOPLE)
    monkeypatch.setattr("linkage.owner.duplicate_candidates.EACH", 1)
    pairs, _, compared = found(table())
    assert compared == PEOPLE + PLANTED
    assert set(pairs) >= {(number, PEOPLE + number) for number in range(PLANTED)}


@pytest.mark.parametrize("pairs", [7, 100, 1000])
def test_the_size_of_a_chunk_of_pairs_changes_nothing(pairs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = found(table())
    monkeypatch.setattr("linkage.owner.duplicate_levels.PAIRS", pairs)
    assert found(table()) == whole


def test_a_sample_teaches_ecm_the_same_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = found(table())
    monkeypatch.setattr("linkage.owner.deduplication.SAMPLE", 300)
    sampled = found(table())
    assert sampled == found(table())
    monkeypatch.setattr("linkage.owner.duplicate_levels.PAIRS", 41)
    assert sampled == found(table())
    assert whole[2] > 300
    assert set(sampled[0]) >= {(number, PEOPLE + number) for number in range(PLANTED)}


@pytest.mark.parametrize(("largest", "merged"), [(PEOPLE + PLANTED, PLANTED), (PEOPLE + PLANTED - 1, 0)])
def test_up_to_the_limit_what_was_planted_is_found(largest: int, merged: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linkage.owner.entities.LARGEST", largest)
    entities = Entities(table().slices(50), Source(path=Path("none")), RULE)
    several = [ids for chunk in entities.chunks(60) for references in chunk.references() if len(ids := [one for one, _ in references]) > 1]
    assert several == [[f"R{number:04d}", f"R{PEOPLE + number:04d}"] for number in range(merged)]
    assert entities.report()["unsearched"] == ("" if merged else "size")
