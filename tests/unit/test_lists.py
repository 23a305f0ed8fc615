"""What a linked-case list says, and what it must not."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from linkage.owner.pseudonyms import Pseudonyms
from linkage.protocol.canonical import canonical_json
from linkage.protocol.linked_cases import PART, LinkedCase
from linkage.unit.issuing import last_issued, list_path
from linkage.unit.lists import FEWEST, write_lists
from tests.parties import NOW, UNIT, Parties, Unit
from tests.small_world import HOLDS, PEOPLE, gun, people, person, shared

OWNERS = ("ca", "mx", "us")
HEX = re.compile(r"[0-9a-f]{32}")


@pytest.fixture(scope="module")
def unit(tmp_path_factory: pytest.TempPathFactory) -> Unit:
    """Three owners' suspects and firearms; us-07 has no case, and mx-05 another telephone."""
    tables = people()
    for owner, entities in tables.items():
        entities["firearm"] = [gun(owner, number) for number in HOLDS[owner]]
    tables["us"]["suspect"][6] |= {"case_id": ""}
    tables["mx"]["suspect"][5] |= {"phone": "5598765432"}
    made = Parties(tmp_path_factory.mktemp("parties"), tables).unit()
    made.run()
    return made


def rows_of(unit: Unit, owner: str) -> dict[tuple[str, str, str], LinkedCase]:
    """An owner's rows by (entity type, own record id, other owner)."""
    own = {entity: {name.hex(): record for name, record in unit.parties.record_of(entity).items()} for entity in ("firearm", "suspect")}
    return {(row.entity, own[row.entity][row.own], row.other.owner): row for row in unit.list_of(owner).links}


def test_both_owners_see_the_same_links(unit: Unit) -> None:
    lists = {owner: unit.list_of(owner) for owner in OWNERS}
    for left, right in (("ca", "mx"), ("ca", "us"), ("mx", "us")):
        seen = [{row.link_id for row in lists[one].links if row.other.owner == other} for one, other in ((left, right), (right, left))]
        assert seen[0] == seen[1]
        assert len(seen[0]) == 2 * sum(number in HOLDS[right] for number in HOLDS[left])


def test_both_sides_of_a_link_say_the_same_of_it(unit: Unit) -> None:
    sides = [row for owner in OWNERS for row in unit.list_of(owner).links]
    alike = ("entity", "band", "fields", "cluster", "case_links", "status")
    for row in sides:
        (twin,) = [other for other in sides if other.link_id == row.link_id and other.own != row.own]
        assert all(getattr(row, name) == getattr(twin, name) for name in alike)


def test_references_are_made_for_one_recipient(unit: Unit) -> None:
    """Two recipients who compare their lists cannot tell that they were told about the same record."""
    to_ca, to_mx = (rows_of(unit, owner) for owner in ("ca", "mx"))
    reference, other = to_ca["suspect", "ca-05", "us"].other, to_mx["suspect", "mx-05", "us"].other
    assert reference.owner == other.owner == "us"
    assert reference.reference != other.reference
    assert reference.case_reference != other.case_reference
    names = Pseudonyms(unit.parties.keys["us"])
    assert reference.reference == names.record("ca", "suspect", "us-05").hex() != names.record(UNIT, "suspect", "us-05").hex()
    assert reference.case_reference == names.case("ca", "us/2").hex()


def test_no_name_of_another_owner_is_the_one_that_the_unit_knows(unit: Unit) -> None:
    known = {name.hex(): record for entity in ("firearm", "suspect") for name, record in unit.parties.record_of(entity).items()}
    for owner in OWNERS:
        text = unit.list_of(owner).model_dump_json()
        assert {known[name][:2] for name in HEX.findall(text) if name in known} == {owner}


def test_a_list_has_no_value_and_no_score(unit: Unit) -> None:
    for owner in OWNERS:
        document = unit.list_of(owner).model_dump(mode="json")
        assert not [leaf for leaf in leaves(document) if isinstance(leaf, float)]
        text = json.dumps(document).lower()
        values = {value.lower() for row in PEOPLE for cell in row for value in re.split(r"[ -]", cell) if len(value) > 4}
        assert not [value for value in values if value in text]
        assert "gun-" not in text
        assert "mx-0" not in text


def leaves(document: Any) -> list[Any]:
    if isinstance(document, dict):
        return [leaf for value in document.values() for leaf in leaves(value)]
    return [leaf for value in document for leaf in leaves(value)] if isinstance(document, list) else [document]


def test_an_estimate_over_few_links_is_the_bands_and_not_theirs(unit: Unit) -> None:
    bands = unit.state.agreement.decision.bands
    estimates = [estimate for owner in OWNERS for estimate in unit.list_of(owner).estimates]
    few = [estimate for estimate in estimates if estimate.links < FEWEST]
    assert few
    assert all(estimate.expected_precision_percent == int(100 * bands[estimate.band]) for estimate in few)
    assert {(estimate.lowest_percent, estimate.highest_percent) for estimate in few} == {(0, 100)}


def test_estimates_count_the_rows(unit: Unit) -> None:
    for owner in OWNERS:
        document = unit.list_of(owner)
        counted = Counter((row.entity, row.other.owner, row.band) for row in document.links)
        assert {(one.entity, one.other, one.band): one.links for one in document.estimates} == counted


def test_case_links_count_what_two_cases_share(unit: Unit) -> None:
    """Persons and guns 4 and 5 are of one case at each owner: two suspects, two firearms."""
    rows = rows_of(unit, "mx")
    assert rows["suspect", "mx-05", "ca"].case_links == {"firearm": 2, "suspect": 2}
    assert rows["firearm", "mx-gun-05", "us"].case_links == {"firearm": 2, "suspect": 2}
    assert rows["suspect", "mx-01", "us"].case_links == {"firearm": 1, "suspect": 1}  # us has not number 0


def test_a_record_without_a_case_shares_none(unit: Unit) -> None:
    row = rows_of(unit, "mx")["suspect", "mx-07", "us"]
    assert row.other.case_reference is None
    assert row.case_links == {}
    assert rows_of(unit, "mx")["firearm", "mx-gun-07", "us"].case_links == {"firearm": 2, "suspect": 1}


def test_field_classes_say_what_disagreed(unit: Unit) -> None:
    row = rows_of(unit, "mx")["suspect", "mx-05", "ca"]
    assert row.fields.conflict == ["phone"]
    assert row.fields.agree == ["address", "birth_date", "given_name", "surname"]


def test_a_cluster_over_three_countries_names_them_and_its_weakest_link(unit: Unit) -> None:
    ca, mx = rows_of(unit, "ca")["suspect", "ca-04", "us"], rows_of(unit, "mx")["suspect", "mx-04", "us"]
    assert ca.cluster == mx.cluster
    assert (ca.cluster.records, ca.cluster.countries) == (3, ["CA", "MX", "US"])
    assert rows_of(unit, "mx")["suspect", "mx-02", "us"].cluster.records == 2


def test_a_list_is_the_canonical_json_of_its_model(unit: Unit) -> None:
    """The slow twin: a list as objects, written by the model. The unit writes rows as text and must not differ in a byte."""
    for owner in OWNERS:
        letter = unit.parties.letter(list_path(unit.out, unit.state.epoch, owner, last_issued(unit.state, owner)), "list", owner)
        assert len(unit.list_of(owner).links) > 10
        assert letter.parts[PART] == canonical_json(unit.list_of(owner).model_dump(mode="json"))


def test_no_words_of_an_agreement_are_taken_for_the_place_of_the_rows(tmp_path: Path) -> None:
    caution = 'Lead only; "links":[] means nothing.'
    parties = Parties(tmp_path, people("ca", "mx"), agreement={"exchange": {"caution": caution}})
    unit = parties.unit()
    unit.run()
    assert unit.list_of("mx").caution == caution
    assert len(unit.list_of("mx").links) == len(shared("ca", "mx"))


def test_rows_are_in_order_of_entity_band_and_link(unit: Unit) -> None:
    for owner in OWNERS:
        rows = [(row.entity, row.band, row.link_id) for row in unit.list_of(owner).links]
        assert rows == sorted(rows)


def test_an_empty_list_is_sealed_all_the_same(tmp_path: Path) -> None:
    """Silence would say that nobody looked."""
    tables = {"ca": {"suspect": [person("ca", 1)]}, "mx": {"suspect": [person("mx", 9)]}}
    unit = Parties(tmp_path, tables).unit()
    unit.run()
    for owner in tables:
        document = unit.list_of(owner)
        assert (document.owner, document.links, document.estimates) == (owner, [], [])
        assert document.caution == unit.state.agreement.exchange.caution


def test_an_owner_that_sent_nothing_gets_an_empty_list(tmp_path: Path) -> None:
    parties = Parties(tmp_path, people())
    unit = parties.unit()
    unit.run(parties.package("ca"), parties.package("us"))
    assert unit.list_of("mx").links == []
    assert len(unit.list_of("ca").links) == len(shared("ca", "us"))


def test_sealed_lists_are_not_sealed_again(unit: Unit) -> None:
    before = unit.tree()
    decided = unit.decide()
    assert unit.tree() == before
    assert write_lists(unit.state, decided, unit.intake.by, unit.out, NOW) == {owner: len(unit.list_of(owner).links) for owner in OWNERS}
