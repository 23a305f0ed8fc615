"""What laboratories assert, from an owner's table to the report: tokens that meet, ids that do not, counts that may be said."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from linkage.owner.at_home import AtHome
from linkage.owner.keys import EncodingKey
from linkage.owner.laboratory import Secrets, assertions_of
from linkage.owner.laboratory_release import release_laboratory_links
from linkage.owner.profile import OwnerProfile
from linkage.owner.withdrawn import Wish, note_withdrawn
from linkage.protocol.canonical import canonical_json
from linkage.protocol.errors import InvalidPackage, InvalidProfile, InvalidSource
from linkage.protocol.laboratory_links import KIND, PART
from linkage.protocol.ledger import Ledger, noting
from linkage.protocol.received import Received
from linkage.protocol.report_draws import Draws
from linkage.protocol.sealing import Draft, seal
from linkage.unit.laboratory import Edges, laboratory_edges, published_edges, take_laboratory_links
from linkage.unit.owner_tables import Desk
from linkage.unit.state import RunState
from tests.made_lists import AGREEMENT_FILE, KEYS, NOW, agreement

AGREED, EPOCH, UNIT = agreement(), "2026-11", KEYS["joint-team"]
KEY, OTHER_KEY = EncodingKey(bytes(32)), EncodingKey(bytes([1]) * 32)
HEADER = "record_id,case_id,kind,issuer,cluster_id"


def owner(folder: Path, rows: list[str], party: str = "mx", header: str = HEADER, **source: Any) -> OwnerProfile:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "laboratory.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return OwnerProfile(
        format="trilink/owner-profile/v1", party=party, agreement=AGREEMENT_FILE, home=folder / "home", sources={},
        keys={"private": folder / "unused.json"}, laboratory={"path": folder / "laboratory.csv", **source},
    )  # fmt: skip


def asserted(profile: OwnerProfile, key: EncodingKey = KEY, secret: bytes = b"ours", epoch: str = EPOCH) -> dict[tuple[str, str], int]:
    made = assertions_of(profile, Secrets(key, secret, epoch)).assertions
    return {(one.kind, one.token): len(one.seizures) for one in made}


SAME = [  # left, right, one cluster?
    ("S1,C,profile,DEA,FPP-0012", "T9,C,Profile,D.E.A.,fpp 0012", True),   # spelt otherwise
    ("S1,C,profile,DEA,FPP-0012", "T9,C,profile,DEA,FPP-0013", False),
    ("S1,C,profile,DEA,12", "T9,C,profile,RCMP,12", False),                # each issuer numbers its own
    ("S1,C,profile,DEA,12", "T9,C,die,DEA,12", False),                     # a die is no profile
    ("S1,C,profile,DEA,12", "T9,C,profile,DEA,0012", False),               # nothing is guessed of numbers
]  # fmt: skip


@pytest.mark.parametrize(("left", "right", "one_cluster"), SAME)
def test_tokens_meet_where_a_chemist_says_so(tmp_path: Path, left: str, right: str, one_cluster: bool) -> None:
    ours, theirs = owner(tmp_path / "mx", [left]), owner(tmp_path / "us", [right], "us")
    assert (asserted(ours).keys() == asserted(theirs, secret=b"theirs").keys()) is one_cluster


def test_a_token_is_of_the_epochs_key_and_a_seizures_id_of_our_secret(tmp_path: Path) -> None:
    profile = owner(tmp_path, ["S1,C,profile,DEA,12"])
    ((one,), (other_key,), (other_secret,), (other_epoch,)) = (
        assertions_of(profile, Secrets(key, secret, epoch)).assertions
        for key, secret, epoch in ((KEY, b"a", "e"), (OTHER_KEY, b"a", "e"), (KEY, b"b", "e"), (KEY, b"a", "f"))
    )
    assert one.token != other_key.token and one.seizures == other_key.seizures
    assert one.token == other_secret.token == other_epoch.token
    assert len({*one.seizures, *other_secret.seizures, *other_epoch.seizures}) == 3


ROWS = [
    "S1,C1,profile,DEA,12", "S1,C1,profile,DEA,12", "S2,C1,profile,DEA,12", "S3,C2,die,DEA,M30-7",
    "S4,C2,smell,DEA,1", "S5,C2,profile,,1", "S6,C2,profile,DEA,S/N", ",C3,profile,DEA,1", "S7,C3,profile,DEA,99",
]  # fmt: skip


def test_what_is_no_assertion_is_left_out_and_counted(tmp_path: Path) -> None:
    profile = owner(tmp_path, ROWS)
    note_withdrawn(AtHome(profile, AGREED, KEYS["mx"], NOW), [Wish("record", "S7")], "a court order")
    made = assertions_of(profile, Secrets(KEY, b"ours", EPOCH))
    assert sorted((one.kind, len(one.seizures)) for one in made.assertions) == [("die", 1), ("profile", 2)]
    reasons = ("kind is none of profile, die, batch", "not readable, or without a record id", "withdrawn", "without issuer or cluster id")
    assert made.left_out == dict(zip(reasons, (1, 1, 1, 2), strict=True))
    assert "S1" not in repr(made) and "12" not in {one.token for one in made.assertions}


def test_local_words_and_constants(tmp_path: Path) -> None:
    source = {"columns": {"cluster_id": "GRUPO"}, "constants": {"issuer": "DEA"}, "values": {"kind": {"PERFIL": "profile"}}}
    local = owner(tmp_path / "mx", ["S1,C,perfil,FPP-12"], header="record_id,case_id,kind,GRUPO", **source)
    assert asserted(local).keys() == asserted(owner(tmp_path / "us", ["T1,C,profile,DEA,FPP 12"], "us")).keys()


def test_a_table_that_cannot_be_used_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InvalidSource, match="no column issuer"):
        asserted(owner(tmp_path, ["S1,C,profile,1"], header="record_id,case_id,kind,cluster_id"))
    with pytest.raises(InvalidProfile, match="laboratory: colour is no field"):
        asserted(owner(tmp_path, ROWS, columns={"colour": "c"}))
    with pytest.raises(InvalidProfile, match="laboratory: missing"):
        asserted(owner(tmp_path, ROWS).model_copy(update={"laboratory": None}))


class Team:
    """The joint team, and owners who send it what their laboratories assert."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = RunState(folder / "unit" / "epochs" / EPOCH, AGREED, EPOCH)
        self.desk = Desk(folder / "unit", AGREED, UNIT, Received(Ledger(folder / "unit", UNIT, AGREED), NOW), NOW)

    def sends(self, party: str, rows: list[str], key: EncodingKey = KEY) -> Path:
        profile = owner(self.folder / party, rows, party)
        home = AtHome(profile, AGREED, KEYS[party], NOW)
        with noting(home.ledger):
            return release_laboratory_links(home, key, EPOCH, self.folder / "out")[1]

    def takes(self, *paths: Path) -> dict[str, int]:
        return take_laboratory_links(self.desk, self.state, paths)


def test_edges_are_pairs_of_seizures_of_two_countries(tmp_path: Path) -> None:
    """12: two of mx, three of us; M30: one each; what one country has alone joins nothing."""
    team = Team(tmp_path)
    mx = team.sends("mx", ["SEIZED-0001,C,profile,DEA,12", "S2,C,profile,DEA,12", "S3,C,die,DEA,M30", "S4,C,profile,DEA,77"])
    us = team.sends("us", [*(f"T{n},C,profile,DEA,12" for n in range(3)), "T1,C,die,DEA,M30", "T8,C,profile,DEA,78", "T9,C,profile,DEA,78"])
    assert team.takes(mx, us) == {"mx": 3, "us": 3}
    assert laboratory_edges(team.state) == {("mx us", "profile"): [6], ("mx us", "die"): [1]}
    assert b"SEIZED" not in mx.read_bytes() and mx.name == "laboratory.2026-11.mx.1.sealed"


def test_the_newest_message_holds_and_another_key_is_refused(tmp_path: Path) -> None:
    team = Team(tmp_path)
    first, second = team.sends("mx", ["S1,C,profile,DEA,12"]), team.sends("mx", [])
    team.takes(second)
    team.takes(first, team.sends("us", ["T1,C,profile,DEA,12"]))
    assert laboratory_edges(team.state) == {}
    with pytest.raises(InvalidPackage, match="tokens are of another key"):
        team.takes(team.sends("ca", ["U1,C,profile,DEA,12"], OTHER_KEY))


GOOD = {"format": "trilink/laboratory-links/v1", "owner": "mx", "number": 1, "assertions": []}
TWICE = [{"kind": "die", "token": "ab" * 16, "seizures": ["cd" * 16]}] * 2
LIES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"owner": "us"}, {}, "another owner or number"),
    ({"number": 2}, {}, "another owner or number"),
    ({"assertions": TWICE}, {}, "not laboratory links"),
    ({"assertions": [TWICE[0] | {"kind": "smell"}]}, {}, "not laboratory links"),
    ({"assertions": [TWICE[0] | {"seizures": []}]}, {}, "not laboratory links"),
    ({"assertions": [TWICE[0] | {"seizures": ["SEIZURE-1"]}]}, {}, "not laboratory links"),
    ({"case": "FED/1"}, {}, "not laboratory links"),
    ({}, {"epoch": "2026-12"}, "epoch"),
    ({}, {"body": {"number": 1}}, "another owner or number"),
    ({}, {"lifetime": timedelta(seconds=1)}, "expired"),
]


@pytest.mark.parametrize(("lie", "draft", "said"), LIES)
def test_what_is_wrong_is_refused(tmp_path: Path, lie: dict[str, Any], draft: dict[str, Any], said: str) -> None:
    team, body = Team(tmp_path), {"key_check_value": KEY.key_check_value(), "number": 1}
    drafted = {"kind": KIND, "agreement": AGREED.fingerprint, "epoch": EPOCH, "body": body, "lifetime": timedelta(days=9)} | draft
    seal(Draft(**drafted), {PART: canonical_json(GOOD | lie)}, UNIT.public(), KEYS["mx"], tmp_path / "x.sealed")
    with pytest.raises(InvalidPackage, match=said):
        team.takes(tmp_path / "x.sealed")
    assert laboratory_edges(team.state) == {}


DRAWS = Draws(bytes(32), EPOCH)
PUBLISHED: list[tuple[Edges, str, tuple[str, str], bool]] = [  # edges of tokens, what they are a case of, a cell, is it said?
    ({("mx us", "die"): [2] * 20, ("ca us", "die"): [3] * 20}, "enough tokens", ("mx us", "die"), True),
    ({("mx us", "die"): [2] * 20, ("ca us", "die"): [3] * 4}, "too few tokens", ("ca us", "die"), False),
    ({("mx us", "die"): [2] * 20, ("ca us", "die"): [90, *[1] * 20]}, "one large cluster", ("ca us", "die"), False),
]


@pytest.mark.parametrize(("edges", "why", "cell", "said"), PUBLISHED)
def test_counts_rest_on_tokens_as_others_rest_on_cases(edges: Edges, why: str, cell: tuple[str, str], said: bool) -> None:
    shown = published_edges(edges, DRAWS, AGREED.report)
    if shown:
        assert (shown[cell] is not None) is said, why
    else:
        assert not said
    assert all(count is None or count % AGREED.report.base == 0 for count in shown.values())
    assert published_edges(edges, DRAWS, AGREED.report) == shown


def test_too_few_in_all_say_nothing() -> None:
    assert published_edges({("mx us", "die"): [1] * 9}, DRAWS, AGREED.report) == {}
    assert published_edges({}, DRAWS, AGREED.report) == {}
