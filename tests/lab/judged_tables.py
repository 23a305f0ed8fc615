"""Small tables to measure by hand, and the truth, links and clusters of hypothesis."""

from collections.abc import Iterable, Sequence

import pandas as pd
from hypothesis import strategies as st

from linkage.lab.own_estimates import LISTED
from linkage.lab.results import CLUSTERS, LINKS, RECORDS, TRAITS, Results
from linkage.lab.scoreboard import Said
from linkage.protocol.agreement import DecisionRule

RULE = DecisionRule(bands={"A": 0.99, "B": 0.9, "C": 0.5}, release="B", possible=0.02)
SILENT = Said({}, pd.DataFrame(columns=["entity", *LISTED]))
OWNERS = ("ca", "mx", "us")
Link = tuple[str, str, str, str, float]  # owner_a, record_a, owner_b, record_b, probability


def band_of(probability: float) -> str:
    return next((name for name, lowest in RULE.bands.items() if probability >= lowest), "")


def results(
    links: Sequence[Link], truth: Sequence[tuple[str, str, str]], clusters: Sequence[tuple[str, str, str]] = (),
    traits: Iterable[tuple[str, str, str]] = (), others: Iterable[tuple[str, str]] = (),
) -> Results:  # fmt: skip
    """All of suspects: links, (owner, record_id, entity_id), (cluster_id, owner, record_id), (owner, record_id, trait), other records."""
    rows = [("suspect", *link[:4], 10 * link[4], link[4], band_of(link[4])) for link in links]
    known = sorted({(owner, record) for owner, record, _ in truth} | set(others))
    return Results(
        pd.DataFrame(rows, columns=list(LINKS)).astype({"weight": float, "probability": float}),
        pd.DataFrame([("suspect", *row) for row in clusters], columns=list(CLUSTERS)),
        pd.DataFrame([(owner, "suspect", *rest) for owner, *rest in truth], columns=["owner", "entity", "record_id", "entity_id"]),
        pd.DataFrame([(owner, "suspect", *rest) for owner, *rest in traits], columns=list(TRAITS)),
        pd.DataFrame([(owner, "suspect", record) for owner, record in known], columns=list(RECORDS)),
        "traits.csv",
    )


REFERENCES = st.tuples(st.sampled_from(OWNERS), st.sampled_from("1234"))
PROBABILITIES = st.sampled_from([0.5, 0.75, 0.9, 0.95, 0.99, 1.0])
LINKED = st.lists(st.tuples(REFERENCES, REFERENCES, PROBABILITIES), max_size=25).map(
    lambda found: [(*left, *right, probability) for left, right, probability in found if left != right]
)
TRUTHS = st.dictionaries(REFERENCES, st.sampled_from("xyz"), min_size=1).map(
    lambda found: [(*reference, identity) for reference, identity in found.items()]
)
CLUSTERED = st.dictionaries(REFERENCES, st.sampled_from("pqr")).map(
    lambda found: [(cluster, *reference) for reference, cluster in found.items()]
)
MARKED = st.sets(REFERENCES).map(lambda found: [(*reference, "marked") for reference in sorted(found)])
