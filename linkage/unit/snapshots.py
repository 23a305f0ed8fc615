"""Links and clusters as an epoch left them: two Arrow files in the epoch's ``history/`` (docs/spec/history.md)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from linkage.protocol.atomic_files import written_whole
from linkage.protocol.postings import read_table, table_bytes, words_of
from linkage.unit.continuity import Heaps
from linkage.unit.nodes import Numbers

LINKS = pa.schema([
    ("entity", pa.string()), ("link_id", pa.string()), ("owner_a", pa.string()), ("pseudonym_a", pa.binary(16)), ("owner_b", pa.string()),
    ("pseudonym_b", pa.binary(16)), ("first_seen", pa.string()), ("first_listed", pa.string()),
])  # fmt: skip
CLUSTERS = pa.schema([
    ("entity", pa.string()), ("cluster_id", pa.string()), ("number", pa.uint32()), ("owner", pa.string()), ("pseudonym", pa.binary(16)),
    ("first_seen", pa.string()),
])  # fmt: skip

Members = tuple[pa.ChunkedArray, pa.ChunkedArray, pa.ChunkedArray]
"""Columns: entity type, owner, pseudonym."""


class Snapshot(NamedTuple):
    """In the columns of ``LINKS`` and ``CLUSTERS``. A cluster's rows lie together, clusters in order of entity type and number.

    ``first_seen`` is the epoch in which a name was first given, ``first_listed`` is empty while the link's band is not released.
    """

    links: pa.Table
    clusters: pa.Table


NOTHING = Snapshot(LINKS.empty_table(), CLUSTERS.empty_table())


def read_snapshot(folder: Path) -> Snapshot:
    """What ``write_snapshot`` wrote; nothing where there is no history yet."""
    if not (folder / "clusters.arrow").exists():
        return NOTHING
    return Snapshot(read_table(folder / "links.arrow", LINKS), read_table(folder / "clusters.arrow", CLUSTERS))


def write_snapshot(folder: Path, known: Snapshot) -> None:
    """Two files; clusters last, for they say that both are there."""
    for name, table in zip(Snapshot._fields, known, strict=True):
        with written_whole(folder / f"{name}.arrow") as file:
            file.write(table_bytes(table))


def forget_members(folder: Path, gone: Callable[[Members], pa.ChunkedArray]) -> None:
    """Links with an end that is ``gone`` go, and members that are leave their clusters; a member alone is no cluster."""
    known = read_snapshot(folder)
    ends = [gone((known.links["entity"], known.links[f"owner_{side}"], known.links[f"pseudonym_{side}"])) for side in "ab"]
    links = known.links.filter(pc.invert(pc.or_(*ends)))
    left = known.clusters.filter(pc.invert(gone((known.clusters["entity"], known.clusters["owner"], known.clusters["pseudonym"]))))
    places = places_of(left)
    clusters = left.filter(pa.array((np.bincount(places) > 1)[places], pa.bool_()))
    if (len(links), len(clusters)) != (len(known.links), len(known.clusters)):
        write_snapshot(folder, Snapshot(links, clusters))


def starts_of(clusters: pa.Table) -> Numbers:
    """Where each cluster's rows begin, shape (clusters,)."""
    return np.flatnonzero(_changes((_ranks(clusters["entity"]), clusters["number"].to_numpy())))


def places_of(clusters: pa.Table) -> Numbers:
    """The place of each row's cluster among all of the table, shape (rows,)."""
    starts = starts_of(clusters)
    return np.repeat(np.arange(starts.size), np.diff(starts, append=len(clusters)))


def heaps_of(before: pa.Table, now: pa.Table) -> tuple[Heaps, Heaps]:
    """The clusters of two tables as heaps, whose members are numbered in order of entity type, owner and pseudonym."""
    together = pa.concat_tables([table.select(["entity", "owner", "pseudonym"]) for table in (before, now)])
    names = words_of(together["pseudonym"], 2).byteswap()
    keys = (_ranks(together["entity"]), _ranks(together["owner"]), names[:, 0], names[:, 1])
    order = np.lexsort(keys[::-1])
    members = np.empty(order.size, np.int64)
    members[order] = _changes(tuple(key[order] for key in keys)).cumsum()
    early, late = (_heaps(table, own) for table, own in zip((before, now), np.split(members, [len(before)]), strict=True))
    return early, late


def _heaps(table: pa.Table, members: Numbers) -> Heaps:
    return Heaps(members, places_of(table), np.array(table["entity"].take(pa.array(starts_of(table))).to_pylist(), dtype=object))


def _changes(keys: tuple[NDArray[Any], ...]) -> NDArray[np.bool_]:
    """Whether a row differs from the one before it, shape (rows,)."""
    changed = np.ones(keys[0].size, bool)
    changed[1:] = np.any([key[1:] != key[:-1] for key in keys], axis=0)
    return changed


def _ranks(column: pa.ChunkedArray) -> Numbers:
    """Texts as numbers in their order, shape (rows,); few are distinct."""
    distinct = column.unique()
    ordered = distinct.take(pc.sort_indices(distinct))
    return np.asarray(pc.index_in(column, value_set=ordered).to_numpy(), dtype=np.int64)
