"""The whole way of the data on one machine: owners, unit and desks through the real flows, packages and keys.

In a rehearsal alone all parties' secrets lie in one folder, and the links are resolved to record ids so that they can be checked.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from flows._noted import noted
from flows._rehearsed import write_links, write_scoreboard
from flows._tasks import private_flow, private_task, show_counts
from flows._timings import Timings
from flows.delivery import delivery_flow
from flows.owner import contribute_flow, encode_flow, open_ceremony, regroup_flow, resolve_flow
from flows.receipts import receipts_flow
from flows.unit import cluster_flow, link_flow, quality_remarks
from linkage.lab.parties import make_parties, secret_of, write_profile
from linkage.lab.report import write_report
from linkage.owner.commitments import Declared, Drawn, _commit
from linkage.owner.epoch_dates import EpochDates
from linkage.owner.keys import KEY_BYTES
from linkage.owner.overriding import Override, overriding
from linkage.owner.release import declared_sizes
from linkage.protocol.agreement import Agreement, read_agreement
from linkage.protocol.atomic_files import PRIVATE, written_whole
from linkage.protocol.errors import TrilinkError
from linkage.protocol.ledger import FILE
from linkage.unit.asking import request_path
from linkage.unit.issuing import list_path
from linkage.unit.state import write_json

EPOCH = "rehearsal"
REHEARSED = Override("trilink rehearse", "a rehearsal: gates that are not met are in the release report, nothing leaves this machine")


def tables_of(data: Path, agreement: Agreement) -> dict[str, dict[str, Path]]:
    """Owner -> entity type -> table, of ``DATA/<owner>/<entity>.csv``; folders without such a table are not owners."""
    if not data.is_dir():
        raise TrilinkError(f"{data}: no such folder")
    found = {}
    for folder in sorted(path for path in data.iterdir() if path.is_dir()):
        tables = {entity: folder / f"{entity}.csv" for entity in sorted(agreement.entities) if (folder / f"{entity}.csv").is_file()}
        if tables:
            found[folder.name] = tables
    if len(found) < 2:
        names = ", ".join(f"{entity}.csv" for entity in sorted(agreement.entities))
        raise TrilinkError(f"{data}: expected two or more folders, one per owner, with one or more of {names}")
    return found


@private_task("prepare parties")
def prepare(data: Path, out: Path, agreement_path: Path, seed: int | None) -> None:
    """Keys, agreement and profiles of all parties; refuses a folder that holds another rehearsal."""
    agreement = read_agreement(agreement_path)
    tables = tables_of(data, agreement)
    out.mkdir(parents=True, exist_ok=True)
    sizes = {f"{name} {entity}": path.stat().st_size for name, row in tables.items() for entity, path in row.items()}
    facts = {"agreement": agreement.fingerprint, "bytes": sizes, "data": str(data.resolve()), "seed": seed}
    noted = out / "rehearsal.json"
    if noted.exists() and json.loads(noted.read_text(encoding="utf-8")) != facts:
        raise TrilinkError(f"{out}: holds another rehearsal (other data, agreement or seed); take a new folder")
    write_json(noted, facts)
    rehearsed = make_parties(out, agreement_path, list(tables), seed)
    for party in rehearsed.parties:
        write_profile(out / "parties" / party, party, out / "agreement.toml", tables.get(party))


@private_task("fix contributions")
def fix_contributions(out: Path, seed: int) -> None:
    """With a seed the owners' contributions are not drawn but fixed, so that the rehearsal can be repeated."""
    for owner in read_agreement(out / "agreement.toml").owners:
        inbox, outbox = (Path(_box(out, owner, box)) for box in ("inbox", "outbox"))
        for box in (inbox, outbox):
            box.mkdir(exist_ok=True)
        profile, agreement, ceremony = open_ceremony(_profile(out, owner), EPOCH, inbox)
        declared = Declared(EpochDates(agreement.valid_from, agreement.valid_until), declared_sizes(profile))
        drawn = Drawn(*(secret_of(seed, f"{what}/{owner}", KEY_BYTES) for what in ("contribution", "commitment")))
        with noted(profile, agreement, "contribute"):
            _commit(ceremony, outbox, declared, drawn)


@private_task("evaluate")
def evaluate(data: Path, out: Path) -> None:
    """Resolve the unit's results to record ids, and measure them where the truth is known."""
    write_links(out, EPOCH)
    if (data / "truth.csv").is_file():
        write_scoreboard(out, data, EPOCH)


@private_flow("rehearsal")
def rehearsal_flow(data: str, out: str, agreement: str, engine: str, workers: int, seed: int | None) -> dict[str, int]:
    """Run everything; returns links by entity type, owners and band."""
    folder = Path(out)
    timings = Timings(5 * len(tables_of(Path(data), read_agreement(Path(agreement)))) + 5)  # five steps an owner, two of the unit
    with timings.step("prepare", "all"):
        prepare(Path(data), folder, Path(agreement), seed)
        if seed is not None:
            fix_contributions(folder, seed)
    links = _link(folder, engine, workers, timings)
    with timings.step("evaluate", "rehearsal"):
        evaluate(Path(data), folder)
    write_json(folder / "timings.json", timings.rows)
    write_report(folder)
    show_counts("rehearsal-links", links)
    return links


def _link(out: Path, engine: str, workers: int, timings: Timings) -> dict[str, int]:
    """The way of the data: every file goes from its sender's outbox to its recipient's inbox."""
    agreement = read_agreement(out / "agreement.toml")
    owners, unit_profile = agreement.owners, str(_profile(out, agreement.unit))
    for step in ("commit", "contribute"):  # the same command, run again when everybody's commitment is in
        for owner in owners:
            with timings.step(step, owner):
                _deliver(out, owners, owner)
                contribute_flow(str(_profile(out, owner)), EPOCH, _box(out, owner, "inbox"), _box(out, owner, "outbox"))
    for owner in owners:
        with timings.step("encode", owner):
            _deliver(out, owners, owner)
            with overriding(REHEARSED):
                encode_flow(str(_profile(out, owner)), EPOCH, _box(out, owner, "inbox"), _box(out, owner, "outbox"))
    with timings.step("link", agreement.unit):
        delivery_flow([_box(out, owner, "outbox") for owner in owners], str(out / "packages"), agreement.unit, ["package"])
        link_flow(unit_profile, EPOCH, _sealed(out / "packages", "package"), _box(out, agreement.unit, "outbox"), engine, workers)
    for owner in owners:
        with timings.step("regroup", owner):
            _deliver(out, [agreement.unit], owner)
            _regroup(out, owner)
    with timings.step("cluster", agreement.unit):
        _deliver(out, owners, agreement.unit)
        answers = _sealed(Path(_box(out, agreement.unit, "inbox")), "regroup-answer")
        counts = cluster_flow(unit_profile, EPOCH, answers, _box(out, agreement.unit, "outbox"))
    for owner in owners:
        with timings.step("resolve", owner):
            _deliver(out, [agreement.unit], owner)
            sealed = list_path(Path(_box(out, owner, "inbox")), EPOCH, owner)
            resolve_flow(str(_profile(out, owner)), str(sealed), str(out / "lists" / owner))
    with timings.step("receipts", "all"):
        _sign(out, agreement)
    return counts["links"]


def _sign(out: Path, agreement: Agreement) -> None:
    """Everybody takes in the receipts of what it sent; then the ledgers lie together, to be compared."""
    for party in agreement.parties:
        _deliver(out, list(agreement.parties), party)
        receipts_flow(str(_profile(out, party)), _sealed(Path(_box(out, party, "inbox")), "receipt"))
    gather_ledgers(out)


@private_task("gather ledgers")
def gather_ledgers(out: Path) -> None:
    (out / "ledgers").mkdir(exist_ok=True)
    for party in read_agreement(out / "agreement.toml").parties:
        with written_whole(out / "ledgers" / f"{party}.jsonl", PRIVATE) as file:
            file.write((out / "parties" / party / "home" / FILE).read_bytes())


def _deliver(out: Path, senders: Sequence[str], recipient: str) -> None:
    delivery_flow([_box(out, sender, "outbox") for sender in senders], _box(out, recipient, "inbox"), recipient)


def _regroup(out: Path, owner: str) -> None:
    """Answer the unit's request, if there is one that is not answered yet."""
    request = request_path(Path(_box(out, owner, "inbox")), EPOCH, owner)
    answer = Path(_box(out, owner, "outbox")) / f"regroup-answer.{EPOCH}.{owner}.1.sealed"
    if request.exists() and not answer.exists():
        regroup_flow(str(_profile(out, owner)), str(request), str(answer))


def _box(out: Path, party: str, box: str) -> str:
    return str(out / "parties" / party / box)


def _profile(out: Path, party: str) -> Path:
    return out / "parties" / party / "profile.toml"


def _sealed(folder: Path, kind: str) -> list[str]:
    return [str(path) for path in sorted(folder.glob(f"{kind}.*.sealed"))]


def rehearsal_remarks(out: Path) -> list[str]:
    """What the unit says of its own decision, where a person must know it."""
    return quality_remarks(_profile(out, read_agreement(out / "agreement.toml").unit), EPOCH)
