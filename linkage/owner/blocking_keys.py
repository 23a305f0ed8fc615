"""Components of blocking keys: from a canonical value to its alternatives, at home and in the clear.

1. A component gives a sorted tuple of distinct alternatives; records meet in a pass when any of them agree.
2. An empty tuple means that the value makes no key here. A key is never the empty string, which would join all strangers.
3. Only `first` and `last` take a number, of characters: `last(ssn, 4)`; and `sorted_sounds`, the fewest sounds that make a key.
"""

from collections.abc import Callable, Iterable

from linkage.owner import organization_words, serials
from linkage.owner.firearms import compatible_calibres
from linkage.owner.hypocoristics import formal_names
from linkage.owner.phonetic_keys import sound, sounds
from linkage.protocol.errors import InvalidAgreement

Component = Callable[..., tuple[str, ...]]


def phonetic(value: str) -> tuple[str, ...]:
    """How each of the first two words sounds: a compound name may lose either."""
    return _alternatives(code for word in value.split()[:2] for code in sounds(word))


def phonetic_name(value: str) -> tuple[str, ...]:
    """How each of the first two words of a name sounds, and the given names for which they are short (Pancho: Francisco)."""
    words = value.split()[:2]
    meant = [part for word in words for name in formal_names(word) for part in name.split()]
    return _alternatives(code for word in words + meant for code in sounds(word))


def exact(value: str) -> tuple[str, ...]:
    """The value itself."""
    return _alternatives([value])


def initial(value: str) -> tuple[str, ...]:
    """The first character."""
    return _alternatives([value[:1]])


def first(value: str, number: int) -> tuple[str, ...]:
    """The first characters, as many as the agreement says; the whole value when it is shorter."""
    return _alternatives([value[:number].strip()])


def last(value: str, number: int) -> tuple[str, ...]:
    """The last characters, as many as the agreement says; the whole value when it is shorter."""
    return _alternatives([value[-number:].strip()])


def year(date: str) -> tuple[str, ...]:
    """Of a canonical date of any precision."""
    return _alternatives([date[:4]])


def year_month(date: str) -> tuple[str, ...]:
    """Of a date that knows its month."""
    return _alternatives([date[:6]] if len(date) >= 6 else [])


def month_day(date: str) -> tuple[str, ...]:
    """Of a complete date, month and day in any order: for records that disagree in the year."""
    return _alternatives([_in_any_order(date)] if len(date) == 8 else [])


def any_order(date: str) -> tuple[str, ...]:
    """The date, month and day in any order, which Mexico and Canada write one way and the United States another (DOMAIN 1.2)."""
    return _alternatives([date[:4] + _in_any_order(date)])


def first_word(value: str) -> tuple[str, ...]:
    """The first word."""
    return _alternatives(value.split()[:1])


def sorted_words(value: str) -> tuple[str, ...]:
    """All words in alphabetical order: for names whose parts changed places."""
    return _alternatives([" ".join(sorted(value.split()))])


def sorted_sounds(value: str, number: int) -> tuple[str, ...]:
    """How all words sound, each once, in order of their codes: for names written in any order and field; none of fewer sounds than that."""
    heard = sorted({sound(word) for word in value.split()} - {""})
    return _alternatives([" ".join(heard)] if len(heard) >= number else [])


def digits(value: str) -> tuple[str, ...]:
    """All digits of the value."""
    return _alternatives(["".join(filter(str.isdigit, value))])


def calibre_class(calibre: str) -> tuple[str, ...]:
    """The groups of compatible calibres."""
    return _alternatives(compatible_calibres(calibre))


def distinctive_words(name: str) -> tuple[str, ...]:
    """The words of an organization's name that tell it from others, in alphabetical order."""
    return _alternatives([" ".join(organization_words.distinctive(name))])


def _in_any_order(date: str) -> str:
    """Month and day of a complete date, the smaller number first; what there is of a partial one."""
    return "".join(sorted((date[4:6], date[6:8])))


def _alternatives(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({key for key in keys if key}))


def _plain(function: Callable[[str], tuple[str, ...]]) -> Component:
    def component(value: str, number: int | None = None) -> tuple[str, ...]:
        if number is not None:
            raise InvalidAgreement("a blocking component takes a number that needs none (only first, last and sorted_sounds do)")
        return function(value)

    return component


def _numbered(function: Callable[[str, int], tuple[str, ...]]) -> Component:
    def component(value: str, number: int | None = None) -> tuple[str, ...]:
        if number is None or number < 1:
            raise InvalidAgreement("a blocking component lacks its number (first, last and sorted_sounds need one, from 1)")
        return function(value, number)

    return component


NEEDS_NUMBER = frozenset({"first", "last", "sorted_sounds"})
COMPONENTS: dict[str, Component] = {
    "exact": _plain(exact),
    "phonetic": _plain(phonetic),
    "phonetic_name": _plain(phonetic_name),
    "initial": _plain(initial),
    "first": _numbered(first),
    "last": _numbered(last),
    "year": _plain(year),
    "month_day": _plain(month_day),
    "any_order": _plain(any_order),
    "year_month": _plain(year_month),
    "ocr_fold": _plain(serials.confusables_folded),
    "serial_core": _plain(serials.longest_digit_runs),
    "without_prefix": _plain(serials.letter_prefix_dropped),
    "without_suffix": _plain(serials.letter_suffix_dropped),
    "ncic_serial": _plain(serials.embedded_letters_ignored),
    "serial_reduced": _plain(serials.reduced),
    "serial_start": _plain(serials.start),
    "serial_end": _plain(serials.end),
    "serial_ends": _plain(serials.both_ends),
    "serial_stub": _plain(serials.stub),
    "first_word": _plain(first_word),
    "sorted_words": _plain(sorted_words),
    "sorted_sounds": _numbered(sorted_sounds),
    "digits": _plain(digits),
    "calibre_class": _plain(calibre_class),
    "distinctive_words": _plain(distinctive_words),
    "near_words": _plain(organization_words.near_words),
    "word_pairs": _plain(organization_words.word_pairs),
    "acronym": _plain(organization_words.acronyms),
    "kind_or_either": _plain(exact),
}
OF_MISSING: dict[str, tuple[str, ...]] = {"kind_or_either": ("CRIMINAL GROUP", "LEGAL ENTITY")}
