"""Commands about the ledger: verify, show, export, compare, receipts."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from flows._commands._shown import Json, Profile, console, errors, one_clear_line
from flows._parties import profile_and_agreement
from linkage.protocol.agreement import Agreement, read_agreement
from linkage.protocol.atomic_files import PRIVATE, written_whole
from linkage.protocol.errors import TrilinkError
from linkage.protocol.ledger import FILE, HEAD_FILE
from linkage.protocol.ledger_comparison import accused
from linkage.protocol.ledger_comparison import compare as compare_ledgers
from linkage.protocol.ledger_entries import Entry, remembered
from linkage.protocol.ledger_export import export as exported
from linkage.protocol.ledger_verification import ReadLedger, read_ledger
from linkage.protocol.ledger_verification import verify as verify_ledger
from linkage.protocol.party_profile import ledger_home, public_keys_of
from linkage.protocol.public_keys import PublicKeys
from linkage.protocol.row_proofs import check_proof, read_proof

app = typer.Typer(no_args_is_help=True, help="The ledger: what a party did, sent, received and disclosed; and what others say of it.")

Target = Annotated[Path, typer.Argument(help="A party's profile (.toml), or a ledger file (.jsonl).", show_default=False)]
Keys = Annotated[Path | None, typer.Option("--agreement", help="Hold signatures against the keys of this agreement.")]


@app.command(epilog="Example: `trilink ledger verify configs/owners/mx.toml`, `trilink ledger verify mx.jsonl --agreement agreement.toml`")
def verify(
    target: Target,
    agreement: Keys = None,
    head: Annotated[Path | None, typer.Option(help="A ledger.head file that was kept elsewhere: the ledger must still hold it.")] = None,
    as_json: Json = False,
) -> None:
    """Find any change, gap, truncation or fork; exit code 1 and the entry's number at the first."""
    with one_clear_line():
        ledger, keys = _verified(target, agreement, head)
        said = {"party": ledger.party, "entries": len(ledger.entries), "hidden": ledger.hidden, "torn_bytes": ledger.torn,
                "head": ledger.head.digest, "held_against_agreement": keys is not None}  # fmt: skip
        if as_json:
            typer.echo(json.dumps(said, indent=2, sort_keys=True))
            return
        console.print(f"{ledger.name}: whole, {len(ledger.entries)} entries of {ledger.party}", markup=False, highlight=False)
        console.print(f"head {ledger.head.number} {ledger.head.digest}", markup=False, highlight=False, soft_wrap=True)
        if keys is None:
            errors.print("not held against any agreement's keys: give --agreement", markup=False, highlight=False)


@app.command(epilog="Example: `trilink ledger show configs/owners/mx.toml --epoch 2026-11 --last 20`")
def show(
    target: Target,
    event: Annotated[list[str] | None, typer.Option(help="Only these events.")] = None,
    epoch: Annotated[str | None, typer.Option(help="Only this epoch.")] = None,
    last: Annotated[int | None, typer.Option(min=1, help="Only so many, the latest.")] = None,
    as_json: Json = False,
) -> None:
    """Show the entries of a ledger that is whole."""
    with one_clear_line():
        ledger, _ = _verified(target, None, None)
        entries = [one for one in ledger.entries if (not event or one.event in event) and epoch in (None, one.facts.get("epoch"))]
        _show(entries[-last:] if last else entries, as_json)


@app.command(epilog="Example: `trilink ledger export configs/owners/mx.toml --out mx.jsonl --for joint-team`")
def export(
    profile: Profile,
    out: Annotated[Path, typer.Option(help="File to write.")],
    to: Annotated[str | None, typer.Option("--for", help="Show only what concerns this party; of the rest, digests.")] = None,
) -> None:
    """Write our ledger for an auditor or another party, once it is verified."""
    with one_clear_line():
        ledger, _ = _verified(profile, None, None)
        out.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(out, PRIVATE) as file:
            file.write(exported(ledger, ledger_home(profile_and_agreement(profile)[0]) / FILE, to))
        shown = len(ledger.entries) - read_ledger(out).hidden
        console.print(f"{out}: {shown} of {len(ledger.entries)} entries shown", markup=False, highlight=False, soft_wrap=True)


@app.command(epilog="Example: `trilink ledger compare mx.jsonl ca.jsonl us.jsonl joint-team.jsonl --agreement agreement.toml`")
def compare(
    ledgers: Annotated[list[Path], typer.Argument(help="Ledgers of two or more parties, or two of one.", show_default=False)],
    agreement: Keys = None,
    as_json: Json = False,
) -> None:
    """Hold ledgers against each other; exit code 1 when one of them, or a message, is proven wrong, with the name of whose doing it is."""
    with one_clear_line():
        findings = compare_ledgers([read_ledger(path) for path in ledgers], _keys(read_agreement(agreement)) if agreement else None)
        if as_json:
            typer.echo(json.dumps([found._asdict() for found in findings], indent=2, sort_keys=True))
        for found in findings if not as_json else []:
            console.print(f"{found.party or 'open'}: {found.what}", markup=False, highlight=False, soft_wrap=True)
        if accused(findings):
            raise TrilinkError(f"{len(ledgers)} ledgers do not fit: {', '.join(accused(findings))}")
        if not as_json:
            console.print(f"{len(ledgers)} ledgers fit; {len(findings)} messages are open", markup=False, highlight=False)


@app.command(epilog="Example: `trilink ledger receipts configs/owners/mx.toml inbox/receipt.*.sealed`")
def receipts(
    profile: Profile,
    sealed: Annotated[list[Path] | None, typer.Argument(help="Receipts that other parties sent us.", show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """Seal the receipts that we owe, take in the ones that came, and say which of our messages nobody has signed for."""
    with one_clear_line():
        from flows.receipts import receipts_flow
        from linkage.protocol.party_profile import unlock

        unlock(profile_and_agreement(profile)[0], prompt=True)
        counts = receipts_flow(str(profile), [str(path) for path in sealed or []])
        if as_json:
            typer.echo(json.dumps(counts, indent=2, sort_keys=True))
            return
        for what, count in counts.items():
            console.print(f"{what}: {count}", markup=False, highlight=False)


@app.command("check-row", epilog="Example: `trilink ledger check-row proof.json joint-team.jsonl --agreement agreement.toml`")
def check_row(
    proof: Annotated[Path, typer.Argument(help="What an owner wrote with `trilink owner prove-row`.", show_default=False)],
    target: Target,
    agreement: Keys = None,
) -> None:
    """Check that a record belonged to a case when its owner sealed the package that the ledger holds."""
    with one_clear_line():
        ledger, _ = _verified(target, agreement, None)
        shown = read_proof(proof)
        entry = check_proof(shown, ledger, proof.name)
        what = f"{shown.row.entity} {shown.row.record_id} of {shown.owner}: case {shown.row.case_id or '(none)'}"
        console.print(f"{what}, bound by entry {entry.number} of {ledger.party}, {entry.at}", markup=False, highlight=False, soft_wrap=True)


def _verified(target: Path, agreement: Path | None, head: Path | None) -> tuple[ReadLedger, dict[str, PublicKeys] | None]:
    heads = [kept for kept in [remembered(head)] if kept] if head else []
    if head and not heads:
        raise TrilinkError(f"{head}: no such file")
    keys = _keys(read_agreement(agreement)) if agreement else None
    path = target
    if target.suffix == ".toml":
        profile, agreed = profile_and_agreement(target)
        keys, path = keys or _keys(agreed), ledger_home(profile) / FILE
        own = remembered(ledger_home(profile) / HEAD_FILE)
        heads += [own] if own else []
    ledger = read_ledger(path)
    verify_ledger(ledger, keys, heads)
    return ledger, keys


def _keys(agreement: Agreement) -> dict[str, PublicKeys]:
    return {party: public_keys_of(agreement, party) for party, rule in agreement.parties.items() if rule.signing_key and rule.sealing_key}


def _show(entries: list[Entry], as_json: bool) -> None:
    if as_json:
        rows: list[dict[str, Any]] = [
            {"number": one.number, "at": one.at, "event": one.event, "facts": one.facts, "digest": one.head.digest, **vars(one.grounds)}
            for one in entries
        ]
        typer.echo(json.dumps(rows, indent=2, sort_keys=True))
        return
    grounds = None
    for one in entries:
        if one.event and one.grounds != grounds:
            grounds = one.grounds
            console.print(f"      {grounds.who}; {grounds.basis}; {grounds.purpose}", markup=False, highlight=False, soft_wrap=True)
        line = f"{one.number:>5} {one.at:20} {one.event or 'not shown':20} {_said(one)}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _said(entry: Entry) -> str:
    """Facts in one line; digests by their first digits."""
    said = {name: value for name, value in entry.facts.items() if value not in (None, {}, []) and not name.endswith("_signature")}
    counts = said.pop("counts", {})
    short = {name: value[:12] if isinstance(value, str) and len(value) > 30 else value for name, value in said.items()}
    return ", ".join([*(f"{name} {value}" for name, value in short.items()), *(f"{count:,} {name}" for name, count in counts.items())])
