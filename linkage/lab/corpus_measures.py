"""How each statistic of `published.csv` is counted in a corpus: a part and a whole."""

from collections.abc import Callable
from functools import partial

import pandas as pd
from stdnum.mx import curp

from linkage.lab.alias_kinds import alias_kind
from linkage.lab.corpus import Corpus
from linkage.lab.corruption import accents_lost
from linkage.lab.draws import column
from linkage.lab.view_firearms import GUN_WORDS, NO_SERIAL

Counts = tuple[float, float]
READABLE = 5  # characters that a serial needs (DOMAIN 1.1.1, point 6)
GLOCK_WHOLE, GLOCK_LONG = r"[A-Z]{3,4}\d{3}", r"[A-Z]{4}\d{3}"


def _of(flags: "pd.Series[bool]") -> Counts:
    return float(flags.sum()), float(len(flags))


def _unusable(guns: pd.DataFrame) -> Counts:
    null_words = {word for words in NO_SERIAL.values() for word in words}
    readable = guns.serial_number.str.replace("[^A-Z0-9]", "", regex=True).str.len()
    cut = guns.make.str.contains("Ruger") & (readable == 3)  # a truncated number is a defect of another kind
    return _of(guns.serial_number.isin(null_words) | ((readable < READABLE) & ~cut))


def _unusable_army(corpus: Corpus) -> Counts:
    army = corpus.seizures[corpus.seizures.agency == "SEDENA"]
    guns = corpus["mx/firearm"]
    return _unusable(guns[guns.record_id.isin(army.record_id)])


def _seized(corpus: Corpus, owner: str) -> pd.DataFrame:
    return corpus.seizures[corpus.seizures.owner == owner]


def _long(corpus: Corpus) -> Counts:
    kinds = corpus["mx/firearm"].firearm_type
    long = {*GUN_WORDS["rifle"][0], *GUN_WORDS["shotgun"][0]}
    return _of(kinds[kinds != ""].isin(long))


def _us_sourced(corpus: Corpus) -> Counts:
    submitted = _seized(corpus, "mx").query("submitted == 'yes'")
    return _of(submitted.origin_class.isin(["US made", "US imported"]))


def _glock(corpus: Corpus) -> Counts:
    guns = pd.concat([corpus[f"{owner}/firearm"] for owner in ("ca", "mx", "us")])
    serials = guns[guns.make.str.upper().str.startswith("GLOCK")].serial_number
    whole = serials[serials.str.fullmatch(GLOCK_WHOLE)]
    return _of(whole.str.fullmatch(GLOCK_LONG))


def _ruger(corpus: Corpus) -> Counts:
    cases = corpus["cases"]
    police = cases[(cases.owner == "us") & (cases.agency == "city police")].case_id
    guns = corpus["us/firearm"]
    rugers = guns[guns.case_id.isin(police) & guns.make.str.contains("Ruger") & guns.serial_number.str.match(r"\d{3}")]
    return _of(rugers.serial_number.str.len() <= 4)


def _calibre_other(corpus: Corpus) -> Counts:
    written = pd.concat([corpus[f"{owner}/firearm"].calibre for owner in ("ca", "mx", "us")])
    return _of(~written[written != ""].isin(list(column("calibres", "calibre"))))


def _calibre_spellings(corpus: Corpus) -> Counts:
    written = corpus["us/firearm"].calibre.head(635)
    plain = {spelling: row for row, own in enumerate(column("calibres", "spellings")) for spelling in own.split("|")}
    plain |= {calibre: row for row, calibre in enumerate(column("calibres", "calibre"))}
    written = written[written != ""]
    return float(written.nunique()), float(written.map(plain).nunique()) if len(written) > 500 else 0.0


def _importer(corpus: Corpus) -> Counts:
    guns = corpus["us/firearm"].query("importer != '' and make != ''")
    return _of((guns.make == guns.importer) & (guns.importer != "Springfield Armory"))


def _any_alias(people: pd.DataFrame) -> Counts:
    return _of((people.aliases != "") | (people.monikers != ""))


def _monikers(corpus: Corpus) -> Counts:
    mexican = corpus["mx/suspect"]
    names, monikers = (mexican[field].str.split("|").map(lambda cells: sum(map(bool, cells))).sum() for field in ("aliases", "monikers"))
    return float(monikers), float(names + monikers)


def _alias_kind(corpus: Corpus, kind: str) -> Counts:
    kinds = _alias_kinds(corpus)
    return float(kinds.get(kind, 0)), float(sum(kinds.values()))


def _alias_kinds(corpus: Corpus) -> dict[str, int]:
    under = corpus["traits"].query("trait == 'alias_used' and entity == 'suspect' and owner == 'mx'").record_id
    people = corpus["mx/suspect"]
    counts: dict[str, int] = {}
    for row in people[~people.record_id.isin(under) & (people.aliases != "")].itertuples():
        for alias in str(row.aliases).split("|"):
            kind = alias_kind((str(row.given_names), str(row.surname_1), str(row.surname_2)), alias)
            counts[kind] = counts.get(kind, 0) + 1
    return counts


def _swapped(corpus: Corpus) -> Counts:
    pairs = corpus.pairs("mx", "us")
    whole = pairs[(pairs.date_of_birth_a.str.len() == 10) & (pairs.date_of_birth_b.str.len() == 10)]
    turned = whole.date_of_birth_b.str[:5] + whole.date_of_birth_b.str[8:] + "-" + whole.date_of_birth_b.str[5:7]
    return _of((whole.date_of_birth_a == turned) & (whole.date_of_birth_a != whole.date_of_birth_b))


def _differs(corpus: Corpus, field: str) -> Counts:
    pairs = corpus.pairs("ca", "us")
    pairs = pairs[(pairs.surname_2_a + pairs.surname_2_b == "") & ~pairs.nationality_a.eq("MEX") & ~pairs.nationality_b.eq("MEX")]
    sides = [pairs[f"{field}_{side}"].map(accents_lost).str.upper() for side in "ab"]
    both = (sides[0] != "") & (sides[1] != "")
    return _of((sides[0] != sides[1])[both])


def _surnames_lost(corpus: Corpus) -> Counts:
    traits = corpus["traits"].query("entity == 'suspect' and owner != 'mx'").trait
    return float((traits == "two_surnames_lost").sum()), float((traits == "hispanic_name").sum())


def _short_maria(corpus: Corpus) -> Counts:
    given = corpus["mx/suspect"].given_names
    compounds = given[given.str.match(r"(?:María|Ma\.|José|J\.) .")]
    return _of(compounds.str.match(r"(?:Ma|J)\. "))


def _mexicans(corpus: Corpus) -> pd.DataFrame:
    return corpus["mx/suspect"].query("nationality == 'MEX'")


def _compound(corpus: Corpus) -> Counts:
    given = _mexicans(corpus).given_names
    return _of(given[given != ""].str.contains(" "))


def _curp_invalid(corpus: Corpus) -> Counts:
    codes = corpus["mx/suspect"].curp
    return _of(~codes[codes != ""].map(curp.is_valid))


def _hernandez(corpus: Corpus) -> Counts:
    names = corpus["mx/suspect"].surname_1
    return float((names == "Hernández").sum()), float((names == "García").sum())


def _legal_form(corpus: Corpus) -> Counts:
    forms = corpus["mx/organization"].query("country == 'MEX' and legal_form != ''").legal_form
    return _of(forms == "S.A. de C.V.")


def _overlap(corpus: Corpus, entity: str, left: str, right: str) -> Counts:
    truth = corpus["truth"]
    truth = truth[truth.entity == entity]
    held = [set(truth[truth.owner == owner].entity_id) for owner in (left, right)]
    return float(len(held[0] & held[1])), float(len(held[0]))


def _triangles(corpus: Corpus) -> Counts:
    held = corpus["truth"].query("entity == 'suspect'").groupby("entity_id").size()
    return float((held == 3).sum()), float((held >= 2).sum())


MEASURES: dict[str, Callable[[Corpus], Counts]] = {
    "unusable_army": _unusable_army,
    **{f"unusable_{owner}": partial(lambda owner, corpus: _unusable(corpus[f"{owner}/firearm"]), owner) for owner in ("mx", "ca", "us")},
    "home_made_mx": lambda corpus: _of(_seized(corpus, "mx").identifier_quality == "privately made"),
    "long_guns_mx": _long,
    "us_sourced_mx": _us_sourced,
    "texas_mx": lambda corpus: _of(_seized(corpus, "mx").query("source_known == 'yes'").source_state == "TX"),
    "purchaser_us": lambda corpus: _of(_seized(corpus, "us").query("submitted == 'yes'").purchaser_known == "yes"),
    "glock_shape": _glock,
    "ruger_cut": _ruger,
    "calibre_other": _calibre_other,
    "calibre_spellings": _calibre_spellings,
    "importer_as_make": _importer,
    "any_alias": lambda corpus: _any_alias(corpus.suspects),
    "any_alias_mx": lambda corpus: _any_alias(corpus["mx/suspect"]),
    "alias_moniker": _monikers,
    **{
        f"alias_{kind}": partial(lambda kind, corpus: _alias_kind(corpus, kind), kind)
        for kind in ("different", "same_surname", "surname_replaced", "respelled", "added", "dropped")
    },
    "alternative_birth": lambda corpus: _of(
        corpus.suspects.date_of_birth[corpus.suspects.date_of_birth != ""].str.contains("|", regex=False)
    ),
    "year_only": lambda corpus: _of(corpus.suspects.date_of_birth[corpus.suspects.date_of_birth != ""].str.len() == 4),
    "swapped_mx_us": _swapped,
    "surname_differs": partial(_differs, field="surname_1"),
    "given_differs": partial(_differs, field="given_names"),
    "surnames_lost": _surnames_lost,
    "short_maria": _short_maria,
    "compound_mx": _compound,
    "curp_mx": lambda corpus: _of(_mexicans(corpus).curp != ""),
    "curp_invalid": _curp_invalid,
    "hernandez_garcia": _hernandez,
    "legal_form_mx": _legal_form,
    **{
        f"overlap_{entity}_{left}_{right}": partial(_overlap, entity=entity, left="mx" if "mx" in (left, right) else "ca", right=other)
        for entity, left, right, other in (
            ("suspect", "ca", "mx", "ca"),
            ("suspect", "mx", "us", "us"),
            ("suspect", "ca", "us", "us"),
            ("firearm", "ca", "mx", "ca"),
            ("firearm", "mx", "us", "us"),
            ("organization", "mx", "us", "us"),
        )
    },
    "triangles": _triangles,
}
