"""docs/how-to-real-parties.md as it is typed, from keys to compared ledgers, in one folder; then what other pages type into that folder."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.conftest import Trilink
from tests.e2e.typed_page import BLOCK, Shell, blocks_of, shell

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
OWNERS = ("ca", "mx", "us")


def test_four_parties_as_typed(trilink: Trilink, tmp_path_factory: pytest.TempPathFactory) -> None:
    page = ROOT / "docs" / "how-to-real-parties.md"
    before, steps = page.read_text(encoding="utf-8").split("## 1. ", 1)[0], blocks_of(page)
    (invented,) = [line for line in BLOCK.findall(before)[0].splitlines() if line.startswith("trilink ")]
    base = tmp_path_factory.mktemp("practice")
    shutil.copy(ROOT / "configs" / "agreement.toml", base / "template.toml")
    with shell(tmp_path_factory.mktemp("s"), trilink.environment) as typed:
        typed(invented, base)
        said = {number: typed(text, base) for number, text in sorted(steps.items())}
        found = typed("trilink doctor joint-team/profile.toml --json || true\ntrilink owner check mx/profile.toml --out check", base)
        told = other_pages(typed, base)
        typed((ROOT / "docs/runbooks/restore.md").read_text(encoding="utf-8").split("```sh\n")[1].split("```")[0], base)
        typed((ROOT / "docs/runbooks/restore.md").read_text(encoding="utf-8").split("```sh\n")[2].split("```")[0], base)
    assert said[4].count("Ready: every contribution is in and opens its commitment.") >= 3
    assert sorted(path.parent.name for path in base.glob("*/linked-cases")) == ["ca", "mx", "us"] or said[9].count("linked-cases.html") == 3
    for owner in OWNERS:
        assert json.loads((base / owner / "linked-cases" / "linked-cases.json").read_text(encoding="utf-8"))["links"]
    assert "nobody" in said[10].splitlines()[-1] or re.search(r"fit|open", said[10].splitlines()[-1]), said[10]
    assert '"state": "fail"' not in found, found
    assert "withdrawn" in told["how-to-late-and-withdrawn"] or "acknowledged" in told["how-to-late-and-withdrawn"], told


def other_pages(typed: Shell, base: Path) -> dict[str, str]:
    """What the pages about single steps say to type, in the folder of the four parties; returns what was said by page."""
    said = {}
    shutil.copy(base / "ledgers" / "joint-team.jsonl", base)
    for page in ("runbooks/index", "runbooks/package-refused", "runbooks/party-late", "runbooks/disk-full", "runbooks/ledger-forks"):
        said[page] = typed("\n".join(bash_of(page)), base)
    said["how-to-own-tables"] = typed("\n".join(bash_of("how-to-own-tables")), base)
    links = json.loads((base / "mx" / "linked-cases" / "linked-cases.json").read_text(encoding="utf-8"))["links"]
    record = next(row["own"]["record_id"] for row in links if row["other"]["owner"] == "ca")
    _, withdrawing, at_ca, at_mx, over = bash_of("how-to-late-and-withdrawn")
    carried = "for party in mx ca us joint-team; do for kind in withdrawal recall list acknowledgement; do\n"
    carried += "  cp -n */outbox/$kind.2026-11.$party.* */outbox/$kind.2026-11.*.$party.* $party/inbox/ 2>/dev/null || true\ndone; done\n"
    carried += "cp -n */outbox/withdrawal.2026-11.* joint-team/inbox/\n"
    lines = withdrawing.replace("A-1077", record).splitlines() + at_ca.splitlines() + at_mx.splitlines() + over.splitlines()
    said["how-to-late-and-withdrawn"] = "".join(typed(f"{line}\n{carried}", base) for line in lines)
    return said


def bash_of(page: str) -> list[str]:
    return BLOCK.findall((ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8"))
