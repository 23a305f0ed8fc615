"""The fingerprint of an agreement: any difference in meaning shows, none in spelling does."""

import copy
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from linkage.protocol.agreement import Agreement, read_agreement
from tests.made_agreements import agreement_with, small_rule
from tests.made_lists import AGREEMENT_FILE
from tests.protocol.test_agreement import SHIPPED, changed, written

Keys = tuple[str | int, ...]


def leaves(tree: Any, path: Keys = ()) -> list[tuple[Keys, Any]]:
    if not isinstance(tree, dict | list):
        return [(path, tree)]
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    return [leaf for key, value in items for leaf in leaves(value, (*path, key))]


NUDGES: dict[type, Callable[[Any], Any]] = {
    str: lambda text: text + "x", int: lambda number: number + 64, float: lambda share: share * 0.9999,
    date: lambda day: day.replace(day=15), bool: lambda said: not said,
}  # fmt: skip


def test_the_fingerprint_changes_with_any_value() -> None:
    """Each value of a small agreement changed alone, where the change makes sense."""
    document = agreement_with(small_rule()).model_dump()
    seen, changes = {agreement_with(small_rule()).fingerprint}, 0
    for path, value in leaves(document):
        if value is None:
            continue
        other = copy.deepcopy(document)
        place = other
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = NUDGES[type(value)](value)
        try:
            seen.add(Agreement.model_validate(other).fingerprint)
        except ValidationError:
            continue
        changes += 1
    assert len(seen) == changes + 1
    assert changes > 40


def test_comments_spaces_and_order_do_not_change_the_fingerprint(tmp_path: Path) -> None:
    fingerprint = read_agreement(AGREEMENT_FILE).fingerprint
    document = copy.deepcopy(SHIPPED)
    document["entities"] = dict(reversed(document["entities"].items()))
    document["entities"]["suspect"]["filters"] = dict(reversed(document["entities"]["suspect"]["filters"].items()))
    assert read_agreement(written(tmp_path, document)).fingerprint == fingerprint
    text = AGREEMENT_FILE.read_text(encoding="utf-8")
    bare = "\n".join(line.split("   #")[0] for line in text.splitlines() if not line.lstrip().startswith("#"))
    (tmp_path / "bare.toml").write_text(bare.replace(" = ", "  =  "), encoding="utf-8")
    assert read_agreement(tmp_path / "bare.toml").fingerprint == fingerprint


def test_spelling_out_a_default_or_writing_one_as_a_whole_number_changes_nothing(tmp_path: Path) -> None:
    fingerprint = read_agreement(AGREEMENT_FILE).fingerprint
    assert read_agreement(written(tmp_path, changed("entities.suspect.filters.given.q", 2))).fingerprint == fingerprint
    one, whole = (read_agreement(written(tmp_path, changed("decision.bands", {"A": top, "C": 0.5}))).fingerprint for top in (1.0, 1))
    assert one == whole
