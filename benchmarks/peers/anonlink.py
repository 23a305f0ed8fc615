"""anonlink with clkhash: one cryptographic longterm key of 1,024 bits a record, all pairs compared, the greedy solver.

1. A schema per data set: bigrams of names, streets and places, positional unigrams of dates and numbers, with `bitsPerFeature` as the
   field's weight; a missing value sets no bit.
2. Two owners use the fields that both hold: every owner encodes once per counterpart, so that a field that one lacks costs nothing.
3. All pairs from a Dice coefficient of 0.75 rank; decided is what the greedy solver makes of those from 0.80, a fixed threshold, for
   nothing here learns without labels. Over three owners the solver wants every pair of a group to be a candidate.
"""

import io
from array import array
from itertools import combinations

import anonlink
import pandas as pd
from clkhash.clk import generate_clk_from_csv
from clkhash.schema import from_json_dict

from benchmarks.peers.tables import PAIRS, Tables, run

DECIDED_FROM, LISTED_FROM = 0.80, 0.75
SECRET = "a secret that the owners share"
BITS = 1024

Q_GRAMS = {"type": "ngram", "n": 2, "positional": False}
DIGITS = {"type": "ngram", "n": 1, "positional": True}
Weights = dict[str, tuple[dict[str, object], int]]

FEBRL4: Weights = {
    "first_name": (Q_GRAMS, 200), "surname_1": (Q_GRAMS, 240), "date_of_birth": (DIGITS, 270), "house_number": (DIGITS, 80),
    "street": (Q_GRAMS, 170), "locality": (Q_GRAMS, 140), "postal_code": (DIGITS, 140)
}  # fmt: skip
FEBRL4_NAMES: Weights = {
    "first_name": (Q_GRAMS, 270), "surname_1": (Q_GRAMS, 320), "date_of_birth": (DIGITS, 360), "postal_code": (DIGITS, 190)
}  # fmt: skip
PERSON: Weights = {
    "first_name": (Q_GRAMS, 270), "middle": (Q_GRAMS, 50), "surname_1": (Q_GRAMS, 270), "date_of_birth": (DIGITS, 360),
    "sex": (Q_GRAMS, 40), "ssn": (DIGITS, 450), "house_number": (DIGITS, 140), "street": (Q_GRAMS, 220),
}  # fmt: skip
FAKE_1000: Weights = {
    "first_name": (Q_GRAMS, 230), "surname_1": (Q_GRAMS, 230), "date_of_birth": (DIGITS, 320), "locality": (Q_GRAMS, 110),
    "email": (Q_GRAMS, 270),
}  # fmt: skip
SUSPECT: Weights = {
    "first_name": (Q_GRAMS, 130), "surname_1": (Q_GRAMS, 130), "surname_2": (Q_GRAMS, 60), "date_of_birth": (DIGITS, 180),
    "sex": (Q_GRAMS, 20), "place_of_birth": (Q_GRAMS, 40), "curp": (DIGITS, 80), "rfc": (DIGITS, 80), "ssn": (DIGITS, 80),
    "phone": (DIGITS, 60),
}  # fmt: skip
FIREARM: Weights = {
    "serial_number": (Q_GRAMS, 300), "make": (Q_GRAMS, 80), "model": (Q_GRAMS, 80), "calibre": (Q_GRAMS, 50), "recovery_date": (DIGITS, 80),
    "ballistic_id": (DIGITS, 100),
}  # fmt: skip
ORGANIZATION: Weights = {
    "name": (Q_GRAMS, 300), "rfc": (DIGITS, 100), "street": (Q_GRAMS, 80), "house_number": (DIGITS, 50), "locality": (Q_GRAMS, 60),
    "postal_code": (DIGITS, 60),
}  # fmt: skip
FEBRL4_SSN: Weights = {name: (how, round(bits * 0.7)) for name, (how, bits) in FEBRL4.items()} | {"ssn": (DIGITS, 200)}
SCHEMAS: dict[str, dict[str, Weights]] = {
    "febrl4": {"suspect": FEBRL4_SSN},
    "febrl4-no-ssn": {"suspect": FEBRL4},
    "febrl4-names": {"suspect": FEBRL4_NAMES},
    "pseudopeople": {"suspect": PERSON},
    "fake-1000": {"suspect": FAKE_1000},
    "invented": {"firearm": FIREARM, "organization": ORGANIZATION, "suspect": SUSPECT},
}


def link(setting: str, entity: str, tables: Tables) -> pd.DataFrame:
    """Encode per counterpart, compare all pairs, solve."""
    owners = sorted(tables)
    columns: list[list[float]] = [[] for _ in range(5)]
    for first, second in combinations(range(len(owners)), 2):
        sides = [tables[owners[first]], tables[owners[second]]]
        weights = {
            name: how for name, how in SCHEMAS[setting][entity].items() if all(name in side and side[name].notna().any() for side in sides)
        }
        keys = [encode(side, weights) for side in sides]
        similar, _, rows = anonlink.candidate_generation.find_candidate_pairs(keys, anonlink.similarities.dice_coefficient, LISTED_FROM)
        for column, values in zip(columns, (similar, [first] * len(similar), [second] * len(similar), *rows), strict=True):
            column.extend(values)
    pairs = pd.DataFrame(dict(zip(("score", "first", "second", "left", "right"), columns, strict=True)))
    return _solved(pairs.sort_values(["score", "first", "second", "left", "right"], ascending=[False, *[True] * 4]), owners, tables)


def encode(table: pd.DataFrame, weights: Weights) -> list[object]:
    """The cryptographic longterm key of every record. The rows are written by pandas, for clkhash waits for ever on a ragged one."""
    schema = {
        "version": 3,
        "clkConfig": {"l": BITS, "kdf": {"type": "HKDF", "hash": "SHA256", "salt": "", "info": "", "keySize": 64}},
        "features": [
            {
                "identifier": name,
                "format": {"type": "string", "encoding": "utf-8"},
                "hashing": {"comparison": how, "strategy": {"bitsPerFeature": bits}, "hash": {"type": "blakeHash"}},
            }
            for name, (how, bits) in weights.items()
        ],
    }
    text = io.StringIO(table[list(weights)].fillna("").to_csv(index=False))
    return list(generate_clk_from_csv(text, SECRET, from_json_dict(schema), validate=False, progress_bar=False))


def _solved(pairs: pd.DataFrame, owners: list[str], tables: Tables) -> pd.DataFrame:
    """Names for numbers, and 1 for the pairs inside the solver's groups; all of them were scored, for its groups are complete."""
    likely = pairs[pairs["score"] >= DECIDED_FROM]
    candidates = (
        array("d", likely["score"]),
        tuple(array("I", likely[name]) for name in ("first", "second")),
        tuple(array("I", likely[name]) for name in ("left", "right")),
    )
    group_of = {member: number for number, group in enumerate(anonlink.solving.greedy_solve(candidates)) for member in group}
    ends = [list(zip(pairs[owner], pairs[row], strict=True)) for owner, row in (("first", "left"), ("second", "right"))]
    named = {
        column: [(owners[owner], tables[owners[owner]].index[row])[at] for owner, row in ends[side]]
        for column, side, at in zip(PAIRS[1:5], (0, 0, 1, 1), (0, 1, 0, 1), strict=True)
    }
    decided = [int(a in group_of and group_of[a] == group_of.get(b)) for a, b in zip(*ends, strict=True)]
    return pd.DataFrame(named | {"score": pairs["score"].to_numpy(), "decided": decided})


if __name__ == "__main__":
    run(link, SCHEMAS.__getitem__, ("anonlink", "clkhash"))
