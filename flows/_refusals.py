"""What a step refuses, its sender is told: sealed refusals in ``<home>/refusals``, for `trilink deliver` to carry."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from linkage.protocol.agreement import Agreement, read_agreement
from linkage.protocol.party_profile import Document, PartyProfile, read_profile, unlock
from linkage.protocol.refusal import telling

P = ParamSpec("P")
R = TypeVar("R")

ROLES = ("owner", "unit")


def any_party(path: Path) -> tuple[PartyProfile, Agreement]:
    """What all profiles have in common, of whichever role, and the agreement."""
    formats = [f"trilink/{role}-profile/v1" for role in ROLES]

    def common(document: Document) -> Document:
        kept = {key: value for key, value in document.items() if key in PartyProfile.model_fields}
        return kept | {"format": formats[0]} if kept.get("format") in formats else kept

    profile = read_profile(path, PartyProfile, formats[0], common)
    return profile, read_agreement(profile.agreement)


def tells_senders(step: Callable[Concatenate[Path, P], R]) -> Callable[Concatenate[Path, P], R]:
    """For steps whose first parameter is the profile's path and that open what others have sealed."""

    @functools.wraps(step)
    def telling_step(profile_path: Path, /, *args: P.args, **kwargs: P.kwargs) -> R:
        profile, agreement = any_party(profile_path)
        return telling(unlock(profile), agreement, profile.home / "refusals", lambda: step(profile_path, *args, **kwargs))

    return telling_step
