"""What a country's officers write down of an organization.

Many registers keep the legal form inside the name; some records go under another name; accents go abroad, hands err.
"""

import numpy as np

from linkage.lab.corruption import accents_lost, altered, miscopied, mistyped, shortened, word_dropped
from linkage.lab.coverage import covered
from linkage.lab.draws import Chance, Codes, Columns, Flags, Floats, Texts, happens, one_of_each, texts
from linkage.lab.organizations import Organizations
from linkage.lab.places import phones
from linkage.lab.scattering import Numbers
from linkage.lab.view_people import Seen, living_here

FORM_IN_NAME, KNOWN = 0.4, 0.65
UNDER_ALIAS, UNDER_ALIAS_GROUP, OWN_NAME_FOUND = 0.15, 0.25, 0.75
BRANCH = 0.3  # of companies that are known abroad, those with an address and a telephone there
NAME_ERRORS = ((mistyped, 0.06), (shortened, 0.06), (word_dropped, 0.06))
NUMBERS = ("rfc", "ein", "bn", "neq", "phone")


def view_organizations(rng: Chance, country: str, who: tuple[Codes, Numbers], organizations: Organizations, carelessness: Floats) -> Seen:
    """Records of the organizations in the rows of `who`; `carelessness` multiplies every rate of an error, shape (records,)."""
    rows, numbers = who
    count, criminal = len(rows), organizations.criminal[rows]
    seen = {field: np.asarray(values[rows]) for field, values in organizations.facts.items()}
    branch = ~criminal & (organizations.home[rows] != country) & happens(rng, BRANCH, count)
    seen |= living_here(rng, country, seen, branch, phones(numbers, "organization abroad", texts([country] * count), rows))
    name, seen["aliases"], under = _known_as(rng, seen["name"], [organizations.aliases[row] for row in rows.tolist()], criminal)
    for change, rate in NAME_ERRORS:
        name = altered(rng, name, (rate * carelessness).clip(max=0.6), change)
    seen |= _with_form(rng, name, seen["legal_form"])
    for field in NUMBERS:
        seen[field] = altered(rng, seen[field], 0.015 * carelessness, miscopied)
    if country != "mx":
        for field in ("name", "aliases", "street", "locality", "region"):
            seen[field] = altered(rng, seen[field], 0.95, accents_lost)
            if country == "us":
                seen[field] = texts(map(str.upper, seen[field].tolist()))
    record = covered(rng, "organization", country, seen, carelessness)
    traits = {"near_identical_name": organizations.near_identical[rows], "criminal_group": criminal, "alias_used": under}
    return Seen(record, traits)


def _known_as(rng: Chance, name: Texts, aliases: list[list[str]], criminal: Flags) -> tuple[Texts, Texts, Flags]:
    """The main name of each record, the other names it lists, and whether the main one is an alias."""
    under = np.array([bool(own) for own in aliases], dtype=bool)
    under &= happens(rng, np.where(criminal, UNDER_ALIAS_GROUP, UNDER_ALIAS), len(name))
    other = one_of_each(rng, aliases)
    lists = []
    for own, alias, main, hidden, draw in zip(aliases, other, name, under, rng.random((len(name), 4)).tolist(), strict=True):
        known = [text for text, chance in zip(own, draw, strict=False) if chance < KNOWN and not (hidden and text == alias)]
        lists.append("|".join([*([main] if hidden and draw[3] < OWN_NAME_FOUND else []), *known]))
    return np.where(under, other, name), texts(lists), under


def _with_form(rng: Chance, name: Texts, form: Texts) -> Columns:
    """Name and legal form; some registers write the form inside the name, each in its own spelling."""
    inside = (form != "") & happens(rng, FORM_IN_NAME, len(name))
    spellings = [(text, text.replace(".", ""), text.upper(), text.replace(" ", "")) for text in form.tolist()]
    return {"name": np.where(inside, name + " " + one_of_each(rng, spellings), name), "legal_form": np.where(inside, "", form)}
