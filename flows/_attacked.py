"""In the lab alone: a package that a unit opened and a population in clear, as an attacker and its judge would see them."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from flows._compared import open_crosswalk
from flows.owner import open_ceremony
from flows.rehearsal import EPOCH
from flows.unit import open_unit
from linkage.lab.attacks.findings import Answered, Attacked
from linkage.lab.attacks.overlap import drawn_people, numbered
from linkage.lab.layout import TRUTH_HEADER
from linkage.lab.results import read_table
from linkage.owner.contributions import Contributions, collect
from linkage.owner.encoded_records import could_show, encoded_records, filters_in_clear, lone_filters, measuring_key, records_of
from linkage.owner.sources import Source
from linkage.owner.variants import CanonicalRecords
from linkage.protocol.agreement import Agreement, read_agreement
from linkage.protocol.encoded import EncodedPostings
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.errors import TrilinkError
from linkage.protocol.postings import binary_column, read_postings
from linkage.protocol.recognition import Known, shared_filters
from linkage.unit.regrouping import read_groups

ATTACKER = measuring_key("the attacker's own")
JUDGE = measuring_key("stands for the owners'")


class Aim(NamedTuple):
    """What is attacked and with what: entity type, owner (of a rehearsal), the population's table, who is the same (truth), the share of
    the population that the attacker holds, and the seed of what is drawn."""

    entity: str
    owner: str
    population: Path
    truth: Path | None
    share: float
    seed: int


def attack_rehearsal(run: Path, aim: Aim) -> Attacked:
    """The package of a rehearsal's owner, scored by its crosswalk."""
    agreement = read_agreement(run / "agreement.toml")
    if aim.entity not in agreement.entities or aim.owner not in agreement.owners:
        raise TrilinkError(f"{run}: no owner {aim.owner} with {aim.entity} there; it has {', '.join(agreement.owners)}")
    state = open_unit(run / "parties" / agreement.unit / "profile.toml", EPOCH)[2]
    if aim.owner not in state.present(aim.entity):
        raise TrilinkError(f"{run}: {aim.owner} sent no package of {aim.entity}")
    crosswalk = open_crosswalk(run, aim.owner, aim.entity, EPOCH)[0]
    postings = opened_postings(state.package(aim.owner, aim.entity), agreement.entities[aim.entity])
    owners = crosswalk.entities[_places(postings.ids, crosswalk.ids)].astype(np.int64)
    contributions = _contributions(run, aim.owner)
    largest = max(sizes.get(aim.entity, 0) for sizes in contributions.declared_sizes.values())
    people = _held(aim, agreement)
    names = [[record_id for record_id, _ in own.records] for own in crosswalk.all_entities()]
    ours, theirs = numbered(names, _names(people), _same(aim))
    told = read_groups(state, aim.owner, aim.entity).ids
    answered = Answered(np.asarray(pc.is_in(binary_column(postings.ids), value_set=told).to_numpy(zero_copy_only=False), dtype=bool),
                        _renumbered(could_show(people, agreement, aim.entity, ATTACKER, largest), theirs))  # fmt: skip
    known, colluding = (
        _renumbered(encoded_records(people, agreement, aim.entity, key, largest), theirs) for key in (ATTACKER, contributions.combine())
    )
    lone = _lone(people, agreement, aim.entity)
    return Attacked(Known(postings, ours[owners]), known, colluding, answered, lone)


def attack_opened(folder: Path, agreement_path: Path, aim: Aim) -> tuple[Attacked, dict[str, float]]:
    """Without a crosswalk there is nothing to score: the population stands for the package as well, under another key; and what the opened
    package itself shows, in counts."""
    agreement = read_agreement(agreement_path)
    if aim.entity not in agreement.entities:
        raise TrilinkError(f"{agreement_path}: has no entity type {aim.entity}; it has {', '.join(sorted(agreement.entities))}")
    postings = opened_postings(folder, agreement.entities[aim.entity])
    whole = records_of(Source(path=aim.population), agreement.entities[aim.entity])
    people = _held(aim, agreement)
    ours, theirs = numbered(_names(whole), _names(people), {})
    target = _renumbered(encoded_records(whole, agreement, aim.entity, JUDGE, whole.count()), ours)
    known = _renumbered(encoded_records(people, agreement, aim.entity, ATTACKER, whole.count()), theirs)
    return Attacked(target, known, None, None, _lone(people, agreement, aim.entity)), _seen(postings)


def opened_postings(folder: Path, rule: EntityRule) -> EncodedPostings:
    """All parts of an opened package, in order: parts are numbered as tokens rise."""
    paths = sorted(folder.glob("part-*.arrow"))
    if not paths:
        raise TrilinkError(f"{folder}: neither a rehearsal's folder nor one with the parts of an opened package")
    parts = [read_postings(path, rule) for path in paths]
    columns = [np.concatenate([getattr(part, name) for part in parts]) for name in ("tokens", "ids", "passes", "tags")]
    filters = {name: np.concatenate([part.filters[name] for part in parts]) for name in rule.filter_names}
    return EncodedPostings(columns[0], columns[1], columns[2], columns[3], filters)


def _seen(postings: EncodedPostings) -> dict[str, float]:
    """How many postings there are, and which share is alone with its pass and the filters that it shares in its block."""
    kinds = postings.passes.astype(np.int64) << 32 | shared_filters(postings)
    alone = np.unique(kinds, return_counts=True)[1] == 1
    return {"postings": len(postings), "alone by pass and shared filters": round(float(alone.sum()) / max(len(postings), 1), 4)}


def _contributions(run: Path, owner: str) -> Contributions:
    """What the epoch key is made of, as the owner has it: in a rehearsal everybody's secrets lie in one folder."""
    return collect(open_ceremony(run / "parties" / owner / "profile.toml", EPOCH, run / "parties" / owner / "inbox")[2])


def _held(aim: Aim, agreement: Agreement) -> CanonicalRecords:
    """The people whom the attacker holds in clear."""
    everybody = records_of(Source(path=aim.population), agreement.entities[aim.entity])
    if not everybody.count():
        raise TrilinkError(f"{aim.population.name}: no usable record there")
    return everybody.of_entities(drawn_people(everybody.count(), aim.share, np.random.default_rng(aim.seed)))


def _names(people: CanonicalRecords) -> list[list[str]]:
    return [[record_id for record_id, _ in records] for records in people.references()]


def _same(aim: Aim) -> dict[str, str]:
    """Record id -> person, of this entity type, as the truth says; nothing without one."""
    if aim.truth is None:
        return {}
    truth = read_table(aim.truth, TRUTH_HEADER)
    truth = truth[truth["entity"] == aim.entity]
    return dict(zip(truth["record_id"], "person " + truth["entity_id"], strict=True))


def _renumbered(side: Known, numbers: NDArray[np.int64]) -> Known:
    return Known(side.postings, numbers[side.entities])


def _lone(people: CanonicalRecords, agreement: Agreement, entity: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Everybody's filters, one after the other: encoded, each in a block of its own, and in clear."""
    sides = lone_filters(people, agreement, entity, JUDGE), filters_in_clear(people, agreement, entity)
    encoded, clear = (np.concatenate([side[name] for name in sorted(side)], axis=1) for side in sides)
    return encoded, clear


def _places(ids: NDArray[np.uint64] | pa.Array, known: pa.Array) -> NDArray[np.int64]:
    """Where posting ids stand in the crosswalk."""
    asked = binary_column(ids) if isinstance(ids, np.ndarray) else ids
    return np.asarray(pc.index_in(asked, value_set=known).to_numpy(zero_copy_only=False), dtype=np.int64)
