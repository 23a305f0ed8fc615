"""The desk's flow: disclosure messages out and in. Paths in, counts out; bodies stay sealed at home until `trilink desk open`."""

from datetime import UTC, datetime
from pathlib import Path

from flows._noted import noted
from flows._tasks import private_flow, private_task, show_counts
from linkage.desk.desk import Desk
from linkage.desk.exchanging import Exchanging, receive, send
from linkage.desk.profile import read_desk_profile
from linkage.desk.store import open_store
from linkage.protocol.party_profile import agreement_in_force, unlock


@private_task("exchange disclosure messages")
def exchange(profile_path: Path) -> dict[str, int]:
    """Seal what waits into the outbox, take in what lies in the inbox; what is refused is counted, and stays where it lies."""
    profile = read_desk_profile(profile_path)
    folders = profile.exchange_folders()
    agreement = agreement_in_force(profile, "owner", datetime.now(UTC).date())
    profile.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    for box in (folders.inbox, folders.outbox):
        box.mkdir(parents=True, exist_ok=True)
    desk = Desk(open_store(profile.store()), agreement, profile.party)
    with noted(profile, agreement, "disclose") as ledger:
        exchanging = Exchanging(desk, unlock(profile), profile.home, ledger)
        sealed = send(exchanging, folders.outbox)
        taken = receive(exchanging, folders.inbox)
    return {"sealed": sealed, "new": taken.new, "known": taken.known, "refused": len(taken.refused)}


@private_flow("desk exchange")
def exchange_flow(profile: str) -> dict[str, int]:
    """Carry nothing, only seal and take in; `trilink deliver` or the watcher's post carries."""
    counts = exchange(Path(profile))
    show_counts("exchanged", counts)
    return counts
