"""The closed vocabulary of the ledger: which events there are, and of what type each of their facts is (docs/spec/ledger.md).

Rules of this room:
1. A fact is a name that the agreement knows, a number under a known name, a digest, an id, or a word of a closed list; never free text.
2. An event outside the table, a fact too many, too few or of another type is refused, and what was said is not repeated.
3. Facts that may be absent are ``null``, so that every entry of an event has the same keys.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from linkage.protocol.errors import InvalidLedger
from linkage.protocol.gate_rules import EntityGates
from linkage.protocol.manifest import KINDS, NONCE, SHA256, SIGNATURE, TOKEN, Manifest
from linkage.protocol.public_keys import PARTY_NAME
from linkage.protocol.refusal_codes import CODES
from linkage.protocol.revocation import REASONS

Facts = dict[str, Any]
Check = Callable[[object], bool]

MOST = 10**15
COUNTS = frozenset({
    "answered", "answers", "asked", "candidate_pairs", "cases", "clusters", "declared", "entities", "fields", "files", "groups", "links",
    "lists", "packages", "planted", "possible_matches", "postings", "questions", "records", "rows_read", "shares", "threshold", "withheld",
})  # fmt: skip
SAID = ("answer", "question", "refusal", "reply", "request", "silence")  # what a disclosure message can be
BUDGETS = frozenset({"growth", "links", "questions", "records"})
GATES = frozenset(EntityGates.model_fields) - {"from_count"}
GROUNDS = ("error", "court_order", "subject_request", "retention", "other")  # on which an owner withdraws


def _text(pattern: re.Pattern[str]) -> Check:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _word(*known: str) -> Check:
    return lambda value: isinstance(value, str) and value in known


def _maybe(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= MOST


def _are_counts(value: object) -> bool:
    return isinstance(value, dict) and value.keys() <= COUNTS and all(map(_is_count, value.values()))


def _are_gates(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(gate, str) and gate in GATES for gate in value)


PARTY, EPOCH, DIGEST, MESSAGE = _text(PARTY_NAME), _text(TOKEN), _text(SHA256), _text(NONCE)
ENTITY = _text(re.compile(r"[a-z][a-z0-9_]{0,63}"))
RUN = _text(re.compile(r"[A-Za-z0-9][A-Za-z0-9:._-]{0,159}"))
FINGERPRINT = _text(re.compile(r"[a-z2-7]{4}(-[a-z2-7]{4}){4}"))
SIGNING_KEY, SIGNED = _text(re.compile(r"[A-Za-z0-9+/]{43}=")), _text(SIGNATURE)
OUTCOME = _word("accepted", "refused")

_MESSAGE: Mapping[str, Check] = {
    "kind": _word(*KINDS), "message": MESSAGE, "manifest": DIGEST, "content": DIGEST, "epoch": EPOCH, "entity": _maybe(ENTITY),
    "turn": _maybe(_is_count), "rows": _maybe(DIGEST), "counts": _are_counts,
}  # fmt: skip
_HEAD: Mapping[str, Check] = {"head_number": _maybe(_is_count), "head_digest": _maybe(DIGEST), "head_signature": _maybe(SIGNED)}
_RECEIPT: Mapping[str, Check] = {"of": MESSAGE, "manifest": DIGEST, "outcome": OUTCOME, "epoch": EPOCH}
_REFUSAL: Mapping[str, Check] = {"message": MESSAGE, "code": _word(*CODES), "kind": _word(*KINDS), "beginning": DIGEST}
_DISCLOSURE: Mapping[str, Check] = {
    "epoch": EPOCH, "turn": _maybe(_is_count), "request": MESSAGE, "what": _word(*SAID), "counts": _are_counts,
}  # fmt: skip

# event -> fact -> what it must look like
EVENTS: Mapping[str, Mapping[str, Check]] = {
    # the ledger itself
    "begun": {"format": _word("trilink/ledger/v1"), "signing_key": SIGNING_KEY},
    "torn": {"bytes": _is_count},
    # messages
    "sealed": {"to": PARTY, **_MESSAGE},
    "received": {"from": PARTY, "run": RUN, **_MESSAGE, **_HEAD},
    "refused": {"from": PARTY, "reason": _word("replayed", "second", "reused"), "known": DIGEST, **_MESSAGE, **_HEAD},
    "receipt_given": {"to": PARTY, **_RECEIPT},
    "receipt_taken": {
        "from": PARTY, "receipt": MESSAGE, **_RECEIPT,
        "head_number": _is_count, "head_digest": DIGEST, "head_signature": SIGNED,
        "seen_number": _maybe(_is_count), "seen_digest": _maybe(DIGEST),
    },
    "refusal_given": {"to": PARTY, **_REFUSAL},
    "refusal_taken": {"from": PARTY, **_REFUSAL},
    # steps
    "linked": {"epoch": EPOCH, "run": RUN, "counts": _are_counts},
    "clustered": {"epoch": EPOCH, "run": RUN, "counts": _are_counts},
    "resolved": {"epoch": EPOCH, "counts": _are_counts},
    "overridden": {"epoch": EPOCH, "entity": ENTITY, "gates": _are_gates, "statement": DIGEST},
    "over_budget": {
        "of": PARTY, "epoch": EPOCH, "entity": _maybe(ENTITY), "budget": _word(*BUDGETS), "found": _is_count, "allowed": _is_count,
    },
    "planted_linked": {"epoch": EPOCH, "counts": _are_counts},
    # disclosure
    "disclosed": {"epoch": EPOCH, "entity": ENTITY, "to": _maybe(PARTY), "rows": DIGEST, "proof": DIGEST},
    "disclosure_sent": {"to": PARTY, **_DISCLOSURE},
    "disclosure_taken": {"from": PARTY, **_DISCLOSURE},
    "disclosure_read": {"from": PARTY, **_DISCLOSURE},
    # withdrawal and expiry
    "withdrawal": {
        "entity": _maybe(ENTITY), "what": _word("record", "case"), "ground": _word(*GROUNDS), "counts": _are_counts,
    },
    "forgotten": {"epoch": EPOCH, "message": MESSAGE, "counts": _are_counts},
    "recall": {"epoch": EPOCH, "to": PARTY, "message": MESSAGE, "counts": _are_counts},
    "recall_acknowledged": {"epoch": EPOCH, "from": PARTY, "message": MESSAGE, "counts": _are_counts},
    "expired": {"epoch": EPOCH, "what": _word("epoch", "list", "outcomes"), "counts": _are_counts},
    # keys and agreement
    "agreement_signed": {"of": PARTY, "document": DIGEST},
    "key_enrolled": {"of": PARTY, "fingerprint": FINGERPRINT},
    "key_rotated": {"of": PARTY, "former": FINGERPRINT, "fingerprint": FINGERPRINT, "signing_key": SIGNING_KEY},
    "key_replaced": {"of": PARTY, "former": _maybe(FINGERPRINT), "fingerprint": FINGERPRINT, "signing_key": SIGNING_KEY},
    "key_revoked": {"of": PARTY, "fingerprint": FINGERPRINT, "ground": _word(*REASONS)},
    "passphrase_split": {"of": PARTY, "fingerprint": FINGERPRINT, "counts": _are_counts},
    "committed": {"epoch": EPOCH, "of": PARTY, "commitment": DIGEST},
    "opened": {"epoch": EPOCH, "of": PARTY, "commitment": DIGEST},
}  # fmt: skip


def complete(event: str, facts: Mapping[str, object]) -> Facts:
    """The facts of an event with the absent ones as null; ``InvalidLedger`` unless they are exactly of the table's types."""
    wanted = EVENTS.get(event)
    if wanted is None:
        raise InvalidLedger("no such event: the vocabulary of the ledger is closed (docs/spec/ledger.md)")
    if not facts.keys() <= wanted.keys():
        raise InvalidLedger(f"{event}: has a fact that this event does not have; expected {', '.join(wanted)}")
    completed = {name: facts.get(name) for name in wanted}
    for name, check in wanted.items():
        if not check(completed[name]):
            raise InvalidLedger(f"{event}: {name} is not of the type that this fact has; what was said is not repeated")
    return completed


def message_facts(manifest: Manifest) -> Facts:
    """What the ledger says of a message, at the sender and at the receiver alike."""
    entity, turn, rows = (manifest.body.get(name) for name in ("entity", "number", "rows"))
    return {
        "kind": manifest.kind, "message": manifest.nonce, "manifest": manifest.digest(), "content": manifest.content_digest(),
        "epoch": manifest.epoch, "entity": entity if ENTITY(entity) else None, "turn": turn if _is_count(turn) else None,
        "rows": rows if DIGEST(rows) else None, "counts": _counts_of(manifest.body),
    }  # fmt: skip


def head_facts(manifest: Manifest) -> Facts:
    """What a message told of its sender's ledger; nothing where it told nothing."""
    return {f"head_{key}": value for key, value in (manifest.head or {}).items()}


def refusal_facts(manifest: Manifest) -> Facts:
    """What the ledger says of a refusal, at both sides; the other party is not in it."""
    body = manifest.body
    return {"message": manifest.nonce, "code": body["code"], "kind": body["kind"], "beginning": body["refused"]}


def known_counts(counts: Mapping[str, Any]) -> dict[str, int]:
    """Those of the numbers that have a name in the ledger."""
    return {name: value for name, value in counts.items() if name in COUNTS and _is_count(value)}


def _counts_of(body: Mapping[str, Any]) -> dict[str, int]:
    """The body's numbers under known names; of declared sizes their sum."""
    counts = known_counts(body)
    sizes = body.get("declared_sizes")
    if isinstance(sizes, dict) and all(map(_is_count, sizes.values())):
        counts["declared"] = min(sum(sizes.values()), MOST)
    return counts
