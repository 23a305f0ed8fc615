"""All pairs of records that a rehearsal's unit held for possible, by record id: what it released, and what stayed below.

The rehearsal's own `links.csv` has the links alone; here the joint team's pairs are weighed again from its files, and every owner's
crosswalk puts record ids in the place of pseudonyms, as only a rehearsal can.
"""

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from flows.owner import open_owner
from flows.rehearsal import EPOCH
from flows.unit import open_unit
from linkage.lab.evaluation import Pair, pair, true_pairs
from linkage.owner.crosswalk import crosswalk_path, read_crosswalk
from linkage.owner.pseudonyms import Pseudonyms
from linkage.protocol.agreement import read_agreement
from linkage.protocol.party_profile import unlock
from linkage.unit.linking import weighed_pairs
from linkage.unit.regrouping import read_groups
from linkage.unit.state import RunState

COLUMNS = ["entity", "owner_a", "record_a", "owner_b", "record_b", "score", "decided"]


def possible_matches(out: Path) -> pd.DataFrame:
    """Pairs as the peers write them; scored by match weight, the order in which clusters form. Decided: the pairs inside its clusters."""
    unit = read_agreement(out / "agreement.toml").unit
    state = open_unit(out / "parties" / unit / "profile.toml", EPOCH)[2]
    clusters = pd.read_csv(out / "clusters.csv", dtype=str)
    decided = true_pairs(clusters.rename(columns={"cluster_id": "entity_id"}))
    rows: dict[Pair, tuple[float, int]] = {one: (float("nan"), 1) for one in decided}
    for entity, *owners in state.jobs():
        left, right = owners
        groups = {owner: read_groups(state, owner, entity) for owner in owners}
        names = {owner: _first_records(out, state, owner, entity) for owner in owners}
        for found in weighed_pairs(state, entity, (left, right), groups).pairs:
            key = pair(entity, left, names[left][found.left[1]], right, names[right][found.right[1]])
            rows[key] = (found.weight, int(key in decided))
    return pd.DataFrame([(one[0], *one[1], *one[2], *row) for one, row in sorted(rows.items())], columns=COLUMNS)


def _first_records(out: Path, state: RunState, owner: str, entity: str) -> dict[bytes, str]:
    """The record that gave an entity its name, of every pseudonym that the owner gave the unit."""
    profile, agreement = open_owner(out / "parties" / owner / "profile.toml")
    by = unlock(profile)
    crosswalk = read_crosswalk(crosswalk_path(profile.home, EPOCH, entity), agreement, EPOCH, by, datetime.now(UTC))
    names = Pseudonyms(by)
    return {names.record(state.agreement.unit, entity, own.record_id): own.record_id for own in crosswalk.all_entities()}
