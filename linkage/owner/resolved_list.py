"""A linked-case list with the owner's own references in place of its pseudonyms, as CSV and as JSON. Stays at home."""

import csv
import io
import json
from collections import Counter
from typing import Any

from linkage.owner.crosswalk import OwnEntity
from linkage.protocol.guarded import Guarded
from linkage.protocol.linked_cases import LinkedCase, LinkedCaseList
from linkage.protocol.spreadsheets import harmless

FORMAT = "trilink/resolved-cases/v1"

COLUMNS = (
    "link_id", "run", "number", "released", "expires", "first_listed", "status", "entity", "band", "own_record", "own_case",
    "other_owner", "other_country", "contact_desk", "reference", "case_reference", "agree", "similar", "conflict", "missing",
    "cluster_id", "cluster_records", "cluster_countries", "cluster_weakest_band", "case_links", "caution",
)  # fmt: skip


class ResolvedLink(Guarded):
    """One link of the list, and which of the owner's records and cases it is about: those of one entity, the first gives it its name."""

    __slots__ = ("link", "own")

    def __init__(self, link: LinkedCase, own: OwnEntity) -> None:
        self.link, self.own = link, own

    @property
    def record_id(self) -> str:
        """All record ids, split on ``|``."""
        return "|".join(record_id for record_id, _ in self.own.records)

    @property
    def case_id(self) -> str:
        """All cases, split on ``|``; empty when there is none."""
        return "|".join(self.own.case_ids)


class ResolvedList(Guarded):
    """The list as it came, and its links resolved, in the same order."""

    __slots__ = ("document", "links")

    def __init__(self, document: LinkedCaseList, links: list[ResolvedLink]) -> None:
        self.document, self.links = document, links

    def shown(self) -> str:
        return f"{len(self.links)} links, hidden"

    def counts(self) -> dict[str, int]:
        """Links, how many own records and own cases they are about, and links by band."""
        bands = Counter(one.link.band for one in self.links)
        records = {(one.link.entity, record_id) for one in self.links for record_id, _ in one.own.records}
        cases = {case_id for one in self.links for case_id in one.own.case_ids}
        totals = {"links": len(self.links), "records": len(records), "cases": len(cases)}
        return totals | {f"band {band}": bands[band] for band in sorted(bands)}


def csv_bytes(resolved: ResolvedList) -> bytes:
    """UTF-8, every cell quoted (spreadsheets that split on semicolons then split nothing inside), no cell a formula.

    Lists inside a cell are split on ``|``. The caution is in every row, so that it stays with a row that is copied.
    """
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([harmless(cell) for cell in _cells(resolved.document, one)] for one in resolved.links)
    return text.getvalue().encode()


def json_bytes(resolved: ResolvedList) -> bytes:
    """The list's own document with ``own`` as {record_id, case_id}, ids exactly as the owner's tables have them."""
    document = resolved.document.model_dump(mode="json", exclude={"format", "links"})
    links = []
    for one in resolved.links:
        (record_id, case_id), *merged = one.own.records
        own: dict[str, Any] = {"record_id": record_id, "case_id": case_id or None}
        if merged:
            own["merged"] = [{"record_id": other, "case_id": case or None} for other, case in merged]
        links.append(one.link.model_dump(mode="json") | {"own": own})
    whole = {"format": FORMAT, **document, "links": links}
    return json.dumps(whole, indent=1, ensure_ascii=False).encode() + b"\n"


def _cells(document: LinkedCaseList, one: ResolvedLink) -> list[str]:
    """One row in the order of ``COLUMNS``."""
    link, other, fields, cluster = one.link, one.link.other, one.link.fields, one.link.cluster
    case_links = [f"{entity}:{count}" for entity, count in sorted(link.case_links.items())]
    return [
        link.link_id, document.run, str(document.number), document.released, document.expires, link.first_listed, link.status,
        link.entity, link.band, one.record_id, one.case_id,
        other.owner, other.country, other.contact_desk, other.reference, other.case_reference or "",
        *("|".join(labels) for labels in (fields.agree, fields.similar, fields.conflict, fields.missing)),
        cluster.cluster_id, str(cluster.records), "|".join(cluster.countries), cluster.weakest_band, "|".join(case_links), document.caution,
    ]  # fmt: skip
