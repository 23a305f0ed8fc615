"""Linked-case lists: one per owner, with what that owner may know, sealed to it."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from math import ceil, floor
from pathlib import Path

from linkage.protocol.agreement import DecisionRule
from linkage.protocol.intervals import Interval
from linkage.protocol.linked_cases import FORMAT, BandEstimate, ClusterView, FieldClasses, LinkedCase, LinkedCaseList, OtherSide
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.regrouping import NO_CASE
from linkage.unit.cases import Names, case_links, field_classes, released
from linkage.unit.classification import band_of
from linkage.unit.clustering import Node, WeighedPair
from linkage.unit.history import Identity, link_name
from linkage.unit.issuing import issue_list
from linkage.unit.linking import Decided, cluster_ids
from linkage.unit.state import RunState

FEWEST = 10  # links whose mean probability tells none of them
Tally = dict[tuple[str, str, str], list[float]]


def write_lists(state: RunState, decided: list[Decided], by: PartyKeys, out: Path, now: datetime) -> dict[str, int]:
    """Seal every owner's list, also an empty one, for silence would say that nobody looked; returns links by owner."""
    out.mkdir(parents=True, exist_ok=True)
    lists, counts = _Lists(state, decided), {}
    for owner in state.agreement.owners:
        document = lists.of(owner, now)
        counts[owner] = len(document.links)
        issue_list(state, document, by, out)
    return counts


class _Lists:
    """Everything that the lists of one run have in common."""

    def __init__(self, state: RunState, decided: list[Decided]) -> None:
        self.state, self.agreement, self.identity = state, state.agreement, Identity(state)
        self.views = [_EntityView(one, state, self.identity) for one in decided]
        self.cases = case_links(((view.decided, view.names) for view in self.views), self.agreement.decision)

    def of(self, owner: str, now: datetime) -> LinkedCaseList:
        """The list of one owner, rows in entity order, then by band and link id."""
        rows, tally = [], defaultdict(list)
        for view in self.views:
            for pair in released(view.decided, self.agreement.decision):
                if owner in (pair.left[0], pair.right[0]):
                    row = self._row(view, pair, owner)
                    rows.append(row)
                    tally[row.entity, row.other.owner, row.band].append(pair.probability)
        exchange = self.agreement.exchange
        expires = now + timedelta(days=exchange.list_days)
        return LinkedCaseList(
            format=FORMAT, owner=owner, epoch=self.state.epoch, number=1, run=self.state.run, released=now.date().isoformat(),
            expires=expires.date().isoformat(), caution=exchange.caution,
            estimates=_estimates(tally, self._expected(owner), self.agreement.decision),
            links=sorted(rows, key=lambda row: (row.entity, row.band, row.link_id)),
        )  # fmt: skip

    def _expected(self, owner: str) -> dict[tuple[str, str, str], Interval]:
        """Of each band, by entity type and other owner, the interval of its precision."""
        return {
            (view.decided.entity, row["owner_b"] if row["owner_a"] == owner else row["owner_a"], band): said["precision_interval"]
            for view in self.views
            for row in view.decided.estimates["owner_pairs"]
            if owner in (row["owner_a"], row["owner_b"])
            for band, said in row["bands"].items()
        }

    def _row(self, view: "_EntityView", pair: WeighedPair, owner: str) -> LinkedCase:
        own, other = (pair.left, pair.right) if pair.left[0] == owner else (pair.right, pair.left)
        entity = view.decided.entity
        cases = view.names.of(pair.left, "case"), view.names.of(pair.right, "case")
        link_id = link_name(entity, pair.left[1], pair.right[1])
        return LinkedCase(
            link_id=link_id,
            entity=entity,
            band=band_of(pair.probability, self.agreement.decision),
            own=own[1].hex(),
            other=self._other(view, other, owner),
            fields=view.fields(pair.code),
            cluster=view.cluster(own),
            case_links=dict(sorted(self.cases.get(cases, Counter()).items())),
            first_listed=self.identity.first_listed(link_id),
        )

    def _other(self, view: "_EntityView", other: Node, recipient: str) -> OtherSide:
        party = self.agreement.parties[other[0]]
        case = view.names.of(other, f"case/{recipient}")
        return OtherSide(
            owner=other[0],
            country=party.country,
            contact_desk=party.contact_desk,
            reference=view.names.of(other, f"reference/{recipient}").hex(),
            case_reference=None if case == NO_CASE else case.hex(),
        )


class _EntityView:
    """One entity type's clusters, looked at from a record; what many rows share is made once."""

    def __init__(self, decided: Decided, state: RunState, identity: Identity) -> None:
        self.decided, self.state, self.identity, self.names = decided, state, identity, Names(decided)
        self._places = cluster_ids(decided)
        self._weakest: dict[int, float] = {}
        for pair in decided.clusters.links:
            place = self._places[pair.left]
            self._weakest[place] = min(self._weakest.get(place, 1.0), pair.probability)
        self._clusters: dict[int, ClusterView] = {}
        self._fields: dict[int, FieldClasses] = {}

    def fields(self, code: int) -> FieldClasses:
        if code not in self._fields:
            self._fields[code] = field_classes(code, self.state.agreement.entities[self.decided.entity])
        return self._fields[code]

    def cluster(self, node: Node) -> ClusterView:
        place = self._places[node]
        if place not in self._clusters:
            self._clusters[place] = self._view(place)
        return self._clusters[place]

    def _view(self, place: int) -> ClusterView:
        nodes = self.decided.clusters.members[place]
        parties = self.state.agreement.parties
        return ClusterView(
            cluster_id=self.identity.cluster(self.decided.entity, place),
            records=len(nodes),
            countries=sorted({parties[owner].country for owner, _ in nodes}),
            weakest_band=band_of(self._weakest[place], self.state.agreement.decision),
        )


def _estimates(tally: Tally, intervals: dict[tuple[str, str, str], Interval], rule: DecisionRule) -> list[BandEstimate]:
    """Expected precision of each band, from calibrated probabilities, rounded down, and its interval, rounded outwards.

    Of fewer than ``FEWEST`` links it would be a score, or nearly: the lowest that the agreement's band allows is said instead, and that it
    may be anything.
    """
    rows = []
    for (entity, other, band), found in sorted(tally.items()):
        many = len(found) >= FEWEST
        low, high = (intervals[entity, other, band] if many else None) or (0.0, 1.0)
        expected = sum(found) / len(found) if many else rule.bands[band]
        rows.append(
            BandEstimate(
                entity=entity, other=other, band=band, links=len(found), expected_precision_percent=int(100 * expected),
                lowest_percent=floor(100 * low), highest_percent=ceil(100 * high),
            )
        )  # fmt: skip
    return rows
