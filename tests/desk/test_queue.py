"""Need to know, filters, order: what somebody finds in the queue, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from linkage.desk.desk import Desk
from linkage.desk.queue import ORDERS, Wanted, beside, find, one
from linkage.desk.store import open_store
from tests.desk.made_desk import CASE, OTHER_CASE, made_desk, user
from tests.postgresql import PASSWORD as SERVER_PASSWORD
from tests.postgresql import postgresql

TODAY = "2026-09-21"


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder: Path = tmp_path_factory.mktemp("desk")
    if request.param == "sqlite":
        yield made_desk(folder)[0]
        return
    with postgresql() as url:
        store = open_store(sa.engine.make_url(url).set(password=SERVER_PASSWORD).render_as_string(hide_password=False))
        yield made_desk(folder, store=store)[0]


def cases_seen(desk: Desk, name: str, wanted: Wanted = Wanted()) -> set[str]:  # noqa: B008  (a tuple, never changed)
    with desk.store.look() as connection:
        return {case for row in find(connection, user(desk, name), wanted, TODAY).rows for _, case in row["own"]}


def test_each_sees_links_of_own_cases_only(desk: Desk) -> None:
    assert cases_seen(desk, "ana") == {CASE}
    assert cases_seen(desk, "beto") == {OTHER_CASE}
    assert cases_seen(desk, "carla") == {CASE, OTHER_CASE}
    assert cases_seen(desk, "eva") == set()


def test_a_link_that_is_not_to_be_known_is_not_there(desk: Desk) -> None:
    with desk.store.look() as connection:
        assert one(connection, user(desk, "ana"), f"{0:032x}", TODAY) is not None
        assert one(connection, user(desk, "ana"), f"{1:032x}", TODAY) is None
        mine = one(connection, user(desk, "ana"), f"{0:032x}", TODAY)
        assert mine is not None
        assert all(case == CASE for row in beside(connection, user(desk, "ana"), mine, TODAY) for _, case in row["own"])


FILTERS = [
    (Wanted(), 12),
    (Wanted(entity="firearm"), 4),
    (Wanted(band="A"), 4),
    (Wanted(country="US"), 12),
    (Wanted(country="CA"), 0),
    (Wanted(status="confirmed"), 0),
    (Wanted(case="FED/1"), 6),
    (Wanted(case="fed/9"), 0),
    (Wanted(case="%"), 0),           # not a pattern
    (Wanted(case="' OR 1=1 --"), 0),
    (Wanted(entity="firearm' OR ''='"), 0),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "count"), FILTERS)
def test_filters(desk: Desk, wanted: Wanted, count: int) -> None:
    with desk.store.look() as connection:
        assert find(connection, user(desk, "carla"), wanted, TODAY).total == count


@pytest.mark.parametrize("order", [*ORDERS, "nonsense"])
def test_pages_hold_every_link_once(desk: Desk, order: str) -> None:
    with desk.store.look() as connection:
        pages = [find(connection, user(desk, "carla"), Wanted(order=order, page=page), TODAY, limit=5).rows for page in (1, 2, 3, 4)]
    seen = [row["link_id"] for page in pages for row in page]
    assert len(seen) == len(set(seen)) == 12
    assert pages[3] == []


def test_an_expired_list_shows_nothing(desk: Desk) -> None:
    with desk.store.look() as connection:
        assert find(connection, user(desk, "carla"), Wanted(), "2126-12-21").total == 0
