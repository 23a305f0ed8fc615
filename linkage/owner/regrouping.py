"""Answer the unit's question which of its linked postings are one record; the answer is also the release decision.

The rules of this room:
1. Only ids that are in this epoch's crosswalk are answered; others are refused, for nobody else can have given them.
2. Records on the profile's withhold list, and what they were merged with, are not in the answer; the unit sees how many postings are
   not, never why.
3. The whole answer is written to the home log with counts before it is sealed.
"""

import json
from datetime import timedelta
from pathlib import Path

import pyarrow as pa

from linkage.owner.at_home import AtHome
from linkage.owner.crosswalk import Crosswalk, OwnEntity, crosswalk_path, read_crosswalk
from linkage.owner.profile import OwnerProfile
from linkage.owner.pseudonyms import Pseudonyms
from linkage.protocol.errors import InvalidPackage, InvalidProfile
from linkage.protocol.party_profile import public_keys_of
from linkage.protocol.postings import table_bytes
from linkage.protocol.regrouping import LARGEST, MEMBERS, REQUEST, groups_schema, read_part
from linkage.protocol.sealing import Draft, Expectation, open_sealed, seal


def answer_request(at_home: AtHome, request: Path, out: Path) -> dict[str, int]:
    """Open a regrouping request and write the sealed answer; returns counts: asked, answered, withheld, groups."""
    agreement, by = at_home.agreement, at_home.by
    unit = public_keys_of(agreement, agreement.unit)
    expect = Expectation("regroup_request", agreement.fingerprint, None, at_home.now, frozenset([agreement.unit]))
    with open_sealed(request, by, {agreement.unit: unit}, expect) as message:
        parts, epoch, nonce = message.read_parts(LARGEST), message.manifest.epoch, message.manifest.nonce
    withheld = _withheld(at_home.profile)
    answers: dict[str, Path | bytes] = {}
    counts = dict.fromkeys(("asked", "answered", "withheld", "groups"), 0)
    for name in sorted(parts):
        entity = name.removesuffix(".arrow")
        if entity not in agreement.entities or name != f"{entity}.arrow":
            raise InvalidPackage(f"{request.name}: asks about an entity type that the agreement does not have")
        path = crosswalk_path(at_home.profile.home, epoch, entity)
        crosswalk = read_crosswalk(path, agreement, epoch, by, at_home.now)
        asked = sorted(set(read_part(parts[name], REQUEST, name)["id"].to_pylist()))
        groups = _groups(asked, crosswalk, withheld, request.name)
        answers |= _answer(at_home, entity, groups)
        answered = sum(len(ids) for _, ids in groups)
        for key, count in zip(counts, (len(asked), answered, len(asked) - answered, len(groups)), strict=True):
            counts[key] += count
    at_home.received.record(message.manifest, f"regroup-{epoch}")
    _log(at_home, epoch, nonce, counts)
    lifetime = timedelta(days=agreement.exchange.message_days)
    draft = Draft("regroup_answer", agreement.fingerprint, epoch, {"request": nonce} | counts, lifetime)
    out.parent.mkdir(parents=True, exist_ok=True)
    seal(draft, answers, unit, by, out)
    return counts


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


def _groups(asked: list[bytes], crosswalk: Crosswalk, withheld: frozenset[str], name: str) -> list[tuple[OwnEntity, list[bytes]]]:
    """Entities with their asked postings; ``asked`` is sorted and distinct. One withheld record withholds its whole entity."""
    found = crosswalk.entities_of(asked)
    unknown = found.count(None)
    if unknown:
        raise InvalidPackage(f"{name}: asks about {unknown} postings that we never released in this epoch")
    groups: dict[int, list[bytes]] = {}
    for posting, number in zip(asked, found, strict=True):
        groups.setdefault(number or 0, []).append(posting)
    entities = [(crosswalk.entity(number), postings) for number, postings in groups.items()]
    return [(entity, postings) for entity, postings in entities if withheld.isdisjoint(record_id for record_id, _ in entity.records)]


def _answer(at_home: AtHome, entity: str, groups: list[tuple[OwnEntity, list[bytes]]]) -> dict[str, bytes]:
    """The two parts about one entity type, groups in pseudonym order."""
    agreement, owner, names = at_home.agreement, at_home.profile.party, Pseudonyms(at_home.by)
    schema = groups_schema(agreement, owner)
    rows = []
    for own, ids in groups:
        row = {"pseudonym": names.record(agreement.unit, entity, own.record_id), "case": names.case(agreement.unit, own.case_id)}
        for other in agreement.owners:
            if other != owner:
                row[f"reference/{other}"] = names.record(other, entity, own.record_id)
                row[f"case/{other}"] = names.case(other, own.case_id)
        rows.append((row, ids))
    rows.sort(key=lambda entry: entry[0]["pseudonym"])
    members = sorted((posting, number) for number, (_, ids) in enumerate(rows) for posting in ids)
    columns = [pa.array([posting for posting, _ in members], pa.binary(16)), pa.array([number for _, number in members], pa.uint32())]
    table = pa.Table.from_pylist([row for row, _ in rows], schema=schema)
    return {
        f"{entity}.groups.arrow": table_bytes(table),
        f"{entity}.postings.arrow": table_bytes(pa.table(columns, schema=MEMBERS)),
    }


def _log(at_home: AtHome, epoch: str, nonce: str, counts: dict[str, int]) -> None:
    line = {"epoch": epoch, "request": nonce, "when": at_home.now.isoformat(timespec="seconds"), **counts}
    with (at_home.profile.home / "releases.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, sort_keys=True) + "\n")
