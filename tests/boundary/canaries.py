"""A corpus with canaries: improbable words in every field of every entity type, in good rows and in rows that fail."""

import csv
from pathlib import Path

from linkage.lab.invention import invent
from linkage.lab.plan import plan

SURNAME, GIVEN, STREET, ALIAS = "Zyxquarñol", "Qwyzzeldo", "Vrakkenzuul", "Jqxplimondo"
SERIAL, COMPANY, EMAIL, BROKEN = "ZQX77VKW1", "Xylqorvatech", "wqzzkpf@example.org", "notadateZzqwv"
WORDS = (SURNAME, "ZYXQUARNOL", GIVEN, STREET, ALIAS, SERIAL, COMPANY, EMAIL, "WQZZKPF", BROKEN)

ROWS = {
    "suspect": [
        {"given_names": GIVEN, "surname_1": SURNAME, "aliases": f"{ALIAS} {SURNAME}", "date_of_birth": "1971-03-09"},
        {"given_names": GIVEN, "surname_1": SURNAME, "street": STREET, "house_number": "81", "date_of_birth": BROKEN},
        {"given_names": ALIAS, "surname_1": STREET, "email": EMAIL, "sex": BROKEN, "ssn": BROKEN},
    ],
    "firearm": [{"serial_number": SERIAL, "make": "Glock", "calibre": "9mm", "firearm_type": "pistol", "recovery_date": BROKEN}],
    "organization": [{"name": f"{COMPANY} S.A. de C.V.", "street": STREET, "kind": "legal_entity", "rfc": BROKEN}],
}


def write_canary_corpus(folder: Path) -> None:
    """A small invented corpus with the canary rows added at every owner, and one row of each table broken."""
    invent(folder, plan("60", 0.22, "typical", seed=7))
    for path in sorted(folder.glob("*/*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            header, rows = list(reader.fieldnames or []), list(reader)
        new = [dict.fromkeys(header, "") | row for row in ROWS[path.stem]]
        header = [*header, *sorted({field for row in new for field in row} - set(header))]
        for number, row in enumerate(new):
            row |= {"record_id": f"{path.parent.name}-canary-{number}", "case_id": f"{path.parent.name}-case-{number}"}
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows([*rows, *new, new[0]])  # the last one repeats an id
            file.write(f"{path.parent.name}-ragged,{SURNAME},{BROKEN}\n")
