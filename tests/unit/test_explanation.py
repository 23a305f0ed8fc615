"""The waterfall of a link: what each comparison adds, adding up to its weight, and no value of anyone."""

import csv
import io

import pytest

from linkage.unit.explanation import EXPLAIN_HEADER, write_explanations
from tests.parties import Parties, Unit
from tests.small_world import PEOPLE, people, person


@pytest.fixture(scope="module")
def explained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Unit, list[dict[str, str]]]:
    """Ernesto Zamora has another telephone at mx, and none of them a locality there."""
    tables = people("ca", "mx")
    tables["mx"]["suspect"] = [row | {"locality": ""} for row in tables["mx"]["suspect"]]
    tables["mx"]["suspect"][4] = person("mx", 4, locality="", phone="5599999999")
    parties = Parties(tmp_path_factory.mktemp("parties"), tables)
    unit = parties.unit()
    write_explanations(unit.state, unit.run())
    text = unit.state.result("explain.csv").read_text(encoding="utf-8")
    assert text.splitlines()[0] == ",".join(EXPLAIN_HEADER)
    return unit, list(csv.DictReader(io.StringIO(text)))


def test_the_steps_of_every_link_add_up_to_its_weight(explained: tuple[Unit, list[dict[str, str]]]) -> None:
    unit, rows = explained
    links = list(csv.DictReader(io.StringIO(unit.state.result("links.csv").read_text(encoding="utf-8"))))
    assert {(row["pseudonym_a"], row["pseudonym_b"]) for row in rows} == {(row["pseudonym_a"], row["pseudonym_b"]) for row in links}
    for link in links:
        steps = [row for row in rows if row["pseudonym_a"] == link["pseudonym_a"]]
        assert {row["weight"] for row in steps} == {link["weight"]}
        assert sum(float(row["adds"]) for row in steps) == pytest.approx(float(link["weight"]), abs=0.001)
        assert [float(row["adds"]) for row in steps] == sorted((float(row["adds"]) for row in steps), reverse=True)


def test_agreement_adds_disagreement_takes_and_what_is_missing_is_not_there(explained: tuple[Unit, list[dict[str, str]]]) -> None:
    unit, rows = explained
    name = {record: pseudonym.hex() for pseudonym, record in unit.parties.record_of().items()}
    steps = {row["comparison"]: row for row in rows if row["pseudonym_b"] == name["mx-04"]}
    phone = next(row for names, row in steps.items() if "phone" in names.split("+"))
    birth = next(row for names, row in steps.items() if "birth" in names.split("+"))
    assert float(birth["adds"]) > 0 > float(phone["adds"]) or phone is birth
    assert "place" not in steps


def test_no_value_of_anyone_is_in_it(explained: tuple[Unit, list[dict[str, str]]]) -> None:
    unit, _ = explained
    text = unit.state.result("explain.csv").read_text(encoding="utf-8")
    assert not [value for row in PEOPLE for value in row if value in text]
