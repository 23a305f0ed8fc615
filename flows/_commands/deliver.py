"""Delivery between parties."""

from typing import Annotated

import typer

from flows._commands._shown import Json, run


def deliver(
    sources: Annotated[list[str], typer.Argument(help="Outboxes: folders, or addresses that fsspec can reach.", show_default=False)],
    to: Annotated[str, typer.Option(help="The party whose files are to be carried.")],
    inbox: Annotated[str, typer.Option(help="Where they go.")],
    as_json: Json = False,
) -> None:
    """Carry the sealed files addressed to a party into its inbox, each whole or not at all. Opens nothing, needs no key.

    Example: `trilink deliver mx/outbox ca/outbox us/outbox --to joint-team --inbox joint-team/inbox`
    """

    def step() -> dict[str, int]:
        from flows.delivery import delivery_flow

        return delivery_flow(list(sources), inbox, to)

    run("delivered", as_json, step)
