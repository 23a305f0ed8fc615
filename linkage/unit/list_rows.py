"""Rows of linked-case lists as text: one entity type's released links, looked at from either side.

The rules of this room:
1. A row is the canonical JSON of a ``LinkedCase``, to the byte; what many rows share is written once. A million rows are no objects.
2. A row names the recipient's own record by its name at the unit, and the other one by what its owner made for this recipient.
3. Rows are in order of band and link id.
"""

import functools
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from pydantic import BaseModel

from linkage.protocol.agreement import Agreement
from linkage.protocol.canonical import canonical_json
from linkage.unit.cases import field_classes, released
from linkage.unit.classification import bands_of
from linkage.unit.history import Identity
from linkage.unit.issuing import ISSUED
from linkage.unit.linking import Decided
from linkage.unit.nodes import Numbers, hexes
from linkage.unit.opaque_ids import link_ids


class EntityRows:
    """One entity type's part of every owner's list."""

    def __init__(self, decided: Decided, agreement: Agreement, identity: Identity, cases: tuple[list[str], Numbers]) -> None:
        """``cases``: distinct case links as text, and which of them each released link has."""
        self._decided, self._agreement, self.entity = decided, agreement, decided.entity
        self._links, self._owners = released(decided, agreement.decision), decided.clusters.nodes.owner_of_each()
        self._bands = bands_of(self._links.probabilities, agreement.decision)
        self._ids = link_ids(decided.entity, self._links)
        self._listed, self._clusters = identity.first_listed(self._ids), _cluster_texts(decided, agreement, identity)
        classes, place = field_classes(self._links.codes, agreement.entities[decided.entity])
        self._fields, self._cases = _each([text(one) for one in classes], place), _each(*cases)

    def probabilities(self, owner: str) -> Iterator[tuple[str, str, list[float]]]:
        """Other owner, band, and the probabilities of the owner's links with it in that band, in order of their nodes."""
        bands = np.array(self._bands, dtype=object)
        left, right = self._owners[self._links.left], self._owners[self._links.right]
        for other in self._decided.clusters.nodes.owners:
            mine = ((left == owner) & (right == other)) | ((left == other) & (right == owner))
            for band in sorted(set(bands[mine].tolist())):
                yield other, band, self._links.probabilities[mine & (bands == band)].tolist()

    def texts(self, owner: str) -> Iterator[str]:
        """The owner's rows."""
        names, homes = hexes(self._decided.clusters.nodes.names), self._decided.clusters.homes
        mine, own, other = self._sides(owner)
        clusters, others = _each(self._clusters, homes[self._links.left]), self._others(owner)
        entity = text(self.entity)
        for row, ours, theirs in sorted(
            zip(mine.tolist(), own.tolist(), other.tolist(), strict=True), key=lambda sides: (self._bands[sides[0]], self._ids[sides[0]])
        ):
            yield (
                f'{{"band":{_word(self._bands[row])},"case_links":{self._cases[row]},"cluster":{clusters[row]},"entity":{entity},'
                f'"fields":{self._fields[row]},"first_listed":{_word(self._listed[row])},"link_id":"{self._ids[row]}",'
                f'"other":{others[theirs]},"own":"{names[ours]}","status":"candidate"}}'
            )

    def issued(self, owner: str) -> pa.Table:
        """The owner's rows in the columns of ``ISSUED``, in order of their nodes."""
        nodes, (mine, own, other) = self._decided.clusters.nodes, self._sides(owner)
        references = hexes(self._decided.names(f"reference/{owner}")[other])
        ids = [self._ids[row] for row in mine.tolist()]
        columns = [[self.entity] * len(ids), ids, hexes(nodes.names[own]), self._owners[other].tolist(), references]
        return pa.table([pa.array(column, pa.string()) for column in columns], schema=ISSUED)

    def _sides(self, owner: str) -> tuple[Numbers, Numbers, Numbers]:
        """The owner's links, and of each its own node and the other one, shape (rows,)."""
        left, right = self._links.left, self._links.right
        ours = self._owners[left] == owner
        mine = np.flatnonzero(ours | (self._owners[right] == owner))
        return mine, np.where(ours, left, right)[mine], np.where(ours, right, left)[mine]

    def _others(self, owner: str) -> list[str]:
        """Every node as the other side of the owner's rows."""
        decided, parties = self._decided, self._agreement.parties
        references, cases = (decided.names(f"{what}/{owner}") for what in ("reference", "case"))
        case_texts = np.where(cases.any(axis=1), np.array([f'"{name}"' for name in hexes(cases)], dtype=object), "null")
        desks = {
            name: text({"contact_desk": parties[name].contact_desk, "country": parties[name].country, "owner": name})[1:-1]
            for name in decided.clusters.nodes.owners
        }
        rows = zip(case_texts.tolist(), self._owners.tolist(), hexes(references), strict=True)
        return [f'{{"case_reference":{case},{desks[name]},"reference":"{reference}"}}' for case, name, reference in rows]


def _cluster_texts(decided: Decided, agreement: Agreement, identity: Identity) -> list[str]:
    """Each cluster as its members' rows show it."""
    clusters, parties = decided.clusters, agreement.parties
    weakest = np.ones(len(clusters))
    np.minimum.at(weakest, clusters.homes[clusters.links.left], clusters.links.probabilities)
    bands = [text(band) for band in bands_of(weakest, agreement.decision)]
    ordered, starts = clusters.in_order()
    owners = clusters.nodes.owner_of_each()[ordered].tolist()
    countries: dict[tuple[str, ...], str] = {}
    found = []
    for name, band, start, end in zip(identity.clusters(decided.entity), bands, starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        held = tuple(owners[start:end])
        if held not in countries:
            countries[held] = text(sorted({parties[owner].country for owner in held}))
        found.append(f'{{"cluster_id":"{name}","countries":{countries[held]},"records":{end - start},"weakest_band":{band}}}')
    return found


def text(value: object) -> str:
    """Canonical JSON of a small value or model."""
    return canonical_json(value.model_dump(mode="json") if isinstance(value, BaseModel) else value).decode()


@functools.lru_cache(maxsize=1024)
def _word(word: str) -> str:
    """Canonical JSON of a word that many rows share."""
    return text(word)


def _each(texts: list[str], place: Numbers) -> list[str]:
    """The text at every place."""
    return np.array(texts, dtype=object)[place].tolist() if texts else []
