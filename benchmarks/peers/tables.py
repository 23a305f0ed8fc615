"""What all peers share: the owners' tables tidied as their manuals advise, and the list of pairs that every tool hands in.

A peer runs as ``python -m benchmarks.peers.NAME DATA SETTING OUT``: it reads ``DATA/<owner>/<entity>.csv``, writes its pairs to ``OUT``
and prints one JSON object with its seconds (from tidy tables to decided pairs) and the versions of what it used.

The pairs: ``entity,owner_a,record_a,owner_b,record_b,score,decided``, every pair of records that the tool would consider with a score
that ranks it, and 1 where its own label-free decision makes it a link.
"""

import importlib.metadata
import json
import sys
import time
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from benchmarks.single_link import RecordPair, joined

Tables = dict[str, pd.DataFrame]
PAIRS = ["entity", "owner_a", "record_a", "owner_b", "record_b", "score", "decided"]
IDENTIFIERS = (
    "curp", "rfc", "ine", "ssn", "fbi_ucn", "fps", "sin", "passport", "driver_licence", "phone", "email", "ein", "bn", "neq", "lei", "ffl",
)  # fmt: skip
Link = Callable[[str, str, Tables], pd.DataFrame]
"""Setting, entity and the owners' tables in; pairs (all of `PAIRS` but the entity) out."""


def run(link: Link, entities: Callable[[str], Iterable[str]], packages: tuple[str, ...]) -> None:
    """Read the owners' tables of every entity type that the peer has settings for, link them, write the pairs."""
    folder, setting, out = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    found, seconds = [], {}
    for entity in entities(setting):
        tables = read_owners(folder, entity)
        if not tables:
            continue
        started = time.perf_counter()
        found.append(link(setting, entity, tables).assign(entity=entity))
        seconds[entity] = round(time.perf_counter() - started, 3)
    pd.concat(found)[PAIRS].to_csv(out, index=False, lineterminator="\n")
    print(json.dumps({"seconds": seconds, "versions": {name: importlib.metadata.version(name) for name in packages}}))


def read_owners(folder: Path, entity: str) -> Tables:
    """Owner -> tidy table with ``record_id`` as index; all have the same columns, None for what is empty or what an owner lacks."""
    paths = sorted(folder.glob(f"*/{entity}.csv"))
    raw = {path.parent.name: pd.read_csv(path, dtype=str, index_col="record_id", keep_default_na=False) for path in paths}
    columns = list(dict.fromkeys(column for table in raw.values() for column in table if column != "case_id"))
    return {owner: _tidy(table.reindex(columns=columns, fill_value=""), entity) for owner, table in raw.items()}


def _tidy(table: pd.DataFrame, entity: str) -> pd.DataFrame:
    tidy = table.apply(lambda column: column.map(fold))
    many = {name: tidy[name].str.split("|") for name in ("aliases",) if name in tidy}
    tidy = tidy.apply(lambda column: column.str.split("|").str[0].str.strip())
    if entity == "suspect":
        tidy[["first_name", "middle"]] = tidy["given_names"].str.extract(r"^(\S*) ?(.*)$")
        names = tidy[[name for name in ("given_names", "surname_1", "surname_2") if name in tidy]]
        tidy["whole_name"] = names.agg(" ".join, axis=1).str.split().str.join(" ")
        tidy["birth_year"] = tidy["date_of_birth"].str[:4] if "date_of_birth" in tidy else ""
    for name in (*IDENTIFIERS, "serial_number", "postal_code", "calibre"):
        if name in tidy and name != "email":
            tidy[name] = tidy[name].str.replace(r"[^0-9a-z]", "", regex=True)
    tidy["identifiers"] = [[f"{name} {row[name]}" for name in IDENTIFIERS if row.get(name)] or None for row in tidy.to_dict("records")]
    tidy = tidy.replace({"": None})
    own = tidy["whole_name" if entity == "suspect" else "name"] if entity != "firearm" else None
    if own is not None:
        others = many.get("aliases", pd.Series([[""]] * len(tidy), index=tidy.index))
        tidy["all_names"] = [sorted({one for one in (name, *more) if one}) or None for name, more in zip(own, others, strict=True)]
    return tidy


def fold(text: str) -> str:
    """Lower case without accents, one blank between words.

    >>> fold(" Núñez  Ávila")
    'nunez avila'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join(plain.lower().split())


def decide(pairs: pd.DataFrame, likely: "pd.Series[bool]") -> pd.DataFrame:
    """Mark as decided what the likely pairs, surest first, join by single link; of equal scores the first by record ids comes first.

    Pairs that were never scored but are implied by two links join at the end of the ranking, without a score.
    """
    order = pairs.assign(likely=likely).sort_values(["score", *PAIRS[1:5]], ascending=[False, True, True, True, True])
    links = {found for new in joined(_keys(order[order["likely"]])) for found in new}
    keys = _keys(order)
    marked = order.assign(decided=[int(key in links) for key in keys])
    implied = [(*left, *right) for left, right in sorted(links - set(keys))]
    return pd.concat([marked, pd.DataFrame(implied, columns=PAIRS[1:5]).assign(decided=1)]) if implied else marked


def _keys(pairs: pd.DataFrame) -> list[RecordPair]:
    return [((owner_a, a), (owner_b, b)) for owner_a, a, owner_b, b in zip(*(pairs[name] for name in PAIRS[1:5]), strict=True)]
