"""Intake against honest and lying owners: every lie has its own clear sentence, and nothing of it is written."""

import io
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.protocol.errors import InvalidPackage, OverBudget, TrilinkError
from linkage.protocol.postings import posting_schema, postings_bytes
from linkage.protocol.similarity import cells_of
from linkage.unit.intake import take_in
from linkage.unit.package_check import NON_MATCHES, check_parts
from linkage.unit.state import RunState
from tests.parties import Letter, Lie, Parties
from tests.small_world import people
from tests.unit.package_lies import LIES, PART, RULE, fact, postings_of


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    return Parties(tmp_path_factory.mktemp("parties"), people())


@pytest.fixture(scope="module")
def others(parties: Parties) -> dict[str, Parties]:
    """The same owners under another agreement, and in another epoch."""
    return {
        "agreement": Parties(parties.folder / "agreement", people(), agreement={"encoding": {"token_cap": 9}}),
        "epoch": Parties(parties.folder / "epoch", people(), epoch="2026-12"),
    }


def refused(parties: Parties, lie: Path, says: str, name: str) -> None:
    """The lie is refused beside an honest package, nothing is written; then honest ones come in, and a rerun continues."""
    unit = parties.unit(f"unit-{name}")
    unit.take_in(parties.package("us"))
    before = unit.tree(ledger=False)
    with pytest.raises(InvalidPackage) as caught:
        unit.take_in(parties.package("ca"), lie)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.__context__ is None
    assert unit.tree(ledger=False) == before
    honest = parties.packages()
    counts = unit.take_in(*honest)
    assert sorted(counts) == ["ca suspect", "mx suspect", "us suspect"]
    after = unit.tree()
    assert unit.take_in(*honest) == counts
    assert unit.tree() == after


@pytest.mark.parametrize(("name", "lie", "says"), LIES, ids=[case[0] for case in LIES])
def test_a_lie_is_refused_and_leaves_nothing(name: str, lie: Lie, says: str, parties: Parties) -> None:
    refused(parties, parties.lying(parties.package("mx"), lie), says, name)


def cut(data: bytes) -> bytes:
    return data[:-1]


def flipped(at: int) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        changed = bytearray(data)
        changed[at] ^= 1
        return bytes(changed)

    return change


HEADER = 300  # bytes, about: then the wrapped key, 1,168 bytes, then the manifest
BYTES = [  # what happened to mx's package on the way, how, what the refusal says
    ("magic flipped", flipped(0), "not a sealed file of trilink"),
    ("version flipped", flipped(7), "sealed in another format version"),
    ("header flipped", flipped(13), "its header is damaged"),
    ("wrapped key flipped", flipped(HEADER + 600), "does not open with our key"),
    ("manifest flipped", flipped(HEADER + 1168 + 50), "altered in chunk 1 of"),
    ("last byte flipped", flipped(-1), "altered in chunk"),
    ("cut short", cut, "cut short"),
    ("cut to nothing", lambda data: b"", "not a sealed file of trilink"),
    ("something appended", lambda data: data + b"x", "1 bytes follow its end"),
]


@pytest.mark.parametrize(("name", "change", "says"), BYTES, ids=[case[0] for case in BYTES])
def test_a_changed_file_is_refused_and_leaves_nothing(name: str, change: Callable[[bytes], bytes], says: str, parties: Parties) -> None:
    changed = parties.folder / f"{name}.sealed"
    changed.write_bytes(change(parties.package("mx").read_bytes()))
    refused(parties, changed, says, name)


def test_a_wrong_epoch_key_is_refused(parties: Parties) -> None:
    refused(parties, parties.package("mx", key="other", home="other"), "ca, us / mx: key check values differ", "key")


def test_another_agreement_is_refused(parties: Parties, others: dict[str, Parties]) -> None:
    refused(parties, others["agreement"].package("mx"), "made under the agreement", "agreement")


def test_another_epoch_is_refused(parties: Parties, others: dict[str, Parties]) -> None:
    refused(parties, others["epoch"].package("mx"), "of epoch 2026-12, expected 2026-11", "epoch")


def test_partitions_for_other_declared_sizes_are_refused(parties: Parties) -> None:
    refused(parties, parties.package("mx", largest=15_000, home="large"), "ca, us / mx: partition bits differ", "bits")


def test_tokens_of_another_partition_are_refused(parties: Parties) -> None:
    def swap(letter: Letter) -> None:
        letter.parts[PART], letter.parts["part-0001.arrow"] = letter.parts["part-0001.arrow"], letter.parts[PART]

    lie = parties.lying(parties.package("mx", largest=15_000, home="large"), swap)
    unit = parties.unit("partition")
    before = unit.tree()
    with pytest.raises(InvalidPackage, match=r"part part-0000\.arrow: holds tokens of another partition"):
        unit.take_in(parties.package("ca", largest=15_000, home="large"), lie)
    assert unit.tree() == before


def test_a_file_that_is_not_there_is_refused(parties: Parties) -> None:
    refused(parties, parties.folder / "nowhere.sealed", "nowhere.sealed: not there", "nowhere")


def test_a_package_counts_in_one_run_only(parties: Parties) -> None:
    first, again = parties.unit("replayed"), parties.unit("replayed", run="another")
    first.take_in(*parties.packages())
    before = first.tree(ledger=False)
    with pytest.raises(InvalidPackage, match=f"replayed, ledger.jsonl has it from run {first.state.run}"):
        again.take_in(*parties.packages())
    assert first.tree(ledger=False) == before


def test_a_second_package_of_the_epoch_is_refused(parties: Parties) -> None:
    refused_twice = parties.unit("second")
    refused_twice.take_in(*parties.packages())
    before = refused_twice.tree(ledger=False)
    with pytest.raises(InvalidPackage, match=r"from mx about suspect: in epoch 2026-11 it already sent another one"):
        refused_twice.take_in(parties.lying(parties.package("mx"), fact("records", 13)))
    assert refused_twice.tree(ledger=False) == before


def test_two_different_packages_at_once_are_both_refused(parties: Parties) -> None:
    """Neither is believed, and neither is noted as received, so that either can come in when a person has decided."""
    refused(parties, parties.lying(parties.package("ca"), fact("records", 13)), "it already sent another one", "both")


def test_one_package_given_twice_counts_once(parties: Parties) -> None:
    copy = parties.folder / "copy.sealed"
    copy.write_bytes(parties.package("mx").read_bytes())
    unit = parties.unit("twice")
    counts = unit.take_in(copy, *parties.packages())
    assert counts == parties.unit("once").take_in(*parties.packages())
    assert len(unit.tree()["ledger.jsonl"].splitlines()) == 1 + 3


def test_a_second_package_of_an_owner_and_entity_type_is_refused_also_when_it_is_late(parties: Parties) -> None:
    unit = parties.unit("late")
    unit.take_in(parties.package("ca"), parties.package("us"))
    unit.ask()
    before = unit.tree(ledger=False)
    with pytest.raises(InvalidPackage, match="in epoch 2026-11 it already sent another one"):
        unit.take_in(parties.package("mx"), parties.lying(parties.package("ca"), lambda letter: None))
    assert unit.tree(ledger=False) == before


def test_intake_killed_between_ledger_and_files_continues(parties: Parties, monkeypatch: pytest.MonkeyPatch) -> None:
    unit = parties.unit("killed")
    with monkeypatch.context() as patched:
        patched.setattr("linkage.unit.intake._keep", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            unit.take_in(*parties.packages())
    assert unit.state.entities() == []
    unit.take_in(*parties.packages())
    assert unit.state.present("suspect") == ["ca", "mx", "us"]


def test_a_folder_of_another_epoch_is_not_taken(parties: Parties, others: dict[str, Parties]) -> None:
    unit = parties.unit("folder")
    for name in ("agreement", "epoch"):
        with pytest.raises(TrilinkError, match="take a new folder"):
            RunState(unit.state.folder, others[name].agreement, others[name].epoch)


def test_nothing_given_is_nothing_taken(parties: Parties) -> None:
    assert take_in(parties.unit("nothing").intake, []) == {}


def test_the_control_an_honest_package_sealed_again_comes_in(parties: Parties) -> None:
    """Positive control: the simulator's own sealing is not what is refused."""
    again = parties.lying(parties.package("mx"), lambda letter: None)
    assert len(parties.unit("control").take_in(again, parties.package("ca"))) == 2


def test_the_schema_that_the_lies_are_written_with_is_the_agreed_one(parties: Parties) -> None:
    letter = parties.letter(parties.package("mx"))
    assert pa.ipc.open_file(io.BytesIO(letter.parts[PART])).schema == posting_schema(RULE)
    assert postings_bytes(postings_of(letter), RULE) == letter.parts[PART]
    assert cells_of(RULE) == 4 * 4 * 4 * 3 * 3


@settings(max_examples=80, deadline=None)
@given(name=st.sampled_from([PART, NON_MATCHES]), at=st.integers(0, 10**6), bit=st.integers(0, 7), from_end=st.booleans())
def test_any_flipped_bit_of_a_part_is_refused_or_harmless(name: str, at: int, bit: int, from_end: bool, parties: Parties) -> None:
    """An owner may sign any bytes; they end as one clear sentence or as postings, never as another error or a crash."""
    letter, folder = parties.letter(parties.package("mx")), parties.folder / "flipped"
    folder.mkdir(exist_ok=True)
    data = bytearray(letter.parts[name])
    data[-(at % 2000 % len(data)) - 1 if from_end else at % len(data)] ^= 1 << bit
    for part_name, content in (letter.parts | {name: bytes(data)}).items():
        (folder / part_name).write_bytes(content)
    with suppress(InvalidPackage):
        check_parts(folder, letter.body, parties.agreement, "flipped")


def test_a_package_over_the_budget_does_not_come_in(parties: Parties) -> None:
    """Nor do the others of the same call; what is in the ledger is that it was over."""
    strict = Parties(parties.folder / "strict", people(), agreement={"budgets": {"max_records": 5}})
    unit = strict.unit()
    with pytest.raises(OverBudget, match=r"over budget: (ca|mx|us): its suspect package has \d+ records, the agreement allows 5"):
        unit.take_in(*strict.packages())
    assert [entry.event for entry in unit.intake.received.ledger.entries()] == ["begun", "over_budget"]
