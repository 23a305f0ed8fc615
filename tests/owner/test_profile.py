"""An owner's profile: paths, what is refused and where, and what the agreement must know."""

from pathlib import Path

import pytest

from linkage.owner.profile import check_sources, read_owner_profile
from linkage.protocol.agreement import read_agreement
from linkage.protocol.errors import InvalidProfile
from tests.made_lists import AGREEMENT_FILE

GOOD = """
format = "trilink/owner-profile/v1"
party = "mx"
agreement = "agreement.toml"
home = "home"
language = "es"
withhold = "legal-hold.txt"

[keys]
private = "/keys/mx.key.json"
passphrase_file = "passphrase"

[sources.suspect]
path = "personas.csv"
encoding = "latin-1"
delimiter = ";"
record_id = "FOLIO"

[sources.suspect.columns]
surname_1 = "PATERNO"

[sources.suspect.dates]
date_of_birth = ["%d/%m/%Y"]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "mx.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_paths_are_relative_to_the_profile_and_the_rest_as_written(tmp_path: Path) -> None:
    profile = read_owner_profile(written(tmp_path, GOOD))
    source = profile.sources["suspect"]
    assert (profile.home, source.path, profile.withhold) == (tmp_path / "home", tmp_path / "personas.csv", tmp_path / "legal-hold.txt")
    assert (profile.keys.private, profile.keys.passphrase_file) == (Path("/keys/mx.key.json"), tmp_path / "passphrase")
    assert (source.column("surname_1"), source.column("surname_2")) == ("PATERNO", "surname_2")
    assert (source.encoding, source.separator, source.case_id, profile.language) == ("iso8859-1", "|", "case_id", "es")
    check_sources(profile, read_agreement(AGREEMENT_FILE))


BROKEN = [  # what of the good profile, becomes what, what is said after the file's name
    ('party = "mx"', "", "party: Field required"),
    ('format = "trilink/owner-profile/v1"', 'format = "trilink/unit-profile/v1"', "format: expected trilink/owner-profile/v1"),
    ('language = "es"', 'language = "de"', "language: Input should be 'en', 'es' or 'fr'"),
    ('language = "es"', 'colour = "red"', "colour: Extra inputs are not permitted"),
    ('home = "home"', "home = 5", "home: Input is not a valid path"),
    ('private = "/keys/mx.key.json"', "", "keys.private: Field required"),
    ('passphrase_file = "passphrase"', 'passphrase = "secret"', "keys.passphrase: Extra inputs are not permitted"),
    ('passphrase_file = "passphrase"', 'passphrase_variable = "lower case"', "keys.passphrase_variable: String should match pattern"),
    ('path = "personas.csv"', "", "sources.suspect: path: Field required"),
    ('encoding = "latin-1"', 'encoding = "ebcdic"', "sources.suspect.encoding: expected one of utf-8, latin-1, cp1252"),
    ('encoding = "latin-1"', 'format = "xlsx"', "sources.suspect.format: Input should be 'csv', 'parquet', 'excel' or 'sql'"),
    ('encoding = "latin-1"', 'columnz = "x"', "sources.suspect.columnz: Extra inputs are not permitted"),
    ('delimiter = ";"', 'delimiter = ";;"', "sources.suspect.delimiter: String should have at most 1 character"),
    ('delimiter = ";"', 'delimiter = ""', "sources.suspect.delimiter: String should have at least 1 character"),
    ('delimiter = ";"', 'delimiter = "a"', "sources.suspect.delimiter: expected one mark that separates"),
    ('delimiter = ";"', "delimiter = '\"'", "sources.suspect.delimiter: expected one mark that separates"),
    ('delimiter = ";"', 'delimiter = "\\n"', "sources.suspect.delimiter: expected one mark that separates"),
    ('delimiter = ";"', 'separator = "0"', "sources.suspect.separator: expected one mark that separates"),
    ('["%d/%m/%Y"]', '"%d/%m/%Y"', "sources.suspect.dates.date_of_birth: Input should be a valid list"),
    ("[keys]", "[keys", "not TOML"),
]


@pytest.mark.parametrize(("good", "bad", "says"), BROKEN, ids=[bad or good for good, bad, _ in BROKEN])
def test_what_is_broken_is_refused_with_file_key_and_expectation(good: str, bad: str, says: str, tmp_path: Path) -> None:
    assert GOOD.count(good) == 1
    path = written(tmp_path, GOOD.replace(good, bad))
    with pytest.raises(InvalidProfile) as caught:
        read_owner_profile(path)
    assert str(caught.value).startswith(f"{path}: {says}")
    assert caught.value.__context__ is None


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_no_such_file(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidProfile, match="no such file"):
        read_owner_profile(tmp_path / name)


def test_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "mx.toml").write_bytes(GOOD.replace("es", "\xf1").encode("latin-1"))
    with pytest.raises(InvalidProfile, match="not TOML"):
        read_owner_profile(tmp_path / "mx.toml")


DISAGREES = [
    ("[sources.suspect]", "[sources.vehicle]", "sources.vehicle: not one of the agreed entity types suspect, firearm, organization"),
    ('surname_1 = "PATERNO"', 'paternal = "PATERNO"', "sources.suspect.columns.paternal: not an agreed field of suspect"),
    ("date_of_birth =", "birthday =", "sources.suspect.dates.birthday: not an agreed field of suspect"),
    ("date_of_birth =", "sex =", "sources.suspect.dates.sex: the agreement says it is a sex, not a date"),
]


@pytest.mark.parametrize(("good", "bad", "says"), DISAGREES, ids=[bad for _, bad, _ in DISAGREES])
def test_what_the_agreement_does_not_know(good: str, bad: str, says: str, tmp_path: Path) -> None:
    text = GOOD.replace(good, bad)
    profile = read_owner_profile(written(tmp_path, text.replace("sources.suspect.", "sources.vehicle.") if "vehicle" in bad else text))
    with pytest.raises(InvalidProfile) as caught:
        check_sources(profile, read_agreement(AGREEMENT_FILE))
    assert str(caught.value) == says
