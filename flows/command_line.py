"""``trilink``: the commands of every role. Exit code 0 done, 1 failed with one clear line, 2 wrong usage."""

import flows._settings  # noqa: F401, I001  (before anything imports Prefect)

import typer

from flows._commands import deliver, desk, doctor, keys, lab, ledger, owner, refusals, rehearse, unit, up

app = typer.Typer(
    name="trilink",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Find the firearms, suspects and organizations in each other's cases, without exchanging raw personal data.",
)
app.add_typer(keys.app, name="keys")
app.add_typer(owner.app, name="owner")
app.add_typer(unit.app, name="unit")
app.add_typer(desk.app, name="desk")
app.add_typer(ledger.app, name="ledger")
app.add_typer(lab.app, name="lab")
app.command("deliver")(deliver.deliver)
app.command("doctor")(doctor.doctor)
app.command("up")(up.up)
app.command("refusals")(refusals.refusals)
app.command("rehearse")(rehearse.rehearse)

if __name__ == "__main__":
    app()
