"""What was worked out for a text is remembered, so that distinct values are normalised once, in bounded memory.

Two generations: answers enter the young one and are carried over from the old one when they are asked for again; when the young one is
full it becomes the old one. So what a table repeats stays known, and what occurs once is forgotten. Nothing depends on what is remembered.
"""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from linkage.protocol.guarded import Guarded

LARGEST = 200_000  # texts of one generation

Answer = TypeVar("Answer")


class Remembered(Guarded, Generic[Answer]):
    """A function of text whose answers are kept; at most two generations of ``largest`` distinct texts and one batch."""

    __slots__ = ("_function", "_largest", "_old", "_young")

    def __init__(self, function: Callable[[str], Answer], largest: int = LARGEST) -> None:
        self._function, self._largest = function, largest
        self._young: dict[str, Answer] = {}
        self._old: dict[str, Answer] = {}

    def of(self, text: str) -> Answer:
        """The answer to one text."""
        if text in self._young:
            return self._young[text]
        return self.of_all([text])[0]

    def of_all(self, texts: Sequence[str]) -> list[Answer]:
        """The answer to each text, in order."""
        young, old = self._young, self._old
        for text in dict.fromkeys(texts):
            if text not in young:
                young[text] = old[text] if text in old else self._function(text)
        answers = [young[text] for text in texts]
        if len(young) > self._largest:
            self._old, self._young = young, {}
        return answers
