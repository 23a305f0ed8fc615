"""Plan the blocking of one table: what its passes will find, what they show, and what they cost, before anything is encoded.

The rules of this room:
1. The table is read, put together and keyed as for a release, under a key of zeros; tokens are counted and forgotten.
2. Pairs completeness is that of imagined counterparts of a sample (``plan_sample``) under a stated error model.
3. Size of a package: 37 bytes a posting and the filters that hold anything; empty ones cost nothing once compressed. Seconds are
   those of one processor core of the machine in docs/adr/0023.
4. Counts and shares alone are told; same table, agreement, model and seed: the same plan.
"""

from collections import Counter
from typing import Any, NamedTuple

import numpy as np

from linkage.owner.blocking_tokens import Blocking, Tokens
from linkage.owner.checking import CheckedTable
from linkage.owner.drawing import Draw, Made, made_by, together
from linkage.owner.error_model import ErrorModel
from linkage.owner.owner_check import NO_KEY
from linkage.owner.plan_figures import Numbers, by_itself, in_turn, interval, sharing
from linkage.owner.plan_sample import FACTORS, Counterparts, Sampled
from linkage.owner.posting_store import PostingStore, partition_bits
from linkage.owner.profile import OwnerProfile
from linkage.owner.reading import count_rows
from linkage.owner.revealed import passes_of
from linkage.owner.variant_facts import held_filters
from linkage.owner.variants import Variants, variants_of
from linkage.protocol.agreement import Agreement
from linkage.protocol.atomic_files import scratch_folder
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.guarded import Guarded
from linkage.protocol.pace import AT_EASE, Pace

FORMAT = "trilink/blocking-plan/v1"
ALL = 1 << 62  # no token is dropped: the common ones are counted too
POSTING_BYTES = 33  # token, id and pass
SECONDS_A_POSTING, SECONDS_A_FILTER = 4e-6, 0.77e-6


class Planning(NamedTuple):
    """What is planned under: the error model, how many entities are sampled, the seed, and the largest owner's size (0: ours)."""

    model: ErrorModel
    sample: int = 5_000
    seed: int = 1
    largest: int = 0


class _Totals(Guarded):
    """What the postings of a table come to, by pass: tried, kept, dropped, filters, bytes; and how many records share the tokens of a pass.

    Instead of those that are neither kept nor dropped, others of the same token were drawn.
    """

    def __init__(self, rule: EntityRule, passes: int) -> None:
        self.tried, self.kept, self.dropped, self.filters, self.bytes = np.zeros((5, passes), dtype=np.int64)
        self.tokens: Counter[tuple[int, int]] = Counter()
        self._owners, self._filters, self._made = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], list[Made]()
        self._size = POSTING_BYTES + sum(2 + one.length // 8 for one in rule.filters.values())  # held or not, a filter and its tag travel
        self._rule, self.records, self.rows = rule, 0, 0

    def add(self, variants: Variants, tokens: Tokens, records: int) -> None:
        """The variants of the next ``records`` records, and their tokens."""
        self._owners.append(variants.records + self.records)
        self._made.append(made_by(tokens, variants.records, records))
        self._filters.append(held_filters(variants, self._rule))
        self.records += records
        self.rows += variants.count

    def owners(self) -> Numbers:
        """The record of each variant row, rising."""
        return np.concatenate(self._owners)

    def settle(self, store: PostingStore, draw: Draw, samples: list[Counterparts], pace: Pace) -> None:
        """Count part by part, and let the counterparts meet what is kept."""
        owners, filters, made = self.owners(), np.concatenate(self._filters), together(self._made)
        for part in range(1 << store.bits):
            tokens, _ = store.settle(part, owners, ALL)
            shared = sharing(tokens, owners)
            fine = shared.records <= draw.cap
            kept = fine & draw.chosen(tokens, owners, made)
            passes, rows, count = tokens.passes[kept], tokens.rows[kept], self.kept.size
            self.tried += np.bincount(tokens.passes, minlength=count)
            self.kept += np.bincount(passes, minlength=count)
            self.dropped += np.bincount(tokens.passes[~fine], minlength=count)
            self.filters += np.bincount(passes, weights=filters[rows], minlength=count).astype(np.int64)
            self.bytes += np.bincount(passes, minlength=count) * self._size
            first = np.flatnonzero(np.diff(shared.token, prepend=-1))
            self.tokens.update(zip(tokens.passes[first].tolist(), shared.records[first].tolist(), strict=True))
            for sample in samples:
                sample.meet(tokens, shared, kept, (owners, made.counts), draw.many)
            pace.progress("plan (parts)", part + 1, 1 << store.bits)


def plan_blocking(profile: OwnerProfile, agreement: Agreement, entity: str, planning: Planning, pace: Pace = AT_EASE) -> dict[str, Any]:
    """The plan of one entity type (docs/spec/blocking-plan.md)."""
    source, rule, rows = profile.sources[entity], agreement.entities[entity], count_rows(profile.sources[entity])
    largest = max(planning.largest, rows)
    blocking = Blocking(passes_of(agreement, entity, largest), entity, NO_KEY)
    checked = CheckedTable(source, rule, (f"plan {entity}", rows), pace)
    sampled, totals = Sampled(max(1, rows // planning.sample)), _Totals(rule, len(blocking.passes))
    with scratch_folder(profile.home, "encoding") as folder:
        store = PostingStore(folder / "postings", partition_bits(largest))
        for chunk in checked.entities():
            variants = variants_of(chunk, rule)
            tokens = blocking.tokens(variants)
            store.append(tokens, totals.rows)
            totals.add(variants, tokens, chunk.count())
            sampled.add(chunk)
        samples = [
            Counterparts(sampled.counterparts(rule, planning.model.times(factor), planning.seed), sampled.numbers, blocking, rule)
            for factor in FACTORS.values()
        ]
        totals.settle(store, Draw(agreement.encoding.token_cap, agreement.encoding.token_postings, NO_KEY), samples, pace)
    facts = {"format": FORMAT, "owner": profile.party, "entity": entity, "records": totals.records, "largest": largest,
             "token_cap": agreement.encoding.token_cap, "seed": planning.seed}  # fmt: skip
    return facts | _completeness(samples) | _costs(totals, samples[0]) | {"passes": _passes(sorted(blocking.passes), totals, samples[0])}


def _completeness(samples: list[Counterparts]) -> dict[str, Any]:
    stated, half, twice = (sample.meeting() for sample in samples)
    low, high = interval(int(stated.sum()), stated.size)
    return {
        "sampled": stated.size, "pairs_completeness": _share(int(stated.sum()), stated.size), "interval": [round(low, 4), round(high, 4)],
        "with_half_the_errors": _share(int(half.sum()), half.size), "with_twice_the_errors": _share(int(twice.sum()), twice.size),
    }  # fmt: skip


def _costs(totals: _Totals, sample: Counterparts) -> dict[str, Any]:
    postings, filters = int(totals.kept.sum()), int(totals.filters.sum())
    sharing_of: Counter[int] = Counter()
    for (_, records), count in totals.tokens.items():
        sharing_of[records] += count
    return {
        "postings": postings, "postings_a_record": _ratio(postings, totals.records),
        "over_full": _share(int(totals.dropped.sum()), int(totals.tried.sum())),
        "tokens_by_records": {str(records): count for records, count in sorted(sharing_of.items())},
        "neighbours": _ratio(sample.strangers()[1], sample.met.shape[1]), "filters": filters, "bytes": int(totals.bytes.sum()),
        "seconds": _seconds(postings, filters),
    }  # fmt: skip


def _passes(names: list[str], totals: _Totals, sample: Counterparts) -> list[dict[str, Any]]:
    """Of each pass in greedy order."""
    size, alone, strangers = sample.met.shape[1], by_itself(sample.met), sample.strangers()[0]
    found, together = [], 0
    for number, adds in in_turn(sample.met, totals.kept):
        together += adds
        kept = int(totals.kept[number])
        shared = {str(records): count for (own, records), count in sorted(totals.tokens.items()) if own == number}
        found.append({
            "pass": names[number], "alone": _share(int(sample.met[number].sum()), size), "adds": _share(adds, size),
            "together": _share(together, size), "lost_without": _share(int(alone[number]), size),
            "postings": kept, "postings_a_record": _ratio(kept, totals.records),
            "over_full": _share(int(totals.dropped[number]), int(totals.tried[number])),
            "tokens_by_records": shared, "neighbours": _ratio(int(strangers[number]), size),
            "filters": (filters := int(totals.filters[number])), "bytes": int(totals.bytes[number]), "seconds": _seconds(kept, filters),
        })  # fmt: skip
    return found


def _seconds(postings: int, filters: int) -> float:
    return round(postings * SECONDS_A_POSTING + filters * SECONDS_A_FILTER, 2)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _ratio(part: int, whole: int) -> float:
    return round(part / whole, 3) if whole else 0.0
