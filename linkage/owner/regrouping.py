"""Answer the unit's question which of its linked postings are one record; the answer is also the release decision.

The rules of this room:
1. Requests come in order and ask about a posting once an epoch (``answered``).
2. Only ids that are in this epoch's crosswalk are answered; others are refused, for nobody else can have given them.
3. Records on the profile's withhold list or withdrawn, and what they were merged with, are not in the answer; the unit sees how many
   postings are not, never why. What was withheld once stays so for the epoch.
4. What was asked and what is withheld is noted at home before the answer is sealed; the ledger has the counts of both messages.
"""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pyarrow as pa

from linkage.owner.answered import Answered, Ids
from linkage.owner.at_home import AtHome
from linkage.owner.crosswalk import Crosswalk, OwnEntity, crosswalk_path, read_crosswalk
from linkage.owner.profile import OwnerProfile
from linkage.owner.pseudonyms import Pseudonyms
from linkage.owner.withdrawn import withdrawn_records
from linkage.protocol.agreement import Agreement
from linkage.protocol.errors import InvalidPackage, InvalidProfile
from linkage.protocol.manifest import Manifest
from linkage.protocol.party_profile import public_keys_of
from linkage.protocol.postings import table_bytes
from linkage.protocol.regrouping import LARGEST, MEMBERS, REQUEST, group_parts, groups_schema, read_part
from linkage.protocol.sealing import Draft, Expectation, open_sealed, seal

Group = tuple[OwnEntity, Ids]


def answer_request(at_home: AtHome, request: Path, out: Path) -> dict[str, int]:
    """Open a regrouping request and write the sealed answer; returns counts: asked, answered, withheld, groups."""
    agreement = at_home.agreement
    manifest, asked = _opened(at_home, request)
    notes = Answered(at_home, manifest.epoch)
    number = notes.check(manifest, asked, request.name)
    answers: dict[str, Path | bytes] = {}
    left_out: dict[str, Ids] = {}
    counts = dict.fromkeys(("asked", "answered", "withheld", "groups"), 0)
    for entity, ids in asked.items():
        path = crosswalk_path(at_home.profile.home, manifest.epoch, entity)
        crosswalk = read_crosswalk(path, agreement, manifest.epoch, at_home.by, at_home.now)
        groups = _released(at_home, entity, crosswalk, _groups(crosswalk, ids, request.name), notes.withheld(entity))
        answers |= _answer(at_home, entity, groups)
        told = {posting for _, postings in groups for posting in postings}
        left_out[entity] = [posting for posting in ids if posting not in told]
        for key, count in zip(counts, (len(ids), len(told), len(left_out[entity]), len(groups)), strict=True):
            counts[key] += count
    at_home.received.record(manifest, f"regroup-{manifest.epoch}")
    notes.note(number, manifest, asked, left_out)
    draft = Draft("regroup_answer", agreement.fingerprint, manifest.epoch, {"number": number, "request": manifest.nonce} | counts,
                  timedelta(days=agreement.exchange.message_days))  # fmt: skip
    out.parent.mkdir(parents=True, exist_ok=True)
    seal(draft, answers, public_keys_of(agreement, agreement.unit), at_home.by, out)
    return counts


def _opened(at_home: AtHome, request: Path) -> tuple[Manifest, dict[str, Ids]]:
    """The request's manifest, and the posting ids that it asks about by entity type, sorted, each once."""
    agreement = at_home.agreement
    unit = public_keys_of(agreement, agreement.unit)
    expect = Expectation("regroup_request", agreement.fingerprint, None, at_home.now, frozenset([agreement.unit]))
    with open_sealed(request, at_home.by, {agreement.unit: unit}, expect) as message:
        parts, manifest = message.read_parts(LARGEST), message.manifest
    asked = {}
    for name in sorted(parts):
        entity = name.removesuffix(".arrow")
        if entity not in agreement.entities or name != f"{entity}.arrow":
            raise InvalidPackage(f"{request.name}: asks about an entity type that the agreement does not have")
        asked[entity] = sorted(set(read_part(parts[name], REQUEST, name)["id"].to_pylist()))
    return manifest, asked


def _groups(crosswalk: Crosswalk, asked: Ids, name: str) -> dict[int, Ids]:
    """Asked postings by the number of their entity; ``asked`` is sorted and distinct."""
    found = crosswalk.entities_of(asked)
    unknown = found.count(None)
    if unknown:
        raise InvalidPackage(f"{name}: asks about {unknown} postings that we never released in this epoch")
    groups: dict[int, Ids] = {}
    for posting, number in zip(asked, found, strict=True):
        groups.setdefault(number or 0, []).append(posting)
    return groups


def _released(at_home: AtHome, entity: str, crosswalk: Crosswalk, groups: Mapping[int, Ids], before: Ids) -> list[Group]:
    """Rule 3: one withheld or withdrawn record keeps its whole entity back, and so does an answer that left it out ``before``."""
    held, gone = _withheld(at_home.profile), withdrawn_records(at_home.profile.home)
    earlier = set(crosswalk.entities_of(before))
    found = [(crosswalk.entity(number), postings) for number, postings in groups.items() if number not in earlier]
    return [
        (own, postings)
        for own, postings in found
        if held.isdisjoint(record_id for record_id, _ in own.records) and not gone.touches(entity, own.records)
    ]


def _withheld(profile: OwnerProfile) -> frozenset[str]:
    if profile.withhold is None:
        return frozenset()
    problem, text = "", ""
    try:
        text = profile.withhold.read_text(encoding="utf-8-sig")  # a mark before the first id must not release it
    except OSError:
        problem = "is not there"
    except UnicodeDecodeError:
        problem = "is not UTF-8 text"
    if problem:
        raise InvalidProfile(f"withhold: {profile.withhold.name} {problem}; nothing is answered until it is")
    return frozenset(line.strip() for line in text.splitlines() if line.strip())


def _answer(at_home: AtHome, entity: str, groups: list[Group]) -> dict[str, bytes]:
    """The two parts about one entity type, groups in pseudonym order."""
    schema = groups_schema(at_home.agreement, at_home.profile.party)
    named = [(names_of(at_home, at_home.agreement, entity, own), ids) for own, ids in groups]
    rows = sorted(named, key=lambda entry: entry[0]["pseudonym"])
    members = sorted((posting, number) for number, (_, ids) in enumerate(rows) for posting in ids)
    columns = [pa.array([posting for posting, _ in members], pa.binary(16)), pa.array([number for _, number in members], pa.uint32())]
    table = pa.Table.from_pylist([row for row, _ in rows], schema=schema)
    groups_name, postings_name = group_parts(entity)
    return {groups_name: table_bytes(table), postings_name: table_bytes(pa.table(columns, schema=MEMBERS))}


def names_of(at_home: AtHome, agreement: Agreement, entity: str, own: OwnEntity) -> dict[str, bytes]:
    """Every name that an entity of ours has at the unit and at the other owners: one row of ``groups_schema``."""
    owner, names = at_home.profile.party, Pseudonyms(at_home.by)
    row = {"pseudonym": names.record(agreement.unit, entity, own.record_id), "case": names.case(agreement.unit, own.case_id)}
    for other in agreement.owners:
        if other != owner:
            row[f"reference/{other}"] = names.record(other, entity, own.record_id)
            row[f"case/{other}"] = names.case(other, own.case_id)
    return row
