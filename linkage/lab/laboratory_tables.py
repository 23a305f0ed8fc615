"""What invented laboratories assert of seized drugs: profile clusters, pill dies and batches that go over borders (DOMAIN 4).

One row is a sample of one seizure and a cluster that its chemists put it in. The clusters of a substance are shared by all countries, as
one issuer numbers them, and each country punctuates their ids in its own way. Every draw follows from a case's number: same corpus,
same bytes.
"""

from pathlib import Path

import pandas as pd

from linkage.lab.purchase_counties import share_of
from linkage.protocol.atomic_files import written_whole

ISSUER = "Common profiling programme"
KINDS = {  # by substance: kind of cluster -> share of its cases in which laboratories find one
    "fentanyl": {"profile": 0.3, "die": 0.35},
    "methamphetamine": {"profile": 0.35, "batch": 0.15},
    "cocaine": {"profile": 0.25, "batch": 0.15},
    "heroin": {"profile": 0.3},
}
CASES_A_CLUSTER = 8  # on average, over all countries
WRITTEN = {"mx": "{} {:05d}", "ca": "{}/{:05d}"}  # of others: FEN-PRO-00012


def write_laboratory_tables(corpus: Path, out: Path) -> dict[str, int]:
    """``<out>/<owner>.csv`` for each owner of the corpus; returns rows by owner."""
    seizures = pd.read_csv(corpus / "seizures.csv", dtype=str, keep_default_na=False)
    samples = seizures[seizures["substance_class"].isin(list(KINDS))].drop_duplicates(["owner", "case_id"])
    clusters = {name: max(1, count // CASES_A_CLUSTER) for name, count in samples["substance_class"].value_counts().items()}
    out.mkdir(parents=True, exist_ok=True)
    counts = {}
    for owner in sorted(set(seizures["owner"])):
        own = samples[samples["owner"] == owner]
        rows = [row for sample in own.to_dict("records") for row in _asserted(sample, clusters)]
        written = pd.DataFrame(rows, columns=["record_id", "case_id", "kind", "issuer", "cluster_id"])
        with written_whole(out / f"{owner}.csv") as file:
            file.write(written.to_csv(index=False, lineterminator="\n").encode())
        counts[owner] = len(rows)
    return counts


def _asserted(sample: "dict[str, str]", clusters: "dict[object, int]") -> "list[dict[str, str]]":
    """A row for each kind of cluster that was found."""
    drug, case = sample["substance_class"], f"{sample['owner']}/{sample['case_id']}"
    found = []
    for kind, share in KINDS[drug].items():
        if share_of(f"{kind} of {case}") < share:
            number = int(share_of(f"which {kind} of {case}") * clusters[drug])
            name = WRITTEN.get(sample["owner"], "{}-{:05d}").format(f"{drug[:3]}-{kind[:3]}".upper(), number)
            found.append(
                {"record_id": sample["record_id"], "case_id": sample["case_id"], "kind": kind, "issuer": ISSUER, "cluster_id": name}
            )
    return found
