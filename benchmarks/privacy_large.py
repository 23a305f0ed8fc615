"""Attacks on a table of 10,000: one owner's package under the shipped agreement, and with 8 and 30 postings a token to compare with.

The owner is the Mexican one of the invented corpus: Spanish names, 10,000 suspects and firearms, 6,000 organizations. Who is attacked is a
drawn tenth of them; the attacker holds all of them in clear. And the similarity graph of one filter a record, as far as it goes.
"""

import csv
import shutil
import tomllib
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.privacy_runs import kept, shipped
from benchmarks.privacy_settings import DEFAULT, changed, named
from benchmarks.privacy_tables import table
from flows._attacked import ATTACKER, JUDGE
from flows._commands.rehearse import default_agreement
from linkage.lab.attacks.controls import diffused, q_grams, record_filters
from linkage.lab.attacks.graphs import dice_matrix, matched
from linkage.lab.invention import invent
from linkage.lab.plan import plan
from linkage.owner.encoded_records import encoded_under, filters_in_clear, lone_filters, records_of
from linkage.owner.sources import Source
from linkage.protocol.agreement import Agreement
from linkage.protocol.recognition import EVIDENCE, block_numbers, recognised
from linkage.protocol.risk_measures import known_pairs_top

Row = dict[str, Any]
OWNER, PEOPLE, SEED = "mx", 10_000, 7
SHARE = 0.1  # of the people are attacked
POSTINGS = ("token postings 8", "token postings 30, cap 30")
PAIRS, OTHERS = (250, 1_000), 1_000
GRAPHS = ((1_000, 1), (1_000, 4), (2_000, 4), (4_000, 4))  # people, diffusion
GRAPH_FIELDS = ("given_names", "surname_1", "date_of_birth")
ENTITIES = ("firearm", "organization", "suspect")
LARGE = [
    *(("postings", entity, name) for entity in ENTITIES for name in (DEFAULT.name, *POSTINGS)),
    *(("pairs", entity, str(pairs)) for entity in ENTITIES for pairs in PAIRS),
    *(("graph", str(people), str(diffusion)) for people, diffusion in GRAPHS),
]
ABOUT = """\
One owner's package ({owner}: Spanish names; 10,000 suspects and firearms, 6,000 organizations, seed {seed}), all of its people known to the
attacker; a drawn tenth of them is attacked. As shipped, and with up to 8 and 30 of those who share a token in the package, which
is what the draw prevents. *Neighbours*: others of the owner beside a posting, on average. Shares above chance.

{postings}

*Known pairs*: an attacker who knows of so many people which filters are theirs learns from them, and then guesses each of the others;
the aims are 2 % and 5 %.

{pairs}

*Similarity graph* of one filter a record (names and birth date), comparable with everybody's, which no package of Trilink is: what the
same attack does to the usual encoding, with diffusion 1 (none) and 4. Its memory grows with the square of the people, its time with
the cube; more than {most:,} were not run.

{graphs}
"""


def kept_large(work: Path, kind: str, of: str, value: str) -> Row:
    """One attack on the large table, from an earlier run where there was one."""
    data = work / f"data-large-{SEED}"
    if not (data / "truth.csv").exists():
        shutil.rmtree(data, ignore_errors=True)
        invent(data, plan(str(PEOPLE), None, "typical", SEED), 1)
    runs = {"postings": lambda: attacked_postings(data, of, value), "pairs": lambda: known_pairs(data, of, int(value)),
            "graph": lambda: graph(data, int(of), int(value))}  # fmt: skip
    found: Row = kept(work / f"{shipped()}-large-{kind}-{of}-{value.replace(', ', '-').replace(' ', '-')}.json", runs[kind])
    return found


def large_text(work: Path) -> str:
    """The tables of all attacks on the large table, with what they mean."""
    found = {kind: [kept_large(work, *one) for one in LARGE if one[0] == kind] for kind in ("postings", "pairs", "graph")}
    shown = [
        [row["entity"], row["setting"], f"{row['postings']:,}", f"{row['neighbours']:.2f}", *(f"{row[name]:.2%}" for name in EVIDENCE)]
        for row in found["postings"]
    ]
    top = [
        [row["entity"], f"{row['pairs']:,}", f"{row['others']:,}", f"{1 / row['others']:.2%}", f"{row['top']:.2%}"]
        for row in found["pairs"]
    ]
    graphs = [[f"{row['people']:,}", str(row["diffusion"]), f"{row['share']:.1%}"] for row in found["graph"]]
    return ABOUT.format(
        owner=OWNER, seed=SEED, postings=table(["entity type", "setting", "postings", "neighbours", *EVIDENCE], shown, 2),
        pairs=table(["entity type", "known pairs", "others", "chance", "first"], top, 1),
        graphs=table(["people", "diffusion", "matched right"], graphs, 0), most=max(people for people, _ in GRAPHS),
    )  # fmt: skip


def attacked_postings(data: Path, entity: str, name: str, seed: int = SEED) -> Row:
    """The share of postings recognised above chance by each kind of evidence, under the shipped agreement changed as the setting says."""
    agreement = _agreement(name)
    people = records_of(Source(path=data / OWNER / f"{entity}.csv"), agreement.entities[entity])
    target, known = encoded_under([JUDGE, ATTACKER], people, agreement, entity, people.count())
    asked = (np.random.default_rng(seed).random(people.count()) < SHARE)[target.entities]
    found = {evidence: recognised(target, known, EVIDENCE[evidence], asked) for evidence in EVIDENCE}
    sizes = np.bincount(block_numbers(target.postings.tokens))
    neighbours = float((sizes.astype(np.float64) ** 2).sum() / max(sizes.sum(), 1)) - 1
    shares = {evidence: one.above for evidence, one in found.items()}
    return {"entity": entity, "setting": name, "people": people.count(), "postings": len(target.postings), "neighbours": neighbours,
            "chance": found["all of these"].chance, **shares}  # fmt: skip


def known_pairs(data: Path, entity: str, pairs: int, seed: int = SEED) -> Row:
    """With so many pairs known, of up to 1,000 others the share that is first; of the shipped agreement."""
    agreement = _agreement(DEFAULT.name)
    people = records_of(Source(path=data / OWNER / f"{entity}.csv"), agreement.entities[entity])
    chosen = np.random.default_rng(seed).permutation(people.count())[: pairs + OTHERS]
    some = people.of_entities(np.sort(chosen).tolist())
    sides = lone_filters(some, agreement, entity, JUDGE), filters_in_clear(some, agreement, entity)
    bits, clear = (np.concatenate([side[name] for name in sorted(side)], axis=1) for side in sides)
    top = known_pairs_top(bits, clear, pairs, np.random.default_rng(seed))
    return {"entity": entity, "pairs": pairs, "others": some.count() - pairs, "top": top}


def graph(data: Path, count: int, diffusion: int, seed: int = SEED) -> Row:
    """One filter a record of names and birth date, comparable with everybody's: the share that the similarity graph gives away."""
    with (data / OWNER / "suspect.csv").open(encoding="utf-8") as file:
        rows = [[(name, row.get(name) or "") for name in GRAPH_FIELDS] for row, _ in zip(csv.DictReader(file), range(count), strict=False)]
    texts, order = [q_grams(row) for row in rows], np.random.default_rng(seed).permutation(len(rows))
    sides = record_filters([texts[place] for place in order], b"the owners'"), record_filters(texts, b"the attacker's")
    encoded, clear = (
        diffused(side, diffusion, np.random.default_rng(seed + number)) if diffusion > 1 else side for number, side in enumerate(sides)
    )
    right = matched(dice_matrix(encoded, encoded), dice_matrix(clear, clear)) == order
    return {"people": len(rows), "diffusion": diffusion, "share": float(right.mean())}


def _agreement(name: str) -> Agreement:
    return Agreement.model_validate(tomllib.loads(changed(default_agreement().read_text(encoding="utf-8"), named(name))))
