"""recordlinkage in clear text: its Fellegi-Sunter model with ECM, without labels.

1. Blocking by equal keys, as its documentation does it.
2. Jaro-Winkler of at least 0.85, or equality, counts as agreement of a field: its ECM takes yes or no only.
3. ECM learns without labels, for every two owners apart; a pair with a probability of at least one half may be a match.
4. One record per owner and cluster, surest first (`single_link`; its own `OneToOneLinking` depends on the order of the rows).

Its result hangs on keys and fields: on pseudopeople F1 went from 0.00 to 0.98 over some twenty settings. Those of FEBRL4 and
pseudopeople were the best over all owner pairs, picked *with* the truth, so there the peer is shown at an advantage.
"""

from itertools import combinations
from typing import Any, NamedTuple

import pandas as pd
import recordlinkage

from benchmarks.peers.tables import Tables, decide, run

AGREES_FROM = 0.85
LISTED_FROM = 1e-6


class Setting(NamedTuple):
    """Blocking keys (pairs equal in all columns of any one key are compared) and how each column is compared."""

    keys: list[tuple[str, ...]]
    fuzzy: tuple[str, ...]
    equal: tuple[str, ...]


FEBRL4 = Setting(
    [("surname_1",), ("first_name",), ("date_of_birth",), ("postal_code",), ("street",)],
    fuzzy=("given_names", "surname_1", "street", "locality"),
    equal=("date_of_birth", "house_number", "postal_code", "region", "ssn"),
)
FEBRL4_NAMES = Setting(
    [("surname_1",), ("first_name",), ("date_of_birth",), ("postal_code",)],
    fuzzy=("given_names", "surname_1"),
    equal=("date_of_birth", "postal_code"),
)
PSEUDOPEOPLE = Setting(  # all live in one town: locality, region and postal code would be constants
    [
        ("surname_1", "first_name"),
        ("surname_1", "birth_year"),
        ("surname_1", "house_number"),
        ("first_name", "house_number"),
        ("date_of_birth",),
        ("ssn",),
    ],
    fuzzy=("first_name", "surname_1", "street"),
    equal=("middle", "date_of_birth", "sex", "house_number", "ssn"),
)
FAKE_1000 = Setting(
    [("first_name",), ("surname_1",), ("date_of_birth",), ("email",)],
    fuzzy=("first_name", "surname_1", "email", "locality"),
    equal=("date_of_birth",),
)
SUSPECT = Setting(
    [
        ("surname_1", "first_name"),
        ("surname_1", "birth_year"),
        ("first_name", "birth_year"),
        ("date_of_birth",),
        ("curp",),
        ("rfc",),
        ("ssn",),
    ],
    fuzzy=("first_name", "surname_1", "surname_2", "street"),
    equal=("date_of_birth", "sex", "place_of_birth", "house_number"),
)
FIREARM = Setting(
    [("serial_number",), ("recovery_date",), ("ballistic_id",)],
    fuzzy=("serial_number", "make", "model"),
    equal=("calibre", "recovery_date", "ballistic_id"),
)
ORGANIZATION = Setting(
    [("name",), ("postal_code",), ("rfc",), ("phone",)],
    fuzzy=("name", "street", "locality"),
    equal=("house_number", "postal_code", "rfc", "phone"),
)
SETTINGS = {
    "febrl4": {"suspect": FEBRL4},
    "febrl4-no-ssn": {"suspect": FEBRL4},
    "febrl4-names": {"suspect": FEBRL4_NAMES},
    "pseudopeople": {"suspect": PSEUDOPEOPLE},
    "fake-1000": {"suspect": FAKE_1000},
    "invented": {"firearm": FIREARM, "organization": ORGANIZATION, "suspect": SUSPECT},
}


def link(setting: str, entity: str, tables: Tables) -> pd.DataFrame:
    """Compare and learn per two owners, then decide over all. Equal probabilities rank by the sum of the similarities."""
    found = []
    for left, right in combinations(sorted(tables), 2):
        similarities = _similarities(tables[left], tables[right], SETTINGS[setting][entity])
        probability = _probabilities(similarities)
        rows = {
            "owner_a": left,
            "record_a": similarities.index.get_level_values(0),
            "owner_b": right,
            "record_b": similarities.index.get_level_values(1),
            "score": probability + 1e-9 * similarities.sum(axis=1).to_numpy(),
            "probability": probability,
        }
        found.append(pd.DataFrame(rows))
    pairs = pd.concat(found)
    pairs = pairs[pairs["probability"] >= LISTED_FROM]
    return decide(pairs, pairs["probability"] >= 0.5)


def _similarities(left: pd.DataFrame, right: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    both = {name for name in left if left[name].notna().any() and right[name].notna().any()}
    index = recordlinkage.Index()
    for key in setting.keys:
        if both.issuperset(key):
            index.block(list(key), list(key))
    compare = recordlinkage.Compare()
    for column in setting.fuzzy:
        if column in both:
            compare.string(column, column, method="jarowinkler", label=column)
    for column in setting.equal:
        if column in both:
            compare.exact(column, column, label=column)
    result: pd.DataFrame = compare.compute(index.index(left, right), left, right)
    return result


def _probabilities(similarities: pd.DataFrame) -> Any:
    agreements = (similarities >= AGREES_FROM).astype(int)
    varied = agreements.loc[:, agreements.nunique() > 1]  # its ECM fails on a column of one value
    ecm = recordlinkage.ECMClassifier(init="jaro")
    ecm.fit(varied)
    return ecm.prob(varied).to_numpy()


if __name__ == "__main__":
    run(link, SETTINGS.__getitem__, ("recordlinkage", "scikit-learn"))
