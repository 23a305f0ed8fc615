"""Names of links and clusters that every list shows: made of opaque names."""

import hashlib
from collections.abc import Iterable

from linkage.unit.nodes import Pairs

SEPARATOR = b"\x1f"

Word = str | bytes


def opaque(*words: Word) -> str:
    """A name made of opaque names, 32 hex digits; the same for the same words."""
    return opaque_each(words[:-1], [_bytes(words[-1])])[0]


def opaque_each(words: Iterable[Word], rows: Iterable[bytes]) -> list[str]:
    """As ``opaque``, for many: the same words stand before every row, which is the last word, or several with ``SEPARATOR`` between."""
    start = hashlib.sha256(b"".join(_bytes(word) + SEPARATOR for word in words))
    found = []
    for row in rows:
        digest = start.copy()
        digest.update(row)
        found.append(digest.hexdigest()[:32])
    return found


def link_names(entity: str, ends: Iterable[tuple[bytes, bytes]]) -> list[str]:
    """Link ids of pairs of pseudonyms, each in the order of their owners: the same two records give the same link id in every epoch."""
    return opaque_each(("link", entity), (left + SEPARATOR + right for left, right in ends))


def link_ids(entity: str, links: Pairs) -> list[str]:
    """As ``link_names``, for columns."""
    names = links.nodes.names.view("V16").reshape(-1)
    return link_names(entity, zip(names[links.left].tolist(), names[links.right].tolist(), strict=True))


def _bytes(word: Word) -> bytes:
    return word.encode() if isinstance(word, str) else word
