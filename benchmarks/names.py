"""Names alone: how many true alias pairs meet and resemble each other, beside the Dice coefficient of whole names in the clear.

    python -m benchmarks.names [--data DIR] [--agreement FILE]

Data: `derived_name_pairs_labelled.csv` and `derived_drug_tco_entities_2023-11.csv`, persons alone (DOMAIN 1.2.1). A quarter of the true
pairs is a name with a street name, and a fifth are two names with nothing in common: no comparison of names finds these.

1. The baseline is the Dice coefficient of the sets of padded bigrams of the folded full names, at 0.8, 0.7 and 0.6.
2. Ours is the weight that the engine gives to the name filters before it has learned anything: default m, and u counted among all pairs
   of different listed persons. It is cut so high that no more false pairs pass than at the baseline's cut, neither among the hard
   negatives (relatives: same first surname, same first given name) nor among all pairs of different persons. With 20 false pairs of
   442,270 allowed, where q-grams land decides which these are: one key alone gives a share that is two points off as often as not,
   so that the mean over several keys is told, and how much they vary.
3. Pairs share a token when a pass over names alone makes one for both, and with the birth date when one over names and birth date
   does, the dates agreeing.
"""

import argparse
import csv
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage.owner.blocking_tokens import blocking_tokens
from linkage.owner.conformance import PUBLIC_KEY
from linkage.owner.encoded_records import measuring_key
from linkage.owner.encoding import Encoder
from linkage.owner.feature_rows import FeatureTable
from linkage.owner.features import feature_table
from linkage.owner.folding import fold_words
from linkage.owner.full_names import split_full_name
from linkage.owner.keys import EncodingKey
from linkage.owner.variants import CanonicalRecords, variants_of
from linkage.protocol.agreement import Agreement, read_agreement
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.similarity import Codes, levels_of, pattern_codes
from linkage.unit.distributions import MatchShares, NonMatchShares

NAME_FIELDS = ("given_names", "surname_1", "surname_2")
BASELINES = (0.8, 0.7, 0.6)
KEYS = tuple(measuring_key(f"names/{number}") for number in range(12))
Floats = NDArray[np.float64]
Pairs = NDArray[np.int64]


class Names(NamedTuple):
    """Distinct names, and pairs of their numbers, shape (pairs, 2): of one person, of relatives, of all different persons."""

    texts: list[str]
    true: Pairs
    hard: Pairs
    different: Pairs


class Resemblance(NamedTuple):
    """At one cut of the baseline: shares of true pairs above it and, by key, above ours; false pairs (most of any key, baseline's)."""

    cut: float
    baseline: float
    of_keys: tuple[float, ...]
    relatives: tuple[int, int]
    different: tuple[int, int]

    @property
    def ours(self) -> float:
        """The share above our cut, on average over the keys."""
        return float(np.mean(self.of_keys))


def main() -> None:
    """Print the table of pairs that resemble each other and the table of pairs that meet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/ofac"), help="the folder of the two files")
    parser.add_argument("--agreement", type=Path, default=Path("configs/agreement.toml"))
    options = parser.parse_args()
    if not options.data.is_dir():
        raise SystemExit(f"no folder {options.data}: nothing measured")
    agreement = read_agreement(options.agreement)
    names = read_names(options.data)
    print(f"{len(names.true):,} true pairs, {len(names.hard):,} of relatives, {len(names.different):,} of different persons\n")
    print(_resemblance_table(resembling(names, agreement)), meeting(names, agreement), sep="\n\n")


def read_names(folder: Path) -> Names:
    """Persons' names of both files, numbered in order of appearance."""
    numbers: dict[str, int] = {}
    pairs: dict[str, list[tuple[int, int]]] = {"1": [], "0": []}
    for row in _persons(folder / "derived_name_pairs_labelled.csv"):
        left, right = (numbers.setdefault(row[name], len(numbers)) for name in ("name_a", "name_b"))
        pairs[row["label"]].append((left, right))
    listed = [numbers.setdefault(row["name"], len(numbers)) for row in _persons(folder / "derived_drug_tco_entities_2023-11.csv")]
    return Names(list(numbers), np.array(pairs["1"]), np.array(pairs["0"]), np.array(list(combinations(listed, 2))))


def _persons(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["kind"] == "person"]


def resembling(names: Names, agreement: Agreement, keys: Sequence[EncodingKey] = KEYS) -> list[Resemblance]:
    """True pairs above a cut, where no more false pairs are than at the baseline's cut."""
    baseline, table = _baseline(names.texts), _features(names, agreement)
    theirs = [baseline(pairs) for pairs in names[1:]]
    ours = [[weight(pairs) for pairs in names[1:]] for key in keys for weight in [_weight(names, agreement, table, key)]]
    found = []
    for cut in BASELINES:
        allowed = [int((scores >= cut).sum()) for scores in theirs]
        cuts = [max(map(_cut_above, scores[1:], allowed[1:])) for scores in ours]
        above = [[int((scores >= own).sum()) for scores in of_key] for of_key, own in zip(ours, cuts, strict=True)]
        shares = tuple(counts[0] / len(names.true) for counts in above)
        false = [(max(counts[at] for counts in above), allowed[at]) for at in (1, 2)]
        found.append(Resemblance(cut, allowed[0] / len(names.true), shares, *false))
    return found


def _resemblance_table(found: list[Resemblance]) -> str:
    head = ["cut of the baseline", "baseline", "Trilink", "over the keys", "relatives: Trilink, baseline", "different persons"]
    rows = [head, ["---"] + ["---:"] * 5]
    for one in found:
        false = [f"{own:,}, {other:,}" for own, other in (one.relatives, one.different)]
        spread = f"{min(one.of_keys):.1%} to {max(one.of_keys):.1%}"
        rows.append([f"{one.cut}", f"{one.baseline:.1%}", f"{one.ours:.1%}", spread, *false])
    return _table(rows)


def meeting(names: Names, agreement: Agreement) -> str:
    """Pairs that share a token by names alone, and with the birth date."""
    rows = [["a token is shared", "true pairs", "relatives", "different persons"], ["---"] + ["---:"] * 3]
    for shown, fields in (("by names alone", NAME_FIELDS), ("with the birth date", (*NAME_FIELDS, "date_of_birth"))):
        tokens = _tokens(names.texts, agreement, fields)
        shares = [np.mean([not tokens[left].isdisjoint(tokens[right]) for left, right in pairs.tolist()]) for pairs in names[1:]]
        rows.append([shown, *(f"{share:.2%}" for share in shares)])
    return _table(rows)


def _baseline(texts: list[str]) -> Callable[[Pairs], Floats]:
    grams = [_bigrams(fold_words(text)) for text in texts]

    def dice(pairs: Pairs) -> Floats:
        both = ((grams[left], grams[right]) for left, right in pairs.tolist())
        return np.array([2.0 * len(one & other) / max(len(one) + len(other), 1) for one, other in both])

    return dice


def _bigrams(text: str) -> set[str]:
    return {padded[at : at + 2] for word in text.split() for padded in [f" {word} "] for at in range(len(padded) - 1)}


def _features(names: Names, agreement: Agreement) -> FeatureTable:
    rule = _named_rule(agreement, NAME_FIELDS)
    return feature_table(variants_of(_records(names.texts, {}), rule), rule)


def _weight(names: Names, agreement: Agreement, table: FeatureTable, key: EncodingKey) -> Callable[[Pairs], Floats]:
    """Weight of the name filters under a key, u counted among pairs of different persons."""
    rule, count = _named_rule(agreement, NAME_FIELDS), len(names.texts)
    encoder = Encoder(table, agreement.model_copy(update={"entities": {"suspect": rule}}), "suspect", key)
    filters = encoder.encode(np.ones((count, 2), np.uint64), np.arange(count))

    def codes(pairs: Pairs) -> Codes:
        left, right = pairs.T.astype(np.uint32)
        return pattern_codes(rule, agreement.encoding.diffusion, filters, filters, (left, right))

    sizes = [rule.filters[name].codes for name in rule.filter_names]
    background, counts = np.unique(codes(names.different), return_counts=True)
    levels = levels_of(background, rule)
    u = NonMatchShares(levels, counts.astype(np.float64), sizes, [list(range(len(sizes)))])
    m = MatchShares(levels[:0], np.zeros(0), sizes, [list(range(len(sizes)))])  # names: one error hits them all

    def weight(pairs: Pairs) -> Floats:
        cells, place = np.unique(codes(pairs), return_inverse=True)
        levels = levels_of(cells, rule)
        return np.log2(m.shares(levels) / u.shares(levels))[place.reshape(-1)]

    return weight


def _tokens(texts: list[str], agreement: Agreement, fields: tuple[str, ...]) -> list[set[tuple[int, int]]]:
    rule = _named_rule(agreement, fields)
    variants = variants_of(_records(texts, {"date_of_birth": "19700203"} if "date_of_birth" in fields else {}), rule)
    passes = {name: block.components(0) for name, block in rule.passes.items()}
    tokens = blocking_tokens(variants, passes, "suspect", PUBLIC_KEY)
    found: list[set[tuple[int, int]]] = [set() for _ in texts]
    for row, half in zip(tokens.rows.tolist(), tokens.halves.tolist(), strict=True):
        found[variants.records[row]].add((half[0], half[1]))
    return found


def _named_rule(agreement: Agreement, fields: tuple[str, ...]) -> EntityRule:
    """The agreement's suspects with nothing but these fields, and what is made of them alone."""
    suspect = agreement.entities["suspect"]
    passes = {name: block for name, block in suspect.passes.items() if {f for part in block.components(0) for f in part.held} <= {*fields}}
    filters = {name: one for name, one in suspect.filters.items() if {*one.fields} <= {*fields}}
    kept = {"fields": {name: suspect.fields[name] for name in fields}, "filters": filters, "passes": passes, "groups": []}
    return suspect.model_copy(update=kept)


def _records(texts: list[str], also: dict[str, str]) -> CanonicalRecords:
    parts = [split_full_name(text) for text in texts]
    cells = {name: [tuple(filter(None, [part[at]])) for part in parts] for at, name in enumerate(NAME_FIELDS)}
    cells |= {name: [(value,)] * len(texts) for name, value in also.items()}
    return CanonicalRecords(list(map(str, range(len(texts)))), [""] * len(texts), dict(cells))


def _cut_above(scores: Floats, allowed: int) -> float:
    """The lowest cut that at most so many scores reach."""
    falling = np.sort(scores)[::-1]
    return float(np.nextafter(falling[allowed], np.inf)) if allowed < falling.size else -np.inf


def _table(rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


if __name__ == "__main__":
    main()
