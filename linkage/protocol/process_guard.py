"""A process that holds keys leaves no core file and lets no other process of its user look inside.

Both ways are needed: a core limit of 0 stops core files, but not the programs that the kernel pipes a core to (core(5)); a process that is
not dumpable (prctl(2)) writes neither, and its environment and memory under ``/proc`` are root's alone. What is executed by it starts
dumpable again; the limit is inherited.
"""

import ctypes
import resource
import sys

PR_SET_DUMPABLE = 4  # linux/prctl.h


def guard_process() -> None:
    """Called before a passphrase is read. Never undone: keys stay in memory as long as the process lives."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
