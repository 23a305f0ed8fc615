"""A hook of MkDocs: links to files outside ``docs/`` (code, configurations) become the file's name, for the site holds documents alone."""

import os
import re
from typing import Any

LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((\.\./[^)#\s]*)(?:#[^)]*)?\)")


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """The page's text with those links replaced; links between documents stay."""
    folder = os.path.dirname(page.file.src_uri)

    def replaced(found: re.Match[str]) -> str:
        target = os.path.normpath(os.path.join("docs", folder, found[2]))
        return found[0] if target.split(os.sep)[0] == "docs" else f"{found[1]} (`{target}`)"

    return LINK.sub(replaced, markdown)
