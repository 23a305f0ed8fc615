"""Commands about what is agreed: fingerprints to compare, keys to enrol, signatures under the agreement."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from flows._commands._shown import Json, Profile, console, one_clear_line
from flows._noted import keys_and_ledger
from flows._parties import profile_and_agreement
from linkage.protocol.agreement import Agreement, read_agreement
from linkage.protocol.agreement_signatures import read_signature, require_signable, sign_agreement
from linkage.protocol.enrolment import enrol as enrol_files
from linkage.protocol.errors import InvalidAgreement, InvalidStatement
from linkage.protocol.ledger_notes import note_once, note_replaced, note_signed
from linkage.protocol.pinned_keys import public_keys_of
from linkage.protocol.public_keys import load_public
from linkage.protocol.revocation import REASONS, require_unrevoked, revocation_of, revoke
from linkage.protocol.spoken import grouped, spoken

AgreementFile = Annotated[Path, typer.Argument(help="The agreement (TOML).", show_default=False)]


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def fingerprint(
    files: Annotated[list[Path], typer.Argument(help="Public key files, or agreements with keys in them.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Fingerprints to read to each other over another channel: in groups, and spelt for the telephone."""
    with one_clear_line():
        found = dict(pair for file in files for pair in _fingerprints(file))
        if as_json:
            typer.echo(json.dumps(found, indent=2, sort_keys=True))
            return
        for what, words in found.items():
            _say(f"{what}  {words}\n    {spoken(words)}")


def _fingerprints(file: Path) -> list[tuple[str, str]]:
    """What a file is about, and its fingerprint in groups."""
    if file.name.endswith(".public.toml"):
        keys = load_public(file)
        return [(keys.party, keys.fingerprint())]
    agreement = read_agreement(file)
    enrolled = [party for party, rule in agreement.parties.items() if rule.signing_key]
    return [(party, public_keys_of(agreement, party).fingerprint()) for party in enrolled] + [
        (f"agreement {agreement.title}", grouped(agreement.fingerprint))
    ]


def enrol(
    agreement: Annotated[Path, typer.Argument(help="The agreement to start from.", show_default=False)],
    public_keys: Annotated[
        list[Path],
        typer.Argument(help="Public key files, or statements of new keys (`trilink keys rotate`).", show_default=False),
    ],
    out: Annotated[Path, typer.Option(help="File for the agreement with the keys in it.")],
) -> None:
    """Write public keys into an agreement; compare the printed fingerprints with what the parties say."""
    with one_clear_line():
        for one in enrol_files(agreement, public_keys, out):
            _say(f"{one.party}  {one.fingerprint()}")
        _say(f"agreement {grouped(read_agreement(out).fingerprint)}")


def sign(
    profile: Profile,
    former_revoked: Annotated[
        bool, typer.Option("--former-revoked", help="Our former keys are lost or stolen: the ledger goes on under the new ones.")
    ] = False,
) -> None:
    """Sign the agreement that the profile names, keys and all; the signature lies beside it and goes to every party.

    Read the agreement and compare the printed fingerprints first: what is signed is exactly these rules, parties and keys.
    """
    with one_clear_line():
        ours, agreement = profile_and_agreement(profile)
        for what, words in _fingerprints(ours.agreement):
            _say(f"{what}  {words}")
        keys, ledger = keys_and_ledger(ours, agreement)
        now = datetime.now(UTC)
        require_signable(ours.agreement, agreement, keys)
        if former_revoked:
            note_replaced(ledger, now)
        ledger.check()
        path = sign_agreement(ours.agreement, keys, now)
        note_signed(ledger, agreement, now)
        _say(f"{path}  send this to the other parties")


def verify(agreement: AgreementFile, as_json: Json = False) -> None:
    """Say who has signed the agreement; exit code 1 unless every party has."""
    with one_clear_line():
        read = read_agreement(agreement)
        said = {party: _signed(agreement, read, party) for party in read.parties}
        if as_json:
            typer.echo(json.dumps({"agreement": read.fingerprint, "parties": said}, indent=2, sort_keys=True))
        else:
            _say(f"agreement {grouped(read.fingerprint)}")
            for party, row in said.items():
                _say(f"{party}  " + (f"signed {row['made']} with {row['key']}" if row["signed"] else f"not signed: {row['reason']}"))
            _say_revocations(agreement, read)
        require_unrevoked(agreement, read)
        missing = [party for party, row in said.items() if not row["signed"]]
        if missing:
            raise InvalidAgreement(f"{agreement.name} is not signed by {', '.join(missing)}")


def revoke_keys(
    profile: Profile,
    party: Annotated[str, typer.Option(help="Whose keys are to be believed no more; our own, or those that another party lost.")],
    why: Annotated[str, typer.Option(help=f"One of {', '.join(REASONS)}.")],
) -> None:
    """State that a party's keys are revoked; the statement lies beside the agreement and goes to every party.

    It counts when it is by these very keys, or by all other parties of the agreement.
    """
    if why not in REASONS:
        raise typer.BadParameter(f"--why: expected one of {', '.join(REASONS)}")
    with one_clear_line():
        ours, agreement = profile_and_agreement(profile)
        folder, now = ours.agreement.parent, datetime.now(UTC)
        keys, ledger = keys_and_ledger(ours, agreement)
        ledger.check()
        path = revoke(folder, agreement, (party, why), keys, now)
        revoked = public_keys_of(agreement, party)
        note_once(ledger, "key_revoked", {"of": party, "fingerprint": revoked.fingerprint(), "ground": why}, now)
        found = revocation_of(folder, agreement, revoked)
        _say(f"{path}  send this to the other parties")
        awaited = found.awaited if found else ()
        _say(
            f"counts when {', '.join(awaited)} say so too"
            if awaited
            else "counts from now on, wherever this file lies beside the agreement"
        )


def _say_revocations(path: Path, agreement: Agreement) -> None:
    """Revocations that have been begun; those that count are refused anyway."""
    for party in agreement.parties:
        if not agreement.parties[party].signing_key:
            continue
        found = revocation_of(path.parent, agreement, public_keys_of(agreement, party))
        if found and found.awaited:
            _say(f"{party}  revocation begun: {found}; counts when {', '.join(found.awaited)} say so too")


def _signed(path: Path, agreement: Agreement, party: str) -> dict[str, str | bool]:
    try:
        signature = read_signature(path, agreement, party)
    except (InvalidStatement, InvalidAgreement) as error:
        return {"signed": False, "reason": str(error)}
    return {"signed": True, "made": signature.made, "key": signature.key}
