"""Four parties in networks of their own, two epochs over SFTP without a person: ``python -m benchmarks.four_machines`` (as root).

One party is late, a record is withdrawn, one party gets new keys, one desk discloses to another; the tests do the same
(tests/e2e/test_four_parties.py), and this says how long it takes. Without root and iproute2 the four share the loopback.
"""

import tempfile
import time
from pathlib import Path

from benchmarks.ending import end_in_order
from linkage.lab.invention import invent
from linkage.lab.plan import plan
from tests.four_machines import are_apart, machines, two_epochs
from tests.party_processes import OWNERS


def main() -> None:
    """Print what was done; anything that is not as it should be ends it with its traceback."""
    end_in_order()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        invent(Path(folder), plan("24", 0.4, "typical", seed=3))
        with machines({owner: Path(folder) / owner / "suspect.csv" for owner in OWNERS}) as world:
            two_epochs(world)
            if world.apart:
                are_apart(world)
            where = "in networks of their own" if world.apart else "on the loopback"
            print(f"two epochs of four parties {where}, over SFTP, in {time.monotonic() - started:.0f} s: all as it should be")


if __name__ == "__main__":
    main()
