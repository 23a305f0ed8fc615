"""The desk's pages without a browser: who gets in, what each role has, what is kept and given back."""

import html
import json
import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from linkage.desk.desk import Desk
from linkage.desk.store import decisions, grants, journal, open_store, silences
from tests.desk.made_desk import HOSTILE, Clock, made_desk, open_accounts
from tests.desk.visiting import FOREIGN, LINK, Browser, count
from tests.made_lists import agreement


@pytest.fixture
def place(tmp_path: Path) -> tuple[Desk, Clock]:
    return made_desk(tmp_path)


def test_nobody_gets_in_without_signing_in(place: tuple[Desk, Clock]) -> None:
    stranger = Browser(place[0])
    for path in ("/", "/links", f"/links/{LINK}", "/requests", "/accounts", "/journal", "/export/csv"):
        answer = stranger.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert stranger.post(f"/links/{LINK}/decision", outcome="confirmed", reason="x", seen="0").status_code == 303
    assert count(place[0], decisions) == 0


def test_a_wrong_password_and_a_wrong_name_look_alike(place: tuple[Desk, Clock]) -> None:
    answers = [
        Browser(place[0]).client.post("/sign-in", data={"name": name, "password": "wrong horse battery"}) for name in ("ana", "nobody")
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].text == answers[1].text
    with place[0].store.look() as connection:
        assert set(connection.scalars(sa.select(journal.c.user_name).where(journal.c.event == "sign_in_refused"))) == {""}


ROLES = [  # who, which page, what happens
    ("ana", "/links", 200), ("ana", "/requests", 200), ("ana", "/accounts", 403), ("ana", "/journal", 403),
    ("carla", "/links", 200), ("carla", "/accounts", 403),
    ("dora", "/links", 200), ("dora", "/accounts", 200), ("dora", "/journal", 200), ("dora", f"/links/{LINK}/request", 403),
    ("fina", "/links", 200), ("fina", f"/links/{LINK}/request", 200), ("fina", "/accounts", 403), ("fina", "/journal", 403),
    ("eva", "/journal", 200), ("eva", "/links", 403), ("eva", f"/links/{LINK}", 403), ("eva", "/export/csv", 403),
    ("eva", "/requests", 403),
    ("ana", f"/links/{FOREIGN}", 404), ("ana", "/links/nonsense", 404), ("ana", "/export/doc", 404), ("ana", "/no-such-page", 404),
    ("ana", "/docs", 404), ("ana", "/openapi.json", 404),
]  # fmt: skip


@pytest.mark.parametrize("name", ["ana", "carla", "dora", "eva", "fina"])
def test_each_role_has_its_pages(place: tuple[Desk, Clock], name: str) -> None:
    browser = Browser(place[0], name)
    for who, path, status in ROLES:
        if who == name:
            assert (path, browser.get(path).status_code) == (path, status)


@pytest.mark.parametrize("name", ["dora", "eva"])
def test_those_who_do_not_decide_cannot(place: tuple[Desk, Clock], name: str) -> None:
    browser = Browser(place[0], name)
    assert browser.post(f"/links/{LINK}/decision", outcome="confirmed", reason="x", seen="0").status_code == 403
    assert count(place[0], decisions) == 0


def test_only_a_deconfliction_officer_silences(place: tuple[Desk, Clock]) -> None:
    """The form is on that role's page alone, and sent by another role it changes nothing."""
    desk = place[0]
    for name, status in (("ana", 403), ("carla", 403), ("dora", 403), ("eva", 403)):
        assert Browser(desk, name).post(f"/links/{LINK}/silence", days="3").status_code == status
    assert count(desk, silences) == 0
    fina, ana = Browser(desk, "fina"), Browser(desk, "ana")
    assert f"/links/{LINK}/silence" in fina.get(f"/links/{LINK}").text and "/silence" not in ana.get(f"/links/{LINK}").text
    for days in ("31", "-1", "x", "", "9" * 40):
        assert fina.post(f"/links/{LINK}/silence", days=days).status_code == 409
    assert fina.post(f"/links/{LINK}/silence", form_key="x", days="3").status_code == 403
    assert fina.post(f"/links/{LINK}/silence", days="3").status_code == 303
    assert count(desk, silences) == 1
    assert "deconfliction officers alone know" in ana.get(f"/links/{LINK}").text
    assert fina.post(f"/links/{LINK}/decision", outcome="confirmed", reason="x", seen="0").status_code == 403


def test_a_long_note_is_kept_or_given_back(place: tuple[Desk, Clock]) -> None:
    """A browser counts a new line as one character and sends two; what is too long all the same is not typed twice."""
    ana = Browser(place[0], "ana")
    assert ana.post(f"/links/{LINK}/note", text="a\r\n" * 2000).status_code == 303
    refused = ana.post(f"/links/{LINK}/note", text="far too long " * 400)
    assert refused.status_code == 409 and "far too long far too long" in refused.text
    asked = {"purpose": "𐐷" * 4000, "legal_basis": "𐐷" * 4000, "urgency": "urgent"}
    assert ana.post(f"/links/{LINK}/request", **asked).status_code == 303
    huge = ana.post(f"/links/{LINK}/note", text="x" * 200_000)
    assert huge.status_code == 413 and "Trilink" in huge.text


def test_a_desk_without_any_list(tmp_path: Path) -> None:
    desk = Desk(open_store(tmp_path / "new.sqlite"), agreement(), "mx", Clock())
    open_accounts(desk.store, {"ana": "*", "fina": "*"})
    ana = Browser(desk, "ana")
    assert "A no-hit means nothing" in ana.get("/links").text
    for path in ("/links?page=999999", "/requests", "/export/csv", "/export/xlsx", "/export/pdf", "/export/json"):
        assert ana.get(path).status_code == 200
    for path in (f"/links/{LINK}", f"/links/{LINK}/request", f"/requests/{LINK}", "/export/doc"):
        assert ana.get(path).status_code == 404


def test_two_windows_and_the_back_button(place: tuple[Desk, Clock]) -> None:
    """A decision that is sent twice counts once; a page from before is told, and what was typed on it is there."""
    ana = Browser(place[0], "ana")
    fields = {"outcome": "confirmed", "reason": "typed in the second window", "seen": "0"}
    assert [ana.post(f"/links/{LINK}/decision", **fields).status_code for _ in range(2)] == [303, 409]
    again = ana.post(f"/links/{LINK}/decision", **fields)
    assert "typed in the second window</textarea>" in again.text and "Somebody decided on this link while you were reading" in again.text
    assert count(place[0], decisions) == 1


def test_the_page_of_silent_cases(place: tuple[Desk, Clock]) -> None:
    """A deconfliction officer says a case silent, with or without links, and lifts it; other roles get no page and change nothing."""
    desk = place[0]
    for name in ("ana", "carla", "dora", "eva"):
        other = Browser(desk, name)
        assert (other.get("/silences").status_code, other.post("/silences", case="x", days="1").status_code) == (403, 403)
    fina = Browser(desk, "fina")
    assert "No case is silent" in fina.get("/silences").text and 'href="/silences"' in fina.get("/links").text
    assert 'value="FED/1/2026"' in fina.get("/silences?case=FED/1/2026").text
    assert fina.client.post("/silences", data={"form_key": fina.key}).status_code == 409
    for case, days in (("", "1"), ("x", "31"), ("x", "-1"), ("x", ""), ("x" * 300, "1"), ("x", "9" * 40)):
        assert fina.post("/silences", case=case, days=days).status_code == 409
    assert fina.post("/silences", case="x", days="1", form_key="forged").status_code == 403
    for case in ("FED/1/2026", *(one for one in HOSTILE if one.isprintable())):
        assert fina.post("/silences", case=case, days="3").status_code == 303
        assert case in html.unescape(fina.get("/silences").text)
    assert "<script>alert" not in fina.get("/silences").text
    assert count(desk, silences) == 6
    assert fina.post("/silences", case="FED/1/2026", days="0").status_code == 303
    assert "FED/1/2026" not in fina.get("/silences").text
    with desk.store.change() as connection:
        connection.execute(grants.update().values(case_id="FED/2/2026"))
    assert fina.post("/silences", case="FED/1/2026", days="1").status_code == 404


def test_a_quiet_link_is_a_404_for_all_but_that_officer(place: tuple[Desk, Clock]) -> None:
    desk = place[0]
    with desk.store.change() as connection:
        connection.execute(silences.insert().values(link_id=LINK, owner="us", until="2126-01-01", number=1))
    ana, fina = Browser(desk, "ana"), Browser(desk, "fina")
    for path in (f"/links/{LINK}", f"/links/{LINK}/request"):
        assert ana.get(path).status_code == 404
        assert fina.get(path).status_code == 200
    for path in ("decision", "note", "flag", "request"):
        fields = {"outcome": "checked", "reason": "x", "seen": "0", "text": "x", "purpose": "x", "legal_basis": "x", "urgency": "urgent"}
        assert ana.post(f"/links/{LINK}/{path}", **fields).status_code == 404
    assert LINK not in ana.get("/links").text and LINK not in ana.get("/export/csv").text
    assert LINK in fina.get("/links").text and "it is new and held" in fina.get(f"/links/{LINK}").text


def test_two_reviewers_at_once_lose_nothing(place: tuple[Desk, Clock]) -> None:
    one, other = Browser(place[0], "ana"), Browser(place[0], "carla")
    assert one.post(f"/links/{LINK}/decision", outcome="confirmed", reason="same gun", seen="0").status_code == 303
    late = other.post(f"/links/{LINK}/decision", outcome="refuted", reason="my long reason", seen="0")
    assert late.status_code == 409
    assert "my long reason" in late.text and "same gun" in late.text


def test_every_page_has_caution_policy_and_language(place: tuple[Desk, Clock]) -> None:
    desk, _ = place
    ana, dora = Browser(desk, "ana"), Browser(desk, "dora")
    assert ana.post("/language", language="es").status_code == 303
    pages = [ana.get(path) for path in ("/links", f"/links/{LINK}", f"/links/{LINK}/request", "/requests")]
    pages += [dora.get(path) for path in ("/accounts", "/journal")]
    pages += [Browser(desk).client.get("/sign-in", headers={"accept-language": "fr-CA"})]
    for page in pages:
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "script" not in policy and "unsafe" not in policy
        assert page.headers["cache-control"] == "no-store"
        assert "<script" not in page.text and "style=" not in page.text and "onclick" not in page.text
        assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', page.text)
        assert page.text.count('class="caution"') == 1
    assert "solo una pista" in pages[0].text.lower()
    assert 'lang="fr"' in pages[-1].text and "Simple piste" in pages[-1].text


def test_exports_hold_what_may_be_seen_and_name_their_reader(place: tuple[Desk, Clock]) -> None:
    ana = Browser(place[0], "ana")
    told = json.loads(ana.get("/export/json").text)
    assert (told["recipient"], told["expires"], len(told["links"])) == ("ana", "2126-12-20", 6)
    table = ana.get("/export/csv")
    assert "'=1+1" in Browser(place[0], "carla").get("/export/csv").text
    assert table.text.count("Lead only") == 6 and "FED/2/2026" not in table.text
    assert ana.get("/export/pdf").content.startswith(b"%PDF-")
    assert ana.get("/export/xlsx").content.startswith(b"PK")
    with place[0].store.look() as connection:
        assert connection.scalar(sa.select(sa.func.count()).where(journal.c.event == "links_exported")) == 5
