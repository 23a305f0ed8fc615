"""Samples that can be mutated, as bytes or as JSON, from a given source of chance."""

import json
import random
import struct
from copy import deepcopy
from typing import Any

ODD_NUMBERS = [0, 1, -1, 127, 2**31 - 1, 2**31, 2**32, 2**62, 2**63 - 1, -(2**63)]
ODD_VALUES: list[Any] = [
    None, True, -1, 0, 2**63, 2**80, 1e308, "", "\x00", "a" * 5000, "../../x", "é\u202e", "0" * 32, [], {}, [[]] * 50, {"a": {"b": []}},
]  # fmt: skip


class Bytes:
    """A sample, mutated as bytes: flipped, set, cut, repeated, moved, with odd numbers in it."""

    def __init__(self, sample: bytes) -> None:
        self.sample = sample

    def mutated(self, chance: random.Random) -> bytes:
        data = bytearray(self.sample)
        for _ in range(chance.choice((1, 1, 1, 2, 5))):
            at, length = chance.randrange(len(data) or 1), chance.choice((1, 4, 16, 400))
            kind = chance.randrange(7)
            if kind == 0 and data:
                data[at] ^= 1 << chance.randrange(8)
            elif kind == 1:
                data[at : at + length] = chance.randbytes(len(data[at : at + length]))
            elif kind == 2:
                del data[at : at + length]
            elif kind == 3:
                data[at:at] = data[at : at + length]
            elif kind == 4:
                number = chance.choice(ODD_NUMBERS)
                data[at : at + 8] = struct.pack("<q" if number < 2**31 else "<Q", number)[: len(data[at : at + 8])]
            elif kind == 5:
                del data[at:]
            else:
                other = chance.randrange(len(data) or 1)
                data[at : at + length], data[other : other + length] = data[other : other + length], data[at : at + length]
        return bytes(data)


class Json(Bytes):
    """A JSON sample, mutated in its values half of the time: replaced, removed, repeated, put elsewhere."""

    def mutated(self, chance: random.Random) -> bytes:
        if chance.random() < 0.3:
            return super().mutated(chance)
        document = json.loads(self.sample)
        for _ in range(chance.choice((1, 1, 2, 3))):
            places = list(_places(document))
            if not places:
                break
            holder, key = chance.choice(places)
            if chance.random() < 0.3 and isinstance(holder, dict):
                del holder[key]
            elif chance.random() < 0.2 and isinstance(holder, list):
                holder.append(deepcopy(holder[key]))
            elif chance.random() < 0.2 and isinstance(holder, dict):
                holder[str(chance.choice(ODD_VALUES))[:20]] = deepcopy(holder[key])
            else:
                holder[key] = deepcopy(chance.choice([*ODD_VALUES, *(one[at] for one, at in places[:40])]))
        return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")


def _places(document: Any) -> list[tuple[Any, Any]]:
    """Every place of a document that can be replaced, as holder and key."""
    found: list[tuple[Any, Any]] = []
    waiting = [document]
    while waiting and len(found) < 5000:
        holder = waiting.pop()
        keys = list(holder) if isinstance(holder, dict) else range(len(holder)) if isinstance(holder, list) else []
        found += [(holder, key) for key in keys]
        waiting += [holder[key] for key in keys]
    return found
