"""Slow twins of what is clever in the owner's normalisation: the obvious version, to be believed by reading."""

from itertools import pairwise

from anyascii import anyascii

CLASSES = ("0ODQ", "1IL", "2Z", "5S", "8B", "6G", "VU")  # the first of each stands for the class


def fold(text: str) -> str:
    """Of a text without mojibake, symbols or control characters: one character after the other."""
    return "".join(anyascii(character).upper() for character in text)


def damage(text: str, encoding: str) -> str:
    """The mojibake of a text: its UTF-8 read in another encoding."""
    return text.encode("utf-8").decode(encoding)


def looks_damaged(text: str) -> bool:
    """Whether a letter that begins a UTF-8 sequence stands before one that can go on in it: `Âµ`, which is repaired, not folded."""
    return any(lead in "ÂÃÄÅâ" and not follower.isascii() for lead, follower in pairwise(text))


def ocr_fold(text: str) -> str:
    """Every character replaced by the representative of its class."""
    folded = ""
    for character in text:
        for members in CLASSES:
            if character in members:
                character = members[0]
        folded += character
    return folded


def longest_digit_run(serial: str) -> str:
    """The first longest of all substrings that are digits only, '' when shorter than five."""
    longest = ""
    for start in range(len(serial)):
        for end in range(start + 1, len(serial) + 1):
            piece = serial[start:end]
            if all(character in "0123456789" for character in piece) and len(piece) > len(longest):
                longest = piece
    return longest if len(longest) >= 5 else ""


def embedded_letters_ignored(serial: str) -> str:
    """NCIC: O is zero; a letter counts when no digit stands before it or no digit or `?` comes at the end of its run of letters."""
    serial = serial.replace("O", "0")
    kept = ""
    for position, character in enumerate(serial):
        before = position
        while before > 0 and serial[before - 1].isalpha():
            before -= 1
        after = position
        while after < len(serial) - 1 and serial[after + 1].isalpha():
            after += 1
        digit_before = before > 0 and serial[before - 1].isdigit()
        number_after = after < len(serial) - 1 and (serial[after + 1].isdigit() or serial[after + 1] == "?")
        if not (character.isalpha() and digit_before and number_after):
            kept += character
    return kept
