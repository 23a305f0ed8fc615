"""Hold the ledgers of several parties against each other: who sent what nobody received, said two things, or changed its past.

Rules of this room:
1. Each ledger is verified by itself first; of one that does not hold together nothing else is believed.
2. A party is accused of what its own signature proves, or what its own ledger contradicts; everything else is open: on its way,
   not signed for, not shown.
3. The order of the ledgers and of the findings' making does not matter: the same ledgers give the same findings in the same order.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from linkage.protocol.errors import InvalidLedger
from linkage.protocol.heads import told as heads_told
from linkage.protocol.ledger_entries import Entry, Head
from linkage.protocol.ledger_events import Facts
from linkage.protocol.ledger_verification import ReadLedger, verify
from linkage.protocol.public_keys import PublicKeys
from linkage.protocol.received import subject

SAME_FOR_ALL = ("commitment", "contribution")  # kinds whose content must be the same for every addressee

Ledgers = Mapping[str, ReadLedger]
Keys = Mapping[str, PublicKeys]


class Finding(NamedTuple):
    """What does not fit: the party whose signature or ledger proves it, or "" where it is only open."""

    party: str
    what: str


def compare(ledgers: Sequence[ReadLedger], pinned: Keys | None = None) -> list[Finding]:
    """Everything that does not fit, lies first, in order of party and text; several ledgers of one party are held against each other."""
    # 1. Each by itself
    sound, findings = _sound(ledgers, pinned)
    # 2. Two of one party: the shorter must be the beginning of the longer
    by_party = {ledger.party: ledger for ledger in sorted(sound, key=lambda one: len(one.entries))}
    findings += [found for ledger in sound for found in _fork(ledger, by_party[ledger.party])]
    # 3. Heads that each told the others, signed
    findings += _heads(by_party, pinned)
    # 4. Every message on both sides, with the same digest
    for sender in by_party.values():
        for receiver in by_party.values():
            findings += [*_between(sender, receiver), *_refusals(sender, receiver)]
    # 5. Two different messages under one number
    findings += _two_under_one_number(by_party)
    return sorted(set(findings), key=lambda found: (not found.party, found))


def _sound(ledgers: Sequence[ReadLedger], pinned: Keys | None) -> tuple[list[ReadLedger], list[Finding]]:
    sound, findings = [], []
    for ledger in ledgers:
        try:
            verify(ledger, pinned)
            sound.append(ledger)
        except InvalidLedger as error:
            findings.append(Finding(ledger.party, f"its ledger does not hold together: {error}"))
    return sound, findings


def _fork(ledger: ReadLedger, longest: ReadLedger) -> Iterator[Finding]:
    for one, other in zip(ledger.entries, longest.entries, strict=False):
        if one.head.digest != other.head.digest:
            yield Finding(
                ledger.party, f"shows two ledgers that part at entry {one.number}: {', '.join(sorted({ledger.name, longest.name}))}"
            )
            return


def _heads(ledgers: Ledgers, pinned: Keys | None) -> Iterator[Finding]:
    """Heads stand in messages and receipts; each is signed, so whoever told it cannot take it back."""
    told: dict[tuple[str, int], dict[str, str]] = {}
    for reporter, ledger in sorted(ledgers.items()):
        for head in heads_told(ledger.entries):
            if not _proven(head, ledgers, pinned):
                yield Finding(reporter, f"tells of a head {head.number} of {head.party} that {head.party} did not sign")
                continue
            known = told.setdefault((head.party, head.number), {head.digest: reporter})
            if head.digest not in known:
                (other,) = known.values()
                yield Finding(head.party, f"told {' and '.join(sorted((other, reporter)))} of two different entries {head.number}: a fork")
            if head.party in ledgers:
                yield from _against(ledgers[head.party], head, reporter)


def _against(ledger: ReadLedger, head: Head, reporter: str) -> Iterator[Finding]:
    found = ledger.digest_at(head.number)
    if found is None:
        yield Finding(head.party, f"told {reporter} of entry {head.number}, and its ledger ends with {ledger.head.number}: it was cut")
    elif found != head.digest:
        yield Finding(
            head.party, f"told {reporter} of another entry {head.number} than its ledger has: an entry up to there was dropped or rewritten"
        )


def _proven(head: Head, ledgers: Ledgers, pinned: Keys | None) -> bool:
    """Signed with the key of the agreement, or one that the party's ledger had; without either there is nothing to hold it against."""
    keys = [pinned[head.party].signing] if pinned and head.party in pinned else []
    keys += ledgers[head.party].signing_keys() if head.party in ledgers else []
    return not keys or any(head.is_signed_by(key) for key in keys)


def _between(sender: ReadLedger, receiver: ReadLedger) -> Iterator[Finding]:
    """One direction: what the one sealed to the other, and what the other has from it."""
    sealed = {entry.facts["manifest"]: entry for entry in sender.told("sealed") if entry.facts["to"] == receiver.party}
    arrived = {e.facts["manifest"]: e for e in receiver.told("received", "refused") if e.facts["from"] == sender.party}
    signed = {e.facts["manifest"]: e for e in sender.told("receipt_taken") if e.facts["from"] == receiver.party}
    last = {subject(entry.facts): digest for digest, entry in sealed.items()}
    for digest, entry in arrived.items():
        if digest not in sealed:
            accused = "" if sender.hidden else sender.party
            yield Finding(
                accused, f"{_named(entry.facts)} is at {receiver.party} (entry {entry.number}), signed, and not in {sender.party}'s ledger"
            )
        elif not _same_facts(entry.facts, sealed[digest].facts):
            parties = " or ".join(sorted((sender.party, receiver.party)))
            yield Finding(parties, f"{_named(entry.facts)}: the two ledgers state different facts of one message")
    for digest, entry in sealed.items():
        what = f"{_named(entry.facts)} from {sender.party} (entry {entry.number})"
        if digest in arrived:
            if digest not in signed:
                yield Finding("", f"{what}: received by {receiver.party}, whose receipt is not there yet")
        elif digest in signed:
            accused = "" if receiver.hidden else receiver.party
            yield Finding(accused, f"signed for {what}, and its ledger does not have it")
        elif last[subject(entry.facts)] == digest and not _heard(entry.facts, arrived.values()):
            yield Finding("", f"{what}: not in {receiver.party}'s ledger and not signed for; on its way, lost or left out")


def _heard(facts: Facts, arrived: Iterable[Entry]) -> bool:
    """Whether the receiver has the same, sealed another time, or a later list of the epoch, which takes the place of all before it."""
    for one in (entry.facts for entry in arrived):
        same = (subject(one), one["content"]) == (subject(facts), facts["content"])
        both_lists = facts["kind"] == one["kind"] == "list" and facts["epoch"] == one["epoch"]
        if same or (both_lists and (one["turn"] or 0) > (facts["turn"] or 0)):
            return True
    return False


def _refusals(refuser: ReadLedger, sender: ReadLedger) -> Iterator[Finding]:
    """One direction: what the one refused while it was opened, and what the other was told of that."""
    given = {e.facts["beginning"]: e for e in refuser.told("refusal_given") if e.facts["to"] == sender.party}
    taken = {e.facts["beginning"]: e for e in sender.told("refusal_taken") if e.facts["from"] == refuser.party}
    for beginning, entry in taken.items():
        if beginning not in given:
            accused = "" if refuser.hidden else refuser.party
            yield Finding(
                accused, f"refused a {entry.facts['kind']} of {sender.party} (entry {entry.number}), and its ledger is silent of it"
            )
    for beginning, entry in given.items():
        if beginning not in taken:
            yield Finding(
                "", f"{refuser.party} refused a {entry.facts['kind']} of {sender.party} (entry {entry.number}), which has not read that"
            )


def _same_facts(one: Facts, other: Facts) -> bool:
    return all(one[key] == other[key] for key in one.keys() & other.keys())


def _two_under_one_number(ledgers: Ledgers) -> Iterator[Finding]:
    """What receivers have, accepted or refused, is what a sender has said; contributions say one thing to all."""
    found: dict[tuple[object, ...], dict[str, tuple[str, int]]] = {}
    for receiver, ledger in sorted(ledgers.items()):
        for entry in ledger.told("received", "refused"):
            facts = entry.facts
            to_all = facts["kind"] in SAME_FOR_ALL
            number = (facts["from"], *subject(facts), "" if to_all else receiver)
            found.setdefault(number, {}).setdefault(facts["content" if to_all else "manifest"], (receiver, entry.number))
    for (sender, kind, epoch, entity, turn, _), digests in found.items():
        if len(digests) > 1:
            places = ", ".join(f"{receiver} entry {number}" for receiver, number in sorted(digests.values()))
            what = _subject(str(kind), epoch, entity, turn)
            yield Finding(str(sender), f"sent two different messages under one number, {what}: {places}")


def _named(facts: Facts) -> str:
    return f"{_subject(facts['kind'], facts['epoch'], facts['entity'], facts['turn'])}, id {facts['message'][:12]},"


def _subject(kind: str, epoch: object, entity: object, turn: object) -> str:
    return f"{kind} of epoch {epoch}" + (f" about {entity}" if entity else "") + (f", number {turn}" if turn is not None else "")


def accused(findings: Iterable[Finding]) -> list[str]:
    """Parties that a finding names, in order."""
    return sorted({found.party for found in findings if found.party})
