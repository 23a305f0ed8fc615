"""Names alone: how many true alias pairs meet and resemble each other, beside the Dice coefficient of whole names in the clear.

    python -m benchmarks.names [--data DIR] [--agreement FILE]

Data: `derived_name_pairs_labelled.csv` and `derived_drug_tco_entities_2023-11.csv`, persons alone (DOMAIN 1.2.1). A quarter of the true
pairs is a name with a street name, and a fifth are two names with nothing in common: no comparison of names finds these.

1. The baseline is the Dice coefficient of the sets of padded bigrams of the folded full names, at 0.8, 0.7 and 0.6.
2. Ours is the weight that the engine gives to the name filters before it has learned anything: default m, and u counted among all pairs
   of different listed persons. It is cut so high that no more false pairs pass than at the baseline's cut, neither among the hard
   negatives (relatives: same first surname, same first given name) nor among all pairs of different persons.
3. Pairs share a token when a pass over names alone makes one for both, and with the birth date when one over names and birth date
   does, the dates agreeing.
"""

import argparse
import csv
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage.owner.blocking_tokens import blocking_tokens
from linkage.owner.conformance import PUBLIC_KEY
from linkage.owner.encoding import Encoder
from linkage.owner.features import feature_table
from linkage.owner.folding import fold_words
from linkage.owner.full_names import split_full_name
from linkage.owner.keys import EncodingKey
from linkage.owner.variants import CanonicalRecords, variants_of
from linkage.protocol.agreement import Agreement, read_agreement
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.similarity import levels_of, pattern_codes
from linkage.unit.distributions import MatchShares, NonMatchShares

NAME_FIELDS = ("given_names", "surname_1", "surname_2")
BASELINES = (0.8, 0.7, 0.6)
Floats = NDArray[np.float64]
Pairs = NDArray[np.int64]


class Names(NamedTuple):
    """Distinct names, and pairs of their numbers, shape (pairs, 2): of one person, of relatives, of all different persons."""

    texts: list[str]
    true: Pairs
    hard: Pairs
    different: Pairs


class Resemblance(NamedTuple):
    """At one cut of the baseline: shares of true pairs above it and above ours, and false pairs as (ours, the baseline's)."""

    cut: float
    baseline: float
    ours: float
    relatives: tuple[int, int]
    different: tuple[int, int]


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


def resembling(names: Names, agreement: Agreement) -> list[Resemblance]:
    """True pairs above a cut, where no more false pairs are than at the baseline's cut."""
    baseline, ours = _baseline(names.texts), _ours(names, agreement)
    true, hard, different = ((baseline(pairs), ours(pairs)) for pairs in names[1:])
    found = []
    for cut in BASELINES:
        own = max(_cut_above(scores[1], int((scores[0] >= cut).sum())) for scores in (hard, different))
        false = [(int((scores[1] >= own).sum()), int((scores[0] >= cut).sum())) for scores in (hard, different)]
        found.append(Resemblance(cut, float((true[0] >= cut).mean()), float((true[1] >= own).mean()), *false))
    return found


def _resemblance_table(found: list[Resemblance]) -> str:
    rows = [["cut of the baseline", "baseline", "Trilink", "relatives: Trilink, baseline", "different persons"], ["---"] + ["---:"] * 4]
    for one in found:
        false = [f"{own:,}, {other:,}" for own, other in (one.relatives, one.different)]
        rows.append([f"{one.cut}", f"{one.baseline:.1%}", f"{one.ours:.1%}", *false])
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


def _ours(names: Names, agreement: Agreement) -> Callable[[Pairs], Floats]:
    """Weight of the name filters, u counted among pairs of different persons."""
    rule = _named_rule(agreement, NAME_FIELDS)
    variants = variants_of(_records(names.texts, {}), rule)
    narrow = agreement.model_copy(update={"entities": {"suspect": rule}})
    encoder = Encoder(feature_table(variants, rule), narrow, "suspect", EncodingKey(PUBLIC_KEY))
    filters = encoder.encode(np.ones((variants.count, 2), np.uint64), np.arange(variants.count))

    def levels(pairs: Pairs) -> NDArray[np.int8]:
        left, right = pairs.T.astype(np.uint32)
        return levels_of(pattern_codes(rule, agreement.encoding.diffusion, filters, filters, (left, right)), rule)

    sizes = [rule.filters[name].codes for name in rule.filter_names]
    background = levels(names.different)
    u = NonMatchShares(background, np.ones(len(background)), sizes, [list(range(len(sizes)))])
    m = MatchShares(background[:0], np.zeros(0), sizes, [list(range(len(sizes)))])  # names: one error hits them all

    def weight(pairs: Pairs) -> Floats:
        cells, place = np.unique(levels(pairs), axis=0, return_inverse=True)
        return np.log2(m.shares(cells) / u.shares(cells))[place.reshape(-1)]

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
