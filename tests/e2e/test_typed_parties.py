"""docs/how-to-real-parties.md as it is typed, from keys to compared ledgers, in one folder; then what other pages type into that folder."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.conftest import Trilink
from tests.e2e.typed_page import BLOCK, blocks_of, shell

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
        typed((ROOT / "docs/runbooks/restore.md").read_text(encoding="utf-8").split("```sh\n")[1].split("```")[0], base)
        typed((ROOT / "docs/runbooks/restore.md").read_text(encoding="utf-8").split("```sh\n")[2].split("```")[0], base)
    assert said[4].count("Ready: every contribution is in and opens its commitment.") >= 3
    assert sorted(path.parent.name for path in base.glob("*/linked-cases")) == ["ca", "mx", "us"] or said[9].count("linked-cases.html") == 3
    for owner in OWNERS:
        assert json.loads((base / owner / "linked-cases" / "linked-cases.json").read_text(encoding="utf-8"))["links"]
    assert "nobody" in said[10].splitlines()[-1] or re.search(r"fit|open", said[10].splitlines()[-1]), said[10]
    assert '"state": "fail"' not in found, found
