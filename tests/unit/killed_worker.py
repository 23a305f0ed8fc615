"""A work unit that kills its worker once, as a power cut would; Dask's workers import it."""

import os
import signal
from pathlib import Path
from typing import Any

from linkage.unit.comparison import compare_partition


def compare_or_die(rule: Any, diffusion: int, left: Path, right: Path, out: Path, notes: Path) -> int:
    """The honest unit; notes which unit ran in which process, and dies once, in the middle of the unit that ``notes/victim`` names."""
    if not out.exists():
        with (notes / "ran").open("a", encoding="utf-8") as file:
            file.write(f"{os.getpid()} {out.parent.name}/{out.name}\n")
    victim = notes / "victim"
    if victim.exists() and victim.read_text(encoding="utf-8") == f"{out.parent.name}/{out.name}":
        victim.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    return compare_partition(rule, diffusion, left, right, out)
