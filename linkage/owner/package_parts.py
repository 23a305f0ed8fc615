"""From chunks of canonical records to the parts of a package, in memory that the number of records does not change.

The rules of this room:
1. Chunk by chunk: variants, their features and their tokens go to files at home; the canonical records are let go.
2. Part by part: postings are taken from their file, common ones dropped, the rest sorted and encoded. Parts need nothing of each other,
   so threads make several at the same time; what is returned is in part order.
3. The files are readable by the owner alone and lie in a folder that goes when the package is sealed.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linkage.owner.blocking_tokens import Blocking
from linkage.owner.encoding import Encoder, encode_postings
from linkage.owner.feature_store import FeatureStore
from linkage.owner.keys import EncodingKey
from linkage.owner.non_matches import Keys, OwnPairs
from linkage.owner.posting_store import PostingStore
from linkage.owner.variants import CanonicalRecords, variants_of
from linkage.protocol.agreement import Agreement
from linkage.protocol.guarded import Guarded
from linkage.protocol.pace import Pace
from linkage.protocol.postings import postings_bytes


class Keyed(Guarded):
    """Under what one entity type is encoded: agreement, epoch key, the key of posting ids, the largest declared size."""

    __slots__ = ("agreement", "entity", "id_key", "key", "largest")

    def __init__(self, agreement: Agreement, entity: str, keys: tuple[EncodingKey, bytes], largest: int) -> None:
        self.agreement, self.entity, self.largest = agreement, entity, largest
        self.key, self.id_key = keys


class MadePart(Guarded):
    """A part as it lies on disk: its posting ids (n, 2), the record of each (n,), the passes of what was dropped, pairs that meet in it."""

    __slots__ = ("dropped", "ids", "meeting", "path", "records")

    def __init__(
        self, path: Path, postings: tuple[NDArray[np.uint64], NDArray[np.int64]], dropped: NDArray[np.uint8], meeting: Keys
    ) -> None:
        self.path, self.dropped, self.meeting = path, dropped, meeting
        self.ids, self.records = postings


class Workshop(Guarded):
    """Takes in canonical records and makes parts of them, in a folder of its own; ``records`` counts what was taken in."""

    __slots__ = ("_blocking", "_features", "_folder", "_keyed", "_postings", "_rule")

    def __init__(self, folder: Path, keyed: Keyed, bits: int) -> None:
        self._folder, self._keyed, self._rule = folder, keyed, keyed.agreement.entities[keyed.entity]
        passes = {name: block.components(keyed.largest) for name, block in self._rule.passes.items()}
        self._blocking = Blocking(passes, keyed.entity, keyed.key.derive(f"trilink/v1/blocking/{keyed.entity}"))
        self._features = FeatureStore(folder / "features", self._rule)
        self._postings = PostingStore(folder / "postings", bits)

    @property
    def records(self) -> int:
        return self._features.records

    def take_in(self, records: CanonicalRecords) -> None:
        """Rule 1, for the next records."""
        variants = variants_of(records, self._rule)
        self._postings.append(self._blocking.tokens(variants), self._features.rows)
        self._features.append(variants, records.count())

    def encoder(self) -> Encoder:
        """Encodes variants of all the records taken in."""
        return Encoder(self._features.table(), self._keyed.agreement, self._keyed.entity, self._keyed.key)

    def parts(self, encoder: Encoder, pairs: OwnPairs, pace: Pace) -> Iterator[MadePart]:
        """Rule 2: all parts, in order, written into the workshop's folder."""
        total = 1 << self._postings.bits

        def make(number: int) -> MadePart:
            return self._part(number, encoder, pairs)

        with ThreadPoolExecutor(pace.workers) as threads:
            for number, part in enumerate(threads.map(make, range(total))):
                pace.progress(f"encode {self._keyed.entity}", number + 1, total)
                yield part

    def _part(self, number: int, encoder: Encoder, pairs: OwnPairs) -> MadePart:
        records = encoder.table.records
        postings, dropped = self._postings.take(number, records, self._keyed.agreement.encoding.token_cap, self._keyed.id_key)
        path = self._folder / part_name(number)
        path.write_bytes(postings_bytes(encode_postings(encoder, postings.tokens, postings.ids), self._rule))
        return MadePart(path, (postings.ids, records[postings.tokens.rows]), dropped, pairs.meeting(postings.tokens, records))


def part_name(number: int) -> str:
    return f"part-{number:04d}.arrow"
