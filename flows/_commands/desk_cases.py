"""An investigator's day without a browser: find, read why, decide, ask, answer; the acts behind the pages (``linkage/desk/acts.py``).

Words that people write come from files and passwords from a prompt: neither stands in a process's arguments.
"""

from pathlib import Path
from typing import Annotated, Any

import typer

from flows._commands import _desk_shown as shown
from flows._commands._desk import As, PasswordFd, signed_in_at, words_in
from flows._commands._shown import Json, Profile, console, one_clear_line
from linkage.desk import acts
from linkage.desk.decisions import OUTCOMES, Changed, Proposed
from linkage.desk.exports import FORMATS
from linkage.desk.queue import ORDERS, STATUSES, Wanted
from linkage.protocol.atomic_files import PRIVATE, written_whole
from linkage.protocol.errors import TrilinkError

LinkId = Annotated[str, typer.Option("--link", help="Number of the link, as `trilink desk queue` lists it.")]
RequestId = Annotated[str, typer.Option("--request", help="Number of the request, as `trilink desk requests` lists it.")]
Words = Annotated[Path, typer.Option("--words", help="File (TOML) with what is said; see the example.")]

ASKED = ("purpose", "legal_basis", "urgency")

QUEUE_EXAMPLE = "Example: `trilink desk queue desk.toml --as ana --entity firearm --status candidate`; to take along: `… --out cases.csv`"
SHOW_EXAMPLE = "Example: `trilink desk show desk.toml --as ana --link 017d…3f`, or `--request 0bc4…6c`"
DECIDE_EXAMPLE = (
    "Example: `trilink desk decide desk.toml --as ana --link 017d…3f --outcome confirmed --seen 0 --words reason.toml`, "
    'where reason.toml says: `reason = "same serial on the photograph"`'
)
ASK_EXAMPLE = (
    "Example: `trilink desk ask desk.toml --as ana --link 017d…3f --words request.toml`, where request.toml says: "
    '`purpose = "trace of a recovered pistol"`, `legal_basis = "MLAT art. 3"`, `urgency = "urgent"` (routine, urgent, emergency)'
)
ANSWER_EXAMPLE = (
    "Example: `trilink desk answer desk.toml --as dora --request 0bc4…6c --what answer --words answer.toml`, where answer.toml says: "
    '`text = "call us"`, `[core]`, `serial_number = "…"`; of a refusal: `reason = "ongoing_operation"`; of a question or reply: `text`'
)
NOTE_EXAMPLE = 'Example: `trilink desk note desk.toml --as ana --link 017d…3f --words note.toml`, where note.toml says: `text = "…"`'
MARK_EXAMPLE = "Example: `trilink desk mark desk.toml --as ana --link 017d…3f --flag`; by a deconfliction officer: `--silent-days 14`"
REQUESTS_EXAMPLE = "Example: `trilink desk requests desk.toml --as dora`"


def queue(
    profile: Profile,
    who: As,
    entity: Annotated[str, typer.Option(help="Entity type.")] = "",
    band: Annotated[str, typer.Option(help="Band, for instance A.")] = "",
    country: Annotated[str, typer.Option(help="Other side's country, for instance US.")] = "",
    status: Annotated[str, typer.Option(help=f"One of {', '.join(STATUSES)}.")] = "",
    case: Annotated[str, typer.Option(help="Beginning of an own case number.")] = "",
    order: Annotated[str, typer.Option(help=f"One of {', '.join(ORDERS)}.")] = "band",
    page: Annotated[int, typer.Option(min=1)] = 1,
    out: Annotated[Path | None, typer.Option(help=f"Write all pages to a file instead: {', '.join(FORMATS)} by its ending.")] = None,
    password_fd: PasswordFd = None,
    as_json: Json = False,
) -> None:
    """List the linked cases that the account may know of, or take them along in a watermarked file."""
    kind = out.suffix[1:].lower() if out else ""
    if order not in ORDERS:
        raise typer.BadParameter(f"--order: expected one of {', '.join(ORDERS)}")
    if out and kind not in FORMATS:
        raise typer.BadParameter(f"--out: expected a name that ends in one of {', '.join(FORMATS)}")
    with one_clear_line():
        acting = signed_in_at(profile, who, password_fd)
        wanted = Wanted(entity, band, country, status, case, order, page)
        if out is None:
            shown.show_queue(acts.read_queue(acting, wanted), wanted, acting.desk, as_json)
            return
        made = acts.export_links(acting, wanted, kind)
        with written_whole(out, PRIVATE) as file:
            file.write(made.content)
        shown.show_done({"links": made.links}, f"{out}: {made.links:,} links, for {who} alone", as_json)


def show(
    profile: Profile,
    who: As,
    link: Annotated[str, typer.Option("--link", help="Number of a link.")] = "",
    request: Annotated[str, typer.Option("--request", help="Number of a request.")] = "",
    password_fd: PasswordFd = None,
    as_json: Json = False,
) -> None:
    """Read one linked case, why it is one and what was said of it, or one disclosure request."""
    if bool(link) == bool(request):
        raise typer.BadParameter("expected one of --link and --request")
    with one_clear_line():
        acting = signed_in_at(profile, who, password_fd)
        if link:
            shown.show_link(acts.read_link(acting, link), acting.desk, as_json)
        else:
            shown.show_request(acts.read_request(acting, request), acting.desk, as_json)


def decide(
    profile: Profile,
    who: As,
    link: LinkId,
    outcome: Annotated[str, typer.Option(help=f"One of {', '.join(OUTCOMES)}.")],
    seen: Annotated[int, typer.Option(min=0, help="Number of the newest decision that `trilink desk show` showed; 0 for none.")],
    words: Words,
    password_fd: PasswordFd = None,
    as_json: Json = False,
) -> None:
    """Say what a link turned out to be; confirming and refuting need a second pair of eyes where the agreement says so."""
    with one_clear_line():
        reason = str(words_in(words, {"reason": str}).get("reason", ""))
        acting = signed_in_at(profile, who, password_fd)
        changed = False
        try:
            status = acts.decide_on(acting, link, Proposed(outcome, reason, seen))
        except Changed:
            changed = True
        if changed:
            raise Changed(
                "somebody decided on this link meanwhile: run `trilink desk show` again, then decide with the --seen that it gives"
            )
        line = f"{status.name}{', awaits a second pair of eyes' if status.awaiting else ''}"
        shown.show_done(status._asdict(), line, as_json)


def note(profile: Profile, who: As, link: LinkId, words: Words, password_fd: PasswordFd = None) -> None:
    """Leave a note for colleagues on a link."""
    with one_clear_line():
        text = str(words_in(words, {"text": str}).get("text", ""))
        acts.note_on(signed_in_at(profile, who, password_fd), link, text)
        console.print("noted", highlight=False, markup=False)


def mark(
    profile: Profile,
    who: As,
    link: LinkId,
    flag: Annotated[bool | None, typer.Option("--flag/--no-flag", help="Others work on this too: deconflict before anybody acts.")] = None,
    silent_days: Annotated[
        int | None, typer.Option(min=0, help="Ask the other side to keep the link to its deconfliction officers for so long; 0 lifts it.")
    ] = None,
    password_fd: PasswordFd = None,
) -> None:
    """Flag a link for deconfliction, or silence it at the other side for a covert case of ours."""
    if flag is None and silent_days is None:
        raise typer.BadParameter("expected --flag, --no-flag or --silent-days")
    with one_clear_line():
        acting = signed_in_at(profile, who, password_fd)
        if flag is not None:
            acts.flag_on(acting, link, flag)
        if silent_days is not None:
            acts.silence_on(acting, link, silent_days)
        console.print("marked; `trilink desk send` seals a silence" if silent_days is not None else "marked", highlight=False, markup=False)


def ask(profile: Profile, who: As, link: LinkId, words: Words, password_fd: PasswordFd = None, as_json: Json = False) -> None:
    """Ask the other country for disclosure about a link; `trilink desk send` seals what waits."""
    with one_clear_line():
        said = {name: str(word).strip() for name, word in words_in(words, dict.fromkeys(ASKED, str)).items()}
        if missing := [name for name in ASKED if not said.get(name)]:
            raise TrilinkError(f"{words.name}: {', '.join(missing)} missing")
        acting = signed_in_at(profile, who, password_fd)
        request_id = acts.ask_about(acting, link, said)
        shown.show_done({"request": request_id}, f"request {request_id} waits; `trilink desk send` seals it", as_json)


def answer(
    profile: Profile,
    who: As,
    request: RequestId,
    what: Annotated[str, typer.Option(help="One of answer, refuse, question (to ask back), reply (to a counter-question).")],
    words: Words,
    password_fd: PasswordFd = None,
    as_json: Json = False,
) -> None:
    """Answer a request, refuse it, ask back, or reply to a counter-question; `trilink desk send` seals what waits."""
    with one_clear_line():
        said: dict[str, Any] = words_in(words, SAID_BY[what]) if what in SAID_BY else {}
        acting = signed_in_at(profile, who, password_fd)
        core = said.pop("core", {})
        if not all(isinstance(value, str) for value in core.values()):
            raise TrilinkError(f'{words.name}: core: expected lines of the kind field = "value"')
        acts.respond(acting, request, acts.Response(what, core=core, **said))
        shown.show_done({"request": request, "what": what}, f"{what} to request {request} waits; `trilink desk send` seals it", as_json)


SAID_BY: dict[str, dict[str, type]] = {
    "answer": {"text": str, "core": dict},
    "refuse": {"reason": str, "text": str},
    "question": {"text": str},
    "reply": {"text": str},
}


def requests(profile: Profile, who: As, password_fd: PasswordFd = None, as_json: Json = False) -> None:
    """List the disclosure requests that the account may know of, open ones first, each with its clock."""
    with one_clear_line():
        acting = signed_in_at(profile, who, password_fd)
        shown.show_requests(acts.read_requests(acting), acting.desk, as_json)


def add_to(app: typer.Typer) -> None:
    """Give the desk's commands these, too."""
    for command, example in (
        (queue, QUEUE_EXAMPLE), (show, SHOW_EXAMPLE), (decide, DECIDE_EXAMPLE), (note, NOTE_EXAMPLE), (mark, MARK_EXAMPLE),
        (ask, ASK_EXAMPLE), (answer, ANSWER_EXAMPLE), (requests, REQUESTS_EXAMPLE),
    ):  # fmt: skip
        app.command(epilog=example)(command)
