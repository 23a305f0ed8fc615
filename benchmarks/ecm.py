"""The peer in clear text: recordlinkage's Fellegi-Sunter model with ECM, without labels, on the very files Trilink gets.

1. Blocking by equal keys, as its documentation does it.
2. Jaro-Winkler of at least 0.85, or equality, counts as agreement of a field: its ECM takes yes or no only.
3. ECM learns without labels; a pair with a probability of at least one half is a match.
4. Greedy one-to-one links, surest first (recordlinkage's own `OneToOneLinking` depends on the order of the rows).

Its result hangs on keys and fields: on pseudopeople F1 went from 0.00 to 0.98 over some twenty settings. Those below were the
best over all owner pairs, picked *with* the truth, so the peer is shown at an advantage.
"""

from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

AGREES_FROM = 0.85
Keys = list[tuple[str, ...]]


class Setting(NamedTuple):
    """Blocking keys (pairs equal in all columns of any one key are compared) and how each column is compared."""

    keys: Keys
    fuzzy: tuple[str, ...]
    equal: tuple[str, ...]


SETTINGS = {
    "febrl4": Setting(
        [("surname_1",), ("first_name",), ("date_of_birth",), ("postal_code",), ("street",)],
        fuzzy=("given_names", "surname_1", "street", "locality"),
        equal=("date_of_birth", "house_number", "postal_code", "region", "ssn"),
    ),
    "pseudopeople": Setting(  # all live in one town: locality, region and postal code would be constants
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
    ),
}


def read_owner(path: Path) -> pd.DataFrame:
    """One owner's records by record_id: lower case, None for empty, with first name, middle name and year of birth apart."""
    frame = pd.read_csv(path, dtype=str, index_col="record_id", keep_default_na=False)
    frame = frame.apply(lambda column: column.str.lower().str.strip())
    frame[["first_name", "middle"]] = frame["given_names"].str.extract(r"^(\S*) ?(.*)$")
    if "date_of_birth" in frame:
        frame["birth_year"] = frame["date_of_birth"].str[:4]
    tidy: pd.DataFrame = frame.replace({"": None})
    return tidy


def link(left: pd.DataFrame, right: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    """One-to-one links, all of them, surest first: record_a, record_b, probability. A match is a probability of at least 0.5.

    Equal probabilities are ordered by the sum of the similarities, then by record ids: the order of the rows changes nothing.
    """
    similarities = _similarities(left, right, setting)
    pairs = pd.DataFrame(
        {
            "record_a": similarities.index.get_level_values(0),
            "record_b": similarities.index.get_level_values(1),
            "probability": _probabilities(similarities),
            "similarity": similarities.sum(axis=1).to_numpy(),
        }
    )
    order = ["probability", "similarity", "record_a", "record_b"]
    return _one_to_one(pairs.sort_values(order, ascending=[False, False, True, True]))[order[2:] + order[:1]]


def _similarities(left: pd.DataFrame, right: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    import recordlinkage  # takes two seconds: only when asked for

    both = set(left) & set(right)
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
    import recordlinkage

    agreements = (similarities >= AGREES_FROM).astype(int)
    varied = agreements.loc[:, agreements.nunique() > 1]  # its ECM fails on a column of one value
    ecm = recordlinkage.ECMClassifier(init="jaro")
    ecm.fit(varied)
    return ecm.prob(varied).to_numpy()


def _one_to_one(ordered: pd.DataFrame) -> pd.DataFrame:
    used: set[tuple[str, str]] = set()
    chosen = []
    for record_a, record_b in zip(ordered["record_a"], ordered["record_b"], strict=True):
        free = ("a", record_a) not in used and ("b", record_b) not in used
        chosen.append(free)
        if free:
            used |= {("a", record_a), ("b", record_b)}
    return ordered[chosen]
