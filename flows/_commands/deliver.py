"""Delivery between parties."""

from pathlib import Path
from typing import Annotated

import typer

from flows._commands._shown import Json, one_clear_line, run
from linkage.protocol.mailbox_access import check_address


def deliver(
    sources: Annotated[
        list[str], typer.Argument(help="Outboxes: folders, sftp://user@host/folder, s3://bucket/folder.", show_default=False)
    ],
    to: Annotated[str, typer.Option(help="The party whose files are to be carried.")],
    inbox: Annotated[str, typer.Option(help="Where they go: a folder or an address, as above.")],
    access: Annotated[
        Path | None,
        typer.Option(envvar="TRILINK_MAILBOXES", help="How we get at servers: a TOML file, mode 0600; secrets never stand in addresses."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Carry the sealed files addressed to a party into its inbox, each whole or not at all. Opens nothing, needs no key.

    A delivery that was cut goes on where it stopped when the same command is run again.

    Example: `trilink deliver outbox --to joint-team --inbox sftp://mx@exchange.example.org/joint-team --access mailboxes.toml`
    """
    with one_clear_line():
        for address in (*sources, inbox):  # before a flow remembers them
            check_address(address)

    def step() -> dict[str, int]:
        from flows.delivery import delivery_flow

        return delivery_flow(list(sources), inbox, to, access=str(access) if access else None)

    run("delivered", as_json, step)
