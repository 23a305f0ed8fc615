"""The one rule by which pairs become clusters in this benchmark: greedy single-link with at most one record per owner.

Pairs are taken in the order of a tool's ranking; a pair joins two clusters unless they would then hold two records of one owner. With two
owners that is greedy one-to-one matching. Every tool's best threshold is found under it, and tools that have no rule of their own
decide by it.
"""

from collections.abc import Iterable, Iterator

Record = tuple[str, str]  # owner, record_id
RecordPair = tuple[Record, Record]  # in alphabetical order


def joined(pairs: Iterable[RecordPair]) -> Iterator[list[RecordPair]]:
    """For each pair in turn the pairs of records that it brings into one cluster, itself among them; none where it is refused."""
    clusters: dict[Record, list[Record]] = {}
    for left, right in pairs:
        first, second = (clusters.setdefault(record, [record]) for record in (left, right))
        owners = [owner for owner, _ in (*first, *second)]
        if first is second or len(owners) != len(set(owners)):
            yield []
            continue
        yield [(a, b) if a < b else (b, a) for a in first for b in second]
        first += second
        clusters |= dict.fromkeys(second, first)
