"""What an owner seals to itself, and opens again for as long as its storage key lives: crosswalks, and notes of what was asked.

Signing and sealing keys are rotated, and these files are needed until their epoch's days are over. So they are sealed with keys that are
made from the storage key, which a rotation keeps. Files of homes from before it was so are sealed to the party's own keys of their time.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from linkage.protocol.container import read_header
from linkage.protocol.manifest import Manifest
from linkage.protocol.opening import OpenedMessage
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.sealing import Draft, Expectation, open_sealed, seal


def seal_at_home(draft: Draft, parts: Mapping[str, Path | bytes], by: PartyKeys, out: Path) -> Manifest:
    """Write ``out``, for ourselves alone."""
    home = by.at_home()
    return seal(draft, parts, home.public(), home, out)


@contextmanager
def open_at_home(path: Path, by: PartyKeys, expect: Expectation) -> Iterator[OpenedMessage]:
    """Open what ``seal_at_home`` wrote, as any other message is opened."""
    with path.open("rb") as file:
        recipient = read_header(file, path.name).recipient_key
    keys = by if recipient == by.public().fingerprint() else by.at_home()
    with open_sealed(path, keys, {keys.party: keys.public()}, expect) as message:
        yield message
