"""Splink on clear text with the blocking rules of the agreement: the peer of `benchmarks.scale`.

    python -m benchmarks.peers.splink_keys DATA ENTITY KEYS

`KEYS/<owner>.parquet` is a row for each record that has a blocking key: `record_id` and `keys`, a list of 64-bit integers, each standing
for one key of one pass, refined and capped as in a package (`benchmarks.clear_keys` writes them, in the lab alone). One blocking rule,
equality of a key, exploded, gives Splink the very pairs that the unit meets; thirty rules, one for each pass, give it the same ones more
slowly. The model is that of the quality benchmark, with its training; then its own clustering, connected components from a match
probability of one half. Prints one JSON object: seconds of the clock and of the processor from tables to clusters, peak memory, pairs.
"""

import importlib.metadata
import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from benchmarks.peers.splink import MODELS, SEED, Model, _train
from benchmarks.peers.tables import Tables, read_owners

LOWEST = 0.5
SETTING = "invented"


def fitting(model: Model, tables: Tables) -> Model:
    """The model without what these tables have no column for."""
    columns = set(next(iter(tables.values())).columns)

    def there(rule: Any) -> bool:
        names = rule.get_blocking_rule("duckdb").blocking_rule_sql
        return all(word.strip('"') in columns for word in _columns(names))

    comparisons = [one for one in model.comparisons if all(name in columns for name in _named(one))]
    return model._replace(
        comparisons=comparisons,
        certain=[rule for rule in model.certain if there(rule)],
        training=[rule for rule in model.training if there(rule)],
    )


def _named(comparison: Any) -> list[str]:
    """Columns of a comparison."""
    expressions = comparison.col_expressions.values()
    return [expression.raw_sql_expression.strip('"') for expression in expressions]


def _columns(sql: str) -> list[str]:
    return [word.split(".")[1].rstrip(")") for word in sql.replace("(", " ").split() if word.startswith(("l.", "r."))]


def link(entity: str, tables: Tables, keys: Path) -> dict[str, int]:
    """Train, predict, cluster; returns how many pairs were above the threshold, and clusters."""
    model = fitting(MODELS[SETTING][entity](), tables)
    database = duckdb.connect(":memory:")
    database.execute(f"set temp_directory = '{tempfile.gettempdir()}'")
    database.execute("set lambda_syntax = 'ENABLE_SINGLE_ARROW'")
    api = DuckDBAPI(database)
    frames = []
    for owner, table in tables.items():
        own = pd.read_parquet(keys / f"{owner}.parquet").set_index("record_id")["keys"]
        frames.append(api.register(table.assign(keys=own).reset_index(names="unique_id"), dataset_display_name=owner))
    rules = [block_on("keys", arrays_to_explode=["keys"])]
    settings = SettingsCreator(link_type="link_only", comparisons=model.comparisons, blocking_rules_to_generate_predictions=rules,
                               retain_matching_columns=False)  # fmt: skip
    linker = Linker(frames, settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match(model.certain, recall=model.recall)
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=SEED)
    for rule in model.training:
        _train(linker, rule)
    predicted = linker.inference.predict(threshold_match_probability=LOWEST)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold_match_probability=LOWEST)
    found = [database.execute(f"select count(*) from {table.physical_name}").fetchone()[0] for table in (predicted, clusters)]
    return {"links": found[0], "clustered records": found[1]}


def main() -> None:
    """Read, link, print."""
    folder, entity, keys = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    tables = read_owners(folder, entity)
    before = resource.getrusage(resource.RUSAGE_SELF)
    started, processor = time.perf_counter(), time.process_time()
    counted = link(entity, tables, keys)
    seconds, processor = time.perf_counter() - started, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({
        "step": "peer", "part": "Splink", "party": "peer", "seconds": round(seconds, 2), "processor": round(processor, 2),
        "peak_mib": round(peak / 1024), "before_mib": round(before.ru_maxrss / 1024), "counted": counted,
        "versions": {name: importlib.metadata.version(name) for name in ("splink", "duckdb")},
    }))  # fmt: skip


if __name__ == "__main__":
    main()
