"""In the lab alone: a rehearsal's packages beside each other, as the unit has them, and what its owners answered."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from flows._attacked import Aim, attack_rehearsal
from flows._compared import open_crosswalk
from flows.rehearsal import EPOCH
from linkage.lab.attacks.across import beside_each_other, in_company, met_by_the_same, of_side
from linkage.lab.attacks.findings import Attacked, Finding
from linkage.lab.attacks.groups import recognised_groups
from linkage.lab.attacks.one_register import recognised_beside, recognised_regrouped
from linkage.lab.layout import TRUTH_HEADER
from linkage.lab.results import read_table
from linkage.protocol.agreement import read_agreement
from linkage.protocol.postings import binary_column
from linkage.protocol.recognition import EVIDENCE, Known, recognised, shared_filters

ALL_REGISTERS = "all registers, packages beside each other"
ONE_REGISTER = "one register, packages beside each other"
ALL_ANSWERED = "all registers, after regrouping"
ONE_ANSWERED = "one register, after regrouping"
COMPANY = "in company of another owner's"


def attack_across(run: Path, data: Path, entity: str, seed: int) -> Iterator[Finding]:
    """What the unit could find out that keeps all packages and answers, from one register in clear (each owner's in turn) or from all."""
    owners = [owner for owner in read_agreement(run / "agreement.toml").owners if (data / owner / f"{entity}.csv").is_file()]
    attacked = [attack_rehearsal(run, Aim(entity, owner, data / owner / f"{entity}.csv", None, 1.0, seed)) for owner in owners]
    target, known = (beside_each_other([getattr(one, side) for one in attacked]) for side in ("target", "known"))
    everyone = recognised(target, known, EVIDENCE["all of these"])
    yield Finding(ALL_REGISTERS, "postings", everyone.share, everyone.chance, False)
    yield Finding(COMPANY, "postings", float(in_company(target).mean()), 0.0, False)
    yield from _by_one_register(target, attacked)
    yield _by_all_after(target, known, attacked, _persons(run, data, entity, owners))


def _by_one_register(target: Known, attacked: list[Attacked]) -> Iterator[Finding]:
    """The mean over owners, by their postings and by the records that they answered for."""
    shared, answered = shared_filters(target.postings), _answered(target, attacked)
    beside, after = [], []
    for side, one in enumerate(attacked):
        if one.answered is not None:
            (rows, own), register = of_side(target, side, len(attacked)), one.answered.register
            beside.append(recognised_beside(own, shared[rows], register))
            after.append(recognised_regrouped(own, answered[rows], register, shared[rows]))
    for name, of, found in ((ONE_REGISTER, "postings", beside), (ONE_ANSWERED, "people answered for", after)):
        counts = np.array([one.postings for one in found], dtype=np.float64)
        if counts.sum():
            share, chance = ([one.share for one in found] @ counts / counts.sum(), [one.chance for one in found] @ counts / counts.sum())
            yield Finding(name, of, float(share), float(chance), False)


def _by_all_after(target: Known, known: Known, attacked: list[Attacked], persons: NDArray[np.int64]) -> Finding:
    """The attacker links its own registers without a mistake, to see what the postings of each person would be answered."""
    linked, own = target.rows(np.flatnonzero(_answered(target, attacked))), known.rows(np.flatnonzero(met_by_the_same(known, persons)))
    people = max(np.unique(own.entities).size, 1)
    return Finding(ALL_ANSWERED, "people answered for", recognised_groups(linked, own, filters=True), 1 / people, False)


def _answered(target: Known, attacked: list[Attacked]) -> NDArray[np.bool_]:
    told = [binary_column(one.target.postings.ids).filter(pa.array(one.answered.postings)) for one in attacked if one.answered is not None]
    answered = pc.is_in(binary_column(target.postings.ids), value_set=pa.concat_arrays(told))
    return np.asarray(answered.to_numpy(zero_copy_only=False), dtype=bool)


def _persons(run: Path, data: Path, entity: str, owners: list[str]) -> NDArray[np.int64]:
    """Whose record each entity of the packages beside each other is, as the truth says, by the number that it has there."""
    truth = read_table(data / "truth.csv", TRUTH_HEADER)
    truth = truth[truth["entity"] == entity]
    persons = {(row.owner, row.record_id): row.entity_id for row in truth.itertuples()}
    numbers: dict[object, int] = {}
    sides = [[own.records[0][0] for own in open_crosswalk(run, owner, entity, EPOCH)[0].all_entities()] for owner in owners]
    found = np.full(max(map(len, sides)) * len(owners), -1, dtype=np.int64)
    for side, (owner, records) in enumerate(zip(owners, sides, strict=True)):
        for place, record_id in enumerate(records):
            person = persons.get((owner, record_id))
            if person is not None:
                found[place * len(owners) + side] = numbers.setdefault(person, len(numbers))
    return found
