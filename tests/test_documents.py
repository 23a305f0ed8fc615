"""Documents say what is there: links resolve, references are known, examples load, commands exist, nothing of a machine slips in."""

import json
import re
import subprocess
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.main import get_command

from flows.command_line import app
from flows.unit import read_unit_profile
from linkage.owner.profile import check_sources, read_owner_profile
from linkage.protocol.agreement import Agreement, read_agreement
from linkage.protocol.entity_rules import COMPONENTS, KINDS
from linkage.protocol.linked_cases import read_list
from linkage.protocol.manifest import Manifest, Part, read_manifest
from linkage.protocol.party_profile import agreement_of
from linkage.unit.package_check import check_facts

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
SPECS = sorted((ROOT / "docs" / "spec").glob("*.md"))
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
KEY = re.compile(r"\[((?:[A-Z][A-Za-z]+|SP)[0-9]{3,5}(?:-[0-9A-Z]+)?)\b[^\]\n]{0,40}\]")
NAMED = re.compile(r"trilink ((?:keys|ledger|owner|unit|lab) [a-z0-9]+(?:-[a-z0-9]+)*|rehearse|deliver)")
HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)

# Where this was made, and by what, is nobody's business. Spelt in pieces, so that this file does not name them either.
FORBIDDEN = [
    "/ro" + "ot/", "." + "library", "farm-" + "bench", "py" + "pi.org", "python" + "hosted", "art" + "ifactory",
    "index" + "-url", "Co-Authored" + "-By", "anthr" + "opic",
]  # fmt: skip
FOLDERS = re.compile(r"(?<![\w.~$}])/(?:home|Users|" + "wo" + r"rk)/[a-z][a-z0-9_-]+/?")
BINARY = {".sealed", ".gz", ".png", ".parquet"}


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _blocks(path: Path, language: str) -> list[str]:
    return [body for found, body in FENCE.findall(path.read_text(encoding="utf-8")) if found == language]


def _tracked() -> list[Path]:
    """Files that are, or could be, in the repository: what git tracks and what it does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file() and path.suffix not in BINARY]


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def _commands() -> set[str]:
    """All commands of ``trilink`` as typed, groups included."""
    found = set()
    for name, group in get_command(app).commands.items():  # type: ignore[attr-defined]
        found |= {name, *(f"{name} {inner}" for inner in getattr(group, "commands", {}))}
    return found


@pytest.mark.parametrize("path", DOCUMENTS, ids=_name)
def test_relative_links_resolve(path: Path) -> None:
    for target in LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8"))):
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        linked = (path.parent / file).resolve() if file else path
        assert linked.exists(), f"{_name(path)}: {target}"
        if anchor:
            assert anchor in {_anchor(found) for found in HEADING.findall(linked.read_text(encoding="utf-8"))}, f"{_name(path)}: {target}"


def test_every_key_is_in_the_references() -> None:
    references = (ROOT / "docs" / "references.md").read_text(encoding="utf-8")
    known = set(re.findall(r"^\| \[([^\]]+)\]", references, re.MULTILINE))
    sources = [*DOCUMENTS, *(ROOT / "linkage").rglob("*.py"), *(ROOT / "flows").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    used = {key: _name(path) for path in sources for key in KEY.findall(path.read_text(encoding="utf-8"))}
    assert len(used) > 8, "the pattern finds the keys"
    assert {key: where for key, where in used.items() if key not in known} == {}


@pytest.mark.parametrize("owner", ["mx", "ca", "us"])
def test_example_profiles_of_owners_load(owner: str) -> None:
    profile = read_owner_profile(ROOT / "configs" / "owners" / f"{owner}.toml")
    shipped = read_agreement(ROOT / "configs" / "agreement.toml")
    assert profile.party in shipped.owners
    check_sources(profile, shipped)


def test_no_example_separates_values_by_what_dates_are_written_with() -> None:
    for path in sorted((ROOT / "configs" / "owners").glob("*.toml")):
        for source in read_owner_profile(path).sources.values():
            assert not any(source.separator in written for formats in source.dates.values() for written in formats), _name(path)


def test_example_profile_of_the_unit_loads() -> None:
    profile = read_unit_profile(ROOT / "configs" / "unit.toml")
    shipped = profile.model_copy(update={"agreement": ROOT / "configs" / "agreement.toml"})
    assert agreement_of(shipped, "unit").unit == profile.party


@pytest.mark.parametrize("path", SPECS, ids=_name)
def test_toml_and_json_in_the_specifications_parse(path: Path) -> None:
    for block in _blocks(path, "toml"):
        tomllib.loads(block)
    for block in _blocks(path, "json"):
        assert isinstance(json.loads(block), dict)


def test_the_agreement_of_the_specification_is_one(tmp_path: Path) -> None:
    (block,) = _blocks(ROOT / "docs" / "spec" / "agreement.md", "toml")
    path = tmp_path / "agreement.toml"
    path.write_text(block, encoding="utf-8")
    agreement = read_agreement(path)
    assert agreement.owners == ("mx", "us")


def test_the_specification_names_every_key_kind_and_component() -> None:
    described = (ROOT / "docs" / "spec" / "agreement.md").read_text(encoding="utf-8")
    kinds = (ROOT / "docs" / "spec" / "normalisation.md").read_text(encoding="utf-8")
    assert [key for key in Agreement.model_fields if key not in described] == []
    assert [name for name in COMPONENTS if f"`{name}" not in described] == []
    assert [kind for kind in KINDS.__args__ if f"`{kind}`" not in kinds] == []


def test_the_list_of_the_specification_is_one() -> None:
    (block,) = _blocks(ROOT / "docs" / "spec" / "list.md", "json")
    assert len(read_list(block.encode(), "list.md").links) == 1


def test_the_package_body_of_the_specification_is_one() -> None:
    (block,) = _blocks(ROOT / "docs" / "spec" / "package.md", "json")
    body = json.loads(block)
    parts = tuple(Part(name, 0, "0" * 64) for name in ("non-matches.arrow", "part-0000.arrow"))
    now = datetime(2026, 11, 22, tzinfo=UTC)
    manifest = Manifest("package", "mx", "joint-team", "a", "2026-11", "0" * 32, now, now + timedelta(days=1), parts, body)
    assert check_facts(manifest, read_agreement(ROOT / "configs" / "agreement.toml"), "package.md") == body


def test_the_manifest_of_the_specification_is_one() -> None:
    (block,) = _blocks(ROOT / "docs" / "spec" / "sealed.md", "json")
    written = json.dumps(json.loads(block), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert read_manifest(written, "sealed.md").kind == "package"


def test_commands_that_documents_name_exist() -> None:
    commands = _commands()
    named = {
        (_name(path), match)
        for path in [*DOCUMENTS, *(ROOT / "configs").rglob("*.toml")]
        for match in re.findall(
            r"trilink ((?:keys|ledger|owner|unit|desk|lab) [a-z0-9]+(?:-[a-z0-9]+)*|rehearse|deliver)", path.read_text(encoding="utf-8")
        )
    }
    assert named
    assert {where for where in named if where[1] not in commands} == set()


def test_make_targets_that_documents_name_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    typed = re.compile(r"(?:`|^    )make ([a-z-]+)", re.MULTILINE)
    named = {match for path in DOCUMENTS for match in typed.findall(path.read_text(encoding="utf-8"))}
    assert {"demo", "test"} <= named <= targets


@pytest.mark.parametrize(("page", "commands"), [("how-to-real-parties.md", 14), ("how-to-ceremony.md", 15)])
def test_options_in_the_how_to_exist(page: str, commands: int) -> None:
    blocks = "".join(_blocks(ROOT / "docs" / page, "bash")).replace("\\\n", " ")
    group = get_command(app)
    lines = re.findall(r"trilink (\w+) ([\w-]+)([^\n;]*)", blocks)
    assert len(lines) == commands
    for role, name, rest in lines:
        command = group.commands[role].commands[name]  # type: ignore[attr-defined]
        known = {option for parameter in command.params for option in parameter.opts}
        assert set(re.findall(r"(--[a-z-]+)", rest)) <= known, f"trilink {role} {name}"


def test_nothing_of_a_machine_is_in_the_repository() -> None:
    found = []
    for path in _tracked():
        if path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{_name(path)}: {word}" for word in FORBIDDEN if word.lower() in text.lower()]
        found += [f"{_name(path)}: {folder}" for folder in FOLDERS.findall(text)]
    assert found == []


def test_the_search_for_machines_finds_one() -> None:
    """Positive control: the words are found where they are."""
    assert all(FOLDERS.search(f"see {folder}") for folder in ("/wo" + "rk/main", "/home/" + "someone/x"))
    assert not FOLDERS.search("../../home/mx/private.json, benchmarks/work/x")
