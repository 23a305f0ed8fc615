"""Linked-case lists of the invented medium corpus, for desks in tests: what a rehearsal of it gave mx and us, made once and kept.

``tests/vectors/desk/medium/linked-cases.<owner>.json.xz``, 2,041 and 2,504 links, come of

    trilink lab invent --out medium --size medium --seed 7
    trilink rehearse --data medium --out run --seed 7
    python -m tests.desk.medium_lists run

as the code of 24 November 2026 made them; that takes minutes, which is why they are kept. Their day of expiry is put off, nothing else.
"""

import json
import lzma
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "vectors" / "desk" / "medium"
OWNERS = ("mx", "us")
EXPIRES = "2126-11-24"


def medium_list(owner: str, folder: Path) -> Path:
    """The owner's resolved list, written into ``folder``."""
    path = folder / "linked-cases.json"
    path.write_bytes(lzma.decompress((FOLDER / f"linked-cases.{owner}.json.xz").read_bytes()))
    return path


def main(run: Path) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for owner in OWNERS:
        document = json.loads((run / "lists" / owner / "linked-cases.json").read_text(encoding="utf-8"))
        content = json.dumps(document | {"expires": EXPIRES}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        (FOLDER / f"linked-cases.{owner}.json.xz").write_bytes(lzma.compress(content.encode(), preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
