"""The agreement: what is shipped is valid, what is broken is refused with file, key and expectation, what is new needs no code."""

import copy
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from linkage.owner.normalisation import NORMALISERS
from linkage.protocol.agreement import read_agreement
from linkage.protocol.entity_rules import KINDS, Component
from linkage.protocol.errors import InvalidAgreement
from tests.made_lists import AGREEMENT_FILE

SHIPPED: dict[str, Any] = tomllib.loads(AGREEMENT_FILE.read_text(encoding="utf-8"))


def changed(key: str, value: Any) -> dict[str, Any]:
    """The shipped agreement with one key set; None removes it."""
    document = copy.deepcopy(SHIPPED)
    *tables, last = key.split(".")
    place = document
    for table in tables:
        place = place.setdefault(table, {})
    if value is None:
        del place[last]
    else:
        place[last] = value
    return document


def written(folder: Path, document: dict[str, Any]) -> Path:
    path = folder / "agreement.toml"
    path.write_text(tomlkit.dumps(document), encoding="utf-8")
    return path


def test_the_shipped_agreement_is_valid() -> None:
    agreement = read_agreement(AGREEMENT_FILE)
    assert sorted(agreement.entities) == ["firearm", "organization", "suspect"]
    assert (agreement.owners, agreement.unit) == (("ca", "mx", "us"), "joint-team")
    assert agreement.decision.released_bands == ["A", "B", "C"]


def test_every_kind_has_a_normaliser() -> None:
    assert set(KINDS.__args__) == set(NORMALISERS)


NAME = "entities.suspect.filters.given"
BROKEN: list[tuple[str, Any, str]] = [  # key, value (None: removed), what the refusal says after the file
    ("colour", "red", "colour: Extra inputs are not permitted"),
    ("parties.mx.colour", "red", "parties.mx.colour: Extra inputs are not permitted"),
    ("encoding.salt", "x", "encoding.salt: Extra inputs are not permitted"),
    ("decision.threshold", 0.5, "decision.threshold: Extra inputs are not permitted"),
    ("exchange.cipher", "rot13", "exchange.cipher: Extra inputs are not permitted"),
    ("entities.suspect.colour", 1, "entities.suspect.colour: Extra inputs are not permitted"),
    ("entities.suspect.fields.sex.colour", 1, "entities.suspect.fields.sex.colour: Extra inputs are not permitted"),
    (f"{NAME}.colour", 1, f"{NAME}.colour: Extra inputs are not permitted"),
    ("entities.suspect.passes.curp.colour", 1, "entities.suspect.passes.curp.colour: Extra inputs are not permitted"),
    ("format", "trilink/agreement/v2", "format: Input should be 'trilink/agreement/v1'"),
    ("format", None, "format: Field required"),
    ("title", None, "title: Field required"),
    ("valid_until", None, "valid_until: Field required"),
    ("valid_until", date(2025, 1, 1), "document: valid_until: must be later than valid_from"),
    ("valid_from", "tomorrow", "valid_from: Input should be a valid date"),
    ("parties.mx", None, None),
    ("parties.joint-team.role", "owner", "document: parties: expected one unit and two or more owners"),
    ("parties.mx.role", "unit", "document: parties: expected one unit and two or more owners"),
    ("parties.mx.role", "spectator", "parties.mx.role: Input should be 'owner' or 'unit'"),
    ("parties.mx.contact_desk", None, "parties.mx.contact_desk: Field required"),
    ("parties.Mexico City", SHIPPED["parties"]["mx"], "parties.Mexico City.[key]: String should match pattern"),
    ("encoding.token_cap", 0, "encoding.token_cap: Input should be greater than or equal to 1"),
    ("encoding.token_cap", 10_000, "encoding.token_cap: Input should be less than or equal to 1000"),
    ("encoding.token_cap", "8", "encoding.token_cap: Input should be a valid integer"),
    ("encoding.token_cap", True, "encoding.token_cap: Input should be a valid integer"),
    ("encoding.diffusion", 0, "encoding.diffusion: Input should be greater than or equal to 1"),
    ("encoding.diffusion", 17, "encoding.diffusion: Input should be less than or equal to 16"),
    ("encoding.non_match_pairs", -1, "encoding.non_match_pairs: Input should be greater than or equal to 0"),
    ("decision.bands", {}, "decision.bands: Dictionary should have at least 1 item"),
    ("decision.bands", {"A": 0.5, "B": 0.9}, "decision: bands: probabilities must fall from the first band to the last"),
    ("decision.bands", {"A": 0.9, "B": 0.9}, "decision: bands: probabilities must fall from the first band to the last"),
    ("decision.bands", {"A": 1.5}, "decision.bands.A: Input should be less than or equal to 1"),
    ("decision.bands", {"A": float("nan")}, "decision.bands.A: Input should be"),
    ("decision.release", "D", "decision: release: expected one of A, B, C"),
    ("decision.possible", 0.6, "decision: possible: must not exceed the lowest band"),
    ("decision.possible", 0.0, "decision.possible: Input should be greater than 0"),
    ("exchange.list_days", 0, "exchange.list_days: Input should be greater than or equal to 1"),
    ("exchange.message_days", 1.5, "exchange.message_days: Input should be a valid integer"),
    ("entities", {}, "entities: Dictionary should have at least 1 item"),
    ("entities.Gun-Dealer", SHIPPED["entities"]["firearm"], "entities.Gun-Dealer.[key]: String should match pattern"),
    ("entities.suspect.fields.sex.kind", "gender", "entities.suspect.fields.sex.kind: Input should be 'text'"),
    ("entities.suspect.fields.sex.many", "some", "entities.suspect.fields.sex.many: Input should be 'no', 'set' or 'variants'"),
    ("entities.suspect.fields.aliases.replaces", ["nick"], "entities.suspect: fields.aliases.replaces: nick is not one of given_names"),
    ("entities.suspect.fields.aliases.replaces", ["aliases"], "entities.suspect: fields.aliases.replaces: aliases is not one of"),
    ("entities.suspect.filters", {}, "entities.suspect.filters: Dictionary should have at least 1 item"),
    (f"{NAME}.fields", ["nick"], "entities.suspect: filters.given.fields: nick is not one of given_names"),
    (f"{NAME}.fields", ["aliases"], "entities.suspect: filters.given.fields: aliases is not one of given_names"),
    (f"{NAME}.fields", [], f"{NAME}.fields: List should have at least 1 item"),
    (f"{NAME}.fields", "given_names", f"{NAME}.fields: Input should be a valid list"),
    (f"{NAME}.features", ["soundex"], f"{NAME}.features.0: Input should be 'q_grams', 'name_q_grams', 'short_words', 'positional', "),
    (f"{NAME}.q", 4, f"{NAME}.q: Input should be less than or equal to 3"),
    (f"{NAME}.length", 100, f"{NAME}.length: Input should be a multiple of 64"),
    (f"{NAME}.length", 4096, f"{NAME}.length: Input should be less than or equal to 2048"),
    (f"{NAME}.bits", 9, f"{NAME}.bits: Input should be less than or equal to 8"),
    (f"{NAME}.levels", [0.5, 0.9], f"{NAME}: levels must fall from the best to the worst"),
    (f"{NAME}.levels", [1.2], f"{NAME}.levels.0: Input should be less than or equal to 1"),
    (f"{NAME}.levels", [], f"{NAME}.levels: List should have at least 1 item"),
    (f"{NAME}.label", None, f"{NAME}.label: Field required"),
    ("entities.suspect.groups", [["given", "nick"]], "entities.suspect: groups: nick is not one of given"),
    ("entities.suspect.groups", [["given"]], "entities.suspect.groups.0: List should have at least 2 items"),
    ("entities.suspect.groups", [["given", "sex"], ["sex", "ssn"]], "entities.suspect: groups: a filter may stand in one group only"),
    ("entities.suspect.max_variants", 65, "entities.suspect.max_variants: Input should be less than or equal to 64"),
    ("entities.suspect.passes.curp.key", [], "entities.suspect.passes.curp.key: List should have at least 1 item"),
    ("entities.suspect.passes.curp.key", ["exact(nick)"], "entities.suspect: passes.curp: nick is not one of given_names"),
    ("entities.suspect.passes.curp.key", ["exact(aliases)"], "entities.suspect: passes.curp: aliases is not one of given_names"),
    ("entities.suspect.passes.curp.key", ["soundex(curp)"], "entities.suspect.passes.curp: 'soundex(curp)': expected function(field)"),
    ("entities.suspect.passes.curp.key", ["exact(curp+nick)"], "entities.suspect: passes.curp: nick is not one of given_names"),
    ("entities.suspect.passes.curp.key", ["exact(sex+curp)"], "entities.suspect: passes.curp: joined with +: curp is not one of"),
    ("entities.suspect.fields.sex.latest", date(2026, 1, 1), "entities.suspect.fields.sex: latest: only a field of kind date has one"),
    ("entities.suspect.fields.date_of_birth.latest", "2026", "entities.suspect.fields.date_of_birth.latest: Input should be"),
    ("entities.suspect.passes.curp.key", ["curp"], "entities.suspect.passes.curp: 'curp': expected function(field)"),
    ("entities.suspect.passes.curp.key", ["first(curp)"], "entities.suspect.passes.curp: 'first(curp)': first needs a number"),
    ("entities.suspect.passes.curp.key", ["exact(curp, 3)"], "entities.suspect.passes.curp: 'exact(curp, 3)': exact takes no number"),
    ("entities.suspect.passes.curp.key", ["first(curp, 0)"], "entities.suspect.passes.curp: 'first(curp, 0)': expected function(field)"),
    ("entities.suspect.passes.curp.until", 0, "entities.suspect.passes.curp.until: Input should be greater than or equal to 1"),
    ("entities.suspect.passes.curp.refine", [{"component": "exact(sex)"}], "entities.suspect.passes.curp.refine.0.from_size: Field"),
    (
        "entities.suspect.passes.curp.refine", [{"component": "best(sex)", "from_size": 9}],
        "entities.suspect.passes.curp: 'best(sex)': expected function(field)",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value", "says"), BROKEN, ids=[f"{key}={str(value)[:20]}" for key, value, _ in BROKEN])
def test_what_is_broken_is_refused_with_file_key_and_expectation(key: str, value: Any, says: str | None, tmp_path: Path) -> None:
    path = written(tmp_path, changed(key, value))
    if says is None:  # two owners are enough
        assert len(read_agreement(path).owners) == 2
        return
    with pytest.raises(InvalidAgreement) as caught:
        read_agreement(path)
    assert str(caught.value).startswith(f"{path}: {says}")
    assert caught.value.__context__ is None


def test_too_many_levels_for_one_pattern_code(tmp_path: Path) -> None:
    many = {f"f{number}": {"fields": ["sex"], "levels": [0.9, 0.8, 0.7, 0.6, 0.5], "label": "sex"} for number in range(25)}
    document = changed("entities.suspect.filters", many)
    document["entities"]["suspect"]["groups"] = []
    with pytest.raises(InvalidAgreement, match=r"entities\.suspect: filters: too many levels together"):
        read_agreement(written(tmp_path, document))


FILES = [
    ("not UTF-8", b'title = "Mu\xf1oz"', "not UTF-8 text"),
    ("UTF-16", '﻿format = "x"'.encode("utf-16-le"), "not UTF-8 text"),
    ("not TOML", b"format: trilink", "not TOML"),
    ("a key twice", b'format = "x"\nformat = "y"', "not TOML"),
    ("empty", b"", "format: Field required"),
]


@pytest.mark.parametrize(("case", "content", "says"), FILES, ids=[case for case, _, _ in FILES])
def test_what_is_no_agreement_at_all(case: str, content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "agreement.toml"
    path.write_bytes(content)
    with pytest.raises(InvalidAgreement) as caught:
        read_agreement(path)
    assert str(caught.value).startswith(f"{path}: {says}")


@pytest.mark.parametrize("path", ["missing.toml", "."])
def test_no_such_file(path: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidAgreement, match="no such file"):
        read_agreement(tmp_path / path)


def test_in_force_from_the_first_to_the_last_day() -> None:
    agreement = read_agreement(AGREEMENT_FILE)
    for day in (agreement.valid_from, agreement.valid_until):
        agreement.require_valid(day)
    with pytest.raises(InvalidAgreement, match="in force from 2026-01-01 to 2027-12-31, not on 2028-01-01"):
        agreement.require_valid(date(2028, 1, 1))


COMPONENTS = [
    ("exact(curp)", ("exact", ("curp",), None)),
    ("first(given_names|surname_1, 3)", ("first", ("given_names", "surname_1"), 3)),
    ("last(ssn,12)", ("last", ("ssn",), 12)),
]


@pytest.mark.parametrize(("text", "parts"), COMPONENTS)
def test_component(text: str, parts: tuple[str, tuple[str, ...], int | None]) -> None:
    found = Component.parse(text)
    assert (found.function, found.fields, found.number) == parts
