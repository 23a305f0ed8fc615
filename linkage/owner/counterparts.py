"""Imagined counterparts: what another register might hold of our own records, under an error model. For planning, at home.

The rules of this room:
1. Every record has one carelessness, which multiplies the odds of all its errors: errors come in clusters.
2. First the fields that go together, then each value by itself, then the name as a whole; what is replaced is another record's value.
3. All draws are made for all rows and in name order, whatever the rates: more errors strike the same rows and further ones.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from linkage.owner.error_model import NAMES, WHOLE, ErrorModel, Rates, Together
from linkage.owner.variants import CanonicalRecords
from linkage.owner.written_errors import ERRORS, Error
from linkage.protocol.entity_rules import EntityRule

Cell = tuple[object, ...]
Floats = NDArray[np.float64]
Chance = np.random.Generator


def counterparts(records: CanonicalRecords, rule: EntityRule, model: ErrorModel, seed: int) -> CanonicalRecords:
    """One counterpart of each record; ids and cases are those of the record."""
    count = len(records.ids)
    rng = np.random.default_rng(seed)
    careless = np.exp(model.carelessness * rng.standard_normal(count) - model.carelessness**2 / 2)
    cells = {field: list(column) for field, column in records.cells.items()}
    for part in model.together:
        _together(cells, part, careless, rng)
    for field in sorted(rule.fields):
        chance = np.random.default_rng([seed, *field.encode()])  # one column more does not move the others
        if field in cells:
            _each(cells[field], records.cells[field], model.rates(field, rule.fields[field].kind), careless, chance)
    for field in sorted(rule.fields):
        if rule.fields[field].replaces:
            _names(cells, (field, rule), model, careless, np.random.default_rng([seed, 1, *field.encode()]))
    return CanonicalRecords(list(records.ids), list(records.cases), cells)


def _struck(draws: Floats, rate: float, careless: Floats) -> NDArray[np.int64]:
    """Rows that an error strikes; a rate of 1 strikes all, and a small one is multiplied by the carelessness."""
    return np.flatnonzero(draws < 1.0 - (1.0 - rate) ** careless)


def _together(cells: dict[str, list[Cell]], part: Together, careless: Floats, rng: Chance) -> None:
    count = careless.size
    missing, replaced = (_struck(rng.random(count), rate, careless).tolist() for rate in (part.missing, part.replaced))
    donors = rng.integers(max(count, 1), size=count)
    for field in part.fields:
        if field in cells:
            own = list(cells[field])
            for row in replaced:
                cells[field][row] = own[donors[row]] if own[row] else ()
            for row in missing:
                cells[field][row] = ()


def _each(column: list[Cell], donors: list[Cell], rates: Rates, careless: Floats, rng: Chance) -> None:
    """Rule 2, the values of one field; of a cell with several each has its own luck."""
    held = [values for values in donors if values]
    for error in (*sorted(ERRORS), *sorted(WHOLE, reverse=True)):  # what is lost is lost whatever was written
        draws, choice = rng.random(careless.size), rng.random((2, careless.size))
        for row in _struck(draws, rates.get(error, 0.0), careless).tolist():
            if column[row]:
                column[row] = _altered(column[row], error, (float(choice[0, row]), float(choice[1, row])), held)


def _altered(cell: Cell, error: str, choice: tuple[float, float], held: list[Cell]) -> Cell:
    """The cell with one of its values lost, another's, or written wrongly."""
    at = int(choice[1] * len(cell))
    before, value, after = cell[:at], cell[at], cell[at + 1 :]
    if error == "missing":
        return before + after
    if error == "replaced":
        return before + held[int(choice[0] * len(held))][:1] + after
    return (*before, _written(value, ERRORS[error], choice), *after)


def _written(value: object, error: Error, choice: tuple[float, float]) -> object:
    """A text with the error, or a full name with the error in one of its parts."""
    if not isinstance(value, tuple):
        return error(str(value), *choice) or value
    places = [at for at, part in enumerate(value) if part]
    at = places[int(choice[0] * len(places))]
    return (*value[:at], error(str(value[at]), *choice) or value[at], *value[at + 1 :])


def _names(cells: dict[str, list[Cell]], of: tuple[str, EntityRule], model: ErrorModel, careless: Floats, rng: Chance) -> None:
    """Rule 2, the name as a whole: two parts that change places, an alias that stands for all of them."""
    alias, rule = of
    parts = [field for field in rule.fields[alias].replaces if field in cells]
    for one, other in pairwise(parts):
        rate = model.rates(one, rule.fields[one].kind).get(NAMES[0], 0.0)
        for row in _struck(rng.random(careless.size), rate, careless).tolist():
            cells[one][row], cells[other][row] = cells[other][row], cells[one][row]
    rate = model.rates(alias, rule.fields[alias].kind).get(NAMES[1], 0.0)
    for row in _struck(rng.random(careless.size), rate, careless).tolist():
        for used in cells.get(alias, [()] * careless.size)[row][:1]:
            values = used if isinstance(used, tuple) else (used,)
            for field, value in zip(rule.fields[alias].replaces, values, strict=True):
                if field in cells:
                    cells[field][row] = (value,) if value else ()
