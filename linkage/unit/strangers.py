"""What met between two owners and is taken to be no match, by pattern.

It is noted while all pairs are at hand, and used when only possible ones are.
"""

from pathlib import Path

import pyarrow as pa

from linkage.protocol.atomic_files import written_whole
from linkage.protocol.postings import read_table, table_bytes
from linkage.unit.weights import PatternCounts

STRANGERS = pa.schema([("code", pa.int64()), ("pairs", pa.float64())])


def strangers_path(possible: Path) -> Path:
    """Beside the file of possible matches."""
    return possible.with_suffix(".strangers.arrow")


def write_strangers(possible: Path, strangers: PatternCounts) -> None:
    """Codes rise; whole or not at all, and before the possible matches, whose file says that the step is done."""
    with written_whole(strangers_path(possible)) as file:
        file.write(table_bytes(pa.table([pa.array(strangers.codes), pa.array(strangers.counts)], schema=STRANGERS)))


def read_strangers(possible: Path) -> PatternCounts:
    """What ``write_strangers`` wrote."""
    table = read_table(strangers_path(possible), STRANGERS)
    return PatternCounts(table["code"].to_numpy(), table["pairs"].to_numpy())
