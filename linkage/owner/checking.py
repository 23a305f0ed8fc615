"""Read and validate one source, without keys and without encoding anything."""

from linkage.owner.agreed_tables import read_agreed
from linkage.owner.sources import Source
from linkage.owner.validation import Quarantine, validate
from linkage.owner.variants import CanonicalRecords
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.guarded import Guarded


class Checked(Guarded):
    """Canonical records, what was left out, rows read, local columns ignored, fields whose mapped columns are absent."""

    __slots__ = ("absent", "ignored", "quarantine", "read", "records")

    def __init__(self, records: CanonicalRecords, quarantine: Quarantine, read: int, columns: tuple[int, list[str]]) -> None:
        self.records, self.quarantine, self.read = records, quarantine, read
        self.ignored, self.absent = columns

    def shown(self) -> str:
        return f"{self.read} rows, hidden"


def check_source(source: Source, rule: EntityRule) -> Checked:
    """What a release would be made of. Raises InvalidSource when the table cannot be read at all."""
    table = read_agreed(source, rule)
    records, quarantine, read = validate(table.header, table.rows, table.source, rule)
    return Checked(records, quarantine, read, (table.ignored, table.absent))
