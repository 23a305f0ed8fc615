"""Short given names and the names they stand for: Pancho is Francisco; Beto is Alberto, Roberto, Humberto or another one (DOMAIN 1.2.1).

They are extra words beside the name as written, in blocking keys and in filters, and never replace it: what a register wrote stays
what is compared first, and an ambiguous short form is not decided.
"""

from functools import reduce

from linkage.owner.fact_tables import read_table


def _by_short_form() -> dict[str, tuple[str, ...]]:
    merged: dict[str, set[str]] = {}
    for language in read_table("hypocoristics").values():
        for short, names in language.items():
            merged.setdefault(short, set()).update(names)
    return {short: tuple(sorted(names)) for short, names in merged.items()}


_FORMAL = _by_short_form()


def formal_names(word: str) -> tuple[str, ...]:
    """The given names that a short form stands for in Spanish, English or French, sorted; none when it is none."""
    return _FORMAL.get(word, ())


def with_formal_names(name: str) -> str:
    """The words of a canonical name, then those of the names that short forms among them stand for."""
    words = name.split(" ")
    if _FORMAL.keys().isdisjoint(words):
        return name
    found = reduce(lambda known, word: known | dict.fromkeys(" ".join(formal_names(word)).split()), words, dict.fromkeys(words))
    return " ".join(found)
