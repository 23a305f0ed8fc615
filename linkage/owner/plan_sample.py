"""A sample of our own entities and what becomes of it in blocking: whom do their imagined counterparts meet?

The rules of this room:
1. The sample is every so-many-th entity: of an entity of several records its first one, as another register would hold it.
2. Counterparts are imagined three times, with half and with twice the errors too, by the same draws: so more errors lose further pairs.
3. A counterpart meets its record where both make a token under which our package has the record's posting, and the other's the
   counterpart's. The other table is imagined to be like ours: the same tokens are dropped there, and the counterpart is drawn among those
   who share the token here, but its own record, whose place it has.
"""

import numpy as np
from numpy.typing import NDArray

from linkage.owner.blocking_tokens import Blocking, Tokens
from linkage.owner.counterparts import counterparts
from linkage.owner.drawing import made_by
from linkage.owner.error_model import ErrorModel
from linkage.owner.plan_figures import Flags, Numbers, Sharing
from linkage.owner.posting_store import in_order
from linkage.owner.variants import CanonicalRecords, variants_of
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.guarded import Guarded

FACTORS = {"as_stated": 1.0, "half": 0.5, "twice": 2.0}
Pairs = NDArray[np.int64]


class Sampled(Guarded):
    """Every ``step``-th entity of a table, and their numbers in it."""

    __slots__ = ("_records", "_seen", "_step", "numbers")

    def __init__(self, step: int) -> None:
        self._step, self._seen = step, 0
        self._records: CanonicalRecords | None = None
        self.numbers: list[int] = []

    def add(self, chunk: CanonicalRecords) -> None:
        """The entities that come next."""
        firsts = [at for at, entity in enumerate(chunk.entities) if not at or chunk.entities[at - 1] != entity]
        places = range(-self._seen % self._step, len(firsts), self._step)
        chosen = chunk.chosen([firsts[place] for place in places])
        self.numbers += [self._seen + place for place in places]
        self._seen += len(firsts)
        if self._records is None:
            self._records = chosen
        else:
            self._records.extend(chosen)

    def counterparts(self, rule: EntityRule, model: ErrorModel, seed: int) -> CanonicalRecords:
        """One imagined counterpart of each."""
        return counterparts(self._records or CanonicalRecords([], [], {}), rule, model, seed)


class Counterparts(Guarded):
    """The tokens of imagined counterparts, in order, and what they meet: in ``met`` (passes, sample) their own record; of others the
    distinct pairs, as numbers, by pass and together."""

    __slots__ = ("_count", "_entities", "_made", "_sample", "_strangers", "_tokens", "met")

    def __init__(self, records: CanonicalRecords, numbers: list[int], blocking: Blocking, rule: EntityRule) -> None:
        variants = variants_of(records, rule)
        tokens = blocking.tokens(variants)
        order = in_order(tokens.halves[:, 0], tokens.halves[:, 1], tokens.rows)
        self._tokens = Tokens(tokens.halves[order], tokens.rows[order], tokens.passes[order])
        self._sample, self._entities = variants.records[self._tokens.rows], np.array(numbers, dtype=np.int64)
        self._made, self._count = made_by(tokens, variants.records, len(numbers)).counts, len(blocking.passes)
        self.met = np.zeros((self._count, len(numbers)), dtype=bool)
        self._strangers: list[Pairs] = []

    def meet(self, tokens: Tokens, shared: Sharing, kept: Flags, of_records: tuple[Numbers, Numbers], many: int) -> None:
        """Rule 3, among some of our tokens, in order; ``of_records``: the record of each row, and how many tokens each record makes."""
        owners, made = of_records
        ours, theirs = _meetings(tokens.halves, self._tokens.halves, kept)
        rivals = Rivals(shared.token, owners[tokens.rows], made)
        drawn = self._drawn(rivals, shared.token[ours], theirs, many)
        ours, theirs = ours[drawn], theirs[drawn]
        record, sample, passes = owners[tokens.rows[ours]], self._sample[theirs], self._tokens.passes[theirs].astype(np.int64)
        own = record == self._entities[sample]
        self.met[passes[own], sample[own]] = True
        others = np.stack([passes[~own], sample[~own], record[~own]])
        self._strangers.append(np.unique(others, axis=1))

    def _drawn(self, rivals: "Rivals", blocks: Numbers, theirs: Numbers, many: int) -> Flags:
        """Whether a counterpart is among the ``many`` of its block who make the fewest tokens; of equals, every second one comes first."""
        sample = self._sample[theirs]
        fewer, equal = rivals.before(blocks, self._entities[sample], self._made[sample])
        behind = (self._tokens.halves[theirs, 1] & np.uint64(1)).astype(np.int64)
        return np.asarray(fewer + equal * behind < many)

    def strangers(self) -> tuple[Numbers, int]:
        """Distinct pairs of a counterpart and another's record: in each pass, and in any."""
        pairs = np.concatenate([np.zeros((3, 0), dtype=np.int64), *self._strangers], axis=1)
        each = np.unique(pairs, axis=1)
        return np.bincount(each[0], minlength=self._count), np.unique(each[1:], axis=1).shape[1]

    def meeting(self) -> Flags:
        """Whether each counterpart meets its record in any pass (sample,)."""
        return np.asarray(self.met.any(axis=0))


class Rivals(Guarded):
    """Who shares the tokens of some blocks, and how many tokens they make; ``blocks`` and, within one, ``records`` rise."""

    __slots__ = ("_among", "_made", "_members", "_ranked")

    def __init__(self, blocks: Numbers, records: Numbers, made: Numbers) -> None:
        self._made, self._members = made, blocks * made.size + records
        self._among = int(made.max(initial=0)) + 2
        self._ranked = np.sort(blocks * self._among + made[records])

    def before(self, blocks: Numbers, own: Numbers, made: Numbers) -> tuple[Numbers, Numbers]:
        """Of each block, its record ``own`` left out: how many make fewer tokens than ``made``, and how many as many; (n,) each."""
        made = np.minimum(made, self._among - 1)
        starts, lower, upper = (np.searchsorted(self._ranked, blocks * self._among + what) for what in (0, made, made + 1))
        wanted = blocks * self._made.size + own
        place = np.minimum(np.searchsorted(self._members, wanted), self._members.size - 1)
        there = self._members[place] == wanted
        return lower - starts - (there & (self._made[own] < made)), upper - lower - (there & (self._made[own] == made))


def _meetings(ours: NDArray[np.uint64], theirs: NDArray[np.uint64], kept: Flags) -> tuple[Numbers, Numbers]:
    """Places of equal tokens in two sorted lists, (n,) each: every one of ours that is kept with every one of theirs."""
    start = np.searchsorted(ours[:, 0], theirs[:, 0], side="left")
    counts = np.searchsorted(ours[:, 0], theirs[:, 0], side="right") - start
    their = np.repeat(np.arange(theirs.shape[0]), counts)
    our = np.arange(their.size) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(start, counts)
    same = kept[our] & (ours[our, 1] == theirs[their, 1])
    return our[same], their[same]
