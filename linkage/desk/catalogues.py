"""The desk's words in English, Spanish and French: gettext catalogues (``locale/*.po``), English in the code and the templates."""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from linkage.desk.accounts import LANGUAGES


@cache
def catalogue(language: str) -> NullTranslations:
    """The translations of one language; English is what the texts are written in."""
    if language == "en":
        return NullTranslations()
    with (files("linkage.desk") / "locale" / f"{language}.po").open("rb") as file:
        read = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, read)
    compiled.seek(0)
    return GNUTranslations(compiled)


def preferred(accepted: str) -> str:
    """The best of our languages for an Accept-Language header, by order and weight; English when none is wanted.

    >>> preferred("fr-CA,fr;q=0.9,en;q=0.8"), preferred("de")
    ('fr', 'en')
    """
    wanted = []
    for place, part in enumerate(accepted[:1_000].split(",")):
        name, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        wanted.append((-weight, place, name[:2].lower()))
    return next((name for _, _, name in sorted(wanted) if name in LANGUAGES), "en")
