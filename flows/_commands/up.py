"""A party's station: server, worker and watcher, until it is stopped."""

import signal
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows._commands._shown import errors
from flows._logs import Log, Style
from flows._parties import profile_and_agreement, role_of
from linkage.protocol.errors import TrilinkError
from linkage.protocol.party_profile import PartyProfile, unlock

if TYPE_CHECKING:  # importing it takes Prefect's seconds, and comes after the settings
    from flows._station import Station


def up(
    party: Annotated[Path, typer.Option(help="Profile of an owner, the unit or a desk, with [exchange].", show_default=False)],
    port: Annotated[int, typer.Option(min=1, max=65535, help="Of the Prefect server and its pages, on loopback.")] = 4200,
    once: Annotated[
        bool, typer.Option("--once", help="Go round until nothing moves, then end: for cron, without a server of its own.")
    ] = False,
    log: Annotated[Style, typer.Option(help="One line an event, for people or as JSON.")] = "text",
    metrics: Annotated[Path | None, typer.Option(help="Text file for Prometheus, written after every round.", show_default=False)] = None,
) -> None:
    """Run one party on this machine by itself: Prefect server, worker and a watcher over its exchange folders. Stop with Ctrl-C.

    Started again after any end it goes on where it was. PostgreSQL instead of SQLite: PREFECT_SERVER_DATABASE_CONNECTION_URL.

    Example: `trilink up --party configs/unit.toml --log json --metrics metrics/trilink.prom`
    """
    problem = ""
    try:
        profile, _ = profile_and_agreement(party)
        profile.exchange_folders()
        (_once if once else _station)(party, profile, port, Log(log, profile.party), metrics)
    except TrilinkError as error:
        problem = str(error)
    if problem:
        errors.print(f"trilink: {problem}", style="red", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(1)


def _once(path: Path, profile: PartyProfile, port: int, log: Log, metrics: Path | None) -> None:
    from flows._alone import WATCH, held
    from flows._tasks import without_heartbeat

    with held(profile.home, WATCH), without_heartbeat():
        unlock(profile, prompt=True)
        while _round(path, profile, log, metrics):
            pass


def _station(path: Path, profile: PartyProfile, port: int, log: Log, metrics: Path | None) -> None:
    from flows._alone import WATCH, held
    from flows._station import Station, deployments_file, settled

    with held(profile.home, WATCH):
        station = Station(path, profile, port)
        with settled(station.settings):
            stopped = _stopped()
            try:
                station.start_server()
                station.deploy(deployments_file(), role_of(profile))
                station.ensure()
                unlock(profile, prompt=True)
                log.say(datetime.now(UTC), "station", "up", f"{station.settings['PREFECT_API_URL']}, password in {station.home / 'auth'}")
                _watch(path, profile, log, metrics, (station, stopped))
            finally:
                station.end()
                log.say(datetime.now(UTC), "station", "down")


def _watch(path: Path, profile: PartyProfile, log: Log, metrics: Path | None, until: "tuple[Station, threading.Event]") -> None:
    station, stopped = until
    while not stopped.is_set():
        for name in station.ensure():
            log.say(datetime.now(UTC), name, "restarted", "it had ended by itself; its log is beside its database")
        if not _round(path, profile, log, metrics):
            stopped.wait(profile.watch.every_seconds)


def _round(path: Path, profile: PartyProfile, log: Log, metrics: Path | None) -> bool:
    """One round of the watcher, said and counted; whether it moved anything."""
    from flows._metrics import write_metrics
    from flows.watch.watcher import moved, watch_round

    now = datetime.now(UTC)
    outcomes = watch_round(path, now)
    for one in outcomes:
        log.say(now, one.what, one.state, one.said, one.counts)
        if one.state == "failed":
            _tell(profile, one.what, one.said, log)
    if metrics is not None:
        write_metrics(profile, metrics, now)
    return moved(outcomes)


def _tell(profile: PartyProfile, what: str, said: str, log: Log) -> None:
    """Whoever is to know; that nobody could be told ends no round."""
    from flows.telling import tell

    problem = ""
    try:
        tell(profile, what, said)
    except TrilinkError as error:
        problem = str(error)
    if problem:
        log.say(datetime.now(UTC), "tell", "failed", problem)


def _stopped() -> threading.Event:
    """Set by SIGINT and SIGTERM; the step that is under way ends first."""
    event = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: event.set())
    return event
