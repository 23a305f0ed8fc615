"""Make, model, calibre and type of a firearm as alias classes (DOMAIN 1.1). The serial number has its own room.

1. A value that is in no class stays what it is, cleaned: classes grow with the tables, nothing is lost.
2. Compatible is not equal: .223 and 5.56 are two classes of one group; a bare 7.62 is the groups of all that it may be.
   A coarse type (`arma larga`) is compatible with every finer one. Filters take both the class and its groups, so that the
   comparison has a level between agreement and conflict.
3. No class here is a reason to link or to block by itself: makes are mistaken for importers and lookalikes.
"""

import re

from linkage.owner.fact_tables import aliases, read_table
from linkage.owner.folding import at_most, compact, fold_words
from linkage.owner.missing import is_missing, unless_missing
from linkage.owner.organizations import split_legal_form
from linkage.owner.plain_values import normalise_code
from linkage.protocol.errors import InvalidValue

_MAKES_TABLE, _CALIBRES_TABLE, _TYPES_TABLE = read_table("makes"), read_table("calibres"), read_table("firearm_types")
_MAKES = {compact(alias): name for alias, name in aliases(_MAKES_TABLE["classes"]).items()}
_GENERIC = frozenset(_MAKES_TABLE["generic"])
_CALIBRES = {compact(alias): name for alias, name in aliases(_CALIBRES_TABLE["classes"]).items()}
_COMPATIBLE: dict[str, list[str]] = _CALIBRES_TABLE["compatible"]
_DECIMAL = re.compile(r"(?<!\d)\d?[.,]\d\d")
_TYPES = aliases(_TYPES_TABLE["classes"])
_LEGAL_CLASSES = frozenset(_TYPES_TABLE["legal"]["classes"])
_CALIBRE_LABELS = frozenset({"CALIBRE", "CALIBER", "CAL"})
_MODEL_LABELS = frozenset({"MODEL", "MODELO", "MODELE", "MOD", "TYPE", "TIPO", "STYLE", "ESTILO"})
_MODELS = {compact(alias): name for alias, name in aliases(read_table("models")["classes"]).items()}


def normalise_make(text: str) -> str | None:
    """The class of a maker or importer: `S&W`, `Smith & Wesson Corp.` are SMITH WESSON, `Colt's Mfg` is COLT."""
    if is_missing(text, "code"):
        return None
    name = split_legal_form(text)[0] or ""
    words = name.split()
    telling = [word for word in words if word not in _GENERIC] or words
    return _MAKES.get(compact(text)) or _MAKES.get("".join(words)) or _MAKES.get("".join(telling)) or _settled(" ".join(telling))


def normalise_model(text: str) -> str | None:
    """A model without spaces and without the word for model: `AR-15 type`, `tipo AR 15` are AR15."""
    if is_missing(text, "code"):
        return None
    words = fold_words(text).split()
    telling = "".join([word for word in words if word not in _MODEL_LABELS] or words)
    return unless_missing(_MODELS.get(telling) or at_most(telling), "code")


def normalise_calibre(text: str) -> str | None:
    """The class of a cartridge: `9mm`, `9 x 19`, `9 mm Luger` are 9X19; `.223` is 223 REM, `5.56` is 556X45."""
    if is_missing(text, "code"):
        return None
    telling = _calibre_words(text)
    return _CALIBRES.get(telling.replace(" ", "")) or unless_missing(at_most(telling), "code")


def is_calibre(text: str) -> bool:
    """Whether a text can only be a calibre, wherever it stands: `9 MM`, `.380`, `7.62x39`; a bare 380 may be a number."""
    name = _calibre_words(text).replace(" ", "")
    return name in _CALIBRES and (not name.isdigit() or bool(_DECIMAL.search(text)))


def compatible_calibres(calibre: str) -> tuple[str, ...]:
    """The groups of calibres that are mistaken for each other; a calibre in no group is its own."""
    return tuple(sorted(group for group, names in _COMPATIBLE.items() if calibre in names)) or (calibre,)


def calibre_parts(calibre: str) -> tuple[str, ...]:
    """What a calibre shares with others: itself and its group; one that may be several is all their groups. So any two compatible ones
    differ in two parts, whichever they are, and any others in four at least."""
    groups = compatible_calibres(calibre)
    return groups if len(groups) > 1 else ("=" + calibre, *groups)


def normalise_firearm_type(text: str) -> str | None:
    """SHORT, LONG or OTHER, and what it is if the word says it: `pistola` is SHORT PISTOL, `arma larga` LONG.

    The first word that names a type decides; a Canadian legal class is no type and so missing.
    """
    if is_missing(text, "code"):
        return None
    words = fold_words(text).split()
    spans = [" ".join(words[start:end]) for start in range(len(words)) for end in range(min(len(words), start + 4), start, -1)]
    found = next((_TYPES[span] for span in spans if span in _TYPES and (len(span) > 2 or len(words) == 1)), None)
    if found or " ".join(words) in _LEGAL_CLASSES:
        return found
    raise InvalidValue("not a known type of firearm (expected a word such as pistol, arma larga, fusil)")


def normalise_ballistic_id(text: str) -> str | None:
    """A ballistic exhibit or system number: letters and digits only."""
    return normalise_code(text)


def _calibre_words(text: str) -> str:
    words = fold_words(re.sub(r"(?<=\d)[.,](?=\d)", "", text.replace("\N{MULTIPLICATION SIGN}", "x"))).split()
    return " ".join([word for word in words if word not in _CALIBRE_LABELS] or words)


def _settled(name: str) -> str | None:
    while name:
        stripped = (split_legal_form(name)[0] or "").split()
        words = [word for word in stripped if word not in _GENERIC] or stripped
        again = _MAKES.get("".join(words), " ".join(words))
        if again == name:
            break
        name = again
    return unless_missing(at_most(name), "code")
