"""Canonical JSON: one value, one sequence of bytes, so that a signature or a digest means one thing.

Object keys sorted by code point, no spaces, UTF-8 without escapes for printable text, finite numbers as Python's ``repr``
writes them (docs/spec/sealed.md). What is read must be canonical already: repeated keys, spaces, ``NaN`` and other
spellings of a number are refused by writing the value again and comparing.
"""

import json
from typing import Any


def canonical_json(value: object) -> bytes:
    """The bytes of a JSON value; ``ValueError`` or ``TypeError`` when it is none (infinite, a set, half a surrogate).

    >>> canonical_json({"to": "unit", "from": "mx"})
    b'{"from":"mx","to":"unit"}'
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def read_canonical(data: bytes) -> dict[str, Any] | None:
    """The JSON object with exactly these bytes, or None when they are not one; the caller says where they came from.

    >>> read_canonical(b'{"a":1,"a":1}') is None
    True
    """
    try:
        value = json.loads(data)
        again = canonical_json(value)
    except (ValueError, RecursionError):
        return None
    return value if again == data and isinstance(value, dict) else None
