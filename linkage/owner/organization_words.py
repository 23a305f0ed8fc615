"""What of an organization's canonical name tells it from others, and how a name is met (DOMAIN 1.3).

1. Particles and generic words (COMERCIALIZADORA, GRUPO, CARTEL) say little; a name of nothing else keeps them all.
2. How much a word says was counted on public company names (`tables/organization_words.toml`); an unknown word says most.
3. A name with a typing error shares its other telling word, and the initials of all.
"""

from itertools import combinations

from linkage.owner.fact_tables import read_table

_TABLE = read_table("organization_words")
PARTICLES = frozenset(_TABLE["particles"])
_BITS = {word: int(bits) for bits, words in _TABLE["bits"].items() for word in words}
_UNKNOWN, _GENERIC_BITS = 11, 6
_GENERIC = frozenset(_TABLE["groups"]) | frozenset(_TABLE["trades"]) | {word for word, bits in _BITS.items() if bits <= _GENERIC_BITS}
RARE = 22  # bits: fewer than one namesake in four million names
_ACRONYM = range(3, 7)  # letters
MOST_WORDS, START = 4, 4  # words that make pairs, and their letters: registers cut words to four (Come., Dist.)


def distinctive(name: str) -> list[str]:
    """The words that tell the name from others, in alphabetical order, each once; all words where none does."""
    words = name.split()
    return sorted({word for word in words if word not in PARTICLES and word not in _GENERIC} or set(words))


def is_rare(name: str) -> bool:
    """Whether so many telling words come together that a namesake is hardly another organization."""
    return sum(_BITS.get(word, _UNKNOWN) for word in distinctive(name)) >= RARE


def near_words(name: str) -> tuple[str, ...]:
    """Each of the two most telling words with the initials of all others: what a typing error in the other leaves."""
    words = sorted({word for word in name.split() if word not in PARTICLES})
    telling = sorted(words, key=lambda word: (-_BITS.get(word, _UNKNOWN), -len(word), word))[:2]
    keys = {word: " ".join(sorted(other[0] for other in words if other != word)) for word in telling if len(word) > 2}
    return tuple(sorted(f"{word} {initials}" for word, initials in keys.items() if initials))


def word_pairs(name: str) -> tuple[str, ...]:
    """The first letters of every two of its first words, particles left out: what a lost, shortened or mistyped word leaves of a name."""
    words = list(dict.fromkeys(word for word in name.split() if word not in PARTICLES))[:MOST_WORDS]
    starts = sorted({word[:START] for word in words})
    return tuple(f"{one} {other}" for one, other in combinations(starts, 2))


def acronyms(name: str) -> tuple[str, ...]:
    """Its initials, with particles and without (CDG, CJNG); a name of one short word is its own acronym."""
    words = name.split()
    if len(words) == 1:
        return (name,) if len(name) in _ACRONYM else ()
    initials = {"".join(word[0] for word in words), "".join(word[0] for word in words if word not in PARTICLES)}
    return tuple(sorted(letters for letters in initials if len(letters) in _ACRONYM))
