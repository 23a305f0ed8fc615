"""Does the blocking planner foresee what blocking finds? Predicted against true pairs completeness where the truth is known.

    python -m benchmarks.plan_blocking DATA ... [--agreement FILE] [--sample N] [--out FILE]

DATA are folders as `trilink rehearse` takes them, with `truth.csv`. Every owner plans for every other owner, twice: under the error model
that ships, which knows nothing of the data, and under rates counted from the truth of this very pair of owners, which shows what the
form of the model is worth when its numbers are right. Counted rates say of each field how often the other side lacks it, has another value,
or has it with a slip of the hand; address parts that are all missing or all others' count together.
"""

import argparse
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from jellyfish import damerau_levenshtein_distance

from benchmarks.lost_pairs import Blocked, blocked, compared_pairs
from linkage.lab.evaluation import Pair, true_pairs
from linkage.lab.parties import write_profile
from linkage.owner.error_model import FORMAT, ErrorModel, Rates, Together, read_error_model
from linkage.owner.folding import ocr_fold
from linkage.owner.plan_blocking import Planning, plan_blocking
from linkage.owner.profile import read_owner_profile
from linkage.protocol.agreement import Agreement, read_agreement
from linkage.protocol.entity_rules import EntityRule

ADDRESS = ("house_number", "street", "locality", "region", "postal_code")
HEADER = ["data", "entity", "owner for owner", "true pairs", "true", "shipped model", "half to twice the errors", "counted rates"]
Cell = tuple[object, ...]


def difference(own: Cell, other: Cell, kind: str) -> str:
    """What happened to a value on its way: the name of an error, "" where some value is the same, "missing" where there is none."""
    if not other or set(own) & set(other):
        return "" if other else "missing"
    one, two = _flat(own[0]), _flat(other[0])
    words, others = set(one.split()), set(two.split())
    if kind == "date":
        return _of_dates(one, two)
    if kind == "serial" and "?" in two and len(one) == len(two) and all(b in ("?", a) for a, b in zip(one, two, strict=True)):
        return "filed_off"
    if kind == "serial" and ocr_fold(one) == ocr_fold(two):
        return "misread"
    if kind == "serial" and (one.endswith(two) or one.startswith(two)):
        return "end_lost"
    if len(words) > 1 and others and others < words:
        return "word_lost"
    if len(words) > 1 and two == f"{one.rsplit(' ', 1)[0]} {one.split()[-1][0]}":
        return "shortened"
    wrong = damerau_levenshtein_distance(one, two)
    return "mistyped" if wrong == 1 else "garbled" if wrong <= max(2, min(len(one), len(two)) // 3) else "replaced"


def _of_dates(one: str, two: str) -> str:
    if one[:4] == two and len(one) == 8:
        return "year_only"
    if len(one) == len(two) == 8 and one == two[:4] + two[6:] + two[4:6]:
        return "turned"
    return "mistyped" if sum(a != b for a, b in zip(one, two, strict=False)) <= 1 and len(one) == len(two) else "replaced"


def _flat(value: object) -> str:
    return " ".join(part for part in value if part) if isinstance(value, tuple) else str(value)


def counted(ours: Blocked, theirs: Blocked, pairs: list[tuple[int, int]], rule: EntityRule) -> ErrorModel:
    """Rates of one pair of owners, from the truth; carelessness is taken to be none, for it is not told apart."""
    rates: dict[str, Rates] = {}
    under = {alias: _under_alias(ours, theirs, pairs, (alias, field.replaces)) for alias, field in rule.fields.items() if field.replaces}
    hidden = {(part, pair) for alias, found in under.items() for part in rule.fields[alias].replaces for pair in found}
    together = Counter(_address(ours, theirs, pair) for pair in pairs)
    seen = max(sum(together.values()) - together["none"], 1)
    apart = [pair for pair in pairs if _address(ours, theirs, pair) in ("none", "")]
    for field, own in ours.records.cells.items():
        kept = apart if field in ADDRESS else pairs
        held = [(own[a], theirs.records.cells.get(field, {}), b) for a, b in kept if own[a] and (field, (a, b)) not in hidden]
        found = Counter(difference(cell, column[b] if column else (), rule.fields[field].kind) for cell, column, b in held)
        rates[field] = {error: count / len(held) for error, count in sorted(found.items()) if error}
        if field in under and held:
            rates[field]["alias_used"] = min(len(under[field]) / len(held), 1.0)
    part = Together(fields=list(ADDRESS), missing=together["missing"] / seen, replaced=together["replaced"] / seen)
    known = [field for field in ADDRESS if field in ours.records.cells]
    return ErrorModel(format=FORMAT, carelessness=0.0, fields=rates, together=[part] if len(known) > 1 else [])


def _under_alias(ours: Blocked, theirs: Blocked, pairs: list[tuple[int, int]], of: tuple[str, list[str]]) -> set[tuple[int, int]]:
    """Pairs of which one side's name is among the other's aliases, and not its name."""
    alias, parts = of
    sides = []
    for each in (ours.records.cells, theirs.records.cells):
        columns = [each[part] for part in parts if part in each]
        sides.append((columns, each.get(alias, [])))
    (own, own_aliases), (other, other_aliases) = sides
    found = set()
    for a, b in pairs:
        one, two = (" ".join(str(column[at][0]) for column in columns if column[at]) for columns, at in ((own, a), (other, b)))
        known = {_flat(value) for value in own_aliases[a]} if own_aliases else set()
        known_there = {_flat(value) for value in other_aliases[b]} if other_aliases else set()
        if one != two and (two in known or one in known_there):
            found.add((a, b))
    return found


def _address(ours: Blocked, theirs: Blocked, pair: tuple[int, int]) -> str:
    """What happened to all parts of an address alike; "" where nothing did, "none" where there is no address."""
    own = {field: column[pair[0]] for field, column in ours.records.cells.items() if field in ADDRESS and column[pair[0]]}
    other = {field: theirs.records.cells[field][pair[1]] if field in theirs.records.cells else () for field in own}
    if not own:
        return "none"
    if not any(other.values()):
        return "missing"
    parts = [field for field in ("street", "house_number", "postal_code") if field in own and other[field]]
    return "replaced" if len(parts) > 1 and all(own[field] != other[field] for field in parts) else ""


def rows(data: Path, of: tuple[Agreement, Path, list[str]], sample: int) -> Iterator[list[str]]:
    """One line for each entity type and ordered pair of owners that share anything."""
    truth = true_pairs(pd.read_csv(data / "truth.csv", dtype=str))
    agreement, agreement_path, entities = of
    for entity in entities:
        files = {path.parent.name: path for path in sorted(data.glob(f"*/{entity}.csv"))}
        owners = {owner: blocked(agreement, entity, path) for owner, path in files.items()}
        met = set(compared_pairs(entity, owners)) if len(owners) > 1 else set[Pair]()
        stated = {owner: _plan(path, (agreement, agreement_path, entity), sample, read_error_model()) for owner, path in files.items()}
        shared = _shared(owners, {pair for pair in truth if pair[0] == entity})
        for (owner, other), pairs in sorted(shared.items()):
            model = counted(owners[owner], owners[other], pairs, agreement.entities[entity])
            known = _plan(files[owner], (agreement, agreement_path, entity), sample, model)
            found = sum(pair in met for pair in truth if _is_of(pair, entity, owner, other)) / len(pairs)
            spread = f"{stated[owner]['with_half_the_errors']:.3f} to {stated[owner]['with_twice_the_errors']:.3f}"
            shares = [f"{found:.3f}", f"{stated[owner]['pairs_completeness']:.3f}", spread, f"{known['pairs_completeness']:.3f}"]
            yield [data.name, entity, f"{owner} for {other}", f"{len(pairs):,}", *shares]


def _shared(owners: dict[str, Blocked], truth: set[Pair]) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """Record numbers of the true pairs of each ordered pair of owners."""
    place = {(owner, record_id): number for owner, each in owners.items() for number, record_id in enumerate(each.records.ids)}
    found: defaultdict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for _, left, right in sorted(truth):
        if left in place and right in place:
            found[left[0], right[0]].append((place[left], place[right]))
            found[right[0], left[0]].append((place[right], place[left]))
    return found


def _is_of(pair: Pair, entity: str, owner: str, other: str) -> bool:
    return pair[0] == entity and {pair[1][0], pair[2][0]} == {owner, other}


def _plan(table: Path, of: tuple[Agreement, Path, str], sample: int, model: ErrorModel) -> dict[str, Any]:
    agreement, agreement_path, entity = of
    with tempfile.TemporaryDirectory() as folder:
        profile = read_owner_profile(write_profile(Path(folder), "owner", agreement_path, {entity: table}))
        return plan_blocking(profile, agreement, entity, Planning(model, sample))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--agreement", type=Path, default=Path(__file__).parents[1] / "configs" / "agreement.toml")
    parser.add_argument("--entity", nargs="+", help="only these entity types")
    parser.add_argument("--sample", type=int, default=2_000, help="imagined counterparts of an owner")
    parser.add_argument("--out", type=Path, help="write the table here too")
    options = parser.parse_args()
    agreement = read_agreement(options.agreement)
    lines = [HEADER, ["---"] * len(HEADER)]
    for data in options.data:
        lines += rows(data, (agreement, options.agreement, options.entity or sorted(agreement.entities)), options.sample)
    page = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    print(page)
    if options.out:
        options.out.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
