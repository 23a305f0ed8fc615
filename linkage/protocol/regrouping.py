"""Regrouping, on both sides of the border: the unit asks about postings that reached possible match, an owner groups them.

Requests to an owner are numbered in each epoch, from 1, and ask about a posting once (docs/spec/regrouping.md). A request has one part
``<entity>.arrow`` per entity type with the posting ids. An answer bears the number of its request and has per entity type
``<entity>.postings.arrow``, which posting belongs to which group, and ``<entity>.groups.arrow``, one row per group: a pseudonym for the
unit, a case pseudonym, and for every other owner a reference and a case reference that only the answering owner can resolve.
Postings that the owner withholds are simply not in the answer.
"""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from linkage.protocol.agreement import Agreement
from linkage.protocol.arrow_limits import check_growth_of
from linkage.protocol.errors import InvalidPackage

REQUEST = pa.schema([("id", pa.binary(16))])
MEMBERS = pa.schema([("id", pa.binary(16)), ("group", pa.uint32())])
NO_CASE = bytes(16)
LARGEST = 4 * 1024**3  # bytes of a request or an answer: about 20 a posting asked, some fifteen postings a record at the most


def groups_schema(agreement: Agreement, owner: str) -> pa.Schema:
    """Columns of an owner's groups; one reference and one case reference for every other owner."""
    others = [other for other in agreement.owners if other != owner]
    columns = [("pseudonym", pa.binary(16)), ("case", pa.binary(16))]
    columns += [(f"{what}/{other}", pa.binary(16)) for other in others for what in ("reference", "case")]
    return pa.schema(columns)


def group_parts(entity: str) -> tuple[str, str]:
    """Names of an answer's two parts about an entity type."""
    return f"{entity}.groups.arrow", f"{entity}.postings.arrow"


def read_part(data: bytes, schema: pa.Schema, name: str) -> pa.Table:
    """A small Arrow part of a message with exactly this schema; anything else is an InvalidPackage."""
    check_growth_of(memoryview(data), schema, name)
    table = None
    try:
        table = pa.ipc.open_file(pa.BufferReader(data)).read_all()
        table.validate()  # buffers as long as the rows say
    except (pa.ArrowInvalid, pa.ArrowException, OSError):
        table, reason = None, "is not an Arrow file"
    else:
        reason = "does not have the agreed columns"
    if table is None or table.schema != schema or any(column.null_count for column in table.columns):
        raise InvalidPackage(f"part {name} {reason}")
    return table


def read_count(body: Mapping[str, Any], key: str, name: str, least: int = 0) -> int:
    """A count or a number that a message's body states; InvalidPackage begins with the file's ``name``."""
    value = body.get(key)
    if type(value) is not int or value < least:
        raise InvalidPackage(f"{name}: its manifest has no sound {key}")
    return value
