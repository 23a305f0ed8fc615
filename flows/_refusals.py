"""What a step refuses, its sender is told: sealed refusals in ``<home>/refusals``, for `trilink deliver` to carry."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from flows._parties import profile_and_agreement
from linkage.protocol.ledger import noting
from linkage.protocol.party_profile import ledger_of, unlock
from linkage.protocol.refusal import telling

P = ParamSpec("P")
R = TypeVar("R")


def tells_senders(step: Callable[Concatenate[Path, P], R]) -> Callable[Concatenate[Path, P], R]:
    """For steps whose first parameter is the profile's path and that open what others have sealed."""

    @functools.wraps(step)
    def telling_step(profile_path: Path, /, *args: P.args, **kwargs: P.kwargs) -> R:
        profile, agreement = profile_and_agreement(profile_path)
        with noting(ledger_of(profile, agreement, "refusals")):
            return telling(unlock(profile), agreement, profile.home / "refusals", lambda: step(profile_path, *args, **kwargs))

    return telling_step
