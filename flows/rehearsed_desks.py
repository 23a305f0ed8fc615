"""The desks of a rehearsal: for each owner a profile, its list taken in, and one account of each role. Invented cases alone."""

from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa
import tomlkit

from linkage.desk.accounts import ALL_CASES, ROLES, add_user, grant
from linkage.desk.case_list import take_in
from linkage.desk.desk import Desk
from linkage.desk.profile import DeskProfile, read_desk_profile
from linkage.desk.store import Store, open_store, own_records, users
from linkage.protocol.agreement import read_agreement
from linkage.protocol.atomic_files import written_whole
from linkage.protocol.errors import TrilinkError

REVIEWER = "reviewer"  # a second investigator, for four eyes
ACCOUNTS = {role: role for role in ROLES} | {REVIEWER: "investigator"}


def make_desks(run: Path, out: Path, password: str, databases: Mapping[str, str] | None = None) -> dict[str, int]:
    """Desks under ``out/<owner>`` from a rehearsal's folder; returns links by owner. A rerun changes nothing that is there.

    The investigator knows of every second case in order of their numbers, the auditor of none, all others of all. ``databases``: by
    owner the URL of a database instead of a SQLite file.
    """
    lists = {path.parent.name: path for path in sorted((run / "lists").glob("*/linked-cases.json"))}
    if not lists or not (run / "agreement.toml").is_file():
        raise TrilinkError(f"{run}: no rehearsal that has come to its lists; run `trilink rehearse --out {run}` first")
    counts = {}
    for owner, path in lists.items():
        profile = _profile(run, out / owner, owner, (databases or {}).get(owner))
        desk = Desk(open_store(profile.store()), read_agreement(run / "agreement.toml"), owner)
        counts[owner] = take_in(desk, path, "rehearsal")
        _accounts(desk.store, password)
    return counts


def _profile(run: Path, home: Path, owner: str, database: str | None) -> DeskProfile:
    """The desk shares the owner's keys and ledger: they are one party."""
    party = (run / "parties" / owner).resolve()
    document: dict[str, object] = {
        "format": "trilink/desk-profile/v1", "party": owner, "agreement": str((run / "agreement.toml").resolve()), "home": ".",
        "keys": {"private": str(party / "private.json"), "passphrase_file": str(party / "passphrase")},
        "ledger": {
            "who": "trilink rehearse", "legal_basis": "none: a rehearsal", "purpose": "rehearsal",
            "receipts": str(party / "outbox"), "home": str(party / "home"),
        },
    }  # fmt: skip
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = home / "desk.toml"
    with written_whole(path) as file:
        file.write(tomlkit.dumps(document | ({"database": database} if database else {})).encode())
    return read_desk_profile(path)


def _accounts(store: Store, password: str) -> None:
    with store.change() as connection:
        known = set(connection.scalars(sa.select(users.c.name)))
        cases = connection.scalars(sa.select(own_records.c.case_id).where(own_records.c.case_id != "").distinct()).all()
        for name, role in ACCOUNTS.items():
            if name not in known:
                add_user(connection, name, password, role)
            for case in {"investigator": sorted(cases)[::2], "auditor": []}.get(name, [ALL_CASES]):
                grant(connection, name, case)
