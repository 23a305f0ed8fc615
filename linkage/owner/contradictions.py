"""Fields of one record that cannot both be right, as (record number, field, reason); nothing is dropped for it."""

from linkage.owner.variants import CanonicalRecords
from linkage.protocol.entity_rules import EntityRule

Contradiction = tuple[int, str, str]
_SEX_OF_CURP = {"H": "M", "M": "F", "X": "X"}  # hombre, mujer


def contradictions(records: CanonicalRecords, rule: EntityRule) -> list[Contradiction]:
    """Every contradiction, in record order; fields are told by their kinds."""
    kinds = {kind: [name for name in records.cells if rule.fields[name].kind == kind] for kind in ("curp", "date", "sex")}
    found = []
    for name in kinds["curp"]:
        for number, curps in enumerate(records.cells[name]):
            for other, reason, right in (("date", "not the date of the CURP", _same_date), ("sex", "not the sex of the CURP", _same_sex)):
                for field in kinds[other]:
                    values = [str(value) for value in records.cells[field][number]]
                    if values and curps and not any(right(str(curp), value) for curp in curps for value in values):
                        found.append((number, field, reason))
    return sorted(found)


def _same_date(curp: str, date: str) -> bool:
    return len(date) < 8 or curp[4:10] == date[2:8]


def _same_sex(curp: str, sex: str) -> bool:
    return _SEX_OF_CURP.get(curp[10], sex) == sex
