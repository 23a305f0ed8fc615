"""A desk made by hand: two owners' lists of the same links, hostile record ids, one account of each role, a clock that is set."""

import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from linkage.desk.accounts import User, grant
from linkage.desk.case_list import take_in
from linkage.desk.desk import Desk
from linkage.desk.store import Store, open_store, users
from tests.made_lists import agreement

PASSWORD = "correct horse battery"
# Cheap, for tests sign in by the hundred; the real cost is looked at in test_accounts.py.
HASHED = Argon2id(salt=bytes(16), length=32, iterations=1, lanes=1, memory_cost=64).derive_phc_encoded(PASSWORD.encode())
BEGIN = 1_790_000_000.0  # 2026-09-21
HOSTILE = ("<script>alert(1)</script>", "'; DROP TABLE links; --", "=1+1", "%", "_", "{{ 7 * 7 }}", "Ñandú ‮ evil")
ROLES = {
    "ana": "investigator",
    "beto": "investigator",
    "carla": "supervisor",
    "dora": "data_controller",
    "eva": "auditor",
    "fina": "deconfliction",
}
CASE, OTHER_CASE = "FED/1/2026", "FED/2/2026"


class Clock:
    """Seconds since 1970, until somebody sets it on."""

    def __init__(self, at: float = BEGIN) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


def link(number: int, *, owner: str = "mx", other: str = "us", **changes: Any) -> dict[str, Any]:
    """One row of a resolved list; the same number is the same link at both owners."""
    party = agreement().parties[other]
    record = HOSTILE[number % len(HOSTILE)] if owner == "mx" else f"us-{number}"
    return {
        "link_id": f"{number:032x}", "entity": ("firearm", "suspect", "organization")[number % 3], "band": "ABC"[number % 3],
        "own": {"record_id": record, "case_id": CASE if number % 2 == 0 else OTHER_CASE},
        "other": {
            "owner": other, "country": party.country, "contact_desk": party.contact_desk,
            "reference": f"{number + 1000:032x}", "case_reference": f"{7:032x}",
        },
        "fields": {"agree": ["serial_number"], "similar": [], "conflict": ["calibre"], "missing": ["model"]},
        "cluster": {"cluster_id": f"{number // 2:032x}", "records": 2, "countries": ["MX", "US"], "weakest_band": "C"},
        "case_links": {"firearm": 2, "suspect": 1}, "status": "candidate",
    } | changes  # fmt: skip


def resolved(links: list[dict[str, Any]], owner: str = "mx", **changes: Any) -> dict[str, Any]:
    return {
        "format": "trilink/resolved-cases/v1", "owner": owner, "epoch": "2026-09", "run": "ab" * 16,
        "released": "2026-09-20", "expires": "2126-12-20", "caution": agreement().exchange.caution,
        "estimates": [
            {"entity": "firearm", "other": "us", "band": "A", "links": 12}
            | {"expected_precision_percent": 97, "lowest_percent": 91, "highest_percent": 100}
        ],
        "links": links,
    } | changes  # fmt: skip


def written(folder: Path, document: dict[str, Any]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"linked-cases-{document['owner']}-{document['released']}.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def made_desk(folder: Path, owner: str = "mx", count: int = 12, store: Store | None = None, at: float = BEGIN) -> tuple[Desk, Clock]:
    """A desk with ``count`` links; ana may know of one case, beto of the other, carla and dora of all."""
    clock = Clock(at)
    desk = Desk(store or open_store(folder / f"{owner}.sqlite"), agreement(), owner, clock)
    other = "us" if owner == "mx" else "mx"
    document = resolved([link(number, owner=owner, other=other) for number in range(count)], owner)
    take_in(desk, written(folder, document), "test")
    open_accounts(desk.store, {"ana": CASE, "beto": OTHER_CASE, "carla": "*", "dora": "*", "fina": "*"})
    return desk, clock


def open_accounts(store: Store, cases: dict[str, str]) -> None:
    """One account of each role, all with one cheap password; ``cases``: who may know of which."""
    with store.change() as connection:
        for name, role in ROLES.items():
            row = {"name": name, "password": HASHED, "role": role, "language": "en", "active": True, "failures": 0, "locked_until": 0}
            connection.execute(users.insert().values(**row))
        for name, case in cases.items():
            grant(connection, name, case)


def user(desk: Desk, name: str) -> User:
    """The account as a signed-in user."""
    numbers = {known: number for number, known in enumerate(ROLES, start=1)}
    return User(numbers[name], name, ROLES[name], "en")
