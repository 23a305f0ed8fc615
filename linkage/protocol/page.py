"""Pages that people read: one look in every country, one self-contained file each, no script and no foreign host.

``pages/page.html`` is the frame with the content security policy, ``pages/page.css`` the stylesheet that it inlines.
"""

import tomllib
from functools import cache
from importlib.resources import files

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, Template

Vocabulary = dict[str, dict[str, dict[str, str]]]

VOCABULARY: Vocabulary = tomllib.loads((files("linkage.protocol") / "pages" / "vocabulary.toml").read_text(encoding="utf-8"))


def called(language: str, section: str, key: str) -> str:
    """What a country, entity type, field class or status is called; the key itself when the vocabulary does not have it.

    >>> called("es", "countries", "MX"), called("es", "fields", "eye_colour")
    ('México', 'eye_colour')
    """
    said = VOCABULARY[section].get(key)
    return said[language] if said else key


@cache
def page_template(package: str, name: str) -> Template:
    """The template ``pages/NAME`` of a package, found wherever it is installed; every value is escaped, a missing one is an error.

    Compiled once a process.
    """
    loaders = [PackageLoader(package, "pages"), PackageLoader("linkage.protocol", "pages")]
    templates = Environment(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return templates.get_template(name)
