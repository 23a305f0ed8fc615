"""Fingerprints as they are read over a telephone: the spelling alphabet of aviation, group by group.

Letters are the ICAO's (Annex 10, volume II, chapter 5); digits are said as plain words in whichever language is spoken.
"""

ALPHABET = [
    "alfa", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliett", "kilo", "lima", "mike", "november",
    "oscar", "papa", "quebec", "romeo", "sierra", "tango", "uniform", "victor", "whiskey", "x-ray", "yankee", "zulu",
]  # fmt: skip


def grouped(hexadecimal: str) -> str:
    """A long digest in groups of four.

    >>> grouped("457ed47c7e29")
    '457e-d47c-7e29'
    """
    return "-".join(hexadecimal[start : start + 4] for start in range(0, len(hexadecimal), 4))


def spoken(fingerprint: str) -> str:
    """The groups of a fingerprint in words, a comma after each group.

    >>> spoken("w26k-e2cj")
    'whiskey 2 6 kilo, echo 2 charlie juliett'
    """
    return ", ".join(" ".join(_word(sign) for sign in group) for group in fingerprint.lower().split("-"))


def _word(sign: str) -> str:
    return ALPHABET[ord(sign) - ord("a")] if "a" <= sign <= "z" else sign
