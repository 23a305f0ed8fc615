"""What an owner sends: entities. Records that are one person, gun or company are put together at home, before anything is encoded.

The rules of this room:
1. Only records that are sure to be the same are merged (``deduplication``); what people decided has the last word (``decisions``).
2. The smallest record id gives an entity its name, so the name stays as long as that record does.
3. Every record keeps its own names, dates and serials, as variants of the entity; sets (identifiers, telephones) are the entity's.
4. A table of more than ``LARGEST`` records is not searched for duplicates, and the report says so: it does not fit into memory. It
   streams, and records that somebody decided about wait until its end.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

from linkage.owner.decisions import Decisions, read_decisions
from linkage.owner.deduplication import NONE_FOUND, Pair, find_duplicates, group
from linkage.owner.profile import Source
from linkage.owner.variants import CanonicalRecords
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.guarded import Guarded

LARGEST = 1_000_000  # records
BY_PROFILE, BY_SIZE = "profile", "size"  # who forbids to look for duplicates


class Entities(Guarded):
    """The records of one table on their way to becoming entities; ``records`` counts them as they come."""

    __slots__ = ("_chunks", "_counts", "_decisions", "_entities", "_gone", "_merged", "_rule", "_unsearched", "records")

    def __init__(self, chunks: Iterator[CanonicalRecords], source: Source, rule: EntityRule, gone: Collection[str] = ()) -> None:
        """``gone``: ids of records that have been withdrawn, as they come; what was decided about them is moot."""
        self._chunks, self._rule, self._gone = chunks, rule, gone
        self._decisions, self._unsearched = read_decisions(source.decisions), "" if source.deduplicate else BY_PROFILE
        self._counts, self._merged = Counter[str](), Counter[str]()
        self.records, self._entities = 0, 0

    def chunks(self, size: int) -> Iterator[CanonicalRecords]:
        """Entities, in the order of their first records, about ``size`` records at a time."""
        for chunk in self._entity_chunks(size):
            self._entities += chunk.count()
            several = [count for count in Counter(chunk.entities).values() if count > 1]
            self._counts.update(merged_records=sum(several), merged_entities=len(several))
            yield chunk

    def report(self) -> dict[str, Any]:
        """Counts for the release report; ``unsearched`` says what forbids to look for duplicates, "" where nothing does."""
        counts = {name: self._counts[name] for name in ("pairs_compared", "pairs_dropped", "merged_records", "merged_entities")}
        return {"unsearched": self._unsearched, "entities": self._entities, **counts, "merged_by": dict(sorted(self._merged.items()))}

    def _entity_chunks(self, size: int) -> Iterator[CanonicalRecords]:
        gathered: CanonicalRecords | None = None
        for chunk in self._counted():
            if gathered is None:
                gathered = chunk
            else:
                gathered.extend(chunk)
            if not self._unsearched and self.records > LARGEST:
                self._unsearched = BY_SIZE
            if self._unsearched:
                yield from self._undecided(gathered).slices(size)
                gathered = self._decided(gathered)
        if gathered is not None:
            yield from self._together(gathered).slices(size)

    def _counted(self) -> Iterator[CanonicalRecords]:
        for chunk in self._chunks:
            self.records += len(chunk.ids)
            yield chunk

    def _undecided(self, records: CanonicalRecords) -> CanonicalRecords:
        named = self._decisions.named()
        return records.chosen([number for number, record_id in enumerate(records.ids) if record_id not in named])

    def _decided(self, records: CanonicalRecords) -> CanonicalRecords:
        named = self._decisions.named()
        return records.chosen([number for number, record_id in enumerate(records.ids) if record_id in named])

    def _together(self, records: CanonicalRecords) -> CanonicalRecords:
        """The records of each entity side by side, the smallest id first."""
        place = {record_id: number for number, record_id in enumerate(records.ids)}
        decisions = self._decisions.without(self._gone)
        decisions.check(place)
        duplicates = NONE_FOUND if self._unsearched else find_duplicates(records, self._rule)
        same, different = _places(decisions, place)
        groups, merged = group(duplicates, len(records.ids), same, different)
        self._counts.update(pairs_compared=duplicates.compared, pairs_dropped=duplicates.dropped)
        self._merged += merged
        order = [number for members in groups for number in sorted(members, key=lambda number: records.ids[number])]
        entities = [entity for entity, members in enumerate(groups) for _ in members]
        together = records.chosen(order, entities)
        _share_sets(together, self._rule)
        return together


def _places(decisions: Decisions, place: dict[str, int]) -> tuple[list[Pair], set[Pair]]:
    same, different = (
        [(min(place[a], place[b]), max(place[a], place[b])) for a, b in pairs.values()] for pairs in (decisions.same, decisions.different)
    )
    return sorted(same), set(different)


def _share_sets(records: CanonicalRecords, rule: EntityRule) -> None:
    """Rule 3: what is a set belongs to all records of an entity."""
    members: dict[int, list[int]] = {}
    for number, entity in enumerate(records.entities):
        members.setdefault(entity, []).append(number)
    for numbers in members.values():
        if len(numbers) > 1:
            for field, column in records.cells.items():
                if rule.fields[field].many == "set":
                    shared = tuple(dict.fromkeys(value for number in numbers for value in column[number]))
                    for number in numbers:
                        column[number] = shared
