"""Pages that people read: one look in every country, one self-contained file each, no script and no foreign host.

``pages/page.html`` is the frame with the content security policy, ``pages/page.css`` the stylesheet that it inlines.
"""

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, Template


def page_template(package: str, name: str) -> Template:
    """The template ``pages/NAME`` of a package, found wherever it is installed; every value is escaped, a missing one is an error."""
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
