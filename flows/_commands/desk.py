"""Commands of one country's desk: its web pages, its lists, and its sealed messages to the other desks."""

import json
from pathlib import Path
from typing import Annotated

import typer

from flows._commands import desk_cases, desk_silences
from flows._commands._desk import exchanging_at, new_password, open_desk
from flows._commands._desk_shown import show_core
from flows._commands._shown import Json, Profile, console, errors, one_clear_line, show
from linkage.desk.accounts import LANGUAGES, ROLES, add_user, grant, set_password
from linkage.desk.case_list import take_in
from linkage.desk.exchanging import open_disclosed, receive, send
from linkage.desk.journal import note
from linkage.desk.outcomes import send_outcomes
from linkage.desk.profile import read_desk_profile
from linkage.desk.upgrading import upgrade
from linkage.protocol.errors import TrilinkError

app = typer.Typer(no_args_is_help=True, help="A country's investigators: linked cases, decisions, disclosure.")
desk_cases.add_to(app)
desk_silences.add_to(app)

LOOPBACK = ("127.0.0.1", "localhost", "::1")


FromInput = Annotated[bool, typer.Option("--password-from-input", help="Read the password from the standard input, one line.")]


@app.command(epilog="Example: `trilink desk serve configs/desks/mx.toml --port 8443`")
def serve(
    profile: Profile,
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8300,
    host: Annotated[str, typer.Option(help="Address to listen at; anything but loopback needs --behind-tls.")] = "127.0.0.1",
    name: Annotated[list[str] | None, typer.Option(help="Host name that pages are reached under; more than one may be given.")] = None,
    behind_tls: Annotated[bool, typer.Option(help="A proxy in front speaks HTTPS to the browsers.")] = False,
) -> None:
    """Serve the desk's pages until interrupted."""
    with one_clear_line():
        if host not in LOOPBACK and not behind_tls:
            raise TrilinkError(f"{host}: passwords would travel in clear; put a proxy with HTTPS in front and say --behind-tls")
        import uvicorn

        from linkage.desk.web import create_app

        _, desk = open_desk(profile, behind_tls)
        errors.print(f"desk of {desk.owner}: http://{host}:{port}/ (stop with Ctrl-C)", highlight=False, markup=False)
        served = create_app(desk, [*LOOPBACK, *(name or [])])
        uvicorn.run(served, host=host, port=port, access_log=False, server_header=False, log_level="warning", proxy_headers=False)


@app.command("take-in", epilog="Example: `trilink desk take-in configs/desks/mx.toml --list linked-cases/linked-cases.json`")
def take_in_list(
    profile: Profile,
    resolved: Annotated[Path, typer.Option("--list", help="linked-cases.json, as `trilink owner resolve` wrote it.")],
    as_json: Json = False,
) -> None:
    """Take a resolved linked-case list into the desk; the same list twice changes nothing."""
    with one_clear_line():
        _, desk = open_desk(profile)
        show({"links": take_in(desk, resolved, "command")}, "taken in", as_json)


@app.command("upgrade", epilog="Example: `trilink desk upgrade configs/desks/mx.toml`")
def upgrade_database(profile: Profile, as_json: Json = False) -> None:
    """Carry the database forward to this release, all of it or nothing; of a SQLite file a copy from before stays beside it.

    Stop `serve` and `up` first. A PostgreSQL database is backed up by pg_dump before.
    """
    with one_clear_line():
        done = upgrade(read_desk_profile(profile).store())
        if as_json:
            typer.echo(json.dumps({"before": done.before, "after": done.after, "copy": str(done.copy) if done.copy else None}))
        elif done.before == done.after:
            console.print(f"schema {done.after}: nothing to do", highlight=False, markup=False)
        else:
            kept = f"; the database as it was: {done.copy}" if done.copy else ""
            console.print(f"schema {done.before or 'none'} -> {done.after}{kept}", highlight=False, markup=False, soft_wrap=True)


@app.command("add-user", epilog="Example: `trilink desk add-user configs/desks/mx.toml --name ana --role investigator --language es`")
def add_account(
    profile: Profile,
    name: Annotated[str, typer.Option(help="Name to sign in with.")],
    role: Annotated[str, typer.Option(help=f"One of {', '.join(ROLES)}.")],
    language: Annotated[str, typer.Option(help=f"One of {', '.join(LANGUAGES)}.")] = "en",
    from_input: FromInput = False,
) -> None:
    """Add an account; the password is asked for."""
    with one_clear_line():
        _, desk = open_desk(profile)
        password = new_password(from_input)
        with desk.store.change() as connection:
            add_user(connection, name, password, role, language)
            note(connection, "command", "account_added", desk.clock())
        console.print(f"added {name}", highlight=False, markup=False)


@app.command("set-password", epilog="Example: `trilink desk set-password configs/desks/mx.toml --name ana`")
def set_account_password(
    profile: Profile, name: Annotated[str, typer.Option(help="Name of the account.")], from_input: FromInput = False
) -> None:
    """Set an account's password; it is asked for."""
    with one_clear_line():
        _, desk = open_desk(profile)
        password = new_password(from_input)
        with desk.store.change() as connection:
            set_password(connection, name, password)
            note(connection, "command", "password_set", desk.clock())


@app.command("grant", epilog="Example: `trilink desk grant configs/desks/mx.toml --name ana --case FED/123/2026`")
def grant_case(
    profile: Profile,
    name: Annotated[str, typer.Option(help="Name of the account.")],
    case: Annotated[str, typer.Option(help="Own case number, or * for all.")],
) -> None:
    """Let somebody know of a case's links."""
    with one_clear_line():
        _, desk = open_desk(profile)
        with desk.store.change() as connection:
            grant(connection, name, case)
            note(connection, "command", "case_granted", desk.clock())


@app.command("send", epilog="Example: `trilink desk send configs/desks/mx.toml --out exchange`")
def send_messages(
    profile: Profile, out: Annotated[Path, typer.Option(help="Folder for the sealed messages.")], as_json: Json = False
) -> None:
    """Seal every waiting disclosure message to the desk that it is for."""
    with one_clear_line(), exchanging_at(profile) as exchanging:
        show({"sealed": send(exchanging, out)}, "sent", as_json)


@app.command("receive", epilog="Example: `trilink desk receive configs/desks/mx.toml --from exchange`")
def receive_messages(
    profile: Profile, folder: Annotated[Path, typer.Option("--from", help="Folder with sealed messages.")], as_json: Json = False
) -> None:
    """Take disclosure messages of the other desks in; the same file twice changes nothing."""
    with one_clear_line():
        with exchanging_at(profile) as exchanging:
            taken = receive(exchanging, folder)
        show({"new": taken.new, "known": taken.known, "refused": len(taken.refused)}, "received", as_json)
        if taken.refused:
            raise TrilinkError("; ".join(taken.refused))


@app.command("outcomes", epilog="Example: `trilink desk outcomes configs/desks/mx.toml --out exchange`")
def tell_outcomes(
    profile: Profile,
    out: Annotated[Path, typer.Option(help="Folder for the sealed outcomes, which `trilink unit cluster --outcomes` takes in.")],
    as_json: Json = False,
) -> None:
    """Tell the joint team what became of links, sealed: ids and outcomes of those that are settled, nothing else."""
    with one_clear_line(), exchanging_at(profile) as exchanging:
        show({"outcomes": send_outcomes(exchanging, out, "command")}, "sealed", as_json)


@app.command("open", epilog="Example: `trilink desk open configs/desks/mx.toml --request 69f1…2bf --show`, or `--out core.json`")
def open_core(
    profile: Profile,
    request: Annotated[str, typer.Option(help="Number of the request.")],
    out: Annotated[Path | None, typer.Option(help="File for the core data set, readable by its owner alone.")] = None,
    on_terminal: Annotated[bool, typer.Option("--show", help="Show it on this terminal instead; nothing is written.")] = False,
) -> None:
    """Open what was disclosed to us under a request: to a file, or on the terminal without one."""
    if (out is None) != on_terminal:
        raise typer.BadParameter("expected one of --out and --show")
    with one_clear_line():
        with exchanging_at(profile) as exchanging:
            disclosed = open_disclosed(exchanging, request, out)
        if out is None:
            show_core(disclosed)
        else:
            console.print(f"{out}: {', '.join(sorted(disclosed.core))}", highlight=False, markup=False)
