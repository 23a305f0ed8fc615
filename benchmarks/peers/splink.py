"""Splink 5 on the clear text, DuckDB behind it, as its documentation advises for such data.

1. u by random sampling; the share of matches from deterministic rules with a guessed recall; m by expectation-maximisation over
   several blocking rules, so that every comparison is learned at least once.
2. Term frequencies on names and other fields with common values; its own ladders of levels for names, dates of birth and e-mail.
3. Decision: match probability of at least one half, then one record per owner and cluster, surest first (`single_link`), for no owner
   has duplicates. Its own `cluster_using_single_best_links` is that too, but did not end on three owners (5.0.0, pseudopeople).

Blocking rules of FEBRL4 are those of its documentation's example; the others follow the same pattern. Its models know no missing
column, so a column that one of three owners lacks is null there.
"""

import sys
import tempfile
from collections.abc import Callable
from typing import Any, NamedTuple

import duckdb
import pandas as pd
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from benchmarks.peers.tables import PAIRS, Tables, decide, run

LOWEST = 0.001  # probability from which a pair is listed
SEED = 1


class Model(NamedTuple):
    """Comparisons, blocking rules, deterministic rules with their recall, and blocking rules for expectation-maximisation."""

    comparisons: list[Any]
    blocking: list[Any]
    certain: list[Any]
    recall: float
    training: list[Any]


def name(column: str) -> Any:
    return cl.NameComparison(column).configure(term_frequency_adjustments=True)


def common(column: str) -> Any:
    return cl.ExactMatch(column).configure(term_frequency_adjustments=True)


def birth(column: str = "date_of_birth") -> Any:
    return cl.DateOfBirthComparison(column, input_is_string=True, datetime_format="%Y-%m-%d", invalid_dates_as_null=False)


def febrl4(ssn: bool) -> Model:
    number = [cl.DamerauLevenshteinAtThresholds("ssn", [2])] if ssn else []
    swapped = "l.first_name = r.surname_1 and l.surname_1 = r.first_name and l.date_of_birth = r.date_of_birth"
    return Model(
        [
            name("first_name"), name("surname_1"), birth(), *number, common("house_number"),
            cl.DamerauLevenshteinAtThresholds("postal_code", [2]).configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("street", [0.9, 0.7]).configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("locality", [0.9, 0.7]).configure(term_frequency_adjustments=True),
        ],
        [
            block_on("first_name"), block_on("surname_1"), block_on("date_of_birth"), *([block_on("ssn")] if ssn else []),
            block_on("region", "street"), block_on("house_number", "street"), block_on("postal_code"),
        ],
        [*([block_on("ssn")] if ssn else []), block_on("first_name", "surname_1", "date_of_birth"), swapped],
        0.9 if ssn else 0.6,
        [block_on("date_of_birth"), block_on("postal_code")],
    )  # fmt: skip


def febrl4_names() -> Model:
    return Model(
        [
            name("first_name"), name("surname_1"), birth(),
            cl.DamerauLevenshteinAtThresholds("postal_code", [2]).configure(term_frequency_adjustments=True),
        ],
        [block_on("first_name"), block_on("surname_1"), block_on("date_of_birth"), block_on("postal_code")],
        [block_on("first_name", "surname_1", "date_of_birth")],
        0.6,
        [block_on("date_of_birth"), block_on("postal_code")],
    )  # fmt: skip


def pseudopeople() -> Model:
    return Model(
        [
            name("first_name"), name("surname_1"), cl.ExactMatch("middle"), birth(), cl.ExactMatch("sex"),
            cl.LevenshteinAtThresholds("ssn", [1, 2]),
            cl.LevenshteinAtThresholds("house_number", [1]).configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("street", [0.9, 0.7]).configure(term_frequency_adjustments=True),
        ],
        [
            block_on("first_name", "surname_1"), block_on("surname_1", "birth_year"), block_on("first_name", "birth_year"),
            block_on("date_of_birth"), block_on("ssn"), block_on("house_number", "street"), block_on("surname_1", "house_number"),
            block_on("first_name", "house_number"), block_on("surname_1", "middle"), block_on("first_name", "street"),
        ],
        [block_on("ssn"), block_on("first_name", "surname_1", "date_of_birth"), block_on("first_name", "surname_1", "house_number")],
        0.8,
        [block_on("first_name", "surname_1"), block_on("date_of_birth")],
    )  # fmt: skip


def fake_1000() -> Model:
    return Model(
        [name("first_name"), name("surname_1"), birth(), common("locality"), cl.EmailComparison("email")],
        [
            "1 = 1",  # small enough to compare all
        ],
        [block_on("first_name", "surname_1", "date_of_birth"), block_on("email"), block_on("first_name", "date_of_birth")],
        0.7,
        [block_on("first_name", "surname_1"), block_on("date_of_birth")],
    )  # fmt: skip


def invented_suspects() -> Model:
    numbers = ("curp", "rfc", "ssn", "fbi_ucn", "fps", "sin", "passport", "driver_licence", "phone")
    return Model(
        [
            name("first_name"), name("surname_1"), name("surname_2"),
            birth(), cl.ExactMatch("sex"),
            common("place_of_birth"), cl.JaroWinklerAtThresholds("street", [0.9]), common("house_number"), common("locality"),
            cl.ArrayIntersectAtSizes("identifiers", [1]),
        ],
        [
            block_on("first_name", "surname_1"), block_on("surname_1", "birth_year"), block_on("first_name", "birth_year"),
            block_on("date_of_birth"), block_on("first_name", "surname_2"), block_on("house_number", "street"), block_on("whole_name"),
            *(block_on(number) for number in numbers),
        ],
        [block_on("first_name", "surname_1", "date_of_birth"), *(block_on(number) for number in numbers)],
        0.6,
        [block_on("first_name", "surname_1"), block_on("date_of_birth")],
    )  # fmt: skip


def invented_firearms() -> Model:
    return Model(
        [
            cl.LevenshteinAtThresholds("serial_number", [1, 2]), cl.JaroWinklerAtThresholds("make", [0.8]),
            cl.JaroWinklerAtThresholds("model", [0.9]), common("calibre"), cl.ExactMatch("recovery_date"), cl.ExactMatch("ballistic_id"),
        ],
        [
            block_on("serial_number"), block_on("substr(serial_number, 1, 5)"), block_on("right(serial_number, 5)"),
            block_on("ballistic_id"), block_on("recovery_date", "model"),
        ],
        [block_on("serial_number"), block_on("ballistic_id")],
        0.7,
        [block_on("serial_number"), block_on("recovery_date")],
    )  # fmt: skip


def invented_organizations() -> Model:
    numbers = ("rfc", "ein", "bn", "neq", "lei", "ffl", "phone")
    return Model(
        [
            cl.PairwiseStringDistanceFunctionAtThresholds("all_names", "jaro_winkler", [0.95, 0.88]), common("house_number"),
            cl.JaroWinklerAtThresholds("street", [0.9]), common("locality"), cl.ExactMatch("postal_code"),
            cl.ArrayIntersectAtSizes("identifiers", [1]),
        ],
        [
            block_on("name"), block_on("substr(name, 1, 6)"), block_on("postal_code"), block_on("house_number", "locality"),
            *(block_on(number) for number in numbers),
        ],
        [block_on("name"), *(block_on(number) for number in numbers)],
        0.6,
        [block_on("substr(name, 1, 6)"), block_on("postal_code")],
    )  # fmt: skip


MODELS: dict[str, dict[str, Callable[[], Model]]] = {
    "febrl4": {"suspect": lambda: febrl4(ssn=True)},
    "febrl4-no-ssn": {"suspect": lambda: febrl4(ssn=False)},
    "febrl4-names": {"suspect": febrl4_names},
    "pseudopeople": {"suspect": pseudopeople},
    "fake-1000": {"suspect": fake_1000},
    "invented": {"firearm": invented_firearms, "organization": invented_organizations, "suspect": invented_suspects},
}


def link(setting: str, entity: str, tables: Tables) -> pd.DataFrame:
    """Train, predict and decide."""
    model = MODELS[setting][entity]()
    database = duckdb.connect(":memory:")
    database.execute(f"set temp_directory = '{tempfile.gettempdir()}'")  # not the working folder
    database.execute("set lambda_syntax = 'ENABLE_SINGLE_ARROW'")  # which Splink 5.0.0 writes and DuckDB 2 deprecates
    api = DuckDBAPI(database)
    frames = [api.register(table.reset_index(names="unique_id"), dataset_display_name=owner) for owner, table in tables.items()]
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=model.comparisons,
        blocking_rules_to_generate_predictions=model.blocking,
        retain_matching_columns=False,
    )
    linker = Linker(frames, settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match(model.certain, recall=model.recall)
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=SEED)
    for rule in model.training:
        _train(linker, rule)
    predicted = linker.inference.predict(threshold_match_probability=LOWEST)
    pairs = _pairs(predicted.as_pandas_dataframe())
    return decide(pairs, pairs["score"] >= 0.0)


def _train(linker: Linker, rule: Any) -> None:
    """One pass of expectation-maximisation; one that ends in a zero, which Splink refuses, teaches nothing and is passed over."""
    try:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    except ValueError as error:
        print(f"training pass left out: {error}", file=sys.stderr)


def _pairs(predicted: pd.DataFrame) -> pd.DataFrame:
    """Scored by match weight, which includes the prior: 0 is a probability of one half. Owners in alphabetical order."""
    ends = ["source_dataset_l", "unique_id_l", "source_dataset_r", "unique_id_r", "match_weight"]
    pairs = predicted[ends].set_axis(PAIRS[1:6], axis=1)
    assert (pairs["owner_a"] < pairs["owner_b"]).all()
    return pairs


if __name__ == "__main__":
    run(link, MODELS.__getitem__, ("splink", "duckdb"))
