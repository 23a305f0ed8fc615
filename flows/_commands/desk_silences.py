"""Standing silences without a browser: which own cases are silent at the other desks, and saying so."""

from typing import Annotated

import typer

from flows._commands import _desk_shown as shown
from flows._commands._desk import As, PasswordFd, signed_in_at
from flows._commands._shown import Json, Profile, one_clear_line
from linkage.desk import acts

SILENCE_EXAMPLE = "Example: `trilink desk silence desk.toml --as fina --case FED/1/2026 --days 90`; `--days 0` lifts it"
SILENCES_EXAMPLE = "Example: `trilink desk silences desk.toml --as fina`"


def silence(
    profile: Profile,
    who: As,
    case: Annotated[str, typer.Option(help="Own case number, whether or not a list has it yet.")],
    days: Annotated[int, typer.Option(min=0, help="For how long, at most the agreement's silent_days; 0 lifts it.")],
    password_fd: PasswordFd = None,
    as_json: Json = False,
) -> None:
    """Say a covert case of ours silent at the other desks: its links of today, and those that later lists bring."""
    with one_clear_line():
        told = acts.silence_case_on(signed_in_at(profile, who, password_fd), case.strip(), days)
        what = "silent" if days else "lifted"
        shown.show_done({"links": told}, f"{what}; the other desks are told of {told:,} links: `trilink desk send` seals it", as_json)


def silences(profile: Profile, who: As, password_fd: PasswordFd = None, as_json: Json = False) -> None:
    """List the silent cases that the account may know of, until when each is silent, and how many links it has now."""
    with one_clear_line():
        shown.show_silent_cases(acts.silent_cases(signed_in_at(profile, who, password_fd)), as_json)


def add_to(app: typer.Typer) -> None:
    """Give the desk's commands these, too."""
    app.command(epilog=SILENCE_EXAMPLE)(silence)
    app.command(epilog=SILENCES_EXAMPLE)(silences)
