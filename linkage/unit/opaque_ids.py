"""Names of links and clusters that every list shows: made of opaque names."""

import hashlib


def opaque(*words: str | bytes) -> str:
    """A name made of opaque names, 32 hex digits; the same for the same words."""
    joined = b"\x1f".join(word.encode() if isinstance(word, str) else word for word in words)
    return hashlib.sha256(joined).hexdigest()[:32]
