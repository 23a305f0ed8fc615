"""What a country's officers write down of a gun.

1. Serials are missing for reasons, not at random: the Mexican army's seizures have no usable one in two thirds (DOMAIN 1.1.1). A gun that
   two countries know was traced or reported, and that needs a number: where it was unreadable there is rarely a second record.
2. Somebody who files a number off evades; who misreads it errs, as often as he is careless. One agency's program stops at hyphens.
3. Makes, calibres and kinds are written as the country and its forms do: an importer for the maker, one spelling of many.
"""

import numpy as np

from linkage.lab import corruption as errors
from linkage.lab.cases import Cases, agencies_of
from linkage.lab.coverage import covered
from linkage.lab.draws import Chance, Codes, Columns, Flags, Floats, Texts, any_of, happens, one_of_each, table, texts
from linkage.lab.firearms import Firearms
from linkage.lab.plan import COUNTRIES
from linkage.lab.view_people import Seen

GUN_WORDS = {  # kind: what mx, ca, us call it
    "pistol": (("Pistola", "Arma corta", "Escuadra"), ("Handgun", "Pistol", "Arme de poing"), ("Pistol", "Handgun", "P")),
    "revolver": (("Revólver", "Arma corta"), ("Revolver", "Handgun"), ("Revolver", "PR")),
    "rifle": (("Fusil", "Rifle", "Arma larga"), ("Rifle", "Carabine", "Long gun"), ("Rifle", "R")),
    "shotgun": (("Escopeta", "Arma larga"), ("Shotgun", "Fusil de chasse"), ("Shotgun", "S")),
}
NO_SERIAL = {
    "mx": ("", "", "SIN MATRICULA", "ILEGIBLE", "S/N", "LIMADA", "N/D"),
    "ca": ("", "", "OBLITERATED", "INCONNU"),
    "us": ("", "", "OBLITERATED", "NONE"),
}
KNOWN_TO_OTHERS = 0.2  # of an agency's share without usable serial, that of guns which another country knows too
FILED_PARTLY = 0.35  # of unusable ones some characters are left
PARTIAL = 0.03  # usable, but for a character or some
SERIAL_ERRORS = (  # which, how often (DOMAIN 6)
    (errors.misread, 0.03),
    (errors.end_lost, 0.02),
    (errors.miscopied, 0.01),
    (errors.wrong_number, 0.01),
    (errors.spaced, 0.15),
)
CUT_AT_HYPHEN = 0.42  # measured: 25 of 59 Ruger serials in one public file
OTHER_MAKE, IMPORTER_AS_MAKE, OTHER_CALIBRE = 0.15, 0.10, 0.25


def view_firearms(
    rng: Chance, country: str, rows: Codes, firearms: Firearms, cases: tuple[Cases, Codes, Floats], others: tuple[Flags, Columns]
) -> Seen:
    """Records of the guns in these rows; `cases` with each record's case and carelessness, `others`: whether another country knows the
    gun too, and date and region of its recovery."""
    docket, case, carelessness = cases
    shared, recovery = others
    seen = {name: np.asarray(values[rows]) for name, values in (firearms.facts | recovery).items()}
    seen |= _described(rng, country, seen, carelessness)
    share = unusable_shares(country, docket.column("agency", case), shared)
    seen["serial_number"], traits = _serials(rng, country, seen["serial_number"], share, (carelessness, docket.column("agency", case)))
    seen["obliterated"] = np.where(traits.pop("filed"), "yes", "no").astype(object)
    record = covered(rng, "firearm", country, seen, carelessness)
    traits |= {"sequential_serial": firearms.sequential[rows], "same_serial_other_make": firearms.same_serial[rows]}
    return Seen(record, traits)


def unusable_shares(country: str, agency: Texts, shared: Flags) -> Floats:
    """How likely a record has no usable serial: the agency's published share over all its records, more for those of one country."""
    share = np.array([{row["agency"]: float(row["serial_unusable"]) for row in agencies_of(country)}[name] for name in agency.tolist()])
    part = shared.mean() if len(shared) else 0.0
    alone = (share * (1 - part * KNOWN_TO_OTHERS) / max(1 - part, 0.01)).clip(max=0.95)
    return np.asarray(np.where(shared, share * KNOWN_TO_OTHERS, alone))


def _serials(rng: Chance, country: str, serial: Texts, unusable: Floats, by: tuple[Floats, Texts]) -> tuple[Texts, dict[str, Flags]]:
    carelessness, agency = by
    count = len(serial)
    cuts = {row["agency"] for row in agencies_of(country) if row["habit"] == "cuts at hyphen"}
    for change, rate in SERIAL_ERRORS:
        serial = _altered_serial(rng, serial, rate * carelessness, change)
    serial = _altered_serial(rng, serial, np.where(np.isin(agency.astype(str), list(cuts)), CUT_AT_HYPHEN, 0.0), errors.cut_at_hyphen)
    no_number, gone = serial == "", happens(rng, unusable, count)
    partly = ~no_number & ((gone & happens(rng, FILED_PARTLY, count)) | (~gone & happens(rng, PARTIAL, count)))
    worse = np.where(gone & partly, 1.0, 0.0)
    serial = errors.altered(rng, serial, np.where(partly, 1.0, 0.0), errors.partly_filed_off)
    serial = errors.altered(rng, serial, worse, errors.partly_filed_off)
    serial = errors.altered(rng, serial, worse, errors.partly_filed_off)
    missing = no_number | (gone & ~partly)
    serial = np.where(missing, any_of(rng, count, texts(NO_SERIAL[country])), serial)
    return serial, {"partial_serial": partly, "no_serial": missing, "filed": partly | (gone & ~no_number)}


def _altered_serial(rng: Chance, serial: Texts, rates: Floats, change: errors.Altered) -> Texts:
    """As `altered`, and what would be left empty stays."""
    made = errors.altered(rng, serial, rates, change)
    return np.asarray(np.where(made == "", serial, made))


def _described(rng: Chance, country: str, seen: Columns, carelessness: Floats) -> Columns:
    count = len(carelessness)
    spellings = {row["make"]: row["spellings"].split("|") for row in table("makes")}
    calibres = {row["calibre"]: row["spellings"].split("|") for row in table("calibres")}
    other = happens(rng, (OTHER_MAKE * carelessness).clip(max=0.6), count)
    make = np.where(other, one_of_each(rng, [spellings.get(name, [""]) for name in seen["make"].tolist()]), seen["make"])
    imported = (seen["importer"] != "") & happens(rng, (IMPORTER_AS_MAKE * carelessness).clip(max=0.5), count)
    calibre = np.where(
        happens(rng, OTHER_CALIBRE, count), one_of_each(rng, [calibres[name] for name in seen["calibre"].tolist()]), seen["calibre"]
    )
    at = COUNTRIES.index(country)
    return {
        "make": np.where(imported, seen["importer"], make),
        "calibre": calibre,
        "firearm_type": one_of_each(rng, [GUN_WORDS[kind][at] for kind in seen["kind"].tolist()]),
        "country_of_origin": seen["country"],
        "barrel_length_mm": seen["barrel_mm"],
    }
