"""Chunks, parts and threads: how the work is cut up changes no byte of the package, and nothing of it is left."""

from itertools import product
from pathlib import Path

import pytest

from linkage.owner.crosswalk import crosswalk_path, read_crosswalk
from linkage.owner.release import release_package
from linkage.protocol.pace import Pace
from tests.made_agreements import agreement_with, small_rule
from tests.made_lists import EPOCH, KEYS, NOW
from tests.made_releases import opened, profile_of, release_of

AGREED = agreement_with(small_rule(), cap=3)
NAMES = ("Gil", "Paz", "Sol", "Muñoz|García", "", "Roy")
TABLE = "record_id,case_id,name,aliases,born,numbers\n" + "".join(
    f"R{n:03d},C{n % 7},{NAMES[n % 6]},{NAMES[n % 5] if n % 4 == 0 else ''},{1950 + n % 23},{n}|{n % 9}\n" for n in range(120)
)


def made(folder: Path, pace: Pace, largest: int) -> tuple[dict[str, bytes], list[object]]:
    release = release_of(profile_of(folder, TABLE), AGREED, largest=largest)
    report = release_package(release, "thing", folder / "package.sealed", pace)
    manifest, parts = opened(folder / "package.sealed", "package", AGREED)
    crosswalk = read_crosswalk(crosswalk_path(folder / "home", EPOCH, "thing"), AGREED, EPOCH, KEYS["mx"], NOW)
    told = [report, manifest.body, list(crosswalk.all_entities()), crosswalk.ids.to_pylist(), crosswalk.entities.tolist()]
    assert not list((folder / "home" / "epochs" / EPOCH).glob(".*"))
    return parts, told


@pytest.mark.parametrize("largest", [1000, 40_000])
def test_the_size_of_chunks_and_the_number_of_threads_change_no_byte(largest: int, tmp_path: Path) -> None:
    whole = made(tmp_path / "whole", Pace(rows=10_000, threads=1), largest)
    assert whole[1][1]["postings_dropped"]  # type: ignore[index]
    for rows, threads in product((1, 17, 64), (1, 3)):
        assert made(tmp_path / f"{rows}-{threads}", Pace(rows, threads), largest) == whole


def test_progress_is_heard(tmp_path: Path) -> None:
    heard: list[tuple[str, int, int]] = []
    made(tmp_path, Pace(rows=50, threads=1, progress=lambda *word: heard.append(word)), 40_000)
    assert heard == [("encode thing", number, 4) for number in (1, 2, 3, 4)]
