"""The installation alone: interpreter, libraries, kernels, privacy settings, memory, disk. Needs no profile."""

import os
import platform
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any, cast

from packaging.requirements import Requirement

from flows._doctor.findings import Finding, Found, examine, fail, ok, warn
from flows._settings import DEFAULTS

REINSTALL = "install the release again from its lock file, hashes checked: `make setup`, or pip with --require-hashes"
NAMED = ("prefect", "fastapi", "pandas", "numba", "pyarrow", "cryptography")  # those whose versions are shown
PRIVACY = ("DO_NOT_TRACK", "PREFECT_SERVER_ANALYTICS_ENABLED", "PREFECT_SERVER_UI_V2_ENABLED", "PREFECT_LOGGING_LOG_PRINTS")
GIB = 2**30
LEAST_MEMORY, LEAST_ROOM, LITTLE_ROOM = 2 * GIB, GIB, 10 * GIB


def installation() -> Iterator[Finding]:
    for check, look in CHECKS:
        yield examine(check, look, None)


def _interpreter(_: None) -> Found:
    said = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return ok(said) if sys.version_info >= (3, 11) else fail(said, "install Python 3.11 or later")


def _libraries(_: None) -> Found:
    """Every requirement of this very release, its extras apart, against what is installed."""
    try:
        wanted = [Requirement(line) for line in requires("trilink") or []]
    except PackageNotFoundError:
        return warn("trilink runs from a folder and is not installed; versions are not known to fit", REINSTALL)
    wrong = [told for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""}) for told in _misfit(one)]
    if wrong:
        return fail("; ".join(wrong), REINSTALL)
    return ok(f"{len(wanted)} requirements hold: {', '.join(f'{name} {version(name)}' for name in NAMED)}")


def _misfit(wanted: Requirement) -> list[str]:
    try:
        found = version(wanted.name)
    except PackageNotFoundError:
        return [f"{wanted.name} is missing"]
    return [] if wanted.specifier.contains(found, prereleases=True) else [f"{wanted.name} {found} is not {wanted.specifier}"]


def _kernels(_: None) -> Found:
    """Whether numba can compile on this processor at all."""
    import numba

    twice: Callable[[int], int] = cast(Any, numba.njit)(_twice)
    if twice(21) != 42:
        return fail("numba compiles and computes wrongly", REINSTALL)
    return ok(f"numba compiles; {numba.get_num_threads()} threads")


def _twice(number: int) -> int:
    return number * 2


def _privacy(_: None) -> Found:
    """What Prefect sends abroad and prints is off, whatever the operator has set."""
    loud = [name for name in PRIVACY if os.environ.get(name) != DEFAULTS[name]]
    if loud:
        return fail(f"set otherwise than Trilink sets it: {', '.join(loud)}", "unset these environment variables")
    return ok("no telemetry, no foreign host, nothing printed into Prefect's log")


def _prefect_home(_: None) -> Found:
    home = Path(os.environ["PREFECT_HOME"])
    mode = stat.S_IMODE(home.stat().st_mode)
    if mode & 0o077:
        return fail(f"others may look into it (mode {mode:04o})", f"chmod 700 {home}")
    return writable(home) or ok(str(home))


def _memory(_: None) -> Found:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    said = f"{total / GIB:.1f} GiB, {os.cpu_count()} processors"
    return ok(said) if total >= LEAST_MEMORY else warn(said, "2 GiB are the least that a rehearsal was tried with")


def _scratch(_: None) -> Found:
    return room(Path(tempfile.gettempdir()))


def room(folder: Path, least: int = LEAST_ROOM) -> Found:
    """Free room in a folder, in bytes: too little below ``least``, little below ten times that."""
    free = shutil.disk_usage(folder).free
    said = f"{free / GIB:.1f} GiB free at {folder}"
    if free < least:
        return fail(said, "make room, or put the folder on another disk: what is written whole needs room beside the old file")
    return ok(said) if free >= least * LITTLE_ROOM // LEAST_ROOM else warn(said, "make room soon")


def writable(folder: Path) -> Found | None:
    """Nothing when a file can be made in the folder."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return None
    except OSError as error:
        said = error.strerror or type(error).__name__
    return fail(f"{folder}: {said}", f"make {folder} writable for the user that runs trilink")


CHECKS = [
    ("python", _interpreter),
    ("libraries", _libraries),
    ("kernels", _kernels),
    ("privacy settings", _privacy),
    ("prefect home", _prefect_home),
    ("memory", _memory),
    ("temporary folder", _scratch),
]
