"""Who imports a role's rooms has no other role's in its memory: nothing that encodes at the unit, nothing of the owner at a desk."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENCODING = ("linkage.owner", "linkage.lab")
TABLES = ("phonetics", "anyascii", "stdnum", "recordlinkage")

IMPORTED = """
import importlib, json, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for room in pkgutil.walk_packages(getattr(package, "__path__", []), package.__name__ + "."):
    importlib.import_module(room.name)
print(json.dumps(sorted(sys.modules)))
"""

FORBIDDEN = [  # what is imported, rooms and all; what must not be in the process then
    ("linkage.unit", (*ENCODING, "linkage.desk", *TABLES, "prefect")),
    ("linkage.desk", (*ENCODING, "linkage.unit", *TABLES, "prefect")),
    ("linkage.protocol", (*ENCODING, "linkage.unit", "linkage.desk", *TABLES, "prefect")),
    ("flows.unit", (*ENCODING, "linkage.desk", *TABLES)),
    ("flows.delivery", (*ENCODING, "linkage.unit", "linkage.desk", *TABLES)),
    ("flows.receipts", (*ENCODING, "linkage.unit", "linkage.desk", *TABLES)),
    ("flows._commands.desk", (*ENCODING, "linkage.unit", *TABLES, "prefect")),
]


@pytest.mark.parametrize(("imported", "forbidden"), FORBIDDEN, ids=[case[0] for case in FORBIDDEN])
def test_a_fresh_process_holds_no_room_of_another(imported: str, forbidden: tuple[str, ...]) -> None:
    done = subprocess.run([sys.executable, "-c", IMPORTED, imported], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    modules = json.loads(done.stdout)
    assert imported in modules
    assert [name for name in modules if any(name == one or name.startswith(f"{one}.") for one in forbidden)] == []


def test_the_look_would_see_them() -> None:
    """The control: the owner's rooms do hold the key's, and a process that imports them shows it."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, "linkage.owner.encoding"], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert {"linkage.owner.keys", "linkage.owner.encoding"} <= set(json.loads(done.stdout)), done.stderr
