"""The invented owners' own tables of seizures, in the programme's words, out of a corpus's ``seizures.csv`` and ``cases.csv``.

Beside a corpus, never in it: the corpus stays byte by byte what it was.
"""

from pathlib import Path

import pandas as pd

from linkage.lab.purchase_counties import county_of
from linkage.protocol.atomic_files import written_whole
from linkage.protocol.seizure_tables import SUBSTANCES

CODES = {name: code for code, name in reversed(SUBSTANCES.items())}  # the first code of each class
CORRIDORS = {
    "Tijuana–San Diego": "tijuana_san_diego", "Nogales–Nogales": "nogales_nogales", "El Paso–Ciudad Juárez": "ciudad_juarez_el_paso",
    "Laredo–Nuevo Laredo": "nuevo_laredo_laredo", "McAllen–Reynosa": "reynosa_mcallen", "Brownsville–Matamoros": "matamoros_brownsville",
    "Niagara–Buffalo": "niagara_buffalo", "Windsor–Detroit": "windsor_detroit", "Lacolle–Champlain": "lacolle_champlain",
    "Surrey–Blaine": "surrey_blaine", "Akwesasne–Massena": "akwesasne_massena", "unknown": "unknown",
}  # fmt: skip
RENAMED = {
    "seizure_date": "recovery_date", "region": "recovery_region", "crossing_corridor": "crossing", "substance_class": "substances",
}  # fmt: skip
ORGANIZATIONS = {"cartel or faction": "cartel"}
ORIGINS = {"undetermined": "unknown"}


def write_seizure_tables(corpus: Path, out: Path) -> dict[str, int]:
    """``<out>/<owner>.csv`` for each owner of the corpus; returns rows by owner. Same corpus, same bytes."""
    seizures, cases = (pd.read_csv(corpus / f"{name}.csv", dtype=str, keep_default_na=False) for name in ("seizures", "cases"))
    named = seizures.merge(cases[["owner", "case_id", "agency"]], on=["owner", "case_id"], how="left", validate="many_to_one")
    named = named.rename(columns=RENAMED)
    named["source_county"] = _counties(named, corpus)
    named["crossing"] = named["crossing"].map(CORRIDORS)
    named["substances"] = named["substances"].map(lambda said: CODES.get(said, said))
    named["organization_class"] = named["organization_class"].replace(ORGANIZATIONS)
    named["origin_class"] = named["origin_class"].replace(ORIGINS)
    out.mkdir(parents=True, exist_ok=True)
    counts = {}
    for owner, table in named.groupby("owner", sort=True):
        told = table.drop(columns="owner")
        told["identifier_quality"] = _named_quality(told, corpus / str(owner) / "firearm.csv")
        with written_whole(out / f"{owner}.csv") as file:
            file.write(told.to_csv(index=False, lineterminator="\n").encode())
        counts[str(owner)] = len(told)
    return counts


def _counties(named: pd.DataFrame, corpus: Path) -> list[str]:
    """The county of the first sale where the source is known; one gun's is the same at all owners, by the first crossing that one knows."""
    truth = pd.read_csv(corpus / "truth.csv", dtype=str, keep_default_na=False)
    guns = truth[truth["entity"] == "firearm"].set_index(["owner", "record_id"])["entity_id"]
    gun = pd.Series(guns.reindex(pd.MultiIndex.from_frame(named[["owner", "record_id"]])).to_numpy(), index=named.index)
    crossed = named["crossing"].where(named["crossing"] != "unknown").groupby(gun).transform("first").fillna("")
    return [county_of(*row) for row in zip(gun, named["source_state"], crossed, strict=True)]


def _named_quality(table: pd.DataFrame, firearms: Path) -> pd.Series:
    """Numbers that are not there are obliterated where the firearm's record says so, else none."""
    guns = pd.read_csv(firearms, dtype=str, keep_default_na=False).drop_duplicates("record_id").set_index("record_id")["obliterated"]
    filed = table["record_id"].map(guns).eq("yes")
    quality = table["identifier_quality"]
    return quality.mask(quality.eq("none or obliterated"), filed.map({True: "obliterated", False: "none"}))
