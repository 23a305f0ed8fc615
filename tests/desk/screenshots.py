"""Pictures of the desk for the documents: ``python -m tests.desk.screenshots docs/images``. Invented links, a real browser."""

import sys
import tempfile
from pathlib import Path

from tests.desk.browsing import Visitor, chromium, serving
from tests.desk.test_browser import LINK
from tests.desk.two_desks import Desks


def main(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        desks = Desks(Path(folder))
        with serving(desks.profiles["us"], Path(folder) / "us.log") as address:
            visitor = Visitor(browser, address).sign_in("carla")
            visitor.page.set_viewport_size({"width": 1100, "height": 760})
            for name, path, whole in (
                ("links", "/links", False),
                ("link", f"/links/{LINK}", True),
                ("ask", f"/links/{LINK}/request", False),
            ):
                visitor.go(path)
                visitor.page.screenshot(path=out / f"desk-{name}.png", full_page=whole)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
