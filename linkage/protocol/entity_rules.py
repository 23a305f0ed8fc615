"""One entity type of the agreement: its fields, filters, groups and blocking passes."""

import math
import re
from collections.abc import Collection
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from linkage.protocol.gate_rules import EntityGates

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Share = Annotated[float, Field(gt=0.0, le=1.0)]

# kinds of fields: each names a normaliser of the owner
KINDS = Literal[
    "text", "code", "given_names", "surname", "full_name", "moniker", "sex", "date", "place", "house_number", "street",
    "locality", "region", "postal_code", "country", "phone", "email", "number", "yes_no", "curp", "rfc", "ine", "ssn",
    "fbi_ucn", "fps", "sin", "passport", "driver_licence", "ein", "bn", "neq", "lei", "ffl", "serial", "make", "model",
    "calibre", "firearm_type", "ballistic_id", "organization_name", "legal_form", "organization_kind", "itin", "imei", "plate",
]  # fmt: skip

# what of a value enters a filter
FEATURES = Literal[
    "q_grams", "name_q_grams", "short_words", "positional", "date_year", "date_day", "exact", "first_word", "rare_name", "calibre",
    "serial_q_grams", "serial_positions", "partial",
]  # fmt: skip

# how many features a value of an ordinary length gives, of q-grams with q = 2
TYPICAL = {
    "q_grams": 8, "name_q_grams": 9, "short_words": 1, "positional": 8, "date_year": 4, "date_day": 8, "exact": 1, "first_word": 1,
    "rare_name": 1, "calibre": 2, "serial_q_grams": 9, "serial_positions": 8, "partial": 1,
}  # fmt: skip

# blocking components: name -> does it take a number?
COMPONENTS = {
    "exact": False, "phonetic": False, "phonetic_name": False, "initial": False, "first": True, "last": True, "year": False,
    "month_day": False, "any_order": False, "year_month": False, "ocr_fold": False, "serial_core": False, "without_prefix": False,
    "without_suffix": False, "ncic_serial": False, "first_word": False, "sorted_words": False, "sorted_sounds": True,
    "digits": False, "calibre_class": False, "serial_reduced": False, "serial_start": False, "serial_end": False,
    "serial_ends": False, "serial_stub": False, "distinctive_words": False, "near_words": False, "acronym": False,
    "word_pairs": False, "kind_or_either": False,
}  # fmt: skip

_COMPONENT = re.compile(r"^(?P<function>[a-z_]+)\((?P<fields>[a-z][a-z0-9_]*(?:[|+][a-z][a-z0-9_]*)*)(?:, *(?P<number>[1-9][0-9]?))?\)$")


class Table(BaseModel):
    """A TOML table in which unknown keys are refused and nothing is coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, ignored_types=(cached_property,))


class FieldRule(Table):
    """One field as the owners hold it.

    ``many``: cells may hold several values split on ``|``; a ``set`` is compared any-of, ``variants`` make one encoding each.
    ``replaces``: an alias stands for these fields, in the order in which the kind's parts come.
    ``latest``: a date after this one is refused, and a two-digit year is one of the hundred up to it.
    """

    kind: KINDS
    many: Literal["no", "set", "variants"] = "no"
    replaces: list[Name] = []
    latest: date | None = None

    @model_validator(mode="after")
    def _only_dates_are_late(self) -> Self:
        if self.latest and self.kind != "date":
            raise ValueError("latest: only a field of kind date has one")
        return self


def _typical(given: dict[str, Any]) -> int:
    """Of a filter that says no number: what ordinary values of all its fields give; anything where its fields or features are unsound."""
    return sum(TYPICAL[name] for name in given.get("features", [])) * len(given.get("fields", [])) or 1


class FilterRule(Table):
    """One Bloom filter and how its similarity becomes an agreement level.

    ``length`` in bits; ``bits`` set per feature; ``levels``: falling cut points on the Dice coefficient before diffusion of two filters
    that hold ``typical`` features each; ``label``: the field class that a linked-case list shows.
    """

    fields: Annotated[list[Name], Field(min_length=1)]
    features: Annotated[list[FEATURES], Field(min_length=1)] = ["q_grams"]
    q: Annotated[int, Field(ge=1, le=3)] = 2
    length: Annotated[int, Field(ge=64, le=2048, multiple_of=64)] = 128
    bits: Annotated[int, Field(ge=1, le=8)] = 3
    levels: Annotated[list[Share], Field(min_length=1, max_length=7)] = [0.999]
    typical: int = Field(default_factory=_typical, ge=1, le=1000)
    label: Name

    @model_validator(mode="after")
    def _levels_fall(self) -> Self:
        if sorted(set(self.levels), reverse=True) != self.levels:
            raise ValueError("levels must fall from the best to the worst")
        return self

    @property
    def shape(self) -> tuple[int, int, int]:
        """Length, bits of a feature, and how many features are typical: what differing bits are judged by."""
        return self.length, self.bits, self.typical

    @property
    def codes(self) -> int:
        """Agreement levels and 0 for missing: 1 is disagreement, ``len(levels) + 1`` the best agreement."""
        return len(self.levels) + 2


class Component(Table):
    """``function(field)`` or ``function(field|other, number)``, a part of a blocking key.

    ``|`` takes the value of any; ``field+other`` is one value, the words of both.
    """

    function: str
    fields: tuple[str, ...]
    number: int | None = None

    @property
    def held(self) -> list[str]:
        """The names of all fields that it reads."""
        return [name for field in self.fields for name in field.split("+")]

    @classmethod
    def parse(cls, text: str) -> Self:
        found = _COMPONENT.match(text)
        if not found or found["function"] not in COMPONENTS:
            raise ValueError(f"{text!r}: expected function(field) or function(field, number) with a function of {', '.join(COMPONENTS)}")
        if COMPONENTS[found["function"]] != bool(found["number"]):
            wants = "needs a number" if COMPONENTS[found["function"]] else "takes no number"
            raise ValueError(f"{text!r}: {found['function']} {wants}")
        number = int(found["number"]) if found["number"] else None
        return cls(function=found["function"], fields=tuple(found["fields"].split("|")), number=number)


class Refinement(Table):
    """A component that joins the key when the largest declared size of an owner reaches ``from_size`` records."""

    component: str
    from_size: Annotated[int, Field(ge=1)]


class PassRule(Table):
    """One way in which two records may meet: a key of components, finer for larger owners; none from ``until`` records on."""

    key: Annotated[list[str], Field(min_length=1)]
    refine: list[Refinement] = []
    until: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _components_parse(self) -> Self:
        self.all_components()
        return self

    def components(self, largest: int) -> list[Component]:
        """The components in use when the largest owner declares ``largest`` records; the same at every owner. None: no key is made."""
        if self.until is not None and largest >= self.until:
            return []
        refining = [refinement.component for refinement in self.refine if largest >= refinement.from_size]
        return [Component.parse(text) for text in [*self.key, *refining]]

    def all_components(self) -> list[Component]:
        return [Component.parse(text) for text in [*self.key, *(refinement.component for refinement in self.refine)]]


class EntityRule(Table):
    """One entity type: its fields, filters, dependent groups, passes and quality gates.

    ``between``: what agrees by chance is counted inside each owner, and lowered where less of it meets between two owners.
    ``overlap``: the share of the smaller owner's records that is taken to have a match where it cannot be learned.
    """

    fields: Annotated[dict[Name, FieldRule], Field(min_length=1)]
    filters: Annotated[dict[Name, FilterRule], Field(min_length=1, max_length=32)]
    groups: list[Annotated[list[Name], Field(min_length=2)]] = []
    passes: Annotated[dict[Name, PassRule], Field(min_length=1, max_length=32)]
    max_variants: Annotated[int, Field(ge=1, le=64)] = 12
    gates: EntityGates = EntityGates()
    between: bool = False
    overlap: Share = 0.01

    @model_validator(mode="after")
    def _names_resolve(self) -> Self:
        held = [name for name, field in self.fields.items() if not field.replaces]  # an alias stands for others, never for itself
        for name, rule in self.filters.items():
            _require(rule.fields, held, f"filters.{name}.fields")
        for name, field in self.fields.items():
            _require(field.replaces, held, f"fields.{name}.replaces")
        for name, block in self.passes.items():
            _require([field for part in block.all_components() for field in part.held], held, f"passes.{name}")
            joined = [one for part in block.all_components() for field in part.fields if "+" in field for one in field.split("+")]
            _require(joined, [one for one in held if self.fields[one].many != "set"], f"passes.{name}: joined with +")
        _require(self.gates.min_completeness, self.fields, "gates.min_completeness")
        grouped = [name for group in self.groups for name in group]
        _require(grouped, self.filters, "groups")
        if len(grouped) != len(set(grouped)):
            raise ValueError("groups: a filter may stand in one group only")
        if math.prod(rule.codes for rule in self.filters.values()) >= 2**62:
            raise ValueError("filters: too many levels together for one pattern code; use fewer filters or levels")
        return self

    @cached_property
    def filter_names(self) -> tuple[str, ...]:
        """Filters in the order in which packages and pattern codes hold them: by name."""
        return tuple(sorted(self.filters))


def _require(names: Collection[str], known: Collection[str], where: str) -> None:
    for name in names:
        if name not in known:
            raise ValueError(f"{where}: {name} is not one of {', '.join(known)}")
