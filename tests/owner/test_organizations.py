"""Names of organizations: how they are met, on invented names and on real near-collisions."""

import csv
from collections import Counter
from itertools import combinations
from pathlib import Path
from statistics import median

import pytest

from linkage.owner.blocking_keys import COMPONENTS
from linkage.owner.blocking_tokens import blocking_tokens
from linkage.owner.features import rare_name
from linkage.owner.normalisation import normalise
from linkage.owner.organization_words import acronyms, distinctive, is_rare, near_words
from linkage.owner.posting_store import drop_common
from linkage.owner.variants import CanonicalRecords, variants_of
from linkage.protocol.agreement import read_agreement

ROOT = Path(__file__).parents[2]
SAT = ROOT.parent / "shared" / "data" / "sat69b"
RULE = read_agreement(ROOT / "configs" / "agreement.toml").entities["organization"]
NAME_ALONE = ("distinctive_words", "near_words")
SAME_ORGANIZATION = [  # left, right, meet on the name?
    ("Transportes Ñandú, S.A. de C.V.", "TRANSPORTES NANDU SA DE CV", True),
    ("Comercializadora del Encino", "Encino Comercializadora, S.C.", True),  # order, legal form
    ("Proyectos y Acabado Faro", "Proyectos y Acabados Faro", True),  # plural (shape of a SAT variant)
    ("Repuestos KQP, S.A. de C.V.", "Respuestos KQP, S.A. de C.V.", True),  # one letter (shape of a SAT variant)
    ("Groupe Boréal inc.", "Boreal Group LLC", True),  # translated
    ("Cártel de los Linces del Puente", "Los Linces del Puente", True),  # generic word
    ("Linces Cartel of Puente", "Cártel de los Linces de el Puente", True),  # translated by hand
    ("CJNG", "Jalisco Cartel New Generation", True),  # curated
    ("Autopartes Nopal", "Autopartes Maguey", False),  # a trade is no name
    ("Comercializadora del Norte", "Grupo del Sur", False),
]


def meet(left: str, right: str, components: tuple[str, ...] = NAME_ALONE) -> bool:
    ours, theirs = (normalise("organization_name", name) or "" for name in (left, right))
    return any(set(COMPONENTS[name](ours)) & set(COMPONENTS[name](theirs)) for name in components)


@pytest.mark.parametrize(("left", "right", "same"), SAME_ORGANIZATION)
def test_names_that_meet(left: str, right: str, same: bool) -> None:
    assert meet(left, right) is same


@pytest.mark.parametrize(
    ("left", "right"), [("CLP", "Cártel de los Linces del Puente"), ("TEN", "Transportes El Nopal"), ("TN", "Transportes Ñandú")]
)
def test_an_acronym_meets_its_name_with_particles_or_without(left: str, right: str) -> None:
    assert meet(left, right, ("acronym",)) is (len(left) > 2)  # two letters are everybody's


def test_generic_words_and_rarity_come_from_the_table() -> None:
    assert distinctive("COMERCIALIZADORA DEL ENCINO") == ["ENCINO"]
    assert distinctive("GRUPO DE SERVICIOS") == ["DE", "GRUPO", "SERVICIOS"]  # a name of nothing else keeps them
    assert is_rare("TRANSPORTES ENCINO BEAULIEU") and not is_rare("SERVICIOS DEL NORTE")
    assert near_words("ACABADOS FARO") == ("ACABADOS F", "FARO A")
    assert near_words("FARO") == ()
    assert acronyms("CARTEL DEL GOLFO") == ("CDG",)


def test_only_a_rare_name_has_a_feature() -> None:
    offsets, codes = rare_name(["ENCINO BEAULIEU", "SERVICIOS DEL NORTE", "BEAULIEU DEL ENCINO"], 2)
    assert offsets.tolist() == [0, 1, 1, 2]
    assert codes[0] == codes[1]


@pytest.mark.parametrize(
    ("left", "right", "meets"),
    [
        ("LEGAL ENTITY", "CRIMINAL GROUP", False),
        ("LEGAL ENTITY", None, True),
        ("CRIMINAL GROUP", None, True),
        ("LEGAL ENTITY", "LEGAL ENTITY", True),
    ],
)
def test_a_criminal_group_and_a_company_of_one_name_never_meet(left: str, right: str | None, meets: bool) -> None:
    kinds: list[tuple[object, ...]] = [(left,), (right,) if right else ()]
    cells: dict[str, list[tuple[object, ...]]] = {"name": [("ENCINO BEAULIEU",)] * 2, "phone": [("5145550199",)] * 2, "kind": kinds}
    assert _meeting(cells) == ({(0, 1)} if meets else set())


def _meeting(cells: dict[str, list[tuple[object, ...]]]) -> set[tuple[int, int]]:
    """Pairs of records that share a token which few enough share."""
    count = len(next(iter(cells.values())))
    variants = variants_of(CanonicalRecords([str(number) for number in range(count)], [""] * count, cells), RULE)
    passes = {name: block.components(count) for name, block in RULE.passes.items()}
    tokens, _ = drop_common(blocking_tokens(variants, passes, "organization", bytes(32)), variants.records, 8)
    holders: dict[tuple[int, int], set[int]] = {}
    for record, (high, low) in zip(variants.records[tokens.rows].tolist(), tokens.halves.tolist(), strict=True):
        holders.setdefault((high, low), set()).add(record)
    return {pair for held in holders.values() for pair in combinations(sorted(held), 2)}


@pytest.mark.skipif(not SAT.is_dir(), reason="no ../shared/data/sat69b here")
def test_every_company_variant_of_the_tax_authority_meets_on_its_name() -> None:
    with (SAT / "derived_same_rfc_name_variants.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    met = [meet(row["name_a"], row["name_b"]) for row in rows]
    assert (sum(met), len(met)) == (21, 21)


@pytest.mark.skipif(not SAT.is_dir(), reason="no ../shared/data/sat69b here")
def test_different_companies_of_like_names_hardly_meet() -> None:
    with (SAT / "companies_2021-05.csv").open(encoding="utf-8", newline="") as file:
        names = [(normalise("organization_name", row["name"]),) for row in csv.DictReader(file)]
    cells: dict[str, list[tuple[object, ...]]] = {"name": list(names), "kind": [("LEGAL ENTITY",)] * len(names)}
    partners = Counter(record for pair in _meeting(cells) for record in pair)
    counts = [partners[record] for record in range(len(names))]
    assert median(counts) <= 1
    assert sum(counts) / len(counts) < 3
