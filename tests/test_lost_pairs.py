"""The breakdown of lost pairs runs on an invented corpus, and its figures add up."""

from pathlib import Path

from benchmarks.lost_pairs import report
from linkage.lab.invention import invent
from linkage.lab.plan import Plan
from linkage.protocol.agreement import read_agreement

AGREEMENT = Path(__file__).parents[1] / "configs" / "agreement.toml"


def test_what_is_lost_adds_up(tmp_path: Path) -> None:
    invent(tmp_path, Plan(120, 0.4, "typical", seed=1))
    links = tmp_path / "links.csv"
    links.write_text("entity,owner_a,record_a,owner_b,record_b\n", encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in report(tmp_path, read_agreement(AGREEMENT), links).splitlines()]
    lost = {
        (row[0], row[1]): [int(cell) for cell in row[2:]]
        for row in rows
        if len(row) == 6 and row[2].isdigit() and row[0] in ("firearm", "organization", "suspect") and not row[1].isdigit()
    }
    for true, linked, decision, blocking in lost.values():
        assert (linked, true) == (0, decision + blocking)
    by_serial = [lost["firearm", f"{number} usable serial{'s' * (number == 'two')}"][0] for number in ("no", "one", "two")]
    assert lost["suspect", "all"][0] > 0
    assert sum(by_serial) == lost["firearm", "all"][0] > 0
