"""Writes docs/reference/commands.md from the commands themselves: `python docs/making/commands.py`. A test compares."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from flows.command_line import app

PAGE = Path(__file__).resolve().parents[1] / "reference" / "commands.md"
HEAD = """# Commands

Written by `docs/making/commands.py` from the code; each `--help` says the same. Every command ends with exit code 0, or 1 and
one line on the error output that says what to do next, or 2 where the command line itself was wrong.
"""


def page() -> str:
    """The whole page, commands in the order in which `--help` lists them."""
    return HEAD + "".join(_group("trilink", get_command(app), 2))


def _group(path: str, group: Any, level: int) -> Iterator[str]:
    for name, command in group.commands.items():
        if command.hidden:
            continue
        typed = f"{path} {name}"
        if hasattr(command, "commands"):
            yield f"\n{'#' * level} {typed}\n\n{_prose(command.help)}\n"
            yield from _group(typed, command, level + 1)
        else:
            yield f"\n{'#' * level} {typed}\n\n{_prose(command.help)}\n"
            yield from _parameters(command)
            if command.epilog:
                yield f"\n{_prose(command.epilog)}\n"


def _parameters(command: Any) -> Iterator[str]:
    rows = [row for parameter in command.params if (row := _row(parameter)) is not None]
    if rows:
        yield "\n| | required | what |\n|---|---|---|\n"
        yield from rows


def _row(parameter: Any) -> str | None:
    """One line of the table; options that every command has are left out."""
    if parameter.name == "help" or getattr(parameter, "hidden", False):
        return None
    is_option = parameter.param_type_name == "option"
    names = ", ".join([*parameter.opts, *parameter.secondary_opts]) if is_option else str(parameter.name).upper()
    said = _prose(getattr(parameter, "help", "") or "").replace("\n", " ")
    return f"| `{names}` | {'yes' if parameter.required else ''} | {said.replace('|', chr(92) + '|')} |\n"


def _prose(text: str | None) -> str:
    """A docstring's text as Markdown: paragraphs, no indentation; angle brackets as they are."""
    lines = [line.strip() for line in (text or "").replace("\f", "").splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip().replace("<", "&lt;")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
