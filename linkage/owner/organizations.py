"""Names of organizations: the legal form is taken off and becomes a class of its own (DOMAIN 1.3).

1. What is glued to a name after `//`, and a status at its end (`EN LIQUIDACION`), is an annotation of a register, not a name.
2. `&`, `Y`, `E`, `ET`, `AND` between words say nothing; they go.
3. The longest legal form at the end goes, again and again (`SAPI de CV, SOFOM, ENR`); a name is never emptied.
4. Single letters in a row are one word: `J. P. Morgan` and `JP Morgan` agree.
5. Words of a trade that are translated become one (`Group`, `Groupe`: GRUPO); known criminal groups get one name each
   (`CJNG`).
"""

from itertools import pairwise

from linkage.owner.fact_tables import aliases, read_table
from linkage.owner.folding import at_most, fold, fold_words
from linkage.owner.missing import is_missing, unless_missing
from linkage.protocol.errors import InvalidValue

_WORDS_TABLE = read_table("organization_words")
_TRANSLATED = aliases(_WORDS_TABLE["translated"])
_ANNOTATIONS = [annotation.split() for annotation in _WORDS_TABLE["annotations"]]
_GROUPS = aliases(read_table("criminal_groups")["classes"])
_FORMS = {alias.replace(" ", ""): name for alias, name in aliases(read_table("legal_forms")["classes"]).items()}
_MOST_WORDS = 15  # S DE R L DE C V is seven; the long forms have up to eleven
_CONJUNCTIONS = frozenset({"Y", "E", "ET", "AND"})
_KINDS = {
    "LEGAL ENTITY": "LEGAL ENTITY",
    "COMPANY": "LEGAL ENTITY",
    "EMPRESA": "LEGAL ENTITY",
    "PERSONA MORAL": "LEGAL ENTITY",
    "PERSONNE MORALE": "LEGAL ENTITY",
    "CRIMINAL GROUP": "CRIMINAL GROUP",
    "GRUPO DELICTIVO": "CRIMINAL GROUP",
    "GRUPO CRIMINAL": "CRIMINAL GROUP",
    "GROUPE CRIMINEL": "CRIMINAL GROUP",
    "CARTEL": "CRIMINAL GROUP",
    "GANG": "CRIMINAL GROUP",
}


def normalise_organization_name(text: str) -> str | None:
    """The name without its legal form: `Transportes Ñandú, S.A. de C.V.` is TRANSPORTES NANDU."""
    name, legal_form = split_legal_form(text)
    if name in _GROUPS:  # a company that bears a group's name keeps its form, so that nobody takes it for the group
        return f"{name} {legal_form}" if legal_form else _GROUPS[name]
    if name is None:
        return None
    return at_most(" ".join(_TRANSLATED.get(word, word) for word in name.split()))


def normalise_legal_form(text: str) -> str | None:
    """The class of a legal form, written alone or at the end of a name: `S. de R.L. de C.V.` is S DE RL DE CV; else its words."""
    if is_missing(text, "code"):
        return None
    words = _words(text)
    known = _FORMS.get("".join(words)) or _without_forms(words)[1]
    kept = at_most(" ".join(words))
    if known is None and kept and kept.split() != words:
        return normalise_legal_form(kept)  # what is cut off may leave a form at the end
    return known or unless_missing(kept, "code")


def normalise_organization_kind(text: str) -> str | None:
    """LEGAL ENTITY or CRIMINAL GROUP, which are never compared with each other."""
    if is_missing(text, "code"):
        return None
    kind = _KINDS.get(fold_words(text))
    if kind is None:
        raise InvalidValue("not a kind of organization (expected legal_entity or criminal_group)")
    return kind


def split_legal_form(text: str) -> tuple[str | None, str | None]:
    """(name without legal form, class of the legal form); either may be None. The innermost of several forms counts."""
    if is_missing(text, "place"):
        return None, None
    words, legal_form = _words(text), None
    while True:
        words, found = _without_forms(_initials_joined(words))
        legal_form = found or legal_form
        name = at_most(" ".join(_initials_joined(_without_conjunctions(words)))) or ""
        if name.split() == words:
            return unless_missing(name or None, "place"), legal_form
        words = name.split()


def _words(text: str) -> list[str]:
    folded = fold(text).split("//")[0].replace("'", "").replace("`", "")
    words = fold_words(folded.replace("&", " AND ")).split()
    while len(words) > 2 and words[0] == "THE":
        words = words[1:]
    return _without_annotation(words)


def _without_annotation(words: list[str]) -> list[str]:
    for annotation in _ANNOTATIONS:
        if len(words) > len(annotation) and words[-len(annotation) :] == annotation:
            return _without_annotation(words[: -len(annotation)])
    return words


def _without_conjunctions(words: list[str]) -> list[str]:
    """Without the first of several in a row: in `M & E`, the E is an initial."""
    inner = [word for before, word in pairwise(words[:-1]) if word not in _CONJUNCTIONS or before in _CONJUNCTIONS]
    return [*words[:1], *inner, *words[1:][-1:]]


def _without_forms(words: list[str]) -> tuple[list[str], str | None]:
    legal_form = None
    while True:
        while len(words) > 1 and words[-1] in _CONJUNCTIONS:  # `Hijos & Co` loses its `Co`, then its `&`
            words = words[:-1]
        for start in range(max(1, len(words) - _MOST_WORDS), len(words)):
            found = _FORMS.get("".join(words[start:]))
            if found:
                words, legal_form = words[:start], found
                break
        else:
            return words, legal_form


def _initials_joined(words: list[str]) -> list[str]:
    joined: list[str] = []
    run = ""
    for word in words:
        if len(word) == 1 and not word.isdigit():
            run += word
            continue
        joined += [run] if run else []
        run = ""
        joined.append(word)
    return [*joined, run] if run else joined
