"""What a party's profile says of its exchange folders and of what may run by itself (docs/how-to-operate.md)."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from linkage.protocol.errors import InvalidProfile
from linkage.protocol.mailbox_access import check_address


class ExchangeFolders(BaseModel):
    """``inbox`` and ``outbox`` lie at home; ``fetch`` are addresses where others leave what is for us, ``send`` by
    party the one where it takes ours.

    Addresses are paths, ``sftp://`` or ``s3://``; ``access`` is the file that says how we get at servers (docs/spec/mailboxes.md).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    inbox: Path
    outbox: Path
    fetch: tuple[str, ...] = ()
    send: dict[str, str] = {}
    access: Path | None = None

    @model_validator(mode="after")
    def _without_secrets(self) -> Self:
        problem = ""
        try:
            for address in (*self.fetch, *self.send.values()):
                check_address(address)
        except InvalidProfile as error:
            problem = str(error)
        if problem:
            raise ValueError(problem)
        return self


class WatchRule(BaseModel):
    """What the watcher may do without a person.

    ``wait_hours``: how long after the first package of an epoch, or after a request, the unit waits for the others, unless ``deadlines``
    names a time for the epoch. ``expects``: entity types by owner, where an owner has not all of the agreement's. ``engine``: threads,
    dask, or the address of a running Dask scheduler. ``epochs``: those that an owner takes part in by itself, from the key to the package.
    ``regroup = false`` leaves the release decision to a person. ``lists``: the folder into which lists are resolved.
    ``tell``: a program that gets one line of JSON when something fails.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    every_seconds: Annotated[int, Field(ge=1, le=86400)] = 60
    wait_hours: Annotated[float, Field(ge=0, le=8784)] = 48
    deadlines: dict[str, AwareDatetime] = {}
    expects: dict[str, tuple[str, ...]] = {}
    engine: Annotated[str, Field(pattern=r"^(threads|dask|tcp://[^@\s]+|tls://[^@\s]+)$")] = "threads"
    workers: Annotated[int, Field(ge=1, le=1024)] | Literal["all"] = "all"
    epochs: tuple[str, ...] = ()
    regroup: bool = True
    lists: Path | None = None
    tell: Path | None = None
