"""Read and validate one source and put its duplicates together, without keys and without encoding anything, while the table streams."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from linkage.owner.agreed_tables import read_agreed
from linkage.owner.contradictions import contradictions, doubts
from linkage.owner.entities import Entities
from linkage.owner.field_counts import FieldCounts, FieldTally
from linkage.owner.raw_rows import RawRow
from linkage.owner.sources import Source
from linkage.owner.validation import Gone, Quarantine, Validation
from linkage.owner.variants import CanonicalRecords
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.guarded import Guarded
from linkage.protocol.pace import AT_EASE, Pace


class CheckedTable(Guarded):
    """One table: the counts are whole when all entities have been taken.

    ``ignored``: how many local columns nothing uses; ``absent``: fields whose mapped columns the table lacks.
    """

    __slots__ = ("_doubtful", "_entities", "_rows", "_rule", "_tally", "_validation", "absent", "ignored")

    def __init__(
        self, source: Source, rule: EntityRule, hears: tuple[str, int] = ("", 0), pace: Pace = AT_EASE, gone: Gone | None = None
    ) -> None:
        """``hears``: what is read and how many rows are expected, for who listens; ``gone``: whether a record was withdrawn.

        Raises InvalidSource when the table cannot be read at all.
        """
        table = read_agreed(source, rule)
        self.ignored, self.absent = table.ignored, table.absent
        self._rule, self._rows = rule, pace.rows
        self._validation = Validation(table.header, _heard(table.rows, hears, pace), table.source, rule, gone)
        self._tally, self._doubtful = FieldTally(rule, table.header), Counter[str]()
        self._entities = Entities(self._counted(), table.source, rule, self._validation.withdrawn)

    def entities(self) -> Iterator[CanonicalRecords]:
        """What a release would be made of, about a chunk of rows at a time."""
        return self._entities.chunks(self._rows)

    @property
    def read(self) -> int:
        """Rows read."""
        return self._validation.read

    @property
    def records(self) -> int:
        """Records accepted."""
        return self._entities.records

    @property
    def quarantine(self) -> Quarantine:
        return self._validation.quarantine

    def fields(self) -> dict[str, FieldCounts]:
        return self._tally.counts(self.quarantine)

    def doubtful(self) -> dict[str, int]:
        """How often what is doubtful, by field and reason."""
        return dict(sorted(self._doubtful.items()))

    def duplicates(self) -> dict[str, Any]:
        return self._entities.report()

    def _counted(self) -> Iterator[CanonicalRecords]:
        for chunk in self._validation.chunks(self._rows):
            self._tally.add(chunk)
            self._doubtful.update(f"{field}: {reason}" for _, field, reason in contradictions(chunk, self._rule))
            self._doubtful.update(f"{field}: {reason}" for _, field, reason in doubts(chunk, self._rule))
            yield chunk


def _heard(rows: Iterator[RawRow], hears: tuple[str, int], pace: Pace) -> Iterator[RawRow]:
    """The rows, and word of every thousandth; of how many, the declared size says, which is rounded up."""
    what, expected = hears
    for number, row in enumerate(rows, 1):
        yield row
        if number % 1000 == 0:
            pace.progress(what, number, max(expected, number))
