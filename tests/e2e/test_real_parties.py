"""Real parties in separate folders, command by command, with files carried between them; and every refusal as one clear line."""

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import Trilink

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
EPOCH = "2026-11"
OWNERS = ("ca", "mx", "us")

PROFILE = """
format = "trilink/{role}-profile/v1"
party = "{party}"
agreement = "agreement.toml"
home = "home"
keys = {{ private = "{party}.private.json", passphrase_file = "passphrase" }}
ledger = {{ who = "duty officer", legal_basis = "agreement, art. 4", purpose = "a test", receipts = "../post" }}
"""

SOURCE = """
[sources.suspect]
path = "suspects.csv"
encoding = "latin-1"
delimiter = ";"
columns = { surname_1 = "apellido paterno", given_names = "nombres" }
dates = { date_of_birth = ["%d/%m/%Y"] }
"""


class Party:
    """One party in its own folder; ``post`` is the only place that all of them reach."""

    def __init__(self, name: str, folder: Path, post: Path, trilink: Trilink) -> None:
        self.name, self.folder, self.post, self._trilink = name, folder, post, trilink
        folder.mkdir()
        (folder / "passphrase").touch(mode=0o600)
        (folder / "passphrase").write_text(f"correct horse of {name}\n")
        role = "unit" if name == "joint-team" else "owner"
        source = "" if role == "unit" else SOURCE if name == "mx" else SOURCE.split("encoding")[0]
        (folder / "profile.toml").write_text(PROFILE.format(role=role, party=name) + source)

    def run(self, *arguments: object) -> dict[str, object]:
        done = self._trilink(*arguments, "--json", cwd=self.folder)
        assert done.returncode == 0, done.stderr
        counts: dict[str, object] = json.loads(done.stdout)
        return counts

    def refused(self, *arguments: object) -> str:
        """The one line with which a command fails."""
        done = self._trilink(*arguments, cwd=self.folder)
        assert done.returncode == 1 and done.stderr.count("\n") == 1, done.stderr
        return done.stderr

    def sealed(self, kind: str) -> list[Path]:
        return sorted(self.post.glob(f"{kind}.*.sealed"))


@pytest.fixture(scope="module")
def parties(trilink: Trilink, canary_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Party]:
    """Four parties that have made and exchanged keys, enrolled them, and hold their own tables."""
    base = tmp_path_factory.mktemp("parties")
    post = base / "post"
    post.mkdir()
    made = {name: Party(name, base / name, post, trilink) for name in (*OWNERS, "joint-team")}
    for name, party in made.items():
        done = trilink("keys", "new", name, "--out", ".", "--passphrase-file", "passphrase", cwd=party.folder)
        assert done.returncode == 0, done.stderr
        shutil.copy(party.folder / f"{name}.public.toml", post)
    public = sorted(post.glob("*.public.toml"))
    done = trilink("keys", "enrol", ROOT / "configs" / "agreement.toml", *public, "--out", post / "agreement.toml")
    assert done.returncode == 0, done.stderr
    for name, party in made.items():
        shutil.copy(post / "agreement.toml", party.folder)
        signed = trilink("keys", "sign-agreement", "profile.toml", cwd=party.folder)
        assert signed.returncode == 0, signed.stderr
        shutil.copy(party.folder / f"agreement.{name}.signature.json", post)
        if name in OWNERS:
            _write_table(canary_corpus / name / "suspect.csv", party.folder / "suspects.csv", mexican=name == "mx")
    unsigned = made["us"].refused("keys", "verify-agreement", "agreement.toml")
    assert "agreement.toml is not signed by mx, ca, joint-team" in unsigned
    for party in made.values():
        for signature in post.glob("*.signature.json"):
            shutil.copy(signature, party.folder)
    assert all(row["signed"] for row in made["us"].run("keys", "verify-agreement", "agreement.toml")["parties"].values())  # type: ignore[attr-defined]
    return made


def _write_table(source: Path, target: Path, mexican: bool) -> None:
    """The Mexican team's table has its own column names, delimiter, encoding and date style."""
    import pandas as pd

    table = pd.read_csv(source, dtype=str, keep_default_na=False, on_bad_lines="skip")
    if mexican:
        swapped = table["date_of_birth"].str.replace(r"(\d{4})-(\d{2})-(\d{2})", r"\3/\2/\1", regex=True)
        table = table.assign(date_of_birth=swapped).rename(columns={"surname_1": "apellido paterno", "given_names": "nombres"})
    table.to_csv(target, index=False, sep=";" if mexican else ",", encoding="latin-1" if mexican else "utf-8", errors="replace")


@pytest.fixture(scope="module")
def packages(parties: dict[str, Party]) -> list[Path]:
    """Contributions exchanged, packages sealed."""
    contribute = ("keys", "contribute", "profile.toml", "--epoch", EPOCH, "--out", "../post")
    steps = [[parties[name].run(*contribute)["step"] for name in OWNERS] for _ in range(3)]
    assert steps == [["committed", "committed", "shown"], ["shown", "ready", "ready"], ["ready"] * 3]
    for name in OWNERS:
        counts = parties[name].run("owner", "encode", "profile.toml", "--epoch", EPOCH, "--contributions", "../post", "--out", "../post")
        assert counts["suspect"]["records"] > 55  # type: ignore[index]
    return parties["mx"].sealed("package")


def test_the_whole_way(parties: dict[str, Party], packages: list[Path]) -> None:
    unit = parties["joint-team"]
    linked = unit.run("unit", "link", "profile.toml", *packages, "--epoch", EPOCH, "--out", "../post")
    assert linked["possible matches"]["suspect mx us"] > 5  # type: ignore[index]
    for name in OWNERS:
        request, answer = (f"../post/regroup-{what}.{EPOCH}.{name}.1.sealed" for what in ("request", "answer"))
        assert parties[name].run("owner", "regroup", "profile.toml", "--request", request, "--out", answer)["groups"] > 5  # type: ignore[operator]
    clustered = unit.run("unit", "cluster", "profile.toml", *unit.sealed("regroup-answer"), "--epoch", EPOCH, "--out", "../post")
    assert sum(clustered["links"].values()) > 15  # type: ignore[attr-defined]
    for name in OWNERS:
        counts = parties[name].run("owner", "resolve", "profile.toml", "--list", f"../post/list.{EPOCH}.{name}.1.sealed", "--out", "cases")
        assert counts["links"] > 5  # type: ignore[operator]
        assert (parties[name].folder / "cases" / "linked-cases.html").exists()


def test_what_is_wrong_is_refused_in_one_line(parties: dict[str, Party], packages: list[Path], tmp_path: Path) -> None:
    """At the console: a flipped byte, a truncated file, someone else's package, another epoch, a replay, a wrong passphrase."""
    unit, mx = parties["joint-team"], parties["mx"]
    flipped, cut = tmp_path / "flipped.sealed", tmp_path / "cut.sealed"
    data = bytearray(packages[0].read_bytes())
    cut.write_bytes(data[:-100])
    data[len(data) // 2] ^= 1
    flipped.write_bytes(data)
    link = ("unit", "link", "profile.toml")
    before = sorted(unit.folder.rglob("*.*"))
    assert "altered" in unit.refused(*link, flipped, packages[1], "--epoch", EPOCH, "--out", "../post")
    assert "cut.sealed" in unit.refused(*link, cut, packages[1], "--epoch", EPOCH, "--out", "../post")
    assert "of epoch 2026-11" in unit.refused(*link, *packages, "--epoch", "2026-12", "--out", "../post")
    request = mx.sealed("contribution")[0]
    assert "is a contribution" in unit.refused(*link, request, packages[1], "--epoch", EPOCH, "--out", "../post")
    left = [path for path in sorted(unit.folder.rglob("*.*")) if path not in before and "2026-12" not in path.parts]
    assert {path.parent.name for path in left} == {"refusals"}, "nothing is left but what tells the senders"
    (mx.folder / "passphrase").write_text("wrong\n")
    encode = ("owner", "encode", "profile.toml", "--epoch", EPOCH, "--contributions", "../post", "--out", "../post")
    assert "wrong passphrase" in mx.refused(*encode)
    (mx.folder / "passphrase").write_text("correct horse of mx\n")


@pytest.mark.parametrize("command", ["", "owner", "unit", "keys", "lab", "rehearse", "owner encode", "unit link", "keys new", "lab febrl4"])
def test_help_has_words_and_examples(command: str, trilink: Trilink) -> None:
    done = trilink(*command.split(), "--help")
    assert done.returncode == 0 and "Usage:" in done.stdout
    if " " in command or command == "rehearse":
        assert "Example:" in done.stdout


def test_wrong_usage_is_exit_code_2(trilink: Trilink) -> None:
    assert trilink("owner", "encode").returncode == 2
    assert trilink("rehearse", "--out", "x", "--engine", "spark").returncode == 2
    assert trilink("unit", "link", "p", "q", "--epoch", "../../etc", "--out", "x").returncode == 2
