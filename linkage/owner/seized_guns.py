"""What the firearm table says of a seized gun, in the seizure report's words: which records are one gun, type, calibre class, maker."""

from linkage.owner.checking import CheckedTable
from linkage.owner.profile import OwnerProfile
from linkage.owner.withdrawn import withdrawn_records
from linkage.protocol.agreement import Agreement
from linkage.protocol.pace import Pace
from linkage.protocol.seizure_tables import OTHER, UNKNOWN

FIREARM = "firearm"
NAMED = ("make", "importer", "calibre", "firearm_type")
TYPES = {
    "SHORT": "handgun", "SHORT PISTOL": "pistol", "SHORT DERRINGER": "pistol", "SHORT REVOLVER": "revolver", "LONG": "long_gun",
    "LONG RIFLE": "rifle", "LONG SHOTGUN": "shotgun", "LONG MACHINEGUN": "machine_gun",
}  # fmt: skip
CALIBRES = {
    "c22": ("22 LR", "22 WMR", "17 HMR"), "c25_32_380": ("25 ACP", "32 ACP", "380 ACP"), "c9mm": ("9X19", "9X18"),
    "c38_357": ("38 SPL", "38 SUPER", "38", "357 MAG", "357 SIG"), "c40_10mm": ("40 SW", "10MM"), "c44_45": ("44 MAG", "45 ACP", "45 COLT"),
    "c57x28": ("57X28",), "c223_556": ("223 REM", "556X45"), "c762x39": ("762X39",), "c308_762x51": ("308 WIN", "762X51"),
    "c50": ("50 BMG", "50 AE", "50"), "gauge": ("12 GA", "16 GA", "20 GA", "28 GA", "410 GA"),
}  # fmt: skip
_CALIBRE = {name: group for group, names in CALIBRES.items() for name in names}

Facts = dict[str, str]


def guns_of(profile: OwnerProfile, agreement: Agreement, pace: Pace) -> dict[str, tuple[str, Facts]]:
    """By record id of the firearm table: the first record of the same gun, and the gun's own dimensions."""
    source = profile.sources.get(FIREARM)
    if source is None or FIREARM not in agreement.entities:
        return {}
    table = CheckedTable(source, agreement.entities[FIREARM], (FIREARM, 1), pace, withdrawn_records(profile.home).among(FIREARM))
    guns: dict[str, tuple[str, Facts]] = {}
    for records in table.entities():
        first: dict[int, str] = {}
        for at, (record, entity) in enumerate(zip(records.ids, records.entities, strict=True)):
            cells = {name: str(records.cells[name][at][0]) for name in NAMED if _has(records.cells, name, at)}
            described = {
                "firearm_type": TYPES.get(cells["firearm_type"], OTHER) if "firearm_type" in cells else UNKNOWN,
                "calibre": _CALIBRE.get(cells["calibre"], OTHER) if "calibre" in cells else UNKNOWN,
                "make": cells.get("make", UNKNOWN),
                "importer": cells.get("importer", UNKNOWN),
            }
            guns[record] = (first.setdefault(entity, record), described)
    return guns


def _has(cells: dict[str, list[tuple[object, ...]]], name: str, at: int) -> bool:
    return bool(cells.get(name) and cells[name][at])
