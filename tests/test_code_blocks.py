"""Every command line in a document is one that the program takes, every option included; every profile in a document is read.

The pages that can be run are run, line by line: tests/e2e/test_tutorial.py, test_ceremony.py, test_typed_parties.py (late packages, own
tables and runbooks too), tests/desk/test_guide.py.
"""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command

from flows.command_line import app
from linkage.desk.profile import read_desk_profile
from linkage.owner.profile import read_owner_profile
from linkage.protocol.exchange_rules import ExchangeFolders, WatchRule
from linkage.protocol.party_profile import KeyFiles, read_party
from tests.test_documents import DOCUMENTS, FENCE, ROOT, _name

INLINE = re.compile(r"`(?:\.venv/bin/)?(trilink [^`]+)`")
USAGE: Any = typer.BadParameter.__bases__[0]  # what Typer raises for a wrong command line


def typed(text: str) -> Iterator[str]:
    """Each `trilink …` of a document, as one line: in blocks of shell, in indented lines and between backticks."""
    for language, body in FENCE.findall(text):
        if language in ("bash", "sh"):
            lines = body.replace("\\\n", " ").splitlines()
            yield from (found for line in lines for found in re.findall(r"(?:^|[\s;])(trilink [^#\n]*)", line))
    prose = FENCE.sub("", text)
    yield from re.findall(r"^    (?:\.venv/bin/)?(trilink [^\n]*)", prose, re.MULTILINE)
    for found in INLINE.findall(prose):
        line = " ".join(found.split())
        if "…" not in line and not line.endswith("-"):
            yield line


def words_of(line: str) -> list[str]:
    """Up to where the shell begins something else."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";|&><()")
    lexer.whitespace_split, lexer.commenters = True, ""
    words: list[str] = []
    for word in lexer:
        if set(word) <= set(";|&><()"):
            break
        words.append(word)
    return words[1:]


def parse(words: list[str], whole: bool) -> str:
    """What the program says against these words; nothing when it takes them. Not ``whole``: named in prose, without its arguments."""
    command: Any = get_command(app)
    while hasattr(command, "commands"):
        if not words or words[0].startswith("-"):
            return ""
        name, words = words[0], words[1:]
        if name not in command.commands:
            return f"{name}: no such command"
        command = command.commands[name]
    if not words and not whole:
        return ""
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    unknown = [word for word in words if word.startswith("--") and word.split("=")[0] not in known | {"--help"}]
    if unknown or not whole or "--help" in words:
        return f"no option {unknown[0]}" if unknown else ""
    try:
        command.make_context(command.name, list(words))
    except USAGE as error:
        return str(error.format_message())
    return ""


def in_blocks(text: str) -> list[str]:
    blocks = "".join(f"```{language}\n{body}```\n" for language, body in FENCE.findall(text) if language in ("bash", "sh"))
    return list(typed(blocks))


@pytest.mark.parametrize("path", DOCUMENTS, ids=_name)
def test_every_command_line_is_taken(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    whole = set(in_blocks(text))
    problems = {line: said for line in typed(text) if (said := parse(words_of(line), line in whole))}
    assert problems == {}


def test_every_example_of_the_help_is_taken() -> None:
    examples = re.findall(r"^.*Example.*$", (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8"), re.MULTILINE)
    lines = [line for example in examples for line in INLINE.findall(example)]
    assert len(lines) > 40
    assert {line: said for line in lines if (said := parse(words_of(line), whole=True))} == {}


WRONG = [  # typed, whole?, what is said
    ("trilink owner encod mx.toml", False, "no such command"),
    ("trilink owner encode mx.toml --epoc 2026-11", False, "no option --epoc"),
    ("trilink owner encode mx.toml --epoch 2026-11", True, "Missing option"),
    ("trilink rehearse --out x --engine spark", True, "spark"),
    ("trilink doctor a.toml b.toml", True, "unexpected extra argument"),
]


@pytest.mark.parametrize(("line", "whole", "said"), WRONG)
def test_a_wrong_line_is_found(line: str, whole: bool, said: str) -> None:
    """Positive control."""
    assert said in parse(words_of(line), whole)


def test_files_of_the_repository_that_documents_name_are_there() -> None:
    named = {
        (_name(path), found)
        for path in DOCUMENTS
        for found in re.findall(r"`((?:configs|docs|flows|linkage|tests|benchmarks)/[\w./-]+\.\w+)`", path.read_text(encoding="utf-8"))
    }
    assert len(named) > 20
    assert {one for one in named if not (ROOT / one[1]).is_file()} == set()


def _tables(folder: str, page: str) -> list[dict[str, Any]]:
    text = (ROOT / "docs" / folder / page).read_text(encoding="utf-8")
    return [tomllib.loads(body) for language, body in FENCE.findall(text) if language == "toml"]


@pytest.mark.parametrize("path", DOCUMENTS, ids=_name)
def test_every_table_of_toml_parses(path: Path) -> None:
    for language, body in FENCE.findall(path.read_text(encoding="utf-8")):
        if language == "toml":
            tomllib.loads(body)


def test_the_desk_s_profile_is_one(tmp_path: Path) -> None:
    (block,) = [body for language, body in FENCE.findall((ROOT / "docs/how-to-desk.md").read_text(encoding="utf-8")) if language == "toml"]
    (tmp_path / "desk.toml").write_text(block, encoding="utf-8")
    assert read_desk_profile(tmp_path / "desk.toml").party == "mx"


@pytest.mark.parametrize("folder", ["", "es", "fr"])
def test_profiles_of_the_guides_are_read(folder: str, tmp_path: Path) -> None:
    base = 'format = "trilink/owner-profile/v1"\nparty = "mx"\nagreement = "a.toml"\nhome = "h"\n'
    (unit, owner) = _tables(folder, "how-to-operate.md")
    assert ExchangeFolders.model_validate(unit["exchange"]).send.keys() == {"mx", "ca"}
    assert WatchRule.model_validate(unit["watch"]).deadlines["2026-11"].year == 2026
    assert WatchRule.model_validate(owner["watch"]).epochs == ("2026-11",)
    assert len(KeyFiles.model_validate(_tables(folder, "how-to-ceremony.md")[0]["keys"]).shares) == 2
    text = (ROOT / "docs" / folder / "how-to-own-tables.md").read_text(encoding="utf-8")
    for number, (_, body) in enumerate(one for one in FENCE.findall(text) if one[0] == "toml"):
        path = tmp_path / f"{number}.toml"
        path.write_text(base + '[keys]\nprivate = "k.json"\n' + body, encoding="utf-8")
        assert read_party(path).party == "mx" and read_owner_profile(path).sources
