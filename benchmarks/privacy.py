"""What an encoding gives away, finds and costs in F1: the trade-off curve over diffusion, token cap, postings a token and passes.

``python -m benchmarks.privacy --out docs --work .privacy`` invents corpora, rehearses them under each setting, attacks the packages and
answers of the first, and writes ``privacy.md`` and ``privacy.svg``. What is there already (``--work``) is not run again, unless the shipped
agreement changed; ``--minutes`` does it in pieces. One core, some fifteen minutes, a third of them for the attacks on tables of 10,000
(``benchmarks.privacy_large``). ``--tiny`` runs one setting on little data, so that the script cannot rot.
"""

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.privacy_large import LARGE, kept_large, large_text
from benchmarks.privacy_runs import OWNER, Corpus, rows_of
from benchmarks.privacy_settings import DEFAULT, SETTINGS, WITHOUT, own_values
from benchmarks.privacy_tables import PACKAGE, cost_table, curve_tables, strongest
from benchmarks.report import _processor
from flows._attacked_across import ALL_REGISTERS
from flows._commands.rehearse import default_agreement
from linkage.lab.attacks.curve import drawn_curve

OVERLAP = 0.3
SEEDS = (7, 3, 11, 13, 17, 19)  # the first is attacked under every setting; all are linked as shipped and without
DRAWN = {PACKAGE: "Recognised in one package", ALL_REGISTERS: "Recognised beside the others', all registers known"}

ABOUT = """\
# What is given away, and what is found

What an attacker recognises who holds people in clear, knows the agreement and has no key, and what the unit finds, under the shipped
agreement (**bold**) and under others. One invented corpus a seed: {people} suspects and firearms and {organizations} organizations
of each of three owners, of whom any two share three in ten. That is far more than real owners do: it makes the many true pairs that F1
needs, and more company for every posting than there would be. What it means: [threat model](threat-model.md), [decision
0034](adr/0034-one-posting-a-token.md).

![F1 over the share of postings recognised, for each setting](privacy.svg)

## What diffusion, cap and draw cost

F1 at the default decision over all true pairs, as shipped, and with no diffusion, no cap on tokens, and all postings under a token; the
same passes, corpora and keys, so that seeds are compared in pairs. *Lost* is the mean difference, below 0 where the shipped agreement
finds more; {seeds} seeds. What the draw alone cost on 10,000 records of each owner, of whom one in twenty is shared: [decision
0034](adr/0034-one-posting-a-token.md).

{cost}

## Setting by setting

Shares above chance, seed {seed}; F1 is of one seed here: half a hundredth says nothing.

- *One package*: of the postings of one owner ({owner}), by who knows all of its people; the strongest of multiplicity, filters shared in
  a block, fullness, similarities inside blocks, and all together.
- *Packages beside each other*, as the unit has them: *one register* is an attacker who knows one owner's people (the mean of the three),
  *all registers* one who knows the people of all. *In company* is the share of postings that have another owner's beside them: no more
  can be recognised there.
- *After regrouping*: of the records whose postings an owner put together in its answer, those recognised from all that the unit then has.

{curve}
## Ten thousand

{large}
Made by `python -m benchmarks.privacy --people {people} --seeds {seeds} --out docs` on {machine}.
"""


def curve(work: Path, corpora: list[Corpus]) -> list[dict[str, Any]]:
    """A row for each setting and entity type, of the first corpus."""
    return [
        {"axis": one.axis, "value": one.value, "said": one.said, "setting": one.name, "default": one == DEFAULT, PACKAGE: strongest(row)}
        | row
        for one in SETTINGS
        for row in rows_of(work, corpora[0], one)
    ]


def cost(work: Path, corpora: list[Corpus]) -> list[str]:
    """The table of what the shipped agreement loses against the same without diffusion and caps."""
    sides = [[row for corpus in corpora for row in rows_of(work, corpus, one)] for one in (DEFAULT, WITHOUT)]
    return list(cost_table(*sides))


def write(out: Path, rows: list[dict[str, Any]], parts: dict[str, Any]) -> None:
    machine = f"{os.cpu_count()} cores{_processor()}, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    text = ABOUT.format(seed=SEEDS[0], owner=OWNER, curve="\n".join(curve_tables(rows)), machine=machine, **parts)
    (out / "privacy.md").write_text(text, encoding="utf-8")
    own = own_values(default_agreement().read_text(encoding="utf-8"))
    (out / "privacy.svg").write_text(drawn_curve(rows, own, DRAWN), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="folder for privacy.md and privacy.svg; without it the curve is printed")
    parser.add_argument("--work", type=Path, help="folder that keeps what was run")
    parser.add_argument("--people", type=int, default=600, help="suspects of each country")
    parser.add_argument("--seeds", type=int, default=len(SEEDS), help="how many corpora the cost is measured on")
    parser.add_argument("--minutes", type=float, default=1e9, help="stop after so many, between two runs; run again to go on")
    parser.add_argument("--tiny", action="store_true")
    said = parser.parse_args()
    people, seeds = (20, SEEDS[:1]) if said.tiny else (said.people, SEEDS[: said.seeds])
    corpora = [Corpus(people, OVERLAP, seed, seed == seeds[0]) for seed in seeds]
    with tempfile.TemporaryDirectory() as scratch:
        work = said.work or Path(scratch)
        work.mkdir(parents=True, exist_ok=True)
        if said.tiny:
            print("\n".join(curve_tables([{"setting": DEFAULT.name, "default": True} | row for row in rows_of(work, corpora[0], DEFAULT)])))
            return
        left = run_all(work, corpora, said.minutes)
        if left:
            print(f"{left} runs are left: run this again")
            return
        rows, parts = curve(work, corpora), {"people": people, "organizations": round(0.6 * people), "seeds": len(seeds)}
        parts |= {"cost": "\n".join(cost(work, corpora)), "large": large_text(work)}
    if said.out is None:
        print("\n".join(curve_tables(rows)))
    else:
        write(said.out, rows, parts)


def run_all(work: Path, corpora: list[Corpus], minutes: float) -> int:
    """Run what was not run yet; returns how many runs are left when the time is over."""
    runs: list[Callable[[], object]] = [partial(rows_of, work, corpora[0], one) for one in SETTINGS]
    runs += [partial(rows_of, work, corpus, one) for corpus in corpora[1:] for one in (DEFAULT, WITHOUT)]
    runs += [partial(kept_large, work, *one) for one in LARGE]
    ends = time.monotonic() + 60 * minutes
    for number, run in enumerate(runs):
        if time.monotonic() > ends:
            return len(runs) - number
        run()
    return 0


if __name__ == "__main__":
    main()
