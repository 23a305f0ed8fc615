"""The public keys that an agreement pins for its parties: the only ones that are believed."""

from linkage.protocol.agreement import Agreement
from linkage.protocol.errors import InvalidAgreement
from linkage.protocol.public_keys import PublicKeys


def public_keys_of(agreement: Agreement, party: str) -> PublicKeys:
    """A party's public keys as the agreement pins them."""
    rule = agreement.parties.get(party)
    if rule is None:
        raise InvalidAgreement(f"parties.{party}: is no party of the agreement in force")
    if not rule.signing_key or not rule.sealing_key:
        raise InvalidAgreement(f"parties.{party}: no public keys yet; add them with `trilink keys enrol`")
    return PublicKeys.from_text(party, rule.signing_key, rule.sealing_key)
