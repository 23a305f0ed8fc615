"""Back home: the unit's names in a linked-case list become the owner's own records and cases, in files for its investigators.

The rules of this room:
1. The list is from the unit, to us, under this agreement, of the epoch and under the number that its seal names, not expired, and not
   superseded by one that we have resolved.
2. It says what was agreed and nothing else: bands, field classes, desks and caution are those of the agreement that its epoch was begun
   under, so that a unit gone astray cannot send our investigators to another desk, or put words of its own on their page.
3. Every row is about a record of ours in that epoch; one that is not makes the whole list wrong. What we have withdrawn since, or what
   was recalled from us, is left out. Rows about planted records are alarms and no leads (``planted``).
4. The list is noted as received before anything of it is written: a rerun makes the same files again, a replay none.
5. All three files appear, readable by their owner alone, or none does.
"""

import json
from contextlib import ExitStack
from pathlib import Path

from linkage.owner.at_home import AtHome
from linkage.owner.crosswalk import OwnEntity, crosswalk_path, read_crosswalk
from linkage.owner.list_page import page_bytes
from linkage.owner.planted import note_planted, without_planted
from linkage.owner.pseudonyms import Pseudonyms
from linkage.owner.recalled_links import recalled_links
from linkage.owner.resolved_list import ResolvedLink, ResolvedList, csv_bytes, json_bytes
from linkage.owner.withdrawn import withdrawn_records
from linkage.protocol.agreement import Agreement
from linkage.protocol.atomic_files import PRIVATE, scratch_folder, written_whole
from linkage.protocol.errors import InvalidPackage, TrilinkError
from linkage.protocol.ledger_events import known_counts
from linkage.protocol.linked_cases import PART, LinkedCase, LinkedCaseList, read_list
from linkage.protocol.manifest import Manifest
from linkage.protocol.party_profile import public_keys_of
from linkage.protocol.sealing import Expectation, open_sealed

CSV_FILE, JSON_FILE, PAGE_FILE = "linked-cases.csv", "linked-cases.json", "linked-cases.html"


def resolve_list(at_home: AtHome, sealed: Path, out: Path) -> dict[str, int]:
    """Write ``linked-cases.csv``, ``.json`` and ``.html`` into the folder ``out``; returns counts: links, records, cases, each band.

    The same list makes the same bytes.
    """
    # 1. From the unit, to us, of the epoch on the seal, and still in force
    manifest, data = _opened(at_home, sealed)
    document = read_list(data, sealed.name)
    _check_addressed(document, manifest, at_home.profile.party, sealed.name)
    _check_in_force(document, at_home, sealed.name)
    # 2. Nothing but what was agreed
    agreement = at_home.agreement_of(manifest.epoch)
    _check_agreed(document, agreement, sealed.name)
    # 3. About records of ours
    resolved, planted = without_planted(_resolved(document, at_home, sealed.name), at_home.profile)
    contents = {
        CSV_FILE: csv_bytes(resolved),
        JSON_FILE: json_bytes(resolved),
        PAGE_FILE: page_bytes(resolved, agreement, at_home.profile.language),
    }
    # 4. Noted first
    at_home.received.record(manifest, f"resolve-{manifest.epoch}")
    _note_number(document, at_home)
    # 5. All or none
    _write(contents, out)
    at_home.ledger.note("resolved", {"epoch": manifest.epoch, "counts": known_counts(resolved.counts())}, at_home.now)
    return resolved.counts() | note_planted(at_home.ledger, manifest.epoch, planted, at_home.now)


def _opened(at_home: AtHome, sealed: Path) -> tuple[Manifest, bytes]:
    """Manifest and document; by way of a folder at home, for a list may be larger than a message that is read into memory."""
    agreement, home = at_home.agreement, at_home.profile.home
    unit = public_keys_of(agreement, agreement.unit)
    expect = Expectation("list", agreement.fingerprint, None, at_home.now, frozenset([agreement.unit]))
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (
        open_sealed(sealed, at_home.by, {agreement.unit: unit}, expect) as message,
        scratch_folder(home, "list") as folder,
    ):
        parts = message.extract(folder / "parts")
        if set(parts) != {PART}:
            raise InvalidPackage(f"{sealed.name}: expected one part, {PART}")
        return message.manifest, parts[PART].read_bytes()


def _check_addressed(document: LinkedCaseList, manifest: Manifest, party: str, name: str) -> None:
    if document.owner != party:
        raise InvalidPackage(f"{name}: the list inside is for {document.owner}, and we are {party}")
    if document.epoch != manifest.epoch:
        raise InvalidPackage(f"{name}: the list inside is of another epoch than its seal, {manifest.epoch}")
    if document.number != manifest.body.get("number"):
        raise InvalidPackage(f"{name}: the list inside has another number than its seal")


def _check_in_force(document: LinkedCaseList, at_home: AtHome, name: str) -> None:
    if document.expires < at_home.now.date().isoformat():
        raise InvalidPackage(f"{name}: the list inside expired on {document.expires}; delete what was resolved of it")
    last = _last_number(at_home, document.epoch)
    if document.number < last:
        raise InvalidPackage(
            f"{name}: list {document.number} of epoch {document.epoch} is superseded by list {last}, which was resolved before"
        )


def _numbers_file(at_home: AtHome, epoch: str) -> Path:
    return at_home.profile.home / "epochs" / epoch / "resolved.json"


def _last_number(at_home: AtHome, epoch: str) -> int:
    path = _numbers_file(at_home, epoch)
    return int(json.loads(path.read_text(encoding="utf-8"))["number"]) if path.exists() else 0


def _note_number(document: LinkedCaseList, at_home: AtHome) -> None:
    path = _numbers_file(at_home, document.epoch)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with written_whole(path, PRIVATE) as file:
        file.write(json.dumps({"number": document.number}).encode() + b"\n")


def _check_agreed(document: LinkedCaseList, agreement: Agreement, name: str) -> None:
    others = set(agreement.owners) - {document.owner}
    if document.caution != agreement.exchange.caution:
        raise InvalidPackage(f"{name}: its caution is not the agreed one")
    most = agreement.budgets.max_links
    if most is not None and len(document.links) > most:
        raise InvalidPackage(f"{name}: it has {len(document.links):,} links, the agreement allows {most:,} a list")
    for number, row in enumerate(document.estimates, start=1):
        known = row.other in others and row.entity in agreement.entities and row.band in agreement.decision.released_bands
        if not known:
            raise InvalidPackage(f"{name}: estimate {number}: other owner, entity type or band is not one of the agreement")
    for number, link in enumerate(document.links, start=1):
        reason = _not_agreed(link, agreement, others)
        if reason:
            raise InvalidPackage(f"{name}: row {number}: {reason}")


def _not_agreed(link: LinkedCase, agreement: Agreement, others: set[str]) -> str:
    """What in a row the agreement does not have; "" when all is as agreed."""
    entity, fields, cluster = agreement.entities.get(link.entity), link.fields, link.cluster
    if entity is None or not set(link.case_links) <= set(agreement.entities):
        return "its entity type is not an agreed one"
    if link.other.owner not in others:
        return "its other side is not another owner"
    party = agreement.parties[link.other.owner]
    if (link.other.country, link.other.contact_desk) != (party.country, party.contact_desk):
        return f"its country or contact desk is not that of {link.other.owner} in the agreement"
    if not {link.band, cluster.weakest_band} <= set(agreement.decision.bands) or link.band not in agreement.decision.released_bands:
        return "its band is not one that the agreement releases"
    if not set(cluster.countries) <= {party.country for party in agreement.parties.values()}:
        return "its cluster names a country that takes no part"
    if not {*fields.agree, *fields.similar, *fields.conflict, *fields.missing} <= {rule.label for rule in entity.filters.values()}:
        return f"it names a field class that the agreement does not have for {link.entity}"
    return ""


def _resolved(document: LinkedCaseList, at_home: AtHome, name: str) -> ResolvedList:
    """Rows with the owner's own ids, in the list's order, without what is withdrawn or recalled."""
    gone, recalled = withdrawn_records(at_home.profile.home), recalled_links(at_home.profile.home)
    own = {entity: own_records(at_home, document.epoch, entity) for entity in sorted({link.entity for link in document.links})}
    links = []
    for number, link in enumerate(document.links, start=1):
        ids = own[link.entity].get(link.own)
        if ids is None:
            raise InvalidPackage(f"{name}: row {number}: is not about a {link.entity} that we released in epoch {document.epoch}")
        if link.link_id not in recalled and not gone.touches(link.entity, ids.records):
            links.append(ResolvedLink(link, ids))
    return ResolvedList(document, links)


def own_records(at_home: AtHome, epoch: str, entity: str) -> dict[str, OwnEntity]:
    """The unit's name (hex) of each of our entities in this epoch -> our records of it."""
    agreement, names = at_home.agreement_of(epoch), Pseudonyms(at_home.by)
    crosswalk = read_crosswalk(crosswalk_path(at_home.profile.home, epoch, entity), agreement, epoch, at_home.by, at_home.now)
    return {names.record(agreement.unit, entity, own.record_id).hex(): own for own in crosswalk.all_entities()}


def _write(contents: dict[str, bytes], out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise TrilinkError(f"{out}: is a file, and the lists need a folder")
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    with ExitStack() as all_or_none:
        for name, content in contents.items():
            file = all_or_none.enter_context(written_whole(out / name, PRIVATE))
            file.write(content)
            file.flush()  # a full disk shows here, before the first file takes its name
