"""From chunks of canonical records to the parts of a package, in memory that the number of records hardly changes.

The rules of this room:
1. Chunk by chunk: postings are gathered (``gathering``), the features of the variants go to files at home.
2. Part by part: postings are taken from their file, sorted and encoded, and own pairs that meet are noted (``non_matches`` rule 2).
   Parts need nothing of each other, so threads make several at the same time; what is returned is in part order.
3. The files are readable by the owner alone and lie in a folder that goes when the package is sealed.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linkage.owner.drawing import Draw
from linkage.owner.encoding import Encoder, encode_postings
from linkage.owner.feature_rows import FeatureTable
from linkage.owner.feature_store import FeatureStore
from linkage.owner.gathering import Gathering
from linkage.owner.non_matches import Keys, OwnPairs
from linkage.owner.pads import Pads
from linkage.owner.variants import CanonicalRecords
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.guarded import Guarded
from linkage.protocol.pace import Pace
from linkage.protocol.postings import write_postings


class MadePart(Guarded):
    """A part as it lies on disk: its posting ids (n, 2), the record of each (n,), pairs that meet in it."""

    __slots__ = ("ids", "meeting", "path", "records")

    def __init__(self, path: Path, ids: NDArray[np.uint64], records: NDArray[np.int64], meeting: Keys) -> None:
        self.path, self.ids, self.records, self.meeting = path, ids, records, meeting


class Workshop(Guarded):
    """Takes in canonical records and makes parts of them, in a folder of its own."""

    __slots__ = ("_features", "_folder", "_gathering", "_rule")

    def __init__(self, folder: Path, gathering: Gathering, rule: EntityRule) -> None:
        self._folder, self._gathering, self._rule = folder, gathering, rule
        self._features = FeatureStore(folder / "features", rule)

    def take_in(self, records: CanonicalRecords) -> None:
        """Rule 1, for the next records."""
        self._features.append(self._gathering.take_in(records), records.count())

    def features(self) -> FeatureTable:
        """Of all the records taken in."""
        return self._features.table()

    def parts(
        self, encoding: tuple[Encoder, Pads], pairs: OwnPairs, ids: tuple[Draw, bytes], progress: tuple[str, Pace]
    ) -> Iterator[MadePart]:
        """Rule 2: all parts, in order, written into the workshop's folder; ``ids`` is who has a posting, and the key of their ids."""
        (what, pace), numbers = progress, self._gathering.parts

        def make(number: int) -> MadePart:
            return self._part(number, encoding, pairs, ids)

        with ThreadPoolExecutor(pace.workers) as threads:
            for number, part in enumerate(threads.map(make, numbers), 1):
                pace.progress(what, number, len(numbers))
                yield part

    def _part(self, number: int, encoding: tuple[Encoder, Pads], pairs: OwnPairs, ids: tuple[Draw, bytes]) -> MadePart:
        (encoder, pads), records = encoding, encoding[0].table.records
        postings, next_too = self._gathering.part(number, *ids)
        path = self._folder / part_name(number)
        write_postings(path, encode_postings(encoder, pads, postings.tokens, postings.ids), self._rule)
        return MadePart(path, postings.ids, records[postings.tokens.rows], pairs.meeting(next_too, records))


def part_name(number: int) -> str:
    return f"part-{number:04d}.arrow"
