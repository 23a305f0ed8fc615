"""What people found out: what it moves, and what it does not."""

import json
from datetime import timedelta
from math import log, log2
from pathlib import Path
from typing import Any

import pytest

from linkage.protocol.agreement import Agreement
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.ledger import Ledger
from linkage.protocol.ledger_entries import Grounds
from linkage.protocol.manifest import written_time
from linkage.protocol.outcomes import KIND, PART, PERIOD, Outcomes, as_message
from linkage.protocol.received import Received
from linkage.protocol.sealing import Draft, seal
from linkage.unit.expiry import expire
from linkage.unit.linking import decide
from linkage.unit.outcomes import NO_REVIEWS, Review, Reviews, reviews_of
from linkage.unit.outcomes_intake import kept_outcomes, made_on, take_outcomes
from linkage.unit.owner_tables import Desk
from linkage.unit.state import write_json
from tests.made_lists import KEYS, NOW, agreement
from tests.parties import Parties, Unit
from tests.small_world import people

AGREED = agreement()


def odds(probability: float) -> float:
    return log2(probability / (1 - probability))


SHIFTS = [  # probabilities given, how many were confirmed, the shift in bits
    ([], 0, 0.0),
    ([0.9] * 10, 9, 0.0),  # as the unit said
    ([0.5] * 4, 2, 0.0),
    ([0.9], 0, -0.6),  # one refuted link moves little
    ([0.9] * 3, 0, -1.5),
    ([0.9] * 100, 50, -2.9),  # and many nearly all the way: log2(0.9 / 0.1) is 3.17
    ([0.6] * 50, 50, 2.9),
]


@pytest.mark.parametrize(("given", "confirmed", "expected"), SHIFTS)
def test_shift(given: list[float], confirmed: int, expected: float) -> None:
    """By hand, and as the most probable of a thousand shifts."""
    found = Review([odds(one) for one in given], [number < confirmed for number in range(len(given))]).shift()

    def log_posterior(shift: float) -> float:
        after = [1 / (1 + 2 ** -(odds(one) + shift)) for one in given]
        return sum(log(one if number < confirmed else 1 - one) for number, one in enumerate(after)) - shift**2 / 2

    assert found == pytest.approx(max((step / 100 for step in range(-500, 500)), key=log_posterior), abs=0.011)
    assert found == pytest.approx(expected, abs=0.1)


def told(links: dict[str, str], owner: str = "ca", number: int = 1) -> Outcomes:
    return Outcomes.model_validate({"owner": owner, "number": number, "links": links})


@pytest.fixture(scope="module")
def unit(tmp_path_factory: pytest.TempPathFactory) -> Unit:
    made = Parties(tmp_path_factory.mktemp("parties"), people()).unit()
    made.run()
    return made


def link_ids(unit: Unit, other: str) -> list[str]:
    return [row.link_id for row in unit.list_of("ca").links if row.other.owner == other]


def test_link_ids_of_the_lists_are_found_again(unit: Unit) -> None:
    ids = link_ids(unit, "mx")
    rows = dict.fromkeys(ids[:3], "confirmed") | {ids[3]: "refuted", ids[4]: "indeterminate", "0" * 32: "refuted"}
    found = reviews_of([told(rows)], unit.home)
    assert found.of(("suspect", "ca", "mx")).confirmed.count(True) == 3
    assert len(found.of(("suspect", "ca", "mx")).odds) == 4
    assert found.of(("suspect", "ca", "us")).odds == []
    assert (found.unknown, found.contradicted) == (1, 0)


def test_two_owners_that_contradict_each_other_count_for_neither(unit: Unit) -> None:
    (one, *_) = link_ids(unit, "mx")
    found = reviews_of([told({one: "confirmed"}), told({one: "refuted"}, "mx")], unit.home)
    assert (found.by_scope, found.contradicted) == ({}, 1)
    agreed = reviews_of([told({one: "confirmed"}), told({one: "confirmed"}, "mx")], unit.home)
    assert agreed.of(("suspect", "ca", "mx")).confirmed == [True]


def test_an_owner_says_nothing_of_links_that_are_not_its_own(unit: Unit) -> None:
    ids = link_ids(unit, "mx")
    found = reviews_of([told(dict.fromkeys(ids, "refuted"), "us")], unit.home)
    assert (found.by_scope, found.unknown) == ({}, len(ids))


def test_refuted_links_lower_the_probability_of_their_owners_links_and_of_no_others(unit: Unit) -> None:
    refuted = Reviews({("suspect", "ca", "mx"): Review([odds(0.9)] * 40, [False] * 40)})
    before, after = (decide(unit.state, "suspect", reviews) for reviews in (NO_REVIEWS, refuted))

    def sure(found: object, other: str) -> list[float]:
        return [pair.probability for pair in found.clusters.links if pair.left[0] == "ca" and pair.right[0] == other]  # type: ignore[attr-defined]

    assert all(late < early for early, late in zip(sure(before, "mx"), sure(after, "mx"), strict=True))
    assert sure(before, "us") == sure(after, "us")
    (row,) = [row for row in after.estimates["owner_pairs"] if row["owner_b"] == "mx"]
    assert row["reviewed"] == 40 and row["shift"] < -3


def test_what_was_moved_before_is_taken_back_first(unit: Unit) -> None:
    """A second run with the same outcomes moves the odds as far as the first, and not twice."""
    ids = link_ids(unit, "mx")
    first = reviews_of([told(dict.fromkeys(ids, "refuted"))], unit.home)
    path = unit.state.result("quality.json")
    kept = path.read_text(encoding="utf-8")
    quality = json.loads(kept)
    for row in quality["entities"]["suspect"]["owner_pairs"]:
        row["shift"] = -1.5
    path.write_text(json.dumps(quality), encoding="utf-8")
    moved = reviews_of([told(dict.fromkeys(ids, "refuted"))], unit.home)
    path.write_text(kept, encoding="utf-8")
    pairs = zip(first.of(("suspect", "ca", "mx")).odds, moved.of(("suspect", "ca", "mx")).odds, strict=True)
    assert all(late == pytest.approx(early + 1.5) for early, late in pairs)


LINK = "ab" * 16


def desk(home: Path) -> Desk:
    ledger = Ledger(home, KEYS["joint-team"], AGREED, Grounds("duty officer", "the agreement", "a test"))
    return Desk(home, AGREED, KEYS["joint-team"], Received(ledger, NOW), NOW)


def sealed(path: Path, content: bytes, by: str = "mx", **draft: Any) -> Path:
    said = {"kind": KIND, "agreement": AGREED.fingerprint, "epoch": PERIOD, "body": {"number": 1}, "lifetime": timedelta(days=9)}
    seal(Draft(**said | draft), {PART: content}, KEYS["joint-team"].public(), KEYS[by], path)
    return path


def test_the_newest_outcomes_of_each_owner_hold(tmp_path: Path) -> None:
    ours = desk(tmp_path)
    numbered = [
        sealed(tmp_path / f"outcomes.mx.{number}.sealed", as_message("mx", number, {LINK: said}), body={"number": number})
        for number, said in ((1, "confirmed"), (2, "refuted"))
    ]
    theirs = sealed(tmp_path / "outcomes.us.1.sealed", as_message("us", 1, {}), by="us")
    assert take_outcomes(ours, [numbered[1], theirs]) == {"mx": 1, "us": 0}
    assert take_outcomes(ours, numbered) == {"mx": 1}, "an older one comes late, the newer one again"
    assert [(one.owner, one.number, one.links) for one in kept_outcomes(tmp_path, AGREED)] == [("mx", 2, {LINK: "refuted"}), ("us", 1, {})]


def test_outcomes_go_with_their_owners_days(tmp_path: Path) -> None:
    """Both keep for 40 days; what us said was sealed five days later."""
    ours, ledger = desk(tmp_path), Ledger(tmp_path, KEYS["joint-team"], _keeping(mx=40, us=40))
    us = sealed(tmp_path / "outcomes.us.1.sealed", as_message("us", 1, {LINK: "refuted"}), by="us")
    take_outcomes(ours, [sealed(tmp_path / "outcomes.mx.1.sealed", GOOD), us])
    sealed_on = {owner: when for owner, when in made_on(tmp_path).items() if when}
    write_json(tmp_path / "outcomes" / "us.date.json", {"created": written_time(sealed_on["us"] + timedelta(days=5))})
    begin = sealed_on["mx"]
    assert expire(tmp_path, ledger, begin + timedelta(days=39)) == {}
    assert set(expire(tmp_path, ledger, begin + timedelta(days=40))) == {"outcomes/mx.json", "outcomes/mx.date.json"}
    assert [one.owner for one in kept_outcomes(tmp_path, AGREED)] == ["us"]
    assert ledger.entries("expired")[-1].facts == {"epoch": PERIOD, "what": "outcomes", "counts": {"files": 2}}
    assert expire(tmp_path, ledger, begin + timedelta(days=40)) == {}
    assert len(expire(tmp_path, ledger, begin + timedelta(days=46))) == 2
    assert list((tmp_path / "outcomes").iterdir()) == []


def test_outcomes_that_an_earlier_release_kept_without_their_date_go_at_once(tmp_path: Path) -> None:
    (tmp_path / "outcomes").mkdir()
    (tmp_path / "outcomes" / "mx.json").write_bytes(GOOD)
    assert set(expire(tmp_path, Ledger(tmp_path, KEYS["joint-team"], AGREED), NOW)) == {"outcomes/mx.json"}


def _keeping(**retention: int) -> Agreement:
    parties = {name: rule.model_copy(update={"retention_days": retention.get(name, 366)}) for name, rule in AGREED.parties.items()}
    return AGREED.model_copy(update={"parties": parties})


GOOD = as_message("mx", 1, {LINK: "confirmed"})
LIES: list[tuple[bytes, dict[str, Any], str]] = [  # content, what the seal says otherwise, what is said of it
    (b"link_id,outcome", {}, "not outcomes"),
    (GOOD.replace(b"confirmed", b"certain"), {}, "not outcomes"),
    (GOOD.replace(b"abab", b"ABAB"), {}, "not outcomes"),
    (GOOD.replace(b'"number":1', b'"number":1,"case":"FED/1"'), {}, "not outcomes"),
    (GOOD, {"by": "us"}, "another owner or number"),
    (GOOD, {"body": {"number": 2}}, "another owner or number"),
    (GOOD, {"body": {"number": 1, "links": 9}}, "another owner or number"),
    (GOOD, {"by": "joint-team"}, "sent by|not awaited|from"),
    (GOOD, {"kind": "seizure_aggregates"}, "seizure_aggregates"),
    (GOOD, {"agreement": "0" * 64}, "agreement"),
    (GOOD, {"epoch": "2026-11"}, "epoch"),
    (GOOD, {"lifetime": timedelta(seconds=1)}, "expired"),
]


@pytest.mark.parametrize(("content", "draft", "said"), LIES)
def test_foreign_late_and_false_outcomes_are_refused(tmp_path: Path, content: bytes, draft: dict[str, Any], said: str) -> None:
    ours = desk(tmp_path)
    with pytest.raises(InvalidPackage, match=said):
        take_outcomes(ours, [sealed(tmp_path / "outcomes.sealed", content, **draft)])
    assert kept_outcomes(tmp_path, AGREED) == []


def test_a_second_message_under_one_number_is_refused(tmp_path: Path) -> None:
    ours = desk(tmp_path)
    take_outcomes(ours, [sealed(tmp_path / "one.sealed", GOOD)])
    with pytest.raises(InvalidPackage, match="already sent another one"):
        take_outcomes(ours, [sealed(tmp_path / "other.sealed", GOOD.replace(b"confirmed", b"refuted"))])
    assert kept_outcomes(tmp_path, AGREED)[0].links == {LINK: "confirmed"}


def test_how_many_links_were_settled_does_not_show_on_the_way(tmp_path: Path) -> None:
    few, more = (
        sealed(tmp_path / f"{count}.sealed", as_message("mx", 1, {f"{number:032x}": "confirmed" for number in range(count)}))
        for count in (102, 104)
    )
    assert few.stat().st_size == more.stat().st_size
