"""Seconds and peak memory of each step and party of a rehearsal."""

import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from flows._progress import progress

RESET_PEAK = Path("/proc/self/clear_refs")
STATUS = Path("/proc/self/status")


class Timings:
    """Collects one row per step: step, party, seconds, peak_mib; says after each how many of ``steps`` are done."""

    def __init__(self, steps: int) -> None:
        self.rows: list[dict[str, str | float]] = []
        self._steps = steps
        self._reset = _opened_reset()

    @contextmanager
    def step(self, step: str, party: str) -> Iterator[None]:
        if self._reset is not None:
            os.write(self._reset, b"5")  # begins a new peak
        started = time.perf_counter()
        progress(f"rehearsal ({step}, {party})", len(self.rows), self._steps)
        yield
        seconds = round(time.perf_counter() - started, 3)
        self.rows.append({"step": step, "party": party, "seconds": seconds, "peak_mib": round(_peak_mib(), 1)})


def _opened_reset() -> int | None:
    """Where the kernel allows it; elsewhere the peak is that of the process so far.

    Opened before any keys are: afterwards ``/proc/self`` is root's (``process_guard``). It stays open as long as the process lives.
    """
    with suppress(OSError):
        return os.open(RESET_PEAK, os.O_WRONLY)
    return None


def _peak_mib() -> float:
    if STATUS.exists():
        for line in STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
