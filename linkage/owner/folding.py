"""Any text in any script to upper-case ASCII, without ever deleting a letter.

1. Mojibake is undone where only one reading makes sense (`MuÃ±oz` is Muñoz).
2. Every character is transliterated by anyascii (`Ñ` N, `Ł` L, `ß` SS, `Ж` ZH), never dropped because it has an accent.
3. Upper case. Punctuation stays: each kind of field decides what it means.
"""

import re
import unicodedata

from anyascii import anyascii

from linkage.protocol.errors import InvalidValue

LONGEST = 64  # characters of a canonical value, all kinds
_NOT_ALNUM = re.compile(r"[^A-Z0-9]+")

# Bytes 80-BF as text that was read as cp1252 (or, where cp1252 has no such byte, as latin-1) shows them.
_CONTINUATION = {bytes([byte]).decode("cp1252", "ignore") or chr(byte): byte for byte in range(0x80, 0xC0)}
_CONTINUATION |= {chr(byte): byte for byte in range(0x80, 0xA0)}
_TAIL = "[" + re.escape("".join(_CONTINUATION)) + "]"
_TWO_BYTES = re.compile(f"[ÂÃÄÅ]{_TAIL}")
_THREE_BYTES = re.compile(f"â{_TAIL}{_TAIL}")

CONFUSABLE = str.maketrans("ODQILZSBGU", "000112586V")  # DOMAIN 1.1.1 C2: classes of a plate reader, plus L and U
AS_DIGIT = str.maketrans("OoQDIil|LZzSsGB", "0000111112255" + "68")  # only where nothing but a digit can stand


def fold(text: str) -> str:
    """Upper-case ASCII of any text; punctuation and ASCII control characters are kept for the caller to judge."""
    if text.isascii():
        return text.upper()
    return repair_mojibake(text).translate(_TO_ASCII).upper()


def fold_words(text: str) -> str:
    """A-Z, 0-9 and single spaces: every other character separates words."""
    return _NOT_ALNUM.sub(" ", fold(text)).strip()


def compact(text: str) -> str:
    """A-Z and 0-9 only, everything else dropped."""
    return _NOT_ALNUM.sub("", fold(text))


def ocr_fold(text: str) -> str:
    """One character for each class that eyes and cameras confuse: 0ODQ, 1IL, 2Z, 5S, 8B, 6G, UV (form C2, DOMAIN 1.1.1)."""
    return text.translate(CONFUSABLE)


def repair_mojibake(text: str) -> str:
    """Undo UTF-8 that was read as cp1252 or latin-1, sequence by sequence, twice at most (text may be damaged twice).

    Unambiguous because a real `Ã` is never followed by a symbol of the upper half; anything else is left alone.
    """
    for _ in range(2):
        repaired = _THREE_BYTES.sub(_reread, _TWO_BYTES.sub(_reread, text))
        if repaired == text:
            return text
        text = repaired
    return text


def at_most(text: str) -> str | None:
    """The first words that fit into 64 characters; None when nothing is left."""
    if len(text) > LONGEST:
        head = text[: LONGEST + 1]
        text = head.rsplit(" ", 1)[0] if " " in head else text[:LONGEST]
    return text or None


def not_longer(text: str) -> str | None:
    """For codes, which must not be cut: refuse what is longer than 64 characters; None when empty."""
    if len(text) > LONGEST:
        raise InvalidValue(f"longer than {LONGEST} characters")
    return text or None


def _reread(match: re.Match[str]) -> str:
    damaged = match.group()
    raw = bytes([ord(damaged[0]), *(_CONTINUATION[character] for character in damaged[1:])])
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return damaged


class _ToAscii(dict[int, str]):
    """Translation table filled on first use; it holds characters, never values."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if character in "¿\ufffd":
            ascii_text = "?"
        elif character == "°":
            ascii_text = "O"  # N° is typed for Nº
        elif unicodedata.category(character) in {"Cc", "So", "Sk", "Zs", "Zl", "Zp"} and character != "\N{ACUTE ACCENT}":
            ascii_text = " "  # an emoji or a degree sign is no word of a name
        else:
            ascii_text = anyascii(character)
        self[code] = ascii_text
        return ascii_text


_TO_ASCII = _ToAscii({code: chr(code) for code in range(128)})
