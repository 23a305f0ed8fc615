"""Look for words and keys in everything that a run wrote: text in several spellings, encodings, archives and columns.

Prefect keeps pickles as base64 in its database, Arrow parts are compressed, logs may be UTF-16: a plain search would miss them.
"""

import base64
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa

BASE64 = re.compile(rb"[A-Za-z0-9+/=_-]{24,}")


def spellings(word: str) -> set[bytes]:
    """How a word may stand in a file: as it is, upper and lower case, UTF-8, Latin-1, UTF-16, escaped, in hex."""
    found = set()
    for text in {word, word.upper(), word.lower(), word.title()}:
        found |= {text.encode(), text.encode("utf-16-le"), text.encode("latin-1", "ignore"), text.encode().hex().encode()}
        found.add(text.encode("unicode_escape"))
    return {spelling for spelling in found if len(spelling) > 5}


def key_spellings(key: bytes) -> set[bytes]:
    """How a key may stand in a file: raw, hex, base64."""
    return {key, key.hex().encode(), base64.b64encode(key).rstrip(b"="), base64.urlsafe_b64encode(key).rstrip(b"=")}


def leaks(folders: Iterable[Path], wanted: set[bytes], allowed: frozenset[Path] = frozenset()) -> list[str]:
    """Files under the folders that hold any of the wanted bytes, except those allowed to."""
    found = []
    for path in sorted({path for folder in folders for path in folder.rglob("*")}):
        if path.is_file() and path not in allowed and any(_holds(content, wanted) for content in _contents(path)):
            found.append(str(path))
    return found + [str(path) for folder in folders for path in folder.rglob("*") if _holds(path.name.encode(), wanted)]


def _holds(content: bytes, wanted: set[bytes]) -> bool:
    return any(spelling in content for spelling in wanted)


def _contents(path: Path) -> Iterator[bytes]:
    data = path.read_bytes()
    yield data
    for piece in BASE64.findall(data):
        yield from _decoded(piece)
    if data.startswith(b"ARROW1"):
        with pa.OSFile(str(path)) as source:
            for batch in pa.ipc.open_file(source).read_all().to_batches():
                yield from (bytes(buffer) for column in batch.columns for buffer in column.buffers() if buffer)


def _decoded(piece: bytes) -> Iterator[bytes]:
    for shift in range(4):
        cut = piece[shift:].replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
        cut = cut[: len(cut) - len(cut) % 4]
        try:
            yield base64.b64decode(cut)
        except ValueError:
            continue
