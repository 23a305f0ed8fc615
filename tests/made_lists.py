"""A linked-case list made by hand, and the owner who receives it: three parties, hostile record ids, no unit needed."""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from linkage.owner.at_home import AtHome
from linkage.owner.crosswalk import CrosswalkWriter, crosswalk_draft, crosswalk_path
from linkage.owner.profile import OwnerProfile
from linkage.owner.pseudonyms import Pseudonyms
from linkage.protocol.agreement import Agreement, read_agreement
from linkage.protocol.canonical import canonical_json
from linkage.protocol.linked_cases import FORMAT, PART
from linkage.protocol.sealing import Draft, seal
from tests.vectors.make_sealing import keys_for_tests

EPOCH = "2026-11"
NOW = datetime.now(UTC) + timedelta(hours=2)  # the receivers' clock: what a slow test seals is not from the future
AGREEMENT_FILE = Path(__file__).parents[1] / "configs" / "agreement.toml"
PARTIES = ("ca", "joint-team", "mx", "us")
KEYS = {party: keys_for_tests(party) for party in PARTIES}

# record id, case id: what an owner's own tables may hold
OWN = {
    "firearm": [("=1+1", "FED/2026/001"), ("A-17", "FED/2026/001"), ("unlinked", "")],
    "suspect": [("<script>alert(1)</script>", 'caso "9" & co'), ("@SUM(A1)", ""), ("Ñandú-3", "FED/2026/001")],
}


def agreement() -> Agreement:
    """The agreement of `configs/`, with everyone's test keys in it."""
    document = read_agreement(AGREEMENT_FILE).model_dump()
    for party in PARTIES:
        public = KEYS[party].public()
        document["parties"][party] |= {"signing_key": public.signing_key, "sealing_key": public.sealing_key}
    return Agreement.model_validate(document)


def receiver(home: Path, *, owner: str = "mx", language: str = "en", now: datetime = NOW, planted: Path | None = None) -> AtHome:
    """An owner at home, with a sealed crosswalk of its records."""
    agreed = agreement()
    profile = OwnerProfile(
        format="trilink/owner-profile/v1", party=owner, agreement=AGREEMENT_FILE, home=home,
        keys={"private": home / "unused.key.json"}, sources={}, language=language, planted=planted,
    )  # fmt: skip
    for entity, rows in OWN.items():
        path = crosswalk_path(home, EPOCH, entity)
        with tempfile.TemporaryDirectory() as folder:
            writer = CrosswalkWriter(Path(folder))
            writer.add_postings(np.arange(2 * len(rows), dtype=np.uint64).reshape(-1, 2), np.arange(len(rows)))
            writer.add_entities([[row] for row in rows])
            writer.seal(path, crosswalk_draft(agreed, EPOCH, entity, owner), KEYS[owner])
    return AtHome(profile, agreed, KEYS[owner], now)


def row(entity: str, record_id: str, to: str = "us", /, **changes: Any) -> dict[str, Any]:
    """One link of one of mx's records, well formed unless changed."""
    party = agreement().parties[to]
    name = Pseudonyms(KEYS["mx"]).record("joint-team", entity, record_id)
    return {
        "link_id": KEYS["mx"].derive(f"{entity} {record_id} {to}").hex()[:32],
        "entity": entity,
        "band": "A",
        "own": name.hex(),
        "other": {
            "owner": to, "country": party.country, "contact_desk": party.contact_desk,
            "reference": "3f2a91c0" * 4, "case_reference": "77e0b1d2" * 4,
        },
        "fields": {"agree": [], "similar": [], "conflict": [], "missing": []},
        "cluster": {"cluster_id": "ab" * 16, "records": 2, "countries": sorted({"MX", party.country}), "weakest_band": "A"},
        "case_links": {entity: 1},
        "first_listed": EPOCH,
        "status": "candidate",
    } | changes  # fmt: skip


def small_list() -> dict[str, Any]:
    """Four links, two of them of one cluster over three countries, and one without cases."""
    trilateral = {"cluster_id": "cd" * 16, "records": 3, "countries": ["CA", "MX", "US"], "weakest_band": "C"}
    gun = {"agree": ["calibre", "make_or_importer"], "similar": ["serial_number"], "conflict": ["barrel_length"], "missing": ["model"]}
    person = {"agree": ["birth_date", "surname"], "similar": ["given_name"], "conflict": [], "missing": ["identifier", "phone"]}
    caseless = {"owner": "ca", "country": "CA", "contact_desk": "ca-desk", "reference": "0123456789abcdef" * 2, "case_reference": None}
    anything = {"lowest_percent": 0, "highest_percent": 100}
    return {
        "format": FORMAT, "owner": "mx", "epoch": EPOCH, "number": 1, "run": "run-7", "released": "2026-11-22", "expires": "2027-02-20",
        "caution": agreement().exchange.caution,
        "estimates": [
            {"entity": "firearm", "other": "ca", "band": "C", "links": 1, "expected_precision_percent": 61} | anything,
            {"entity": "firearm", "other": "us", "band": "A", "links": 1, "expected_precision_percent": 99} | anything,
            {"entity": "suspect", "other": "ca", "band": "B", "links": 1, "expected_precision_percent": 94} | anything,
            {"entity": "suspect", "other": "us", "band": "A", "links": 1, "expected_precision_percent": 99} | anything,
        ],
        "links": [
            row("firearm", "=1+1", fields=gun, cluster=trilateral, case_links={"firearm": 1, "suspect": 2}),
            row("firearm", "A-17", "ca", band="C", fields=gun, cluster=trilateral),
            row("suspect", "<script>alert(1)</script>", fields=person),
            row("suspect", "@SUM(A1)", "ca", band="B", other=caseless, fields=person, case_links={}),
        ],
    }  # fmt: skip


def empty_list() -> dict[str, Any]:
    return small_list() | {"estimates": [], "links": []}


def sealed_list(
    folder: Path, document: dict[str, Any], *, to: str = "mx", by: str = "joint-team", name: str = "list.sealed", **said: Any
) -> Path:  # fmt: skip
    """The list as the unit sends it; by another party or to another owner when told, ``said``: another epoch or number on the seal."""
    body = {"links": len(document["links"]), "number": said.get("number", document["number"])}
    draft = Draft("list", agreement().fingerprint, said.get("epoch", EPOCH), body, timedelta(days=90))
    folder.mkdir(parents=True, exist_ok=True)
    seal(draft, {PART: canonical_json(document)}, KEYS[to].public(), KEYS[by], folder / name)
    return folder / name
