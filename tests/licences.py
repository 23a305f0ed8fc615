"""The licences of everything that the lock installs, from the packages' own metadata: `python -m tests.licences` lists them."""

import re
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

LOCK = Path(__file__).resolve().parents[1] / "requirements.lock"
PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==(\S+)", re.MULTILINE)

# What may be linked into and shipped beside an Apache-2.0 program. LGPL libraries are used as they are, and can be exchanged.
ALLOWED = {
    "MIT", "MIT-0", "MIT License", "BSD", "BSD License", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "ISC", "ISC License (ISCL)", "Zlib",
    "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "Apache Software License", "PSF-2.0", "Python Software Foundation License",
    "CNRI-Python", "CC0-1.0", "MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)", "Artistic License", "Unlicense",
    "The Unlicense (Unlicense)", "LGPL-2.1", "LGPL-3.0-only", "GNU Lesser General Public License v2 or later (LGPLv2+)",
}  # fmt: skip

UNSAID = {"axe-playwright-python": "MIT"}  # its metadata say nothing, its licence file does


def locked() -> dict[str, str]:
    """Name -> version of every package in the lock."""
    return dict(PINNED.findall(LOCK.read_text(encoding="utf-8")))


def licence_of(name: str) -> list[str]:
    """An SPDX expression, or the licence classifiers (any may be chosen), or the first line of free text; "" when nothing is said."""
    said = metadata(name)
    if name in UNSAID:
        return [UNSAID[name]]
    expression = said.get("License-Expression")
    if expression:
        return [str(expression)]
    classes = [line.rpartition("::")[2].strip() for line in said.get_all("Classifier") or [] if line.startswith("License ::")]
    chosen = [one for one in classes if one != "OSI Approved"]
    return chosen or [(said.get("License") or "").strip().split("\n")[0]]


def is_allowed(licence: str) -> bool:
    """An expression holds when each of its AND parts has an OR part that is allowed.

    >>> is_allowed("MPL-2.0 AND (Apache-2.0 OR MIT)"), is_allowed("MIT AND AGPL-3.0-only")
    (True, False)
    """
    parts = licence.replace("(", " ").replace(")", " ") if " AND " in licence or " OR " in licence else licence
    return all(any(one.strip() in ALLOWED for one in part.split(" OR ")) for part in parts.split(" AND "))


def main() -> int:
    for name, version in sorted(locked().items()):
        try:
            print(f"{name} {version}: {' / '.join(licence_of(name))}")
        except PackageNotFoundError:
            print(f"{name} {version}: not installed here")
    return 0


if __name__ == "__main__":
    sys.exit(main())
