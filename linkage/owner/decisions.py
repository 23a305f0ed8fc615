"""What people at home have decided about duplicates: a CSV file with the columns record_id_a, record_id_b and decision, same or different.

It has the last word. A file that cannot be followed to the letter stops the release with one line that names its row, never an id.
"""

from collections.abc import Collection
from pathlib import Path

from linkage.protocol.errors import InvalidProfile
from linkage.protocol.guarded import Guarded
from linkage.protocol.small_tables import read_rows

COLUMNS = ["record_id_a", "record_id_b", "decision"]

Ids = tuple[str, str]


class Decisions(Guarded):
    """Decided pairs of record ids by their row in the file (the header is row 1)."""

    __slots__ = ("different", "name", "same")

    def __init__(self, name: str, same: dict[int, Ids], different: dict[int, Ids]) -> None:
        self.name, self.same, self.different = name, same, different

    def named(self) -> frozenset[str]:
        return frozenset(record_id for pair in [*self.same.values(), *self.different.values()] for record_id in pair)

    def without(self, record_ids: Collection[str]) -> "Decisions":
        """The decisions that name none of these."""
        same, different = (
            {row: pair for row, pair in pairs.items() if not set(pair) & set(record_ids)} for pairs in (self.same, self.different)
        )
        return Decisions(self.name, same, different)

    def check(self, known: dict[str, int]) -> None:
        """Every id is a usable record of the table, and nobody is the same as and different from somebody; InvalidProfile otherwise."""
        root = dict(known)

        def entity(record_id: str) -> int:
            return root[record_id]

        for row, pair in sorted((self.same | self.different).items()):
            for column, record_id in zip(COLUMNS, pair, strict=False):
                if record_id not in known:
                    raise InvalidProfile(f"decisions: {self.name}: row {row}: {column} is not a usable record of the table")
        groups = {number: [record_id] for record_id, number in known.items() if record_id in self.named()}
        for one, other in self.same.values():
            first, second = entity(one), entity(other)
            if first != second:
                for record_id in groups[second]:
                    root[record_id] = first
                groups[first] += groups.pop(second)
        for row, (one, other) in sorted(self.different.items()):
            if entity(one) == entity(other):
                raise InvalidProfile(f"decisions: {self.name}: row {row}: says different, and other rows make the two the same")


def read_decisions(path: Path | None) -> Decisions:
    """The file's decisions; none where no file is named."""
    if path is None:
        return Decisions("", {}, {})
    rows, problem = read_rows(path, COLUMNS)
    if problem:
        raise InvalidProfile(f"decisions: {path.name}: {problem}; nothing is encoded until it is right")
    found: dict[str, dict[int, Ids]] = {"same": {}, "different": {}}
    for number, cells in enumerate(rows, 2):
        if len(cells) != len(COLUMNS) or cells[2] not in found or cells[0] == cells[1]:
            if any(cells):
                raise InvalidProfile(f"decisions: {path.name}: row {number}: expected two record ids and same or different")
            continue
        found[cells[2]][number] = cells[0], cells[1]
    return Decisions(path.name, found["same"], found["different"])
