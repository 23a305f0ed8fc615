"""Things that must not be shown, copied or stored by accident.

A guarded thing has a silent ``repr``, refuses pickle (and with it caches, results and task arguments on other machines),
and is never a dataclass: a dataclass that holds a key serialises itself into a flow engine's database.
"""

from typing import NoReturn


class Guarded:
    """Base of every type that holds personal data, encodings or keys.

    >>> Guarded()
    <Guarded: hidden>
    """

    __slots__ = ()

    def shown(self) -> str:
        """What may be said of the content: a count at most."""
        return "hidden"

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.shown()}>"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(f"{type(self).__name__} is guarded: it is never pickled, copied or sent")

    def __getstate__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} is guarded: it is never pickled, copied or sent")
