"""A home is backed up while nothing runs, lost, and put back, as docs/runbooks/restore.md says: what comes of it at each party."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from linkage.owner.regrouping import answer_request
from linkage.owner.resolution import resolve_list
from linkage.protocol.errors import InvalidPackage, TrilinkError
from linkage.protocol.ledger import HEAD_FILE, Ledger
from linkage.protocol.ledger_entries import remembered
from linkage.protocol.ledger_verification import read_ledger, verify
from linkage.protocol.receipts import acknowledge, take_receipts
from linkage.unit.issuing import last_issued, list_path
from tests.parties import EPOCH, NOW, UNIT, Parties, Unit
from tests.small_world import people

OWNERS = ("ca", "mx", "us")


class Backup:
    """The runbook's two commands for one folder."""

    def __init__(self, folder: Path, to: Path) -> None:
        self.folder, self.file = folder, to / f"{folder.name}.backup.tar.gz"
        self._tar("--create", "--gzip", folder.name)

    def restored(self) -> None:
        shutil.rmtree(self.folder)  # the machine is lost
        self._tar("--extract", "--gzip")

    def _tar(self, *arguments: str) -> None:
        subprocess.run(["tar", *arguments, "--file", str(self.file)], cwd=self.folder.parent, check=True)


def ledger(parties: Parties, party: str) -> Ledger:
    home = parties.folder / "unit" if party == UNIT else parties.folder / party / "home"
    return Ledger(home, parties.keys[party], parties.agreement)


def verified(parties: Parties, party: str) -> int:
    """How many entries the party's ledger has, if it is whole and signed with its keys."""
    public = {name: keys.public() for name, keys in parties.keys.items()}
    at = ledger(parties, party)
    found = read_ledger(at.path)
    head = remembered(at.path.with_name(HEAD_FILE))
    verify(found, public, [head] if head else [])
    return len(found.entries)


def linked(parties: Parties, unit: Unit) -> list[tuple[str, str]]:
    """What is linked, with repetitions if there were any."""
    name = parties.record_of()
    decided = unit.decide()
    return sorted((name[one.left[1]], name[one.right[1]]) for each in decided for one in each.clusters.links)


@pytest.fixture
def parties(tmp_path: Path) -> Parties:
    return Parties(tmp_path / "parties", people(*OWNERS))


BEFORE: list[tuple[str, Callable[[Parties, Unit], object]]] = [  # the day of the copy, what was done until then
    ("packages are in", lambda parties, unit: unit.take_in(*parties.packages())),
    ("requests are out", lambda parties, unit: (unit.take_in(*parties.packages()), unit.ask())),
]


@pytest.mark.parametrize(("day", "until"), BEFORE, ids=[day for day, _ in BEFORE])
def test_the_unit_s_home_lost_and_put_back(day: str, until: Callable[[Parties, Unit], object], parties: Parties, tmp_path: Path) -> None:
    unit = parties.unit()
    until(parties, unit)
    backup = Backup(unit.home, tmp_path)
    unit.run()
    expected = linked(parties, unit)
    assert len(expected) > 5 and len(set(expected)) == len(expected)
    backup.restored()
    again = parties.unit()
    again.run()
    assert linked(parties, again) == expected
    assert verified(parties, UNIT) > 0


def test_the_unit_put_back_to_before_it_asked(parties: Parties, tmp_path: Path) -> None:
    """It asks anew; owners refuse a second request 1, and what they answered to the first one counts."""
    unit, post = parties.unit(), tmp_path / "post"
    post.mkdir()
    unit.take_in(*parties.packages())
    backup, answers = Backup(unit.home, tmp_path), []
    for owner, request in unit.ask().items():
        sent = Path(shutil.copy(request, post))
        answers.append(sent.with_name(f"answer.{owner}.sealed"))
        answer_request(parties.at_home(owner), sent, answers[-1])
    unit.take_answers(*answers)
    expected = linked(parties, unit)
    backup.restored()
    again = parties.unit()
    again.take_in(*parties.packages())
    for owner, request in again.ask().items():
        with pytest.raises(InvalidPackage, match=r"request 1 was another one, .*ask the unit which one holds"):
            answer_request(parties.at_home(owner), request, tmp_path / "never.sealed")
    again.take_answers(*answers)
    assert linked(parties, again) == expected
    assert verified(parties, UNIT) > 0


def test_an_owner_s_home_put_back_to_before_its_package(parties: Parties, tmp_path: Path) -> None:
    """It seals another package, which the unit refuses, for it has the first; nothing is linked twice, and the list opens."""
    unit, receipts = parties.unit(), tmp_path / "receipts"
    parties.at_home("mx").ledger.note("linked", {"epoch": "2026-10", "run": "ab" * 16, "counts": {}}, NOW)
    backup = Backup(parties.folder / "mx" / "home", tmp_path)
    unit.take_in(*parties.packages())
    acknowledge(ledger(parties, UNIT), receipts, NOW)
    backup.restored()
    first = parties.package("mx").rename(tmp_path / "first.sealed")
    with pytest.raises(InvalidPackage, match="it already sent another one"):
        unit.take_in(parties.package("mx"))
    assert parties.package("mx").read_bytes() != first.read_bytes()
    for owner, request in unit.ask().items():
        answer = request.with_name(request.name.replace("request", "answer"))
        answer_request(parties.at_home(owner), request, answer)
        unit.take_answers(answer)
    links = linked(parties, unit)
    assert len(links) > 5 and len(set(links)) == len(links)
    own = resolve_list(parties.at_home("mx"), list_path(unit.out, EPOCH, "mx", last_issued(unit.state, "mx")), tmp_path / "cases")
    assert own["links"] == sum("mx" in pair_owners(parties, pair) for pair in links)
    with pytest.raises(InvalidPackage, match="of which our ledger has nothing; one of the two ledgers is wrong"):
        take_receipts(ledger(parties, "mx"), receipts.glob("receipt.*.mx.*.sealed"), NOW)


def pair_owners(parties: Parties, pair: tuple[str, str]) -> set[str]:
    owner = {row["record_id"]: name for name, entities in parties.tables.items() for row in entities["suspect"]}
    return {owner[record] for record in pair}


def test_an_older_ledger_is_found_by_the_head_that_was_kept_elsewhere(parties: Parties, tmp_path: Path) -> None:
    at = parties.at_home("mx").ledger
    at.note("linked", {"epoch": EPOCH, "run": "ab" * 16, "counts": {}}, NOW)
    backup = Backup(at.path.parent, tmp_path)
    at.note("clustered", {"epoch": EPOCH, "run": "ab" * 16, "counts": {}}, NOW)
    kept = Path(shutil.copy(at.path.with_name(HEAD_FILE), tmp_path))
    assert verified(parties, "mx") == 3
    backup.restored()
    assert verified(parties, "mx") == 2, "by itself an older copy is whole"
    head = remembered(kept)
    assert head is not None
    with pytest.raises(TrilinkError, match="entry 2"):
        verify(read_ledger(at.path), {name: keys.public() for name, keys in parties.keys.items()}, [head])
