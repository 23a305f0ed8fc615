"""Intake against honest and lying owners: every lie has its own clear sentence, and nothing of it is written."""

import io
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.protocol.encoded import EncodedPostings
from linkage.protocol.errors import InvalidPackage, TrilinkError
from linkage.protocol.non_matches import NonMatches
from linkage.protocol.postings import posting_schema, postings_bytes, read_postings
from linkage.protocol.similarity import cells_of
from linkage.unit.intake import remove_leftovers, take_in
from linkage.unit.package_check import NON_MATCHES, check_parts
from linkage.unit.state import RunState
from tests.parties import UNIT, Letter, Lie, Parties, days
from tests.small_world import people
from tests.vectors.make_sealing import keys_for_tests

PART = "part-0000.arrow"


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


# ---------------------------------------------------------------- lies about facts


def fact(name: str, value: object) -> Lie:
    return lambda letter: letter.body.update({name: value})


def without(name: str) -> Lie:
    return lambda letter: letter.body.pop(name)


def said(**changes: object) -> Lie:
    """A sender's decisions: kind, agreement, epoch, by, to, created."""
    return lambda letter: vars(letter).update(changes)


# ---------------------------------------------------------------- lies in parts


def rows(change: Callable[[EncodedPostings], EncodedPostings]) -> Lie:
    """Postings changed, in a part that is otherwise well made."""

    def lie(letter: Letter) -> None:
        letter.parts[PART] = postings_bytes(change(postings_of(letter)), RULE)

    return lie


def postings_of(letter: Letter) -> EncodedPostings:
    path = SCRATCH / PART
    path.write_bytes(letter.parts[PART])
    return read_postings(path, RULE)


def taken(postings: EncodedPostings, order: object) -> EncodedPostings:
    filters = {name: words[order] for name, words in postings.filters.items()}
    columns = (postings.tokens, postings.ids, postings.passes, postings.presence)
    return EncodedPostings(*(column[order] for column in columns), filters)


def with_column(name: str, change: Callable[[np.ndarray], object]) -> Lie:
    def changed(postings: EncodedPostings) -> EncodedPostings:
        copy = taken(postings, slice(None))
        column = getattr(copy, name).copy()
        change(column)
        setattr(copy, name, column)
        return copy

    return rows(changed)


def one_block(postings: EncodedPostings) -> EncodedPostings:
    """Every row under the first token, ids in order: a block that compares everything with everything."""
    order = np.lexsort((postings.ids[:, 1], postings.ids[:, 0]))
    crowd = taken(postings, order)
    crowd.tokens = np.repeat(postings.tokens[:1], len(postings), axis=0)
    return crowd


def same_id(ids: np.ndarray) -> None:
    ids[1] = ids[0]


def bits_of_nobody(postings: EncodedPostings) -> EncodedPostings:
    cleared = taken(postings, slice(None))
    cleared.filters = cleared.filters | {"given": np.zeros_like(postings.filters["given"])}
    return cleared


def non_matches(codes: list[int], met: list[int], sampled: list[int], totals: tuple[int, int]) -> Lie:
    def lie(letter: Letter) -> None:
        columns = (np.array(column, dtype=np.int64) for column in (codes, met, sampled))
        letter.parts[NON_MATCHES] = NonMatches(*columns, totals).to_bytes()

    return lie


def short_buffers(letter: Letter) -> None:
    """Lengths that claim a hundred times the rows there are: kernels would read beyond the end of memory."""
    count = len(postings_of(letter))
    letter.parts[PART] = letter.parts[PART].replace(struct.pack("<q", count), struct.pack("<q", count * 100))


def other_columns(letter: Letter) -> None:
    table = pa.ipc.open_file(io.BytesIO(letter.parts[PART])).read_all().drop_columns(["filter/phone"])
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    letter.parts[PART] = sink.getvalue()


def part(name: str, data: bytes | None) -> Lie:
    return lambda letter: letter.parts.pop(name) if data is None else letter.parts.update({name: data})


RULE = SCRATCH = None  # of the module's parties; set below


@pytest.fixture(scope="module", autouse=True)
def _rule(parties: Parties, tmp_path_factory: pytest.TempPathFactory) -> None:
    globals().update(RULE=parties.agreement.entities["suspect"], SCRATCH=tmp_path_factory.mktemp("scratch"))


NOT_OURS = keys_for_tests("xx")
LIES = [  # what mx's package lies about, the lie, what the refusal says
    ("entity type nobody agreed", fact("entity", "vehicle"), "about an entity type that the agreement does not have"),
    ("entity type that is a list", fact("entity", ["suspect"]), "about an entity type that the agreement does not have"),
    ("no records", fact("records", 0), "no sound records"),
    ("records below zero", fact("records", -1), "no sound records"),
    ("records true", fact("records", True), "no sound records"),
    ("fewer records than its pairs need", fact("records", 3), "more pairs than 3 records make"),
    ("postings as text", fact("postings", "12"), "no sound postings"),
    ("one posting more", lambda letter: letter.body.update(postings=letter.body["postings"] + 1), "postings, its manifest says"),
    ("more partitions than there can be", fact("partition_bits", 50), "no sound partition_bits"),
    ("other partition bits", fact("partition_bits", 1), "its parts are not those its manifest speaks of"),
    ("key check value that is none", fact("key_check_value", "\x1b[2J"), "no sound key_check_value"),
    ("no conformance digest", without("conformance"), "no sound conformance"),
    ("dropped postings of no pass", fact("postings_dropped", {"Juan": 3}), "no sound postings_dropped"),
    ("a fact more", fact("surname", "x"), "states facts that no package has"),
    ("other key check value", fact("key_check_value", "0" * 32), "suspect packages of ca, us / mx: key check values differ"),
    ("other conformance digest", fact("conformance", "0" * 64), "suspect packages of ca, us / mx: conformance digests differ"),
    ("a part missing", part(NON_MATCHES, None), "its parts are not those its manifest speaks of"),
    ("a part added", part("part-0001.arrow", b"x"), "its parts are not those its manifest speaks of"),
    ("a part that is no Arrow file", part(PART, b"surname,first\n"), f"part {PART} is not an Arrow file"),
    ("a part of other columns", other_columns, f"part {PART} does not have the agreed columns"),
    ("a part shorter than it says", short_buffers, f"part {PART} is not an Arrow file"),
    ("rows unsorted", rows(lambda postings: taken(postings, slice(None, None, -1))), "rows are not sorted by token"),
    ("presence bits that lie", with_column("presence", lambda bits: bits.__ixor__(1)), "presence bits and filters disagree"),
    ("presence bits of no filter", with_column("presence", lambda bits: bits.__ior__(1 << 9)), "presence bits of filters"),
    ("a filter cleared", rows(bits_of_nobody), "presence bits and filters disagree"),
    ("a pass nobody agreed", with_column("passes", lambda passes: passes.fill(9)), "a pass that the agreement does not have"),
    ("one id for two postings", with_column("ids", same_id), "a posting id comes twice"),
    ("all postings in one block", rows(one_block), "a token stands for more records than the agreed cap of 8"),
    ("patterns nobody agreed", non_matches([10**15], [0], [1], (1, 3)), "level patterns that the agreement does not have"),
    ("more pairs than records make", non_matches([5], [1], [0], (10, 10**9)), "more pairs than 12 records make"),
    ("more non-matches than pairs", non_matches([5], [60], [0], (60, 66 - 10)), "more pairs counted than there are"),
    ("counts that overflow", non_matches([5, 6, 7, 8], [2**62] * 4, [0] * 4, (3, 66)), "more pairs counted than there are"),
    ("patterns not rising", non_matches([6, 5], [1, 1], [0, 0], (2, 66)), "counts that cannot be"),
    ("counts below zero", non_matches([5], [-1], [0], (2, 66)), "counts that cannot be"),
    ("for someone else", said(to=keys_for_tests("ca").public()), f"addressed to ca, and we are {UNIT}"),
    ("to an old key of ours", said(to=keys_for_tests(UNIT, "old").public()), "sealed to the key"),
    ("signed by someone else", said(by=keys_for_tests("mx", "stolen")), "not signed by mx with the key"),
    ("from nobody we know", said(by=NOT_OURS), "from xx, awaited from ca or mx or us"),
    ("from ourselves", said(by=keys_for_tests(UNIT)), f"from {UNIT}, awaited from ca or mx or us"),
    ("an answer", said(kind="regroup_answer"), "is a regroup_answer, expected a package"),
    ("other agreement's fingerprint", said(agreement="f" * 64), "made under the agreement ffffffffffffffff"),
    ("other epoch's name", said(epoch="2026-10"), "of epoch 2026-10, expected 2026-11"),
    ("expired", lambda letter: vars(letter).update(created=letter.created - days(31)), "expired on"),
    ("from the future", lambda letter: vars(letter).update(created=letter.created + days(1)), "created in the future"),
]  # fmt: skip


def refused(parties: Parties, lie: Path, says: str, name: str) -> None:
    """The lie is refused beside an honest package, nothing is written; then honest ones come in, and a rerun continues."""
    unit = parties.unit(f"unit-{name}")
    unit.take_in(parties.package("us"))
    before = unit.tree()
    with pytest.raises(InvalidPackage) as caught:
        unit.take_in(parties.package("ca"), lie)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.__context__ is None
    assert unit.tree() == before
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
    refused(parties, lie, "part part-0000.arrow: holds tokens of another partition", "partition")


def test_a_file_that_is_not_there_is_refused(parties: Parties) -> None:
    refused(parties, parties.folder / "nowhere.sealed", "nowhere.sealed: not there", "nowhere")


def test_a_package_counts_in_one_run_only(parties: Parties) -> None:
    first, again = parties.unit("replayed"), parties.unit("replayed", run="another")
    first.take_in(*parties.packages())
    before = first.tree()
    with pytest.raises(InvalidPackage, match=f"replayed, received.jsonl has it from run {first.state.run}"):
        again.take_in(*parties.packages())
    assert first.tree() == before


def test_a_second_package_of_the_epoch_is_refused(parties: Parties) -> None:
    refused_twice = parties.unit("second")
    refused_twice.take_in(*parties.packages())
    before = refused_twice.tree()
    with pytest.raises(InvalidPackage, match=r"from mx about suspect: in epoch 2026-11 it already sent another one"):
        refused_twice.take_in(parties.lying(parties.package("mx"), fact("records", 13)))
    assert refused_twice.tree() == before


def test_two_different_packages_at_once_are_both_refused(parties: Parties) -> None:
    """Neither is believed, and neither is in the ledger, so that either can come in when a person has decided."""
    refused(parties, parties.lying(parties.package("ca"), fact("records", 13)), "it already sent another one", "both")


def test_one_package_given_twice_counts_once(parties: Parties) -> None:
    copy = parties.folder / "copy.sealed"
    copy.write_bytes(parties.package("mx").read_bytes())
    unit = parties.unit("twice")
    counts = unit.take_in(copy, *parties.packages())
    assert counts == parties.unit("once").take_in(*parties.packages())
    assert len(unit.tree()["received.jsonl"].splitlines()) == 1 + 3


def test_a_package_after_the_owners_were_asked_comes_too_late(parties: Parties) -> None:
    unit = parties.unit("late")
    unit.take_in(parties.package("ca"), parties.package("us"))
    unit.ask()
    before = unit.tree()
    with pytest.raises(InvalidPackage, match="too late, the owners have been asked to regroup in epoch 2026-11"):
        unit.take_in(*parties.packages())
    assert unit.tree() == before
    unit.take_in(parties.package("ca"), parties.package("us"))  # a rerun of what is in


def test_intake_killed_between_ledger_and_files_continues(parties: Parties, monkeypatch: pytest.MonkeyPatch) -> None:
    unit = parties.unit("killed")
    with monkeypatch.context() as patched:
        patched.setattr("linkage.unit.intake._keep", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            unit.take_in(*parties.packages())
    assert unit.state.entities() == []
    unit.take_in(*parties.packages())
    assert unit.state.present("suspect") == ["ca", "mx", "us"]


def test_leftovers_of_killed_steps_are_removed(parties: Parties) -> None:
    unit = parties.unit("leftovers")
    unit.take_in(*parties.packages())
    before = unit.tree()
    for name in (".intake-abc", "packages/.suspect.12.unfinished"):
        (unit.state.folder / name).mkdir()
        (unit.state.folder / name / "x").write_text("x")
    (unit.state.folder / "packages" / ".suspect.json.34.unfinished").write_text("x")
    remove_leftovers(unit.state.folder)
    assert unit.tree() == before


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
    letter = parties.letter(parties.package("mx"))
    data = bytearray(letter.parts[name])
    data[-(at % 2000 % len(data)) - 1 if from_end else at % len(data)] ^= 1 << bit
    for part_name, content in (letter.parts | {name: bytes(data)}).items():
        (SCRATCH / part_name).write_bytes(content)
    with suppress(InvalidPackage):
        check_parts(SCRATCH, letter.body, parties.agreement, "flipped")
