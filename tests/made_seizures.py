"""An owner with tables of firearms and seizures, made of a seed: no flow engine and no second party needed."""

import random
from pathlib import Path

from linkage.owner.profile import OwnerProfile
from linkage.protocol.agreement import Agreement
from tests.made_lists import AGREEMENT_FILE, agreement

Row = dict[str, str]
COUNTRY_REGIONS = {"mx": ("SON", "BCN", "TAM", "Jalisco"), "ca": ("ON", "QC", "BC"), "us": ("TX", "AZ", "CA")}
STATES = ("TX", "TX", "TX", "AZ", "CA", "NM", "Honduras", "unknown")
HEADER = (
    "record_id", "case_id", "agency", "recovery_date", "recovery_region", "municipality", "source_state", "source_county",
    "purchase_date", "submitted", "traced", "source_known", "purchaser_known", "setting", "crossing", "substances",
    "organization_class", "modality", "identifier_quality", "origin_class",
)  # fmt: skip


def seizures(owner: str, count: int, *, seed: int = 7, year: int = 2025) -> list[Row]:
    """So many seizures of about half as many cases and four agencies."""
    rng = random.Random(seed)
    rows = []
    for number in range(count):
        case = rng.randrange(max(count // 2, 1))
        steps = rng.choice((0, 0, 1, 2, 3, 4))
        told = dict(zip(("submitted", "traced", "source_known", "purchaser_known"), ["yes"] * steps + ["no"] * 4, strict=False))
        rows.append(
            told
            | {
                "record_id": f"R{number:05d}",
                "case_id": f"CASE-{case}",
                "agency": f"AGENCY-{case % 4}",
                "recovery_date": f"{year}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
                "recovery_region": rng.choice(COUNTRY_REGIONS[owner]),
                "municipality": rng.choice(("Tijuana", "Nogales", "")),
                "source_state": rng.choice(STATES),
                "purchase_date": f"{year - rng.randint(0, 5)}-01-15",
                "setting": rng.choice(("Port of entry", "vehicle", "premises")),
                "crossing": rng.choice(("tijuana_san_diego", "nogales_nogales", "")),
                "substances": rng.choice(("9801", "1105", "none", "")),
                "organization_class": rng.choice(("cartel", "street gang", "none known", "")),
                "modality": rng.choice(("theft", "straw purchase")),
                "identifier_quality": rng.choice(("readable", "readable", "partial", "none")),
                "origin_class": rng.choice(("us made", "")),
            }
        )
    return rows


def written(path: Path, rows: list[Row], header: tuple[str, ...] = HEADER) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [",".join(header), *(",".join(row.get(name, "") for name in header) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def guns(rows: list[Row]) -> list[Row]:
    """A firearm for each seizure; makes, calibres and types in turn."""
    kinds = (("Glock", "9mm", "pistol"), ("Colt", "5.56", "rifle"), ("Ruger", "9 mm Luger", "arma corta"))
    return [
        {name: row[name] for name in ("record_id", "case_id")}
        | {"serial_number": f"XK{number:06d}"}
        | dict(zip(("make", "calibre", "firearm_type"), kinds[number % 3], strict=True))
        for number, row in enumerate(rows)
    ]


def owner_with(folder: Path, rows: list[Row], firearms: list[Row] | None = None, owner: str = "mx", **source: object) -> OwnerProfile:
    """The owner's profile; without ``firearms`` a gun for each seizure, none merged."""
    header = ("record_id", "case_id", "serial_number", "make", "importer", "model", "calibre", "firearm_type", "recovery_date")
    table = written(folder / "firearm.csv", guns(rows) if firearms is None else firearms, header)
    return OwnerProfile(
        format="trilink/owner-profile/v1", party=owner, agreement=AGREEMENT_FILE, home=folder / "home",
        keys={"private": folder / "unused.key.json"}, sources={"firearm": {"path": table, "deduplicate": firearms is not None}},
        seizures={"path": written(folder / "seizures.csv", rows), **source},
    )  # fmt: skip


def agreed() -> Agreement:
    """The shipped agreement with test keys."""
    return agreement()
