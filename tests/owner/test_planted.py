"""A planted record that links is an alarm, and no lead for anybody."""

from pathlib import Path

import pytest

from linkage.owner.resolution import resolve_list
from linkage.protocol.errors import InvalidProfile
from tests.made_lists import receiver, sealed_list, small_list


def planted_file(folder: Path, *ids: str) -> Path:
    path = folder / "planted.txt"
    path.write_text("\ufeff" + "\n".join(ids) + "\n", encoding="utf-8")
    return path


def test_a_planted_record_that_links_is_counted_noted_and_not_listed(tmp_path: Path) -> None:
    at_home = receiver(tmp_path / "home", planted=planted_file(tmp_path, "A-17", "Z-99"))
    counts = resolve_list(at_home, sealed_list(tmp_path, small_list()), tmp_path / "out")
    assert (counts["links"], counts["planted"]) == (3, 1)
    assert "A-17" not in "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir())
    (entry,) = at_home.ledger.entries("planted_linked")
    assert entry.facts["counts"] == {"planted": 1}
    assert "A-17" not in at_home.ledger.path.read_text(encoding="utf-8")


def test_planted_records_that_do_not_link_are_silent(tmp_path: Path) -> None:
    at_home = receiver(tmp_path / "home", planted=planted_file(tmp_path, "Z-99"))
    counts = resolve_list(at_home, sealed_list(tmp_path, small_list()), tmp_path / "out")
    assert counts["links"] == 4 and "planted" not in counts
    assert at_home.ledger.entries("planted_linked") == []


@pytest.mark.parametrize("content", [None, b"\xff\xfe\xfa"], ids=["absent", "not UTF-8"])
def test_a_file_that_cannot_be_read_stops_the_work(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "planted.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidProfile, match=r"planted: planted\.txt is not there, or not UTF-8 text"):
        resolve_list(receiver(tmp_path / "home", planted=path), sealed_list(tmp_path, small_list()), tmp_path / "out")
    assert not (tmp_path / "out").exists()
