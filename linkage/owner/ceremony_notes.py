"""The ceremony of an epoch's key in the ledger: who committed to what, that it was opened, and the messages that said so."""

from collections.abc import Iterable, Mapping

from linkage.owner.ceremony import Ceremony
from linkage.owner.commitments import Commitment
from linkage.owner.contributions import Contributions
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.ledger import Ledger
from linkage.protocol.ledger_notes import note_once
from linkage.protocol.manifest import Manifest
from linkage.protocol.received import Received


def note_committed(ledger: Ledger, ceremony: Ceremony, found: Mapping[str, Commitment]) -> None:
    """Each owner's commitment as we were told it; one that is another than before is refused, and that is noted too."""
    _record(ledger, ceremony, [commitment.manifest for owner, commitment in found.items() if owner != ceremony.by.party])
    _note(ledger, ceremony, "committed", {owner: commitment.value for owner, commitment in found.items()})


def note_opened(ledger: Ledger, ceremony: Ceremony, collected: Contributions) -> Contributions:
    """The contributions, noted; every one of them opens its commitment, or there were none."""
    _record(ledger, ceremony, collected.manifests)
    _note(ledger, ceremony, "opened", collected.told)
    return collected


def _record(ledger: Ledger, ceremony: Ceremony, manifests: Iterable[Manifest]) -> None:
    """As received, once each: an owner whose outbox was emptied seals the same again, and that says nothing new."""
    known = {(entry.facts["from"], entry.facts["content"]) for entry in ledger.entries("received")}
    fresh = [manifest for manifest in manifests if (manifest.sender, manifest.content_digest()) not in known]
    epoch, problem = ceremony.terms.epoch, None
    try:
        Received(ledger, ceremony.now).record_all(fresh, f"key-{epoch}")
    except InvalidPackage as error:
        problem = error
    if problem is not None:
        raise InvalidPackage(f"{problem}, and begin another epoch than {epoch}", problem.code, problem.messages)


def _note(ledger: Ledger, ceremony: Ceremony, event: str, values: Mapping[str, str]) -> None:
    for owner, value in sorted(values.items()):
        note_once(ledger, event, {"epoch": ceremony.terms.epoch, "of": owner, "commitment": value}, ceremony.now)
