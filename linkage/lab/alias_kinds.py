"""What an alias is to the main name, told from the two texts alone, as the public lists were counted (DOMAIN 1.2.1)."""

from difflib import SequenceMatcher

from linkage.lab.corruption import accents_lost

ALIKE = 0.7  # of two tokens, one respelled


def alias_kind(main: tuple[str, str, str], alias: str) -> str:
    """One of the kinds of names in `other_names.KINDS`; `main` is given names, first and second surname.

    >>> alias_kind(("Ana", "Muñoz", "Gil"), "Ana Munos Gil")
    'respelled'
    """
    own, other = _tokens(" ".join(main)), _tokens(alias)
    only_own, only_other = [token for token in own if token not in other], [token for token in other if token not in own]
    if not only_own and not only_other:
        return "reordered"
    if not only_own or not only_other:
        return "added" if only_other else "dropped"
    if len(only_own) == len(only_other) == 1 and SequenceMatcher(None, only_own[0], only_other[0]).ratio() >= ALIKE:
        return "respelled"
    if len(only_own) == len(own):
        return "different"
    return "same_surname" if set(_tokens(main[1])) & set(other) else "surname_replaced"


def _tokens(name: str) -> list[str]:
    return accents_lost(name).upper().replace("-", " ").split()
