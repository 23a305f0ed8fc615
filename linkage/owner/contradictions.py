"""What contradicts itself inside one record, and what is doubtful in it: for the release report, before anything is sealed.

The rules of this room:
1. Nothing is changed or left out: a contradiction is for the owner to look up, by row and field.
2. A reason never quotes the value.
3. A CURP and a clave de elector say H for a man and M for a woman (mujer); a source that takes that M for male shows in row after
   row (DOMAIN 7.4). A date is compared at its precision, and one of several claimed ones that fits is enough.
4. An RFC of 12 characters is a company's: it has no birth date.
"""

from collections.abc import Callable, Iterator

from linkage.owner.identifiers import birth_date_in, check, has_check
from linkage.owner.serials import is_usable
from linkage.owner.variants import CanonicalRecords
from linkage.protocol.entity_rules import EntityRule

Finding = tuple[int, str, str]
"""Row index into the records, field, reason."""

Contradict = Callable[[str, str], bool]

HELD_BACK = "fewer than five readable characters: met only with make, model and calibre"
WRONG_CHECK = "the check digit does not fit (kept)"
BORN, SEX, FIRST_TEN = (
    "another birth date than {}",
    "another sex than {} (where H is a man, M is a woman)",
    "other first ten characters than {}",
)


def contradictions(records: CanonicalRecords, rule: EntityRule) -> list[Finding]:
    """Fields of one record that cannot both be true, sorted by row and field."""
    found: list[Finding] = []
    for left, right, contradict, reason in _COMPARED:
        for ours in _of_kind(rule, left):
            for theirs in _of_kind(rule, right):
                found += _rows(records, ours, theirs, contradict, reason.format(theirs))
    return sorted(found)


def doubts(records: CanonicalRecords, rule: EntityRule) -> list[Finding]:
    """Values that are kept but doubtful: a serial that is held back from matching, a wrong check digit; sorted by row and field."""
    found: list[Finding] = []
    for field, column in records.cells.items():
        reasons = {values: said for values in set(column) if (said := _doubts(rule.fields[field].kind, values))}
        if reasons:
            found += [(row, field, reason) for row, values in enumerate(column) for reason in reasons.get(values, ())]
    return sorted(found)


def _doubts(kind: str, values: tuple[object, ...]) -> list[str]:
    if kind != "serial" and not has_check(kind):
        return []
    return [reason for reason in dict.fromkeys(_doubt(kind, str(value)) for value in values) if reason]


def _doubt(kind: str, value: str) -> str:
    if kind == "serial":
        return "" if is_usable(value) else HELD_BACK
    return WRONG_CHECK if check(kind, value) is False else ""


def _other_birth(kind: str) -> Contradict:
    """Whether a canonical date, at its precision, is not the one in a code; some codes do not say the century."""

    def contradict(born: str, code: str) -> bool:
        inside = birth_date_in(kind, code)
        date = born[8 - len(inside) :] if len(inside) == 6 else born
        return bool(inside) and not inside.startswith(date)

    return contradict


def _other_sex(place: int) -> Contradict:
    """Whether a sex is not the one that a code has at this place, in its own letters."""
    return lambda sex, code: sex != {"H": "M", "M": "F"}.get(code[place], sex)


def _other_first_ten(rfc: str, curp: str) -> bool:
    return len(rfc) in (10, 13) and rfc[:10] != curp[:10]


_COMPARED: tuple[tuple[str, str, Contradict, str], ...] = (  # kinds, when they contradict, the reason
    ("date", "curp", _other_birth("curp"), BORN),
    ("date", "rfc", _other_birth("rfc"), BORN),
    ("date", "ine", _other_birth("ine"), BORN),
    ("sex", "curp", _other_sex(10), SEX),
    ("sex", "ine", _other_sex(14), SEX),
    ("rfc", "curp", _other_first_ten, FIRST_TEN),
)


def _of_kind(rule: EntityRule, kind: str) -> list[str]:
    return [name for name, field in rule.fields.items() if field.kind == kind]


def _rows(records: CanonicalRecords, left: str, right: str, contradict: Contradict, reason: str) -> Iterator[Finding]:
    """Rows where both fields are known and every value of one contradicts every value of the other."""
    if left not in records.cells or right not in records.cells:
        return
    for row, (ours, theirs) in enumerate(zip(records.cells[left], records.cells[right], strict=True)):
        if ours and theirs and all(contradict(str(one), str(other)) for one in ours for other in theirs):
            yield row, left, reason
