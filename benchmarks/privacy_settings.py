"""The settings of the trade-off curve: what each changes in the shipped agreement."""

from typing import Any, NamedTuple

import tomlkit

MANY = 1000  # the most that an agreement allows: no cap to speak of at the sizes that are measured here


class Setting(NamedTuple):
    """A point of the curve: its axis, the value there how it is said, what changes in ``[encoding]``, of how many passes one is kept."""

    axis: str
    value: int
    said: str
    changes: dict[str, int]
    every: int = 1

    @property
    def name(self) -> str:
        """For people, and for the folder that keeps its runs."""
        return f"{self.axis} {self.said}".strip()


DEFAULT = Setting("as shipped", 0, "", {})
WITHOUT = Setting("no diffusion, no cap, all postings", 0, "", {"diffusion": 1, "token_cap": MANY, "token_postings": MANY})
OTHERS = [
    Setting("diffusion", 1, "none", {"diffusion": 1}),
    Setting("diffusion", 2, "2", {"diffusion": 2}),
    Setting("diffusion", 8, "8", {"diffusion": 8}),
    Setting("token cap", 2, "2", {"token_cap": 2}),
    Setting("token cap", 30, "30", {"token_cap": 30}),
    Setting("token postings", 2, "2", {"token_postings": 2}),
    Setting("token postings", 8, "8", {"token_postings": 8}),
    Setting("token postings", 30, "30, cap 30", {"token_postings": 30, "token_cap": 30}),
    Setting("passes", 2, "every 2nd", {}, 2),
    Setting("passes", 4, "every 4th", {}, 4),
]
SETTINGS = [DEFAULT, *OTHERS, WITHOUT]


def own_values(agreement: str) -> dict[str, int]:
    """Where the agreement as it is stands on each axis."""
    encoding: Any = tomlkit.parse(agreement)["encoding"]
    return {axis: int(encoding.get(axis.replace(" ", "_"), 1)) for axis in dict.fromkeys(one.axis for one in OTHERS)}


def named(name: str) -> Setting:
    """The setting of that name; ValueError says which there are."""
    for one in SETTINGS:
        if one.name == name:
            return one
    raise ValueError(f"no setting {name}; there are {'; '.join(one.name for one in SETTINGS)}")


def changed(agreement: str, chosen: Setting) -> str:
    """The agreement's text under a setting. Of the passes, in the order of their names, the first of every so many is kept."""
    document: Any = tomlkit.parse(agreement)
    document["encoding"].update(chosen.changes)
    for rule in document["entities"].values():
        for number, name in enumerate(sorted(rule["passes"])):
            if number % chosen.every:
                del rule["passes"][name]
    return tomlkit.dumps(document)
