"""What invented desks found out about a rehearsal's links: two in five are settled as the truth says, one in twenty of these stays open."""

import json
from pathlib import Path

import pandas as pd

from linkage.lab.purchase_counties import share_of
from linkage.protocol.outcomes import CONFIRMED, INDETERMINATE, REFUTED

SETTLED, UNSURE = 0.4, 0.05


def outcomes_of(run: Path, corpus: Path) -> dict[str, dict[str, str]]:
    """By owner: link id -> outcome; both owners of a link settle the same ones, and agree. What the truth does not know nobody settles."""
    truth = pd.read_csv(corpus / "truth.csv", dtype=str, keep_default_na=False)
    things = dict(zip(zip(truth["owner"], truth["entity"], truth["record_id"], strict=True), truth["entity_id"], strict=True))
    sides: dict[str, dict[str, str]] = {}
    for path in sorted((run / "lists").glob("*/linked-cases.json")):
        for link in json.loads(path.read_text(encoding="utf-8"))["links"]:
            owner = path.parent.name
            thing = things.get((owner, link["entity"], link["own"]["record_id"]))
            if thing is not None:
                sides.setdefault(link["link_id"], {})[owner] = thing
    told: dict[str, dict[str, str]] = {path.parent.name: {} for path in sorted((run / "lists").glob("*/linked-cases.json"))}
    for link_id, records in sorted(sides.items()):
        if len(records) == 2 and share_of(f"settled {link_id}") < SETTLED:
            right = CONFIRMED if len(set(records.values())) == 1 else REFUTED
            outcome = INDETERMINATE if share_of(f"unsure {link_id}") < UNSURE else right
            for owner in records:
                told[owner][link_id] = outcome
    return told
