"""Where true pairs are lost: in blocking, or in the decision; and what the blocking costs.

    python -m benchmarks.lost_pairs DATA [--links OUT/links.csv] [--agreement FILE]

DATA is a folder as `trilink rehearse` takes it, with `truth.csv`. Blocks are made at home and in the clear, with the owner's own
code and the agreement's passes and cap; `--links` adds what a rehearsal on the same folder decided. Firearms are told apart by how
many of the two records hold a usable serial number (five readable characters): without one, only ballistics or circumstance is left.
"""

import argparse
import csv
import hashlib
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from linkage.lab.evaluation import Pair, pair, true_pairs
from linkage.owner.blocking_tokens import blocking_tokens
from linkage.owner.drawing import Draw, made_by, only
from linkage.owner.posting_store import drop_common
from linkage.owner.profile import Source
from linkage.owner.reading import read_source
from linkage.owner.serials import is_usable
from linkage.owner.validation import validate
from linkage.owner.variants import CanonicalRecords, variants_of
from linkage.protocol.agreement import Agreement, read_agreement

KEY = bytes(32)  # nothing travels: any key makes the same blocks
HEADER = ["entity", "pairs", "true", "linked", "lost in decision", "lost in blocking"]


class Blocked(NamedTuple):
    """One owner's records of one entity, the tokens of each record, and counts: postings, those dropped, records."""

    records: CanonicalRecords
    tokens: list[set[tuple[int, int, int]]]
    counts: Counter[str]


def blocked(agreement: Agreement, entity: str, path: Path) -> Blocked:
    """The blocks of one file, at the fineness that its size asks for."""
    header, rows = read_source(Source(path=path))
    rule = agreement.entities[entity]
    records, _, _ = validate(header, rows, Source(path=path), rule)
    variants = variants_of(records, rule)
    passes = {name: block.components(len(records.ids)) for name, block in rule.passes.items()}
    all_of, encoding = blocking_tokens(variants, passes, entity, KEY), agreement.encoding
    shared, dropped = drop_common(all_of, variants.records, encoding.token_cap)
    draw = Draw(encoding.token_cap, encoding.token_postings, hashlib.sha256(str(path).encode()).digest())  # each owner draws by itself
    kept = only(shared, draw.chosen(shared, variants.records, made_by(all_of, variants.records, len(records.ids))))
    tokens: list[set[tuple[int, int, int]]] = [set() for _ in records.ids]
    for record, (high, low), number in zip(variants.records[kept.rows], kept.halves.tolist(), kept.passes.tolist(), strict=True):
        tokens[record].add((high, low, number))
    names = sorted(passes)
    counts = Counter({"records": len(records.ids), "postings": int(kept.rows.size), "dropped": dropped.size})
    counts.update({f"postings of {names[number]}": int(count) for number, count in enumerate(np.bincount(kept.passes)) if count})
    return Blocked(records, tokens, counts)


def compared_pairs(entity: str, owners: dict[str, Blocked]) -> dict[Pair, set[int]]:
    """Pairs of different owners' records that share a token, and the passes in which they do."""
    found: defaultdict[Pair, set[int]] = defaultdict(set)
    for left, right in combinations(sorted(owners), 2):
        holders = defaultdict(list)
        for record, tokens in enumerate(owners[left].tokens):
            for token in tokens:
                holders[token].append(record)
        for record, tokens in enumerate(owners[right].tokens):
            for token in tokens:
                for other in holders.get(token, ()):
                    ids = owners[left].records.ids[other], owners[right].records.ids[record]
                    found[pair(entity, left, ids[0], right, ids[1])].add(token[2])
    return found


def usable_serials(owners: dict[str, Blocked]) -> set[tuple[str, str]]:
    """(owner, record id) of every record with a serial number that can be matched."""
    usable = set()
    for owner, (records, _, _) in owners.items():
        for record_id, serials in zip(records.ids, records.cells.get("serial_number", []), strict=False):
            if any(is_usable(str(serial)) for serial in serials):
                usable.add((owner, record_id))
    return usable


def losses(true: set[Pair], compared: set[Pair], linked: set[Pair] | None) -> list[str]:
    """How many are true, linked, lost in the decision, lost in blocking; as text."""
    blocking = len(true - compared)
    if linked is None:
        return [str(len(true)), "", "", str(blocking)]
    return [str(len(true)), str(len(true & linked)), str(len((true & compared) - linked)), str(blocking)]


def report(data: Path, agreement: Agreement, links: Path | None) -> str:
    """Two Markdown tables: losses, and what blocking costs."""
    truth = true_pairs(pd.read_csv(data / "truth.csv", dtype=str))
    linked = _linked(links) if links else None
    lost, costs = [HEADER], [["entity", "records", "postings per record", "dropped by the cap", "pairs compared", "of them true"]]
    for entity in ("firearm", "organization", "suspect"):
        files = sorted(data.glob(f"*/{entity}.csv"))
        if not files:
            continue
        owners = {path.parent.name: blocked(agreement, entity, path) for path in files}
        true = {each for each in truth if each[0] == entity}
        compared = compared_pairs(entity, owners)
        usable = usable_serials(owners)
        slices: dict[str, set[Pair]] = {"all": true}
        if entity == "firearm":
            for number, name in enumerate(("no usable serial", "one usable serial", "two usable serials")):
                slices[name] = {each for each in true if (each[1] in usable) + (each[2] in usable) == number}
        lost += [[entity, name, *losses(some, set(compared), linked)] for name, some in slices.items()]
        counts = sum((each.counts for each in owners.values()), Counter[str]())
        per_record = f"{counts['postings'] / max(counts['records'], 1):.2f}"
        met = len(set(compared) & true)
        costs.append([entity, str(counts["records"]), per_record, str(counts["dropped"]), str(len(compared)), str(met)])
    return "\n".join([*_markdown(lost), "", *_markdown(costs), ""])


def _linked(path: Path) -> set[Pair]:
    with path.open(encoding="utf-8", newline="") as file:
        return {pair(row["entity"], row["owner_a"], row["record_a"], row["owner_b"], row["record_b"]) for row in csv.DictReader(file)}


def _markdown(table: list[list[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in [table[0], ["---"] * len(table[0]), *table[1:]]]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--links", type=Path)
    parser.add_argument("--agreement", type=Path, default=Path(__file__).parents[1] / "configs" / "agreement.toml")
    options = parser.parse_args()
    print(report(options.data, read_agreement(options.agreement), options.links))


if __name__ == "__main__":
    main()
