"""The mappings that ship, each with its invented example: what a domain expert would expect of every record."""

import tomllib
from typing import Any

import pytest

from linkage.owner.agreed_tables import AgreedTable, read_agreed
from linkage.owner.profile import OwnerProfile, check_sources
from linkage.owner.source_mappings import HERE, with_mappings
from linkage.owner.validation import validate
from linkage.protocol.agreement import read_agreement
from tests.made_lists import AGREEMENT_FILE

AGREEMENT = read_agreement(AGREEMENT_FILE)
SHIPPED = [(path.stem, entity) for path in sorted(HERE.glob("*.toml")) for entity in tomllib.loads(path.read_text("utf-8"))["entities"]]


def mapped(mapping: str, entity: str) -> AgreedTable:
    document: dict[str, Any] = {
        "format": "trilink/owner-profile/v1", "party": "mx", "agreement": AGREEMENT_FILE, "home": "home", "keys": {"private": "none"},
        "sources": {entity: {"mapping": mapping, "path": HERE / "examples" / f"{mapping}.csv"}},
    }  # fmt: skip
    profile = OwnerProfile.model_validate(with_mappings(document))
    check_sources(profile, AGREEMENT)
    return read_agreed(profile.sources[entity], AGREEMENT.entities[entity])


EXPECTED: dict[tuple[str, str], dict[str, str]] = {  # record -> its case and agreed values; several values in a cell with |
    ("etrace", "firearm"): {
        "T20260000101": "26-1101; serial_number XKR48215; obliterated NO; make GLOCK; importer GLOCK; model 19; calibre 9X19; "
        "firearm_type SHORT PISTOL; country_of_origin AUT; barrel_length_mm 102; recovery_date 20260314; recovery_region TX",
        "T20260000102": "26-1101; obliterated YES; importer CENTURY ARMS; calibre 762X39; firearm_type LONG RIFLE; country_of_origin ROU; "
        "barrel_length_mm 413; recovery_date 20260302; recovery_region TX",
        "T20260000103": "26-1188; serial_number BPR774120; obliterated NO; make SMITH WESSON; model 686; calibre 357 MAG; "
        "firearm_type SHORT REVOLVER; country_of_origin USA; recovery_date 20251130; recovery_region AZ",
    },
    ("etrace", "suspect"): {
        "T20260000101": "26-1101; given_names WALTER QUINCY; surname_1 BRANDVOLD; aliases WALLY+BRANDVOLD; date_of_birth 19800704; sex M; "
        "house_number 1207; locality LAREDO; region TX; postal_code 78040; country USA; driver_licence TX 04981233",
        "T20260000103": "26-1188; given_names ODALYS; surname_1 TREVINO; date_of_birth 19911209|19931209; sex F; ssn 512409981",
    },
    ("etrace-es", "firearm"): {
        "T20260000201": "FED/2026/118; serial_number DC3391204; obliterated NO; make COLT; model GOVERNMENT; calibre 38 SUPER; "
        "firearm_type SHORT PISTOL; country_of_origin USA; barrel_length_mm 127; recovery_date 20260309; recovery_region NLE",
        "T20260000202": "FED/2026/119; obliterated YES; model AK47; calibre 762X39; firearm_type LONG; recovery_region SON",
    },
    ("etrace-es", "suspect"): {
        "T20260000201": "FED/2026/118; given_names MARIA FERNANDA; surname_1 IBANEZ; surname_2 CRUZ; monikers GUERA; "
        "date_of_birth 19881105; sex F; locality MONTERREY; region NLE; postal_code 64000; country MEX; rfc IACF881105",
        "T20260000202": "FED/2026/119; given_names EUSEBIO; surname_1 LANDEROS; date_of_birth 1979",
    },
    ("mx-seizures", "firearm"): {
        "A-0001": "FED/TAM/0415/2026; serial_number BER402117; make BERETTA; model 92FS; calibre 9X19; firearm_type SHORT; "
        "country_of_origin ITA; recovery_date 20260217; recovery_region TAM",
        "A-0002": "FED/TAM/0415/2026; model AR15; calibre 223 REM; firearm_type LONG; recovery_date 20260217; recovery_region TAM",
        "A-0003": "FED/SON/0099/2026; serial_number 9412077; make NORINCO; model MAK90; calibre 762X39; firearm_type LONG; "
        "country_of_origin CHN; recovery_date 20260103; recovery_region SON",
    },
    ("ca-firearms", "firearm"): {
        "E-7781": "2026-55012; serial_number TKB20933; obliterated NO; model PT111; calibre 9X19; firearm_type SHORT; "
        "country_of_origin BRA; barrel_length_mm 81; recovery_date 20260119; recovery_region ON; ballistic_id CB40081",
        "E-7782": "2026-55013; obliterated YES; calibre 22 LR; firearm_type LONG RIFLE; recovery_date 20260203; recovery_region QC",
    },
    ("suspects-two-surnames", "suspect"): {
        "P-101": "FED/NL/77/2026; given_names JOSE ANGEL; surname_1 MUNOZ; surname_2 TORRE; aliases ANGEL+MUNOZ+TORRES|JOSE+MUNOZ; "
        "monikers NORTENO; date_of_birth 19790308; sex M; place_of_birth SIN; nationality MEX; locality MONTERREY; region NLE; "
        "postal_code 64000; phone 8155550142|8155550199",
        "P-102": "FED/NL/78/2026; given_names GUADALUPE; surname_1 PENA; date_of_birth 198604; sex F",
    },
    ("suspects-one-surname", "suspect"): {
        "S-1": "QC-26-14; given_names JEAN PIERRE; surname_1 SAINTONGE; monikers TI JEAN; date_of_birth 19840612; sex M; nationality CAN; "
        "locality LAVAL; region QC; postal_code H7N1A1; phone 4505550177; fps 123456C; driver_licence QC S123412068406",
        "S-2": "ON-26-90; given_names TRACY; surname_1 WEXCOMBE; date_of_birth 1990; sex F; locality THUNDER BAY; region ON; "
        "passport CAN 6K401822",
    },
    ("suspects-full-names", "suspect"): {
        "N-1": "EX-9; given_names MARIA CARMEN; surname_1 VILLALOBOS; surname_2 RUIZ; date_of_birth 19750921; sex F; region JAL",
        "N-2": "EX-9; given_names RAUL; surname_1 GARZA; surname_2 TREVINO; aliases RAUL+GARZA; monikers RULO; date_of_birth 1969; sex M",
        "N-3": "EX-10; monikers ZURDO",
    },
    ("company-register", "organization"): {
        "M-5501": "EX-31; name TRANSPORTES VALLE QUEMADO; aliases FLETES QUEMADO; kind LEGAL ENTITY; rfc TVQ0903171R5; house_number 450; "
        "locality REYNOSA; region TAM; postal_code 88500; country MEX; phone 8995550110",
        "M-5502": "; name COMERCIALIZADORA ARMINO; kind LEGAL ENTITY; region NLE; postal_code 64000; country MEX",  # case N/D is no case
    },
}  # fmt: skip

LEFT_OUT = {  # row and field of what is refused
    ("etrace", "suspect"): [(3, "")],  # a gun whose possessor nobody knows
    ("etrace-es", "firearm"): [(3, "recovery_date")],  # 31 February
    ("etrace-es", "suspect"): [(3, "sex")],  # H in a column of M and F
    ("suspects-two-surnames", "suspect"): [(4, ""), (4, "sex")],  # F where M is a woman; and nothing else is known
}


@pytest.mark.parametrize(("mapping", "entity"), SHIPPED)
def test_the_example_is_understood(mapping: str, entity: str) -> None:
    table, expected = mapped(mapping, entity), EXPECTED[mapping, entity]
    records, quarantine, _ = validate(table.header, table.rows, table.source, AGREEMENT.entities[entity])
    assert records.ids == list(expected)
    for number, line in enumerate(expected.values()):
        case, *values = line.split("; ")
        assert records.cases[number] == case
        assert set(values) <= {f"{field} {_shown(column[number])}" for field, column in records.cells.items()}
    left_out = sorted((row, field) for row, field, *_ in quarantine.entries)
    assert left_out == LEFT_OUT.get((mapping, entity), [])


def _shown(cell: tuple[object, ...]) -> str:
    return "|".join("+".join(filter(None, value)) if isinstance(value, tuple) else str(value) for value in cell)


def test_every_mapping_has_an_example_and_every_example_a_mapping() -> None:
    assert {path.stem for path in (HERE / "examples").iterdir()} == {path.stem for path in HERE.glob("*.toml")}
    assert set(EXPECTED) == set(SHIPPED)


def test_case_references_and_ids_are_the_only_cells_that_pass_as_they_are() -> None:
    found = mapped("etrace", "suspect")
    assert (len(list(found.rows)), found.absent) == (3, [])
    assert found.ignored > 0
