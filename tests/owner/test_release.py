"""A package of a small table: counts that add up, nothing of a person in any byte, the same postings every time."""

import json
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from linkage.owner.crosswalk import crosswalk_path, read_crosswalk
from linkage.owner.release import declared_sizes, partition_bits, read_report, release_package, rounded_up
from linkage.protocol.agreement import Agreement
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.non_matches import read_non_matches
from linkage.protocol.postings import read_postings
from tests.made_agreements import agreement_with, small_rule
from tests.made_lists import EPOCH, KEYS, NOW
from tests.made_releases import opened, profile_of, release_of, table_of

AGREED = agreement_with(small_rule())
TABLE = """record_id,case_id,name,aliases,born,numbers,weight
XYZZY-1,FROTZ-1,Qwghlm,Zzyzx,1985-02-28,PLUGH77|PLOVER88,80
XYZZY-2,FROTZ-1,Qwghlm,,1985-02-28,,75
XYZZY-3,,Qwghlm,,1985,PLUGH77,
,FROTZ-3,Nobody,,1986,,
XYZZY-5,,,,31/02/1999,,
"""
CANARIES = ("XYZZY", "FROTZ", "QWGHLM", "ZZYZX", "PLUGH77", "PLOVER88", "19850228", "1985-02-28")


def released(
    folder: Path, table: str = TABLE, agreement: Agreement = AGREED, **options: Any
) -> tuple[dict[str, Any], Any, dict[str, bytes]]:
    """Report, manifest and parts of the owner's package."""
    release = release_of(profile_of(folder, table), agreement, **options)
    report = release_package(release, "thing", folder / "package.sealed")
    return report, *opened(folder / "package.sealed", "package", agreement)


def ids_of(parts: dict[str, bytes]) -> list[bytes]:
    return [posting for name in sorted(parts) if name.startswith("part-") for posting in table_of(parts[name])["id"].to_pylist()]


def test_report_and_manifest_count_the_same(tmp_path: Path) -> None:
    report, manifest, parts = released(tmp_path)
    body = manifest.body
    assert (report["rows_read"], report["records"], report["columns_ignored"]) == (5, 3, 1)
    assert sum(report["left_out"].values()) == 3  # no id; a bad date, and with it nothing
    # tokens, whoever shares them. born: records 1 and 2, and 3; name and year: all, and the alias of 1; numbers: 1 and 3, and 1
    assert body["postings"] == report["postings"] == len(ids_of(parts)) == 2 + 2 + 2
    assert (body["entity"], body["records"], body["partition_bits"], body["postings_dropped"]) == ("thing", 3, 0, {})
    assert sorted(parts) == ["non-matches.arrow", "part-0000.arrow"]
    assert table_of(parts["non-matches.arrow"]).schema.metadata[b"all_pairs"] == b"3"


def test_nothing_of_a_person_in_any_byte_that_leaves(tmp_path: Path) -> None:
    """Compressed parts are searched as the columns they become, too; a positive control shows that the search finds."""
    report, manifest, parts = released(tmp_path)
    columns = [repr(table_of(part).to_pydict()).encode() for part in parts.values()]
    leaving = [*parts.values(), *columns, manifest.canonical(), json.dumps(report).encode()]
    assert not [canary for canary in CANARIES for text in leaving if canary.lower().encode() in text.lower()]
    assert b"xyzzy" in TABLE.encode().lower()


def test_what_stays_at_home_is_private_and_quotes_nothing(tmp_path: Path) -> None:
    released(tmp_path)
    home = tmp_path / "home" / "epochs" / EPOCH
    assert sorted(path.name for path in home.iterdir()) == [
        "agreement.json", "crosswalk.thing.json", "crosswalk.thing.sealed", "quarantine.thing.csv",
        "release.thing.html", "release.thing.json",
    ]  # fmt: skip
    for path in home.iterdir():
        assert not [canary for canary in CANARIES if canary.lower().encode() in path.read_bytes().lower()]
    assert (home / "quarantine.thing.csv").stat().st_mode & 0o077 == 0
    assert home.stat().st_mode & 0o077 == 0


def test_every_posting_resolves_by_the_crosswalk(tmp_path: Path) -> None:
    _, _, parts = released(tmp_path)
    crosswalk = read_crosswalk(crosswalk_path(tmp_path / "home", EPOCH, "thing"), AGREED, EPOCH, KEYS["mx"], NOW)
    assert sorted(crosswalk.ids.to_pylist()) == sorted(ids_of(parts))
    assert [own.records for own in crosswalk.all_entities()] == [
        (("XYZZY-1", "FROTZ-1"),), (("XYZZY-2", "FROTZ-1"),), (("XYZZY-3", ""),)
    ]  # fmt: skip
    assert Counter(crosswalk.entities.tolist()) == {0: 2, 1: 2, 2: 2}, "the second makes the fewest tokens, the first the most"
    assert repr(crosswalk) == "<Crosswalk: 3 records, hidden>"


def test_a_crosswalk_is_not_for_anybody_else(tmp_path: Path) -> None:
    released(tmp_path)
    path = crosswalk_path(tmp_path / "home", EPOCH, "thing")
    with pytest.raises(InvalidPackage):
        read_crosswalk(path, AGREED, EPOCH, KEYS["us"], NOW)
    with pytest.raises(InvalidPackage):
        read_crosswalk(path, AGREED, "2026-12", KEYS["mx"], NOW)
    with pytest.raises(InvalidPackage, match="no crosswalk of epoch 2026-12; encode first"):
        read_crosswalk(crosswalk_path(tmp_path / "home", "2026-12", "thing"), AGREED, "2026-12", KEYS["mx"], NOW)


def test_same_table_same_bytes(tmp_path: Path) -> None:
    one, again = (released(tmp_path / name)[2] for name in ("one", "again"))
    assert one == again


def test_another_key_or_epoch_shares_nothing(tmp_path: Path) -> None:
    """Tokens change with the key; posting ids with the epoch too, so that none can be followed."""
    packages = [
        released(tmp_path / "one")[2],
        released(tmp_path / "key", key=bytes(32))[2],
        released(tmp_path / "epoch", epoch="2026-12")[2],
    ]
    ids = [set(ids_of(parts)) for parts in packages]
    tokens = [set(table_of(parts["part-0000.arrow"])["token"].to_pylist()) for parts in packages]
    assert not ids[0] & ids[1]
    assert not ids[0] & ids[2]
    assert not tokens[0] & tokens[1]
    assert tokens[0] == tokens[2]


def test_common_tokens_are_dropped_and_counted(tmp_path: Path) -> None:
    rows = [f"R{number},,NAME{number},,1985-02-28,{number}," for number in range(4)]
    table = "\n".join([TABLE.splitlines()[0], *rows])
    full, _, _ = released(tmp_path / "full", table)
    fine, manifest, parts = released(tmp_path / "fine", table, agreement_with(small_rule(), cap=3))
    assert (full["postings_dropped"], full["postings"]) == ({}, 9)
    assert (fine["postings_dropped"], fine["postings"]) == ({"born": 4}, 8)
    assert manifest.body["postings_dropped"] == {"born": 4}
    assert len(ids_of(parts)) == 8


@pytest.mark.parametrize("bits", [1, 3])
def test_partitions_hold_their_tokens_and_may_be_empty(bits: int, tmp_path: Path) -> None:
    _, manifest, parts = released(tmp_path, largest=10_000 * 2**bits)
    _, _, whole = released(tmp_path / "whole", largest=1000)
    assert manifest.body["partition_bits"] == bits
    assert len(parts) == 2**bits + 1
    assert sorted(ids_of(parts)) == sorted(ids_of(whole))
    for number in range(2**bits):
        name = f"part-{number:04d}.arrow"
        (tmp_path / name).write_bytes(parts[name])
        assert {int(token) >> 64 - bits for token in read_postings(tmp_path / name, small_rule()).tokens[:, 0]} <= {number}


@pytest.mark.parametrize("rows", ["", ",,Nobody,,,,\n"], ids=["no row", "no usable row"])
def test_nothing_usable_nothing_sealed(rows: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidPackage, match="thing: no usable record, nothing to seal"):
        released(tmp_path, TABLE.splitlines()[0] + "\n" + rows)
    assert not (tmp_path / "package.sealed").exists()


def test_records_without_any_token_make_a_package_without_postings(tmp_path: Path) -> None:
    _, manifest, parts = released(tmp_path, "record_id,name\nA,Gil\n")
    assert (manifest.body["records"], manifest.body["postings"]) == (1, 0)
    assert ids_of(parts) == []


def test_one_endless_set_costs_no_package(tmp_path: Path) -> None:
    """Its filter is full, and an even diffusion turns it into zeros; the part must still be one that the unit accepts."""
    _, _, parts = released(tmp_path, f"record_id,numbers\nA,{'|'.join(map(str, range(400)))}\nB,7\n")
    (tmp_path / "part").write_bytes(parts["part-0000.arrow"])
    (tmp_path / "non-matches").write_bytes(parts["non-matches.arrow"])
    assert len(read_postings(tmp_path / "part", small_rule())) == 400
    assert read_non_matches(tmp_path / "non-matches").met_pairs == 1


VEHICLE = """
max_variants = 2
[fields]
plate = { kind = "code", many = "variants" }
colour = { kind = "text" }
seen = { kind = "date" }
[filters]
plate = { fields = ["plate"], features = ["positional", "q_grams"], length = 128, bits = 2, levels = [0.95, 0.7], label = "plate" }
colour = { fields = ["colour"], features = ["exact"], length = 64, bits = 6, label = "colour" }
[passes]
plate = { key = ["ocr_fold(plate)"] }
sighting = { key = ["first(plate, 3)", "year_month(seen)"], refine = [{ component = "exact(colour)", from_size = 100000 }] }
"""


def test_a_new_entity_type_needs_toml_only(tmp_path: Path) -> None:
    """Vehicles, which no line of code knows; a new field of an old type goes the same way."""
    agreement = agreement_with(EntityRule.model_validate(tomllib.loads(VEHICLE)))
    table = "record_id,plate,colour,seen\nA,abc-123|XYZ-987,red,2026-01-05\nB,ABC 123,blue,2026-01-07\n"
    report, manifest, parts = released(tmp_path, table, agreement)
    assert (report["records"], manifest.body["postings"]) == (2, 4)
    (tmp_path / "part").write_bytes(parts["part-0000.arrow"])
    postings = read_postings(tmp_path / "part", agreement.entities["thing"])
    assert np.unique(postings.tokens, axis=0).shape == (4, 2)  # the two cars share a plate and a sighting; the second has their postings


def test_the_report_of_a_package_sealed_before_is_read_again(tmp_path: Path) -> None:
    report, _, _ = released(tmp_path)
    release = release_of(profile_of(tmp_path, TABLE), AGREED)
    assert read_report(release, "thing") == report
    with pytest.raises(InvalidPackage, match="sealed before, but not from this home"):
        read_report(release_of(profile_of(tmp_path / "new", TABLE), AGREED), "thing")


SIZES = [(0, 0), (1, 1), (99, 99), (100, 100), (101, 110), (4871, 4900), (999_999, 1_000_000)]


@pytest.mark.parametrize(("size", "declared"), SIZES)
def test_declared_sizes_have_two_digits(size: int, declared: int) -> None:
    assert rounded_up(size) == declared


def test_declared_sizes_count_rows(tmp_path: Path) -> None:
    assert declared_sizes(profile_of(tmp_path, TABLE)) == {"thing": 5}


@pytest.mark.parametrize(("largest", "bits"), [(0, 0), (10_000, 0), (10_001, 1), (20_000, 1), (40_001, 3), (50_000_000, 13), (10**9, 13)])
def test_partition_bits(largest: int, bits: int) -> None:
    assert partition_bits(largest) == bits
