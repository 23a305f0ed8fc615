"""What an opened package must be before it counts.

The rules of this room, beyond what ``read_postings`` and ``read_non_matches`` check (columns, order, counts):
1. Every fact is there, of its type and within its bounds, and nothing else is; the parts are those that the facts speak of.
2. Tokens lie in their partition, and no token has more postings than agreed: one, so that nothing of a package is compared with itself.
3. Passes and filters are agreed ones; no posting id comes twice in a part; there are as many postings as the manifest says.
4. Non-matches are patterns that the agreement has, and no more pairs than the records make.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linkage.protocol.agreement import Agreement
from linkage.protocol.encoded import EncodedPostings
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.manifest import PADDING, Manifest
from linkage.protocol.non_matches import read_non_matches
from linkage.protocol.postings import read_postings
from linkage.protocol.similarity import cells_of

NON_MATCHES = "non-matches.arrow"
DIGESTS = {"key_check_value": re.compile(r"[0-9a-f]{32}"), "conformance": re.compile(r"[0-9a-f]{64}"), "rows": re.compile(r"[0-9a-f]{64}")}
BOUNDS = {"records": (1, 10**12), "postings": (0, 10**14), "partition_bits": (0, 13)}  # part numbers have four digits
Halves = NDArray[np.uint64]
FACTS = {"entity", "postings_dropped", *DIGESTS, *BOUNDS}


def check_facts(manifest: Manifest, agreement: Agreement, name: str) -> dict[str, Any]:
    """Rule 1; returns the manifest's body."""
    body = dict(manifest.body)
    entity = body.get("entity")
    if not isinstance(entity, str) or entity not in agreement.entities:
        raise InvalidPackage(f"{name}: about an entity type that the agreement does not have")
    for fact in sorted(FACTS):
        if not _is_sound(fact, body.get(fact), agreement.entities[entity]):
            raise InvalidPackage(f"{name}: its manifest has no sound {fact}")
    if set(body) != FACTS:
        raise InvalidPackage(f"{name}: its manifest states facts that no package has")
    expected = {NON_MATCHES, *(f"part-{number:04d}.arrow" for number in range(1 << body["partition_bits"]))}
    if {part.name for part in manifest.parts} - {PADDING} != expected:
        raise InvalidPackage(f"{name}: its parts are not those its manifest speaks of")
    return body


def _is_sound(fact: str, value: object, rule: EntityRule) -> bool:
    if fact in BOUNDS:
        return _is_count(value) and BOUNDS[fact][0] <= value <= BOUNDS[fact][1]  # type: ignore[operator]
    if fact in DIGESTS:
        return isinstance(value, str) and DIGESTS[fact].fullmatch(value) is not None
    if fact == "postings_dropped":
        return isinstance(value, dict) and value.keys() <= rule.passes.keys() and all(map(_is_count, value.values()))
    return True


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0


def check_parts(folder: Path, body: dict[str, Any], agreement: Agreement, name: str) -> None:
    """Rules 2 to 4; every refusal begins with the package's ``name``."""
    problem, code = "", ""
    try:
        _check_non_matches(folder, body, agreement.entities[body["entity"]])
        _check_postings(folder, body, agreement)
    except InvalidPackage as error:
        problem, code = str(error), error.code
    if problem:
        raise InvalidPackage(f"{name}: {problem}", code)


def _check_non_matches(folder: Path, body: dict[str, Any], rule: EntityRule) -> None:
    sample, records = read_non_matches(folder / NON_MATCHES), body["records"]
    if (sample.codes >= cells_of(rule)).any():
        raise InvalidPackage(f"part {NON_MATCHES}: level patterns that the agreement does not have")
    if sample.all_pairs > records * (records - 1) // 2:
        raise InvalidPackage(f"part {NON_MATCHES}: more pairs than {records} records make")


def _check_postings(folder: Path, body: dict[str, Any], agreement: Agreement) -> None:
    rule, bits, rows = agreement.entities[body["entity"]], body["partition_bits"], 0
    for number in range(1 << bits):
        part = f"part-{number:04d}.arrow"
        postings = read_postings(folder / part, rule)
        rows += len(postings)
        if bits and (postings.tokens[:, 0] >> np.uint64(64 - bits) != number).any():
            raise InvalidPackage(f"part {part}: holds tokens of another partition")
        if _largest_block(postings.tokens) > agreement.encoding.token_postings:
            raise InvalidPackage(f"part {part}: a token has more postings than the agreed {agreement.encoding.token_postings}")
        _check_rows(postings, rule, part)
    if rows != body["postings"]:
        raise InvalidPackage(f"{rows} postings, its manifest says {body['postings']}")


def _check_rows(postings: EncodedPostings, rule: EntityRule, part: str) -> None:
    """Rule 3 for one part."""
    if (postings.passes >= len(rule.passes)).any():
        raise InvalidPackage(f"part {part}: a pass that the agreement does not have")
    if _any_twice(postings.ids):
        raise InvalidPackage(f"part {part}: a posting id comes twice")


def _any_twice(ids: Halves) -> bool:
    """Whether a row comes twice; drawn by chance, no two share as much as a half, and then halves sorted alone tell it."""
    halves = np.sort(ids[:, 0])
    if not (halves[1:] == halves[:-1]).any():
        return False
    return bool(_repeats(ids[np.lexsort((ids[:, 1], ids[:, 0]))]).any())


def _repeats(rows: Halves) -> NDArray[np.bool_]:
    """Whether each row but the first equals the one before it."""
    return np.asarray((rows[1:] == rows[:-1]).all(axis=1))


def _largest_block(tokens: Halves) -> int:
    """The most postings that one of the sorted tokens has."""
    starts = np.flatnonzero(np.concatenate([[True], ~_repeats(tokens), [True]])) if len(tokens) else np.zeros(1, np.int64)
    return int(np.diff(starts).max(initial=0))
