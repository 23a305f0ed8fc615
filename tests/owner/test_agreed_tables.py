"""Local columns become agreed fields: found, renamed, put together, taken apart; what a profile or a mapping says wrongly is refused."""

from pathlib import Path
from typing import Any

import pytest

from linkage.owner.agreed_tables import read_agreed
from linkage.owner.profile import check_sources, read_owner_profile
from linkage.owner.sources import Source
from linkage.owner.validation import validate
from linkage.protocol.agreement import read_agreement
from linkage.protocol.errors import InvalidProfile, InvalidSource
from tests.made_lists import AGREEMENT_FILE

AGREEMENT = read_agreement(AGREEMENT_FILE)
SUSPECT, FIREARM = AGREEMENT.entities["suspect"], AGREEMENT.entities["firearm"]


def agreed(text: str, folder: Path, entity: str = "suspect", **options: Any) -> list[dict[str, str]]:
    """Every row as the agreed cells that say something."""
    (folder / "table.csv").write_text(text, encoding="utf-8")
    table = read_agreed(Source(path=folder / "table.csv", record_id="ID", **options), AGREEMENT.entities[entity])
    return [{name: cell for name, cell in zip(table.header, row.cells, strict=True) if name and cell} for row in table.rows]


CASES: list[tuple[str, str, str, dict[str, Any], dict[str, str]]] = [  # what, header, row, options, agreed cells
    ("renamed", "ID,PATERNO", "1,Gil", {"columns": {"surname_1": "PATERNO"}}, {"surname_1": "Gil"}),
    ("accents and capitals", "Id, Matrícula", "1,X9", {"columns": {"serial_number": "MATRICULA"}}, {"serial_number": "X9"}),
    ("its own name", "ID,surname_1,other", "1,Gil,x", {}, {"surname_1": "Gil"}),
    ("not by a similar name", "ID,Surname 1", "1,Gil", {}, {}),
    ("one column, two fields", "ID,ESTADO", "1,Jalisco", {"columns": {"region": "ESTADO", "place_of_birth": "ESTADO"}},
     {"region": "Jalisco", "place_of_birth": "Jalisco"}),
    ("parts of one name", "ID,FIRST,MIDDLE", "1,Ana, Lucía ", {"columns": {"given_names": ["FIRST", "MIDDLE"]}},
     {"given_names": "Ana Lucía"}),
    ("a null part", "ID,FIRST,MIDDLE", "1,Ana,NMN", {"columns": {"given_names": ["FIRST", "MIDDLE"]}, "null_words": ["NMN"]},
     {"given_names": "Ana"}),
    ("several values", "ID,P1,P2,P3", "1,555,,777", {"columns": {"phone": ["P1", "P2", "P3"]}, "separator": "~"}, {"phone": "555~777"}),
    ("issuer and number", "ID,ST,DL", "1,TX,123", {"columns": {"driver_licence": ["ST", "DL"]}}, {"driver_licence": "TX:123"}),
    ("an issuer alone", "ID,ST,DL", "1,TX,", {"columns": {"driver_licence": ["ST", "DL"]}}, {}),
    ("a number alone", "ID,ST,DL", "1,,123", {"columns": {"driver_licence": ["ST", "DL"]}}, {"driver_licence": "123"}),
    ("only where", "ID,KIND,NO", "1, ssn ,123", {"columns": {"ssn": {"columns": ["NO"], "only": {"KIND": ["SSN"]}}}}, {"ssn": "123"}),
    ("not elsewhere", "ID,KIND,NO", "1,DL,123", {"columns": {"ssn": {"columns": ["NO"], "only": {"KIND": ["SSN"]}}}}, {}),
    ("a constant", "ID,surname_1", "1,Gil", {"constants": {"country": "MX"}}, {"surname_1": "Gil", "country": "MX"}),
    ("a constant alone makes no record", "ID,surname_1", "1,", {"constants": {"country": "MX"}}, {}),
    ("a whole name", "ID,NOMBRE", "1,Juan Gil Paz", {"full_name": "NOMBRE"},
     {"given_names": "JUAN", "surname_1": "GIL", "surname_2": "PAZ"}),
    ("a whole name, surnames first", "ID;NOMBRE", "1;Gil Paz, Juan", {"full_name": "NOMBRE", "delimiter": ";"},
     {"given_names": "JUAN", "surname_1": "GIL", "surname_2": "PAZ"}),
    ("a null name", "ID,NOMBRE", "1,NO PROPORCIONA", {"full_name": "NOMBRE", "null_words": ["no proporciona"]}, {}),
    ("both surnames in one column", "ID,APELLIDOS,given_names", "1,de la Torre Muñoz,Ana", {"surnames": "APELLIDOS"},
     {"given_names": "Ana", "surname_1": "TORRE", "surname_2": "MUNOZ"}),
    ("one surname in that column", "ID,APELLIDOS,given_names", "1,Gil,Ana", {"surnames": "APELLIDOS"},
     {"given_names": "Ana", "surname_1": "GIL"}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "header", "row", "options", "cells"), CASES, ids=[what for what, *_ in CASES])
def test_columns(what: str, header: str, row: str, options: dict[str, Any], cells: dict[str, str], tmp_path: Path) -> None:
    entity = "firearm" if "serial_number" in cells else "suspect"
    assert agreed(f"{header}\n{row}\n", tmp_path, entity, **options) == [{"record_id": "1"} | cells]


INCHES = [("4.02", "102.108"), ("16,25 in", "412.750"), ('4"', "101.600"), ("114 mm", "114 mm"), ("unknown", "unknown"), ("", "")]


@pytest.mark.parametrize(("cell", "text"), INCHES)
def test_another_unit(cell: str, text: str, tmp_path: Path) -> None:
    options = {"columns": {"barrel_length_mm": {"columns": ["B"], "scale": 25.4}}, "delimiter": ";"}
    (row,) = agreed(f"ID;B\n1;{cell.replace(chr(34), chr(34) * 2) if chr(34) not in cell else chr(34) + cell + chr(34) * 2}\n", tmp_path,
                    "firearm", **options)  # fmt: skip
    assert row.get("barrel_length_mm", "") == text


MISSING = [  # what the profile says, whose column the table lacks
    {"columns": {"surname_1": "PATERNO"}}, {"columns": {"phone": ["name", "PATERNO"]}}, {"case_id": "PATERNO"}, {"full_name": "PATERNO"},
    {"columns": {"ssn": {"columns": ["name"], "only": {"PATERNO": ["x"]}}}}, {"surnames": "PATERNO"},
]  # fmt: skip


@pytest.mark.parametrize("options", MISSING, ids=str)
def test_a_column_that_the_profile_names_must_be_there(options: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InvalidSource, match=r"table\.csv: no column PATERNO, which the profile or its mapping names"):
        agreed("ID,name\n1,x\n", tmp_path, **options)


def test_a_column_that_a_mapping_names_may_be_absent_and_is_told(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("record_id,A\n1,x\n", encoding="utf-8")
    source = Source(path=tmp_path / "table.csv", columns={"surname_1": "PATERNO", "locality": "A"}, optional=["surname_1"])
    table = read_agreed(source, SUSPECT)
    assert (table.absent, table.ignored, table.header) == (["surname_1"], 0, ["record_id", "locality"])


def test_two_columns_of_almost_the_same_name_are_not_guessed_between(tmp_path: Path) -> None:
    with pytest.raises(InvalidSource, match="no column MATRICULA"):
        agreed("ID,Matrícula,matricula\n1,a,b\n", tmp_path, "firearm", columns={"serial_number": "MATRICULA"})


CLOSED = [("H", "M", ""), (" h ", "M", ""), ("F", "", "not in the code table of this source"), ("N/D", "", ""), ("Z", "", "not a sex")]


@pytest.mark.parametrize(("cell", "value", "reason"), CLOSED)
def test_a_closed_code_table_refuses_other_words(cell: str, value: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text(f"record_id,surname_1,sex\n1,Gil,{cell}\n", encoding="utf-8")
    source = Source(path=tmp_path / "table.csv", values={"sex": {"H": "M", "M": "F"}}, closed=["sex"])
    table = read_agreed(source, SUSPECT)
    records, quarantine, _ = validate(table.header, table.rows, table.source, SUSPECT)
    assert records.cells["sex"] == [(value,) if value else ()]
    assert [found.startswith(reason) for _, _, found, _ in quarantine.entries] == ([True] if reason else [])


MAPPING = """
format = "trilink/source-mapping/v1"
title = "for tests"
[entities.suspect]
record_id = "FOLIO"
delimiter = ";"
null_words = ["NADA"]
[entities.suspect.columns]
surname_1 = "PATERNO"
surname_2 = "MATERNO"
[entities.suspect.dates]
date_of_birth = ["%d/%m/%Y"]
[entities.suspect.values.sex]
H = "M"
M = "F"
"""
PROFILE = """
format = "trilink/owner-profile/v1"
party = "mx"
agreement = "agreement.toml"
home = "home"
[keys]
private = "mx.key.json"
[sources.suspect]
mapping = "own.toml"
path = "personas.csv"
null_words = ["SIN"]
[sources.suspect.columns]
surname_1 = "APELLIDO"
[sources.suspect.values.sex]
M = "M"
"""


def profile(folder: Path, text: str = PROFILE, mapping: str = MAPPING) -> Source:
    (folder / "own.toml").write_text(mapping, encoding="utf-8")
    (folder / "mx.toml").write_text(text, encoding="utf-8")
    found = read_owner_profile(folder / "mx.toml")
    check_sources(found, AGREEMENT)
    return found.sources["suspect"]


def test_a_profile_overrides_its_mapping_key_by_key(tmp_path: Path) -> None:
    source = profile(tmp_path)
    assert (source.path, source.delimiter, source.record_id) == (tmp_path / "personas.csv", ";", "FOLIO")
    assert (source.column("surname_1"), source.column("surname_2")) == ("APELLIDO", "MATERNO")
    assert (source.null_words, source.values["sex"]) == (["NADA", "SIN"], {"H": "M", "M": "M"})
    assert source.dates == {"date_of_birth": ["%d/%m/%Y"]}
    assert source.optional == ["surname_2"]  # only the mapping names its column


def test_a_shipped_mapping_goes_by_its_name(tmp_path: Path) -> None:
    source = profile(tmp_path, PROFILE.replace("own.toml", "suspects-two-surnames"))
    assert (source.encoding, source.column("surname_2")) == ("cp1252", "APELLIDO MATERNO")


BROKEN = [  # in the profile or the mapping, what becomes what, what is said
    ("own.toml", "nowhere", "mapping 'nowhere': expected a path that ends in .toml, or one of ca-firearms, company-register, etrace"),
    ("own.toml", "none.toml", "sources.suspect.mapping: none.toml: no such file"),
    ("entities.suspect", "entities.vehicle", "sources.suspect.mapping: own.toml: maps no suspect, only vehicle"),
    ("trilink/source-mapping/v1", "trilink/source-mapping/v9", "own.toml: format: expected trilink/source-mapping/v1"),
    ('record_id = "FOLIO"', 'path = "x.csv"', "own.toml: entities.suspect.path: belongs in the profile"),
    ('record_id = "FOLIO"', 'query = "select 1"', "own.toml: entities.suspect.query: belongs in the profile"),
    ('record_id = "FOLIO"', "record_id =", "own.toml: not TOML"),
    ('record_id = "FOLIO"', 'colour = "red"', "sources.suspect.colour: Extra inputs are not permitted"),
    ('"MATERNO"', "[]", "sources.suspect.columns.surname_2.columns: List should have at least 1 item"),
    ("surname_2 =", "second =", "sources.suspect.columns.second: not an agreed field of suspect"),
    ('delimiter = ";"', 'closed = ["colour"]', "sources.suspect.closed.colour: not an agreed field of suspect"),
    ('delimiter = ";"', 'full_name = "A"\nsurnames = "B"', "full_name, surnames: expected one of them"),
]


@pytest.mark.parametrize(("good", "bad", "says"), BROKEN, ids=[bad for _, bad, _ in BROKEN])
def test_what_is_broken_is_refused(good: str, bad: str, says: str, tmp_path: Path) -> None:
    text = PROFILE.replace(good, bad) if good == "own.toml" else PROFILE
    with pytest.raises(InvalidProfile) as caught:
        profile(tmp_path, text, MAPPING.replace(good, bad))
    assert says in str(caught.value)
    assert caught.value.__context__ is None


def test_typed_dates_are_iso_whatever_the_text_format_is(tmp_path: Path) -> None:
    source = Source(path=tmp_path / "x.xlsx", format="excel", dates={"date_of_birth": ["%d/%m/%Y"]})
    assert source.agreed().dates["date_of_birth"] == ["%d/%m/%Y", "%Y-%m-%d"]
    assert Source(path=tmp_path / "x.csv", dates={"date_of_birth": ["%d/%m/%Y"]}).agreed().dates["date_of_birth"] == ["%d/%m/%Y"]
