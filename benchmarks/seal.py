"""How fast sealed files are made and opened, per core and in constant memory, beside a plain cipher over the same file in the same run.

``python -m benchmarks.seal`` prints a table; ``--mib 8`` runs on little data. Seconds are of the processor, so that a busy machine hardly
changes them; each figure is the best of three. The peer reads a file, encrypts 64 KiB at a time with AES-256-GCM and writes it: no
signature, no digests, no fsync. Sealing reads the parts twice, since their digests stand before them, and hashes both times.
"""

import argparse
import hashlib
import os
import platform
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from linkage.protocol.party_keys import new_party_keys
from linkage.protocol.sealing import Draft, Expectation, open_sealed, seal

PIECE = 64 * 1024
DRAFT = Draft("package", "0" * 64, "bench", {}, timedelta(days=1))


def cpu_seconds(work: Callable[[], object]) -> float:
    """The best of three runs."""
    found = []
    for _ in range(3):
        started = time.process_time()
        work()
        found.append(time.process_time() - started)
    return min(found)


def plain(source: Path, target: Path) -> None:
    """The peer."""
    cipher = AESGCM(bytes(32))
    with source.open("rb") as read, target.open("wb") as write:
        number = 0
        while piece := read.read(PIECE):
            write.write(cipher.encrypt(number.to_bytes(12, "big"), piece, None))
            number += 1


def measured(folder: Path, mebibytes: int) -> list[tuple[str, float, int]]:
    """What, MiB a second of one core, MiB by which the process grew."""
    keys, part, sealed = new_party_keys("bench"), folder / "part", folder / "sealed"
    with part.open("wb") as file:
        for _ in range(mebibytes):
            file.write(os.urandom(1 << 20))

    def opened() -> None:
        expect = Expectation("package", DRAFT.agreement, None, datetime.now(UTC))
        with open_sealed(sealed, keys, {"bench": keys.public()}, expect) as message:
            message.extract(folder / "out")
        shutil.rmtree(folder / "out")

    def hashed() -> None:
        with part.open("rb") as file:
            hashlib.file_digest(file, "sha256")

    table = []
    for what, work in (
        ("AES-256-GCM alone", lambda: plain(part, folder / "plain")),
        ("SHA-256 alone", hashed),
        ("sealing", lambda: seal(DRAFT, {"part": part}, keys.public(), keys, sealed)),
        ("opening, parts written out", opened),
    ):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        seconds = cpu_seconds(work)
        table.append((what, mebibytes / seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024))
    return table


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mib", type=int, default=512, help="size of the package")
    mebibytes = parser.parse_args().mib
    with tempfile.TemporaryDirectory() as folder:
        table = measured(Path(folder), mebibytes)
    print(f"| {mebibytes} MiB | MiB a second of one core | of the plain cipher | grew by MiB |\n| --- | ---: | ---: | ---: |")
    for what, speed, grew in table:
        print(f"| {what} | {speed:,.0f} | {speed / table[0][1]:.2f} | {grew} |")
    print(f"\nPython {platform.python_version()} on {platform.system()} {platform.machine()}, {os.cpu_count()} cores.")


if __name__ == "__main__":
    main()
