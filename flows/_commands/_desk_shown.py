"""The queue, a linked case and requests on a terminal, or as JSON for a machine; what the pages show, no more."""

import json
from collections.abc import Mapping
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from flows._commands._shown import console
from linkage.desk.acts import LinkRead, RequestRead
from linkage.desk.desk import Desk
from linkage.desk.disclosure import OPEN
from linkage.desk.evidence import waterfall
from linkage.desk.queue import PAGE, Found, Wanted
from linkage.desk.rendering import moment
from linkage.protocol.disclosure import Answer

LINK_KEYS = (
    "link_id", "entity", "band", "status", "awaiting", "flagged", "own", "country", "contact_desk", "reference", "case_reference",
    "fields", "cluster_id", "cluster", "case_links", "epoch", "released", "expires",
)  # fmt: skip
REQUEST_KEYS = ("id", "direction", "owner", "entity", "link_id", "state", "asked", "due")
SILENT_KEYS = ("case_id", "until", "links", "name")
Row = Mapping[str, Any]


def show_done(facts: Row, line: str, as_json: bool) -> None:
    if as_json:
        _json(facts)
    else:
        _say(line)


def show_queue(found: Found, wanted: Wanted, desk: Desk, as_json: bool) -> None:
    pages = max(1, -(-found.total // PAGE))
    if as_json:
        links = [_chosen(row, LINK_KEYS) for row in found.rows]
        return _json({"caution": _caution(desk), "total": found.total, "page": wanted.page, "pages": pages, "links": links})
    _say(_caution(desk))
    columns = ("link", "own case", "type", "other side", "band", "agreeing", "conflicting", "status")
    _table(
        f"{found.total:,} links, page {wanted.page} of {pages}",
        columns,
        (
            (row["link_id"], _cases(row), row["entity"], f"{row['country']} {row['contact_desk']}", row["band"],
             ", ".join(row["fields"]["agree"]), ", ".join(row["fields"]["conflict"]), _status(row))
            for row in found.rows
        ),
    )  # fmt: skip
    return None


def show_link(read: LinkRead, desk: Desk, as_json: bool) -> None:
    link = read.link
    if as_json:
        facts = {"caution": _caution(desk), **_chosen(link, LINK_KEYS), "seen": read.seen, "silent_until": read.silent_until}
        facts |= {"quiet": read.quiet, "others": [row["link_id"] for row in read.others], "history": read.events}
        return _json(facts)
    _say(_caution(desk))
    if read.quiet:
        _say("Deconfliction officers alone know of this link: new and held, or silenced by the other country. Speak to its desk first.")
    if read.silent_until:
        _say(f"Silent: the other side's deconfliction officers alone know of it, to the end of {read.silent_until}.")
    facts = {
        "link": link["link_id"], "type": link["entity"], "status": _status(link), "own": _own(link["own"]),
        "other side": f"{link['country']} {link['contact_desk']}", "reference to quote": link["reference"],
        "its case": link["case_reference"] or "–", "band": link["band"], "weakest in its cluster": link["cluster"]["weakest_band"],
        "beside it": ", ".join(row["link_id"] for row in read.others) or "–", "released, expires": f"{link['released']}, {link['expires']}",
        "--seen for a decision": str(read.seen),
    }  # fmt: skip
    _table("linked case", ("", ""), facts.items())
    steps = waterfall(desk.agreement.entities[link["entity"]], link["fields"])
    _table("why", ("field class", "outcome", "bits"), ((step.label, step.outcome, f"{step.weight:+.1f}") for step in steps))
    said = ((moment(one["at"]), one["name"], one.get("outcome", "note"), one["text"]) for one in read.events)
    _table("history", ("when", "who", "what", "words"), said)
    return None


def show_requests(rows: list[dict[str, Any]], desk: Desk, as_json: bool) -> None:
    if as_json:
        return _json({"requests": [_chosen(row, REQUEST_KEYS) | {"clock": _clock(row, desk)} for row in rows]})
    columns = ("request", "direction", "with", "type", "state", "asked", "clock")
    _table(
        "disclosure requests",
        columns,
        ((row["id"], row["direction"], row["owner"], row["entity"], row["state"], moment(row["asked"]), _clock(row, desk)) for row in rows),
    )
    return None


def show_request(read: RequestRead, desk: Desk, as_json: bool) -> None:
    row = read.row
    agreed = desk.agreement.desk.core.get(row["entity"], [])
    if as_json:
        facts = _chosen(row, REQUEST_KEYS) | {"clock": _clock(row, desk), "own": read.own, "ours": read.ours}
        return _json(facts | {"may_disclose": agreed, "events": [_chosen(one, ("at", "user_name", "kind", "said")) for one in read.events]})
    facts = {name: str(row[name]) for name in ("id", "direction", "owner", "entity", "link_id", "state")} | {"clock": _clock(row, desk)}
    facts["our records"] = _own(read.own)
    facts["may be disclosed"] = ", ".join(agreed) or "nothing: the agreement names no field"
    _table("disclosure request", ("", ""), facts.items())
    if not read.ours:
        _say("No list of ours has this link with that country. Do not answer before the desks have spoken.")
    said = ((moment(one["at"]), one["user_name"], one["kind"], _words(one["said"])) for one in read.events)
    _table("what was said", ("when", "who", "what", "words"), said)
    return None


def show_core(disclosed: Answer) -> None:
    """A disclosed core data set: the one place where a value of another country is shown, to whoever holds our keys."""
    _table(f"disclosed under {disclosed.request_id}", ("field", "value"), sorted(disclosed.core.items()))
    if disclosed.text:
        _say(_printable(disclosed.text))


def _words(said: Row) -> str:
    return "; ".join(f"{name}: {', '.join(word) if isinstance(word, list) else word}" for name, word in said.items() if word)


def show_silent_cases(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        return _json({"cases": [_chosen(row, SILENT_KEYS) for row in rows]})
    lines = (tuple(row[key] for key in SILENT_KEYS) for row in rows)
    _table(f"{len(rows):,} silent cases", ("own case", "to the end of", "links now", "said by"), lines)
    return None


def _clock(row: Row, desk: Desk) -> str:
    """How long there is to answer, as the pages say it."""
    if row["state"] not in OPEN:
        return "over"
    left = row["due"] - desk.clock()
    return f"overdue since {moment(row['due'])}" if left < 0 else f"due {moment(row['due'])}, {int(left // 3600)} hours left"


def _own(pairs: list[tuple[str, str]]) -> str:
    return ", ".join(f"{record} ({case or '–'})" for record, case in pairs)


def _cases(row: Row) -> str:
    return ", ".join(sorted({case for _, case in row["own"] if case})) or "–"


def _status(row: Row) -> str:
    return str(row["status"]) + (", awaits a second pair of eyes" if row["awaiting"] else "") + (", DECONFLICT" if row["flagged"] else "")


def _caution(desk: Desk) -> str:
    return desk.agreement.exchange.caution


def _chosen(row: Row, keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: row[key] for key in keys}


def _json(facts: Row) -> None:
    typer.echo(json.dumps(facts, indent=2, sort_keys=True, ensure_ascii=False))


def _say(line: str) -> None:
    console.print(line, highlight=False, markup=False, soft_wrap=True)


def _table(title: str, columns: tuple[str, ...], rows: Any) -> None:
    table = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, overflow="fold", no_wrap=number == 0)  # the first is to be copied into the next command
    for cells in rows:
        table.add_row(*(Text(_printable(str(cell))) for cell in cells))
    console.print(table)


def _printable(text: str) -> str:
    """No record and no word of the other side moves the terminal's cursor."""
    return "".join(one if one.isprintable() or one == "\n" else "�" for one in text)
