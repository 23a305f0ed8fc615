"""Seal what laboratories assert of our seizures to the joint team, whole, under the next number."""

from datetime import timedelta
from pathlib import Path

from linkage.owner.at_home import AtHome
from linkage.owner.keys import EncodingKey
from linkage.owner.laboratory import Asserted, Secrets, assertions_of
from linkage.protocol.canonical import canonical_json
from linkage.protocol.laboratory_links import KIND, PART, LaboratoryLinks
from linkage.protocol.party_profile import public_keys_of
from linkage.protocol.report_draws import report_secret
from linkage.protocol.sealing import Draft, seal


def release_laboratory_links(at_home: AtHome, key: EncodingKey, epoch: str, out: Path) -> tuple[Asserted, Path]:
    """What was sealed, and where. The ledger says how many such messages there were."""
    agreement, home = at_home.agreement, at_home.profile.home
    asserted = assertions_of(at_home.profile, Secrets(key, report_secret(home), epoch))
    earlier = (entry.facts for entry in at_home.ledger.entries("sealed"))
    number = 1 + max((facts["turn"] or 0 for facts in earlier if (facts["kind"], facts["epoch"]) == (KIND, epoch)), default=0)
    said = LaboratoryLinks(owner=at_home.profile.party, number=number, assertions=asserted.assertions)
    body = {"key_check_value": key.key_check_value(), "number": number}
    draft = Draft(KIND, agreement.fingerprint, epoch, body, timedelta(days=agreement.exchange.message_days))
    path = out / f"laboratory.{epoch}.{said.owner}.{number}.sealed"
    out.mkdir(parents=True, exist_ok=True)
    seal(draft, {PART: canonical_json(said.model_dump(mode="json"))}, public_keys_of(agreement, agreement.unit), at_home.by, path)
    return asserted, path
