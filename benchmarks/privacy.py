"""What an encoding gives away and finds, over diffusion, postings a token, token cap and passes: one rehearsal and one attack a setting.

``python -m benchmarks.privacy --out docs`` invents a corpus, rehearses it under each setting, attacks the first owner's packages as
``trilink lab attack`` does, and writes ``privacy.md`` and ``privacy.svg``. Settings that are there already (``--work``) are not run again.
``--tiny`` runs one setting on little data, so that the script cannot rot.
"""

import argparse
import json
import os
import platform
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import tomlkit

from benchmarks.report import _processor
from flows._attacked import Aim, attack_rehearsal
from flows._commands.rehearse import default_agreement
from flows._tasks import without_heartbeat
from flows.rehearsal import rehearsal_flow
from linkage.lab.attacks.across import beside_each_other
from linkage.lab.attacks.curve import drawn_curve
from linkage.lab.invention import invent
from linkage.lab.plan import plan
from linkage.protocol.recognition import EVIDENCE, recognised

OWNER = "mx"
SEED = 7
LOOKED_AT = ("filters shared in a block", "similarities inside blocks", "fullness of filters", "all of these")
DIFFUSION = (1, 2, 8)
CAPS = (2, 31)
POSTINGS = (2, 8)  # of those who share a token; 8 is what 0033 had
ACROSS = "all owners' packages beside each other"
EVERY = (2, 4)  # every so manieth pass alone


class Setting(NamedTuple):
    """What is changed, to what, and whether it is the shipped agreement's own."""

    axis: str
    value: int
    default: bool


def settings(document: Any) -> Iterator[Setting]:
    """All that are run; the default stands on every axis."""
    encoding = document["encoding"]
    for axis, others in (("token_postings", POSTINGS), ("token_cap", CAPS), ("diffusion", DIFFUSION)):
        own = int(encoding[axis])
        yield from (Setting(axis, value, value == own) for value in sorted({own, *others}))
    yield Setting("every_nth_pass", 1, True)
    yield from (Setting("every_nth_pass", value, False) for value in EVERY)


def changed(document: Any, setting: Setting) -> str:
    """The agreement under a setting."""
    if setting.axis != "every_nth_pass":
        document["encoding"][setting.axis] = setting.value
        return tomlkit.dumps(document)
    for rule in document["entities"].values():
        names = sorted(rule["passes"])
        for number, name in enumerate(names):
            if number % setting.value:
                del rule["passes"][name]
    return tomlkit.dumps(document)


def name_of(setting: Setting) -> str:
    """Under which its run is kept; the default is one run on every axis."""
    return "default" if setting.default else f"{setting.axis}-{setting.value}"


def measured(work: Path, data: Path, setting: Setting) -> list[dict[str, Any]]:
    """A row for each entity type: F1 against the truth, and shares of postings recognised above chance by an attacker who knows all."""
    name = name_of(setting)
    noted, out = work / f"{name}.json", work / name
    if not noted.exists():
        path = work / f"{name}.toml"
        path.write_text(changed(tomlkit.parse(default_agreement().read_text(encoding="utf-8")), setting), encoding="utf-8")
        with without_heartbeat():
            rehearsal_flow(str(data), str(out), str(path), "threads", 1, SEED)
        quality = json.loads((out / "quality.json").read_text(encoding="utf-8"))
        rows = [{"entity": entity, "f1": quality[entity]["default"]["f1"], **given_away(out, data, entity)} for entity in sorted(quality)]
        noted.write_text(json.dumps(rows), encoding="utf-8")
    rows = json.loads(noted.read_text(encoding="utf-8"))
    return [{"axis": setting.axis, "value": setting.value, "default": setting.default} | row for row in rows]


def given_away(out: Path, data: Path, entity: str) -> dict[str, float]:
    """Of one owner's package by itself; and of all owners' beside each other, by who holds the people of all of them."""
    owners = sorted(path.parent.name for path in data.glob(f"*/{entity}.csv"))
    attacked = {owner: attack_rehearsal(out, Aim(entity, owner, data / owner / f"{entity}.csv", None, 1.0, SEED)) for owner in owners}
    own = attacked[OWNER]
    found = {name: recognised(own.target, own.known, EVIDENCE[name]).above for name in LOOKED_AT}
    target, known = (beside_each_other([getattr(attacked[owner], side) for owner in owners]) for side in ("target", "known"))
    return found | {ACROSS: recognised(target, known, EVIDENCE["all of these"]).above, "postings": len(own.target.postings)}


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Markdown, a line for each setting and entity type."""
    head = ["setting", "entity type", "F1", *LOOKED_AT, ACROSS, "postings"]
    lines = ["| " + " | ".join(head) + " |", "|---|---|" + "---:|" * (len(head) - 2)]
    for row in rows:
        said = f"{row['axis'].replace('_', ' ')} {row['value']}{' (default)' if row['default'] else ''}"
        f1 = "undefined" if row["f1"] is None else f"{row['f1']:.4f}"
        shares = " | ".join(f"{row[name]:.2%}" for name in (*LOOKED_AT, ACROSS))
        lines.append(f"| {said} | {row['entity']} | {f1} | {shares} | {row['postings']:,} |")
    return lines


ABOUT = """\
# What is given away, and what is found

Shares of one owner's postings whose person is guessed right, above chance, by an attacker who holds the same people in clear (all of
them, as they stand in the owner's table) and the agreement, not the key; by one kind of evidence each, and by all together. F1 is at the
default decision, over all true pairs of the three owners. One invented corpus of {people} suspects of each country, seed {seed}:
differences of a hundredth of F1 say little. The last share is of all owners' postings, by who holds the people of all owners in clear and
looks at what the unit compares. What it means: [decision 0034](adr/0034-one-posting-a-token.md), [threat model](threat-model.md).

![F1 over the share of postings recognised, for each setting](privacy.svg)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="folder for privacy.md and privacy.svg; without it the table is printed")
    parser.add_argument("--work", type=Path, help="folder that keeps what was run")
    parser.add_argument("--people", type=int, default=400, help="suspects of each country")
    parser.add_argument("--only", default="", help="one setting, AXIS=VALUE; with --work they can be run at different times")
    parser.add_argument("--kept", action="store_true", help="only what --work holds already")
    parser.add_argument("--tiny", action="store_true")
    said = parser.parse_args()
    people = 20 if said.tiny else said.people
    with tempfile.TemporaryDirectory() as scratch:
        work = said.work or Path(scratch)
        work.mkdir(parents=True, exist_ok=True)
        if not (work / "data").exists():
            invent(work / "data", plan(str(people), 0.3, "typical", SEED), 1)
        document = tomlkit.parse(default_agreement().read_text(encoding="utf-8"))
        run = [one for one in settings(document) if said.only in ("", f"{one.axis}={one.value}")][: 1 if said.tiny else None]
        if said.kept:
            run = [one for one in run if (work / f"{name_of(one)}.json").exists()]
        rows = [row for one in run for row in measured(work, work / "data", one)]
    machine = f"{os.cpu_count()} cores{_processor()}, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    if said.out is None:
        print("\n".join(table(rows)))
        return
    missing = " Settings that had not been run are left out." if len(run) < len(list(settings(document))) else ""
    ending = f"Made by `python -m benchmarks.privacy --people {people} --out {said.out}` on {machine}.{missing}"
    text = "\n".join([ABOUT.format(people=people, seed=SEED), *table(rows), "", ending, ""])
    (said.out / "privacy.md").write_text(text, encoding="utf-8")
    (said.out / "privacy.svg").write_text(drawn_curve(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
