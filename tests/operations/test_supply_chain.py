"""What is shipped: known parts under licences that fit, the same wheel from the same source, and no secret."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from tests.conftest import Trilink
from tests.licences import is_allowed, licence_of, locked

ROOT = Path(__file__).resolve().parents[2]


def test_everything_in_the_lock_has_a_licence_that_fits() -> None:
    wrong, absent = {}, []
    for name in locked():
        try:
            licences = licence_of(name)
        except PackageNotFoundError:
            absent.append(name)
            continue
        if not any(is_allowed(one) for one in licences):
            wrong[name] = licences
    assert wrong == {}
    assert len(absent) < len(locked()) / 10, "the lock is installed here"


@pytest.mark.parametrize(("licence", "fits"), [("MIT", True), ("AGPL-3.0-only", False), ("MIT OR GPL-2.0-only", True), ("", False)])
def test_what_fits(licence: str, fits: bool) -> None:
    assert is_allowed(licence) is fits


def test_the_bill_of_materials_names_every_part_with_its_hashes(tmp_path: Path) -> None:
    out = tmp_path / "trilink.cdx.json"
    command = [sys.executable, "-m", "cyclonedx_py", "requirements", "--pyproject", "pyproject.toml", "--output-reproducible"]
    done = subprocess.run([*command, "--of", "JSON", "-o", str(out), "requirements.lock"], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    document = json.loads(out.read_text(encoding="utf-8"))
    assert document["bomFormat"] == "CycloneDX" and document["metadata"]["component"]["name"] == "trilink"
    assert {one["name"]: one["version"] for one in document["components"]} == locked()
    assert all(hashes for one in document["components"] for hashes in [one["externalReferences"][0]["hashes"]])


def _wheel(folder: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"SOURCE_DATE_EPOCH": "1795521600"}, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _wheel(tmp_path_factory.mktemp("wheel"))


def test_the_same_source_gives_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    first, second = (hashlib.sha256(one.read_bytes()).hexdigest() for one in (wheel, _wheel(tmp_path)))
    assert first == second
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"linkage/configs/agreement.toml", "linkage/configs/prefect.yaml", "flows/command_line.py"} <= names
    assert {f"linkage/desk/migrations/{path.name}" for path in (ROOT / "linkage/desk/migrations").glob("*.py")} <= names
    assert {name.split("/")[0] for name in names} == {"linkage", "flows", "trilink-0.1.0.dist-info"}


def _with_compiled_kernels(site: Path) -> None:
    """Numba's cache of the checkout beside the same sources, as after a first run: compiling takes half a minute and shows nothing."""
    for cached in ROOT.glob("linkage/**/__pycache__/*.nb[ic]"):
        target = site / cached.relative_to(ROOT)
        target.parent.mkdir(exist_ok=True)
        shutil.copy2(cached, target)
    for source in ROOT.glob("linkage/**/*.py"):
        unpacked = site / source.relative_to(ROOT)
        if unpacked.exists() and unpacked.read_bytes() == source.read_bytes():
            shutil.copystat(source, unpacked)  # the cache goes by the time of the source


@pytest.mark.e2e
def test_the_wheel_runs_from_an_empty_folder(wheel: Path, trilink: Trilink, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    _with_compiled_kernels(tmp_path / "site")
    empty = tmp_path / "empty"
    empty.mkdir()
    installed = Trilink(trilink.environment | {"PYTHONPATH": str(tmp_path / "site")}, trilink.log)
    assert "doctor" in installed("--help", cwd=empty).stdout
    found = json.loads(installed("doctor", "--json", cwd=empty).stdout)
    assert {one["check"] for one in found if one["state"] == "fail"} == set()
    invented = installed("lab", "invent", "--out", "tables", "--size", 30, "--overlap", 0.3, "--seed", 1, cwd=empty)
    assert invented.returncode == 0, invented.stderr
    for table in [*(empty / "tables").glob("*/firearm.csv"), *(empty / "tables").glob("*/organization.csv")]:
        table.unlink()
    done = installed("rehearse", "--data", "tables", "--out", "run", "--seed", 1, cwd=empty)
    assert done.returncode == 0, done.stderr
    assert (empty / "run" / "links.csv").read_text(encoding="utf-8").count("\n") > 1


SECRETS = [  # what it is, how it looks
    ("a private key", re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\n[A-Za-z0-9+/=\n]{40,}")),
    ("a key of AWS", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    ("a token of GitHub", re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,})")),
    ("a token of Slack", re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{20,}")),
    ("a password in an address", re.compile(r"\b[a-z][a-z0-9+]{2,15}://[^\s:/@{}$'\"<>]+:(?!hunter2@|secret@|password@|\.\.\.@)[^\s@/{}$'\"<>]+@[a-z0-9]")),
    ("keys of a party", re.compile(r'"format":"trilink/party-keys/v1".*"secret":"[A-Za-z0-9+/=]{40,}"')),
]  # fmt: skip
FOR_TESTS = re.compile(r"tests/vectors/sealing/[a-z]+\.test-only\.key\.json$|tests/vectors/sealing/vectors\.toml$")


def _secrets(text: str) -> list[str]:
    return [what for what, pattern in SECRETS if pattern.search(text)]


def test_no_secret_is_in_the_repository() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout.decode().split("\0")
    files = [name for name in listed if name and not FOR_TESTS.search(name)]
    if not files:
        pytest.skip("no repository here: nothing to look through")
    found = {name: _secrets((ROOT / name).read_text(encoding="utf-8", errors="replace")) for name in files if (ROOT / name).is_file()}
    assert {name: what for name, what in found.items() if what} == {}


def test_the_search_for_secrets_finds_them() -> None:
    """Positive control; spelt in pieces, so that this file holds none."""
    examples = [
        "-----BEGIN " + "PRIVATE KEY-----\n" + "A" * 64, "AKIA" + "Q" * 16, "ghp" + "_" + "a" * 36, "xoxb" + "-" + "1" * 24,
        "postgresql" + "://me:s3cr3t" + "@db", '"format":' + '"trilink/party-keys/v1",' + f'"secret":"{"A" * 64}"',
    ]  # fmt: skip
    assert [_secrets(example) for example in examples] == [[what] for what, _ in SECRETS]
