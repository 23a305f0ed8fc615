"""The agreement is in force between parties that signed it: a detached signature of each beside the agreement's file (docs/spec/keys.md).

What is signed is the agreement's fingerprint, hence every rule and every party's public keys in it: whoever signs says "these rules, these
parties, these keys". A signature counts only when it is by the very keys that this agreement names for the signer.
"""

from datetime import datetime
from pathlib import Path

from linkage.protocol.agreement import Agreement, read_agreement
from linkage.protocol.errors import InvalidAgreement, InvalidKey, InvalidStatement
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.pinned_keys import public_keys_of
from linkage.protocol.revocation import require_unrevoked
from linkage.protocol.statements import Statement, read_statement, save_statement, state

FORMAT = "trilink/agreement-signature/v1"


def signature_path(agreement: Path, party: str) -> Path:
    """``agreement.mx.signature.json`` beside ``agreement.toml``."""
    return agreement.with_name(f"{agreement.stem}.{party}.signature.json")


def sign_agreement(path: Path, by: PartyKeys, now: datetime) -> Path:
    """Sign the agreement; refused while a party has none or revoked keys in it, and unless those that it names for us are ours."""
    agreement = read_agreement(path)
    require_signable(path, agreement, by)
    return save_statement(signature_path(path, by.party), state(FORMAT, {"agreement": agreement.fingerprint}, by, now))


def require_signable(path: Path, agreement: Agreement, by: PartyKeys) -> None:
    """Refuse what ``sign_agreement`` does not sign; ``path`` is the agreement's file."""
    if by.party not in agreement.parties:
        raise InvalidAgreement(f"{path}: parties: {by.party} is not one of {', '.join(agreement.parties)}")
    pinned = {party: public_keys_of(agreement, party) for party in agreement.parties}
    if pinned[by.party] != by.public():
        raise InvalidKey(
            f"{path.name} names the keys {pinned[by.party].fingerprint()} for {by.party}, ours are {by.public().fingerprint()}; "
            "enrol ours before anybody signs"
        )
    require_unrevoked(path, agreement)


def read_signature(path: Path, agreement: Agreement, party: str) -> Statement:
    """The party's signature of the agreement in the file ``path``, verified; ``InvalidStatement`` says what is wrong with it."""
    file = signature_path(path, party)
    signed = read_statement(file, FORMAT, {"agreement"})
    if signed.about["agreement"] != agreement.fingerprint:
        raise InvalidStatement(
            f"{file.name}: signs the agreement {signed.about['agreement'][:16]}, this one is {agreement.fingerprint[:16]}"
        )
    signed.verify(public_keys_of(agreement, party), file.name)
    return signed


def require_signed(path: Path, agreement: Agreement) -> None:
    """Refuse to work under an agreement that a party has not signed; the sentence names every one that is missing."""
    missing, first = [], ""
    for party in agreement.parties:
        try:
            read_signature(path, agreement, party)
        except InvalidStatement as error:
            missing.append(party)
            first = first or str(error)
    if missing:
        raise InvalidAgreement(
            f"{path.name} is not signed by {', '.join(missing)} ({first}); put their signatures beside it (`trilink keys sign-agreement`)"
        )
