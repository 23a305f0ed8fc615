"""Somebody at the desk's pages, without a browser of their own."""

import re

import sqlalchemy as sa
from fastapi.testclient import TestClient
from httpx import Response

from linkage.desk.desk import Desk
from linkage.desk.web import create_app
from tests.desk.made_desk import PASSWORD

LINK, FOREIGN = f"{0:032x}", f"{1:032x}"


class Browser:
    """Somebody at the desk; remembers the key of the forms that were shown."""

    def __init__(self, desk: Desk, name: str = "") -> None:
        app = create_app(desk, ["testserver"])
        self.client = TestClient(app, follow_redirects=False, raise_server_exceptions=False)
        self.key = ""
        if name:
            assert self.client.post("/sign-in", data={"name": name, "password": PASSWORD}).status_code == 303
            self.get("/journal" if name == "eva" else "/links")

    def get(self, path: str) -> Response:
        page = self.client.get(path)
        found = re.search(r'name="form_key" value="([^"]+)"', page.text)
        self.key = found[1] if found else self.key
        return page

    def post(self, path: str, headers: dict[str, str] | None = None, **fields: str) -> Response:
        return self.client.post(path, data={"form_key": self.key} | fields, headers=headers)


def count(desk: Desk, table: sa.Table) -> int:
    with desk.store.look() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
