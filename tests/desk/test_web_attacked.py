"""The desk's pages without a browser: what a forged request does, what hostile text becomes, what a failure says."""

import html
from pathlib import Path

import pytest

from linkage.desk.desk import Desk
from linkage.desk.sessions import IDLE
from linkage.desk.store import decisions, links, users
from tests.desk.made_desk import HOSTILE, PASSWORD, Clock, made_desk
from tests.desk.visiting import LINK, Browser, count


@pytest.fixture
def place(tmp_path: Path) -> tuple[Desk, Clock]:
    return made_desk(tmp_path)


FORGED = [  # headers, key of the form
    ({"origin": "https://evil.example"}, None),
    ({"origin": "null"}, None),
    ({"sec-fetch-site": "cross-site"}, None),
    ({"sec-fetch-site": "same-site"}, None),
    ({}, ""),
    ({}, "x" * 43),
    ({}, "ñ"),
]


@pytest.mark.parametrize(("headers", "key"), FORGED)
def test_a_forged_form_changes_nothing(place: tuple[Desk, Clock], headers: dict[str, str], key: str | None) -> None:
    browser = Browser(place[0], "ana")
    fields = {"outcome": "confirmed", "reason": "x", "seen": "0"} | ({} if key is None else {"form_key": key})
    assert browser.post(f"/links/{LINK}/decision", headers, **fields).status_code == 403
    assert count(place[0], decisions) == 0
    assert browser.post(f"/links/{LINK}/decision", outcome="confirmed", reason="x", seen="0").status_code == 303  # the control
    assert count(place[0], decisions) == 1


def test_another_ones_key_is_no_key(place: tuple[Desk, Clock]) -> None:
    ana, beto = Browser(place[0], "ana"), Browser(place[0], "beto")
    assert ana.post(f"/links/{LINK}/decision", form_key=beto.key, outcome="confirmed", reason="x", seen="0").status_code == 403


def test_a_stale_session_is_over(place: tuple[Desk, Clock]) -> None:
    desk, clock = place
    browser = Browser(desk, "ana")
    clock.at += IDLE + 1
    assert browser.post(f"/links/{LINK}/decision", outcome="confirmed", reason="x", seen="0").headers["location"] == "/sign-in"
    assert count(desk, decisions) == 0


def test_closing_an_account_ends_its_sessions(place: tuple[Desk, Clock]) -> None:
    ana, dora = Browser(place[0], "ana"), Browser(place[0], "dora")
    assert dora.post("/accounts", change="close", name="ana").status_code == 303
    assert ana.get("/links").headers["location"] == "/sign-in"
    assert dora.post("/accounts", change="close", name="dora").status_code == 409  # the last one to hold the keys


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_every_field_stays_text(place: tuple[Desk, Clock], text: str) -> None:
    """What is typed comes back escaped, in pages and exports; the tables are still there."""
    desk, _ = place
    browser, dora = Browser(desk, "ana"), Browser(desk, "dora")
    assert browser.post(f"/links/{LINK}/decision", outcome="checked", reason=text, seen="0").status_code == 303
    assert browser.post(f"/links/{LINK}/note", text=text).status_code == 303
    assert browser.post(f"/links/{LINK}/request", purpose=text, legal_basis=text, urgency="urgent").status_code == 303
    assert dora.post("/accounts", change="grant", name="ana", case=text).status_code in (303, 400)
    for path in ("/links", f"/links/{LINK}", "/requests", f"/links?case={text}&status={text}&order={text}&page={text}"):
        page = browser.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
    assert html.unescape(browser.get(f"/links/{LINK}").text).count(text) >= 2  # as it was typed
    assert "<script>alert" not in dora.get("/accounts").text
    assert count(desk, links) == 12


def test_fields_that_nobody_typed_are_refused(place: tuple[Desk, Clock]) -> None:
    browser = Browser(place[0], "ana")
    for fields in ({"outcome": "king"}, {"outcome": "confirmed", "reason": ""}, {}, {"outcome": "confirmed", "reason": "x", "seen": "-1"}):
        assert browser.post(f"/links/{LINK}/decision", **fields).status_code == 409
    doubled = f"form_key={browser.key}&text=a&text=b"
    typed = {"content-type": "application/x-www-form-urlencoded"}
    assert browser.client.post(f"/links/{LINK}/note", content=doubled, headers=typed).status_code == 400
    assert browser.post(f"/links/{LINK}/note", text="x" * 140_000).status_code == 413
    assert count(place[0], decisions) == 0


def test_a_foreign_host_name_is_not_answered(place: tuple[Desk, Clock]) -> None:
    assert Browser(place[0]).client.get("/sign-in", headers={"host": "evil.example"}).status_code == 400


def test_a_failure_says_nothing(place: tuple[Desk, Clock], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    browser = Browser(place[0], "ana")

    def broken(*_: object) -> None:
        raise ValueError("HERNANDEZ")

    monkeypatch.setattr("linkage.desk.acts.find", broken)
    answer = browser.get("/links")
    assert answer.status_code == 500 and "HERNANDEZ" not in answer.text
    assert "ValueError at " in caplog.text and "HERNANDEZ" not in caplog.text


def test_behind_https_the_cookie_is_held_to_it(tmp_path: Path) -> None:
    desk, _ = made_desk(tmp_path, count=1)
    browser = Browser(desk._replace(behind_tls=True))
    cookie = browser.client.post("/sign-in", data={"name": "ana", "password": PASSWORD}).headers["set-cookie"]
    assert cookie.startswith("__Host-desk=") and all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=strict", "Path=/"))


def test_the_language_and_accounts_of_a_form_are_checked(place: tuple[Desk, Clock]) -> None:
    ana, dora = Browser(place[0], "ana"), Browser(place[0], "dora")
    assert ana.post("/language", language="xx").status_code == 400
    assert ana.post("/accounts", change="add", name="x", password=PASSWORD, role="auditor").status_code == 403
    assert dora.post("/accounts", change="add", name="x", password="short", role="auditor").status_code == 409
    assert dora.post("/accounts", change="add", name="x", password=PASSWORD, role="auditor", language="fr").status_code == 303
    assert dora.post("/accounts", change="nonsense", name="x").status_code == 400
    assert count(place[0], users) == 7
