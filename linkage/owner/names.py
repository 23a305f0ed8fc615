"""Names of persons: words of A-Z and 0-9, one space between them (DOMAIN 1.2).

1. Letters are never deleted: Muñoz is MUNOZ, also when it arrives as `MuÃ±oz`, `Mu&ntilde;oz`, `MU¥OZ` or `MU?OZ`.
2. Hyphens and periods separate words, apostrophes join (O'Brien is OBRIEN); titles, suffixes and street names inside go.
3. Spanish and Portuguese particles go (`de la`, `y`); Dutch, French, Italian, Irish ones are glued (Le Blanc is LEBLANC),
   because American and Canadian registers write them so, and so are saints. A name of particles alone keeps them.
4. Saint, Ste, Sta are written out; so are `Ma.`, what registers shorten (`Hdez.`, `Fco.`) and, before a word it is known to stand
   with (J. Guadalupe), `M.` and `J.`.
5. Two common Hispanic surnames written as one (MARTINEZCRUZ) are two.
6. Every rule runs until nothing changes: a canonical name normalises to itself.
"""

import html
import re
from collections.abc import Callable

from linkage.owner.fact_tables import read_table
from linkage.owner.folding import at_most, fold
from linkage.owner.missing import is_missing, unless_missing

_FACTS = read_table("names")
STRIPPED = frozenset(_FACTS["stripped"])
_GLUED = frozenset(_FACTS["glued"])
_GLUED_TO_GIVEN = frozenset({"LA", "LE"})  # La Toya, Le Roy; a lone D or L is an initial there
_SURNAMES_OUT: dict[str, str] = _FACTS["written_out"] | _FACTS["written_out_surname"]
_GIVEN_OUT: dict[str, str] = _FACTS["written_out"] | _FACTS["written_out_given"]
_WRITTEN_TOGETHER: dict[str, str] = _FACTS["written_together"]
_TITLES, _SUFFIXES = frozenset(_FACTS["titles"]), frozenset(_FACTS["suffixes"])
_ARTICLES = frozenset(_FACTS["articles"])
DROPPED_INSIDE = frozenset(_FACTS["dropped_inside"])
DEVOTIONAL = frozenset(_FACTS["devotional"])
_HISPANIC = frozenset(read_table("surnames")["hispanic"].split())
_SHORTEST_PART = 4  # letters of a surname that is looked for inside another word

_APOSTROPHES = str.maketrans("", "", "'`")
_SEPARATORS = re.compile(r"[^A-Z0-9?]+")
_LOST_N = re.compile(r"(?<=[AEIOU])[?~](?=[AEIOU])")  # between vowels the lost letter is nearly always Ñ
_TILDE_AFTER = re.compile(r"(?<=N)~")  # N~ is typed for Ñ
_SAINT = re.compile(r"^ST(?=[BCDFGJKLMNPQVWXZ])")  # no surname begins so, but Stpierre, Stgermain
_STREET_NAME = re.compile(r'"[^"]*"|[“«][^”»]*[”»]')
_MARKER = re.compile(r"(?<=\w)[\s,]+(?:A\.\s?K\.\s?A\b\.?|\(A\))", re.IGNORECASE)
_ALIAS = frozenset({"ALIAS", "AKA"})
_CODE_PAGE_N = re.compile(r"(?<=\w)[¥¤]|[¥¤](?=\w)")  # bytes A5 and A4 are Ñ and ñ in code page 850
_SHORT_MARIA = re.compile(r"\bM\.?ª\.?")
_MARIA_WITH_PERIOD = re.compile(r"\bMA\.")


def normalise_surname(text: str) -> str | None:
    """One or more surnames: `de la Torre Muñoz` is TORRE MUNOZ, `García-López` is GARCIA LOPEZ, `Mac Donald` is MACDONALD."""
    return None if is_missing(text, "name") else _settle(_clean(without_street_name(text)), _surname)


def normalise_given_names(text: str) -> str | None:
    """Given names in order: `Ma. de los Ángeles` is MARIA ANGELES, `Jean-Pierre` is JEAN PIERRE, `J. Guadalupe` is JOSE GUADALUPE."""
    return None if is_missing(text, "name") else _settle(_clean(without_street_name(text)), _given)


def normalise_moniker(text: str) -> str | None:
    """A street name without its article: `"El Mayo"` is MAYO. Monikers are never mixed with names (DOMAIN 1.2)."""
    if is_missing(text, "name"):
        return None
    return _settle(_clean(text), _moniker)


def person_words(text: str) -> list[str]:
    """The words of a name with nothing but spelling repaired, and hyphens kept inside their word for `split_full_name`."""
    return [word for part in text.split() if (word := "-".join(_clean(piece) for piece in part.split("-") if _clean(piece)))]


def spelled(text: str) -> str:
    """Folded text in which a lost or misread Ñ is an N and every short María is spelled `MA.`; punctuation kept."""
    if "&" in text:
        text = html.unescape(text)
    if not text.isascii():
        text = _SHORT_MARIA.sub("Ma. ", _CODE_PAGE_N.sub("N", text))
    folded = fold(text)
    return _LOST_N.sub("N", _TILDE_AFTER.sub("", folded)) if "?" in folded or "~" in folded else folded


def without_street_name(text: str) -> str:
    """A name without the street names that somebody wrote into it in quotation marks; never emptied. `A.K.A.` and `(a)` become `alias`."""
    kept = _STREET_NAME.sub(" ", text)
    return _MARKER.sub(" ALIAS ", kept if any(map(str.isalnum, kept)) else text)


def before_alias(words: list[str]) -> list[str]:
    """The words before `alias`, which another name or a street name follows; never emptied."""
    return words[: next((at for at, word in enumerate(words) if at and word in _ALIAS), len(words))]


def _clean(text: str) -> str:
    folded = spelled(text).translate(_APOSTROPHES)
    if "MA." in folded:
        folded = _MARIA_WITH_PERIOD.sub("MARIA ", folded)
    return _SEPARATORS.sub(" ", folded).replace("?", "").strip()


def _settle(text: str, rules: Callable[[list[str]], list[str]]) -> str | None:
    words = text.split()
    while True:
        name = at_most(" ".join(rules(words))) or ""
        settled = name.split()
        if settled == words:
            return unless_missing(name or None, "name")
        words = settled


def _surname(words: list[str]) -> list[str]:
    words = [_SAINT.sub("SAINT", _SURNAMES_OUT.get(word, word)) for word in without_titles(before_alias(words))]
    words = [*(word for word in words[:-1] if word not in DROPPED_INSIDE), *words[-1:]]
    together = [_WRITTEN_TOGETHER.get(word, word) for word in _without_particles(words, _GLUED)]
    return [part for word in together for part in _taken_apart(word)]


def _taken_apart(word: str) -> list[str]:
    """Two common Hispanic surnames where a word is nothing but these two, written as one; else the word."""
    if word in _HISPANIC:
        return [word]
    cuts = range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1)
    found = [[word[:at], word[at:]] for at in cuts if word[:at] in _HISPANIC and word[at:] in _HISPANIC]
    return found[0] if len(found) == 1 else [word]


def _given(words: list[str]) -> list[str]:
    words = [_GIVEN_OUT.get(word, word) for word in without_titles(before_alias(words))]
    if len(words) > 1 and words[0] in {"MA", "M", "J"}:
        words[0] = _maria_or_jose(words[0], words[1])
    if len(words) == 2 and words[0] == "DE" and words[1] not in STRIPPED | DEVOTIONAL:
        return ["DE" + words[1]]  # De Andre, De Shawn: a US given name, not a particle
    return _without_particles(words, _GLUED_TO_GIVEN)


def _moniker(words: list[str]) -> list[str]:
    while len(words) > 1 and words[0] in {"ALIAS", "AKA", "DIT"}:
        words = words[1:]
    if len(words) > 3 and words[:3] == ["A", "K", "A"]:
        return words[3:]
    return words[1:] if len(words) > 1 and words[0] in _ARTICLES else words


def _maria_or_jose(short: str, following: str) -> str:
    if short == "MA" and len(following) > 1:
        return "MARIA"
    devotional = following in DEVOTIONAL or following in STRIPPED
    return {"M": "MARIA", "J": "JOSE"}.get(short, short) if devotional else short


def without_titles(words: list[str]) -> list[str]:
    """Without the titles before a name and the suffixes after it; a name of one word is never emptied."""
    while len(words) > 1 and words[0] in _TITLES:
        words = words[1:]
    while len(words) > 1 and words[-1] in _SUFFIXES:
        words = words[:-1]
    return words


def _without_particles(words: list[str], glued: frozenset[str]) -> list[str]:
    if len(words) < 2 or (STRIPPED.isdisjoint(words) and glued.isdisjoint(words)):
        return words
    kept: list[str] = []
    prefix, after_particle = "", False
    for position, word in enumerate(words):
        if word in STRIPPED or (after_particle and word in {"LA", "EL"}):
            after_particle = True
        elif word in glued and position < len(words) - 1 and not (kept and len(word) == 1):
            prefix, after_particle = prefix + word, False
        else:
            kept.append(prefix + word)
            prefix, after_particle = "", False
    if prefix:
        kept.append(prefix)
    return kept or words
