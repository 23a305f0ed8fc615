"""Words that say "nothing is known", in three languages (DOMAIN 1.1). They are missing values, not values.

A word that can be somebody's name (`Null`, `Na`), a state (`ND`) or a country (`NA`) is null only where it cannot be one.
"""

from linkage.owner.fact_tables import read_table
from linkage.owner.folding import fold

_WORDS = read_table("null_words")
_ALWAYS = frozenset(_WORDS["always"])
_BY_KIND = {kind: _ALWAYS | frozenset(words) for kind, words in _WORDS["also"].items()}


def is_missing(text: str, kind: str = "always") -> bool:
    """Whether the text is empty, punctuation only, or a null word for this kind (`name`, `code`, `serial`, `house_number`, ...)."""
    word = " ".join(fold(text).split()).strip(" .,:;-_*/#!()[]'\"")
    return not any(map(str.isalnum, word)) or word in _BY_KIND.get(kind, _ALWAYS)


def unless_missing(value: str | None, kind: str) -> str | None:
    """The canonical value, or None when cleaning has laid bare a null word (`: N-D :` in a column of codes)."""
    return None if value is None or is_missing(value, kind) else value
