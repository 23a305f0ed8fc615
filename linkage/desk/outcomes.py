"""What became of links, for the joint team: the outcomes file (docs/spec/outcomes.md). Link ids and outcomes alone, no reason and no case.

A link that still awaits a second pair of eyes, or whose reviewers disagree, is not in it.
"""

import csv
import io
from pathlib import Path

import sqlalchemy as sa

from linkage.desk.decisions import FINAL
from linkage.desk.desk import Desk
from linkage.desk.journal import note
from linkage.desk.store import links
from linkage.protocol.atomic_files import PRIVATE, written_whole


def write_outcomes(desk: Desk, out: Path, who: str) -> int:
    """Write every settled link, by id; returns how many. The same decisions make the same bytes."""
    settled = sa.select(links.c.link_id, links.c.status).where(links.c.status.in_(FINAL), ~links.c.awaiting).order_by(links.c.link_id)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["link_id", "outcome"])
    with desk.store.change() as connection:
        rows = [tuple(row) for row in connection.execute(settled)]
        writer.writerows(rows)
        note(connection, who, "outcomes_sent", desk.clock(), count=len(rows))
        with written_whole(out, PRIVATE) as file:
            file.write(text.getvalue().encode())
    return len(rows)
