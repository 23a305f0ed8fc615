"""How a word sounds: Double Metaphone [Philips2000] of the word, and of the word as Spanish and French spell their sounds (DOMAIN 1.2).

Double Metaphone hears English: for it Varela and Barela, Jiménez and Giménez, Hernández and Ernández, Thibault and Thibaud differ. The
second spelling below writes one letter for each sound of Spanish and of French before the same code is taken. Of each spelling only
the primary code counts: the secondary ones find less and cost as many keys (docs/adr/0012-names.md).
"""

import re

from phonetics import dmetaphone

from linkage.owner.remembered import Remembered

_ROMANCE = [  # in this order, on folded A-Z
    (re.compile(r"^X(?=[AEI])"), "J"),  # Xavier, Ximena: Javier, Jimena
    (re.compile(r"G(?=[EIY])"), "J"),  # Giménez, Sergio
    (re.compile(r"^LL|(?<=[AEIOUY])LL(?=[AO]S?$)"), "Y"),  # Llanes: Yanes; Castillo: Castiyo
    (re.compile(r"(?:EAU|AU)(?:LTS?|TS?|DS?|X)?$|OTS?$"), "O"),  # Thibault, Thibaud, Thibeau; Perrot, Perreault
    (re.compile(r"S?C(?=[EIY])|Z"), "S"),  # Cepeda: Zepeda; Ascención: Asensión
    (re.compile(r"BV|V"), "B"),  # Varela: Barela; Lefebvre: Lefèvre
    (re.compile(r"(?<![CSPGKWZ])H"), ""),  # Hernández: Ernández; Esther: Ester; ch, sh, ph and foreign gh, kh, wh, zh stay
    (re.compile(r"N(?=[BP])"), "M"),  # Zanbrano: Zambrano
]


def sounds(word: str) -> tuple[str, ...]:
    """The one or two codes of a word, sorted; none where nothing is heard. Digits are left out."""
    return _SOUNDS.of(word)


def sound(word: str) -> str:
    """The code of a word as Spanish and French spell its sounds; "" where nothing is heard."""
    return _SOUND.of(word)


def _sounds(word: str) -> tuple[str, ...]:
    letters = "".join(filter(str.isalpha, word))
    codes = {dmetaphone(spelling)[0] for spelling in (letters, romance_spelling(letters)) if spelling}
    return tuple(sorted(codes - {""}))


def _sound(word: str) -> str:
    letters = romance_spelling("".join(filter(str.isalpha, word)))
    return str(dmetaphone(letters)[0]) if letters else ""


def romance_spelling(word: str) -> str:
    """A word with one letter for each sound of Spanish and French, as far as Double Metaphone does not know them itself."""
    for pattern, letter in _ROMANCE:
        word = pattern.sub(letter, word)
    return word


_SOUNDS, _SOUND = Remembered(_sounds), Remembered(_sound)  # of words, which many names and many components share
