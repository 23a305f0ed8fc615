"""What a station that runs by itself says: one line an event, for people or as JSON. Counts and names of ours, never a value."""

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TextIO

Style = Literal["text", "json"]


class Log:
    """Lines on the error output, each written whole at once."""

    def __init__(self, style: Style, party: str, stream: TextIO | None = None) -> None:
        self._style, self._party, self._stream = style, party, stream or sys.stderr

    def say(self, now: datetime, event: str, state: str, said: str = "", counts: Mapping[str, Any] | None = None) -> None:
        """``event`` and ``state`` are words of ours, ``said`` a sentence of ours, ``counts`` counts by name, nested or not."""
        at, flat = now.isoformat(timespec="seconds"), flattened(counts or {})
        if self._style == "json":
            line = json.dumps(
                {"at": at, "party": self._party, "event": event, "state": state, "said": said, "counts": flat}, sort_keys=True
            )
        else:
            told = ", ".join(f"{count:,} {name}" for name, count in flat.items())
            line = "  ".join(word for word in (at, f"{state:8}", event, said, told) if word)
        self._stream.write(line.replace("\n", " ") + "\n")
        self._stream.flush()


def flattened(counts: Mapping[str, Any], before: str = "") -> dict[str, int]:
    """Counts by their full names; what is no whole number is left out."""
    found: dict[str, int] = {}
    for name, value in counts.items():
        if isinstance(value, Mapping):
            found |= flattened(value, f"{before}{name}: ")
        elif type(value) is int:
            found[f"{before}{name}"] = value
    return found
