"""The agreement: what the parties encode, compare, decide and release. The same bytes at every party.

A new field, filter, pass or entity type needs a table in the TOML file and no code. Everything here is public: field names
and numbers, no keys but public ones. `docs/spec/agreement.md` describes every key.
"""

import hashlib
import math
import re
import tomllib
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from linkage.protocol.canonical import canonical_json
from linkage.protocol.errors import InvalidAgreement

FORMAT = "trilink/agreement/v1"

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Party = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
Share = Annotated[float, Field(gt=0.0, le=1.0)]

# kinds of fields: each names a normaliser of the owner
KINDS = Literal[
    "text", "code", "given_names", "surname", "full_name", "moniker", "sex", "date", "place", "house_number", "street",
    "locality", "region", "postal_code", "country", "phone", "email", "number", "yes_no", "curp", "rfc", "ine", "ssn",
    "fbi_ucn", "fps", "sin", "passport", "driver_licence", "ein", "bn", "neq", "lei", "ffl", "serial", "make", "model",
    "calibre", "firearm_type", "ballistic_id", "organization_name", "legal_form", "organization_kind",
]  # fmt: skip

# what of a value enters a filter
FEATURES = Literal["q_grams", "positional", "unordered_date", "exact"]

# blocking components: name -> does it take a number?
COMPONENTS = {
    "exact": False, "phonetic": False, "initial": False, "first": True, "last": True, "year": False, "month_day": False,
    "year_month": False, "ocr_fold": False, "serial_core": False, "without_prefix": False, "without_suffix": False,
    "ncic_serial": False, "first_word": False, "sorted_words": False, "digits": False,
    "calibre_class": False,
}  # fmt: skip

_COMPONENT = re.compile(r"^(?P<function>[a-z_]+)\((?P<fields>[a-z][a-z0-9_]*(?:\|[a-z][a-z0-9_]*)*)(?:, *(?P<number>[1-9][0-9]?))?\)$")


class _Table(BaseModel):
    """A TOML table in which unknown keys are refused and nothing is coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, ignored_types=(cached_property,))


class FieldRule(_Table):
    """One field as the owners hold it.

    ``many``: cells may hold several values split on ``|``; a ``set`` is compared any-of, ``variants`` make one encoding each.
    ``replaces``: an alias stands for these fields, in the order in which the kind's parts come.
    """

    kind: KINDS
    many: Literal["no", "set", "variants"] = "no"
    replaces: list[Name] = []


class FilterRule(_Table):
    """One Bloom filter and how its similarity becomes an agreement level.

    ``length`` in bits; ``bits`` set per feature; ``levels``: falling cut points on the Dice coefficient before diffusion;
    ``label``: the field class that a linked-case list shows.
    """

    fields: Annotated[list[Name], Field(min_length=1)]
    features: Annotated[list[FEATURES], Field(min_length=1)] = ["q_grams"]
    q: Annotated[int, Field(ge=1, le=3)] = 2
    length: Annotated[int, Field(ge=64, le=2048, multiple_of=64)] = 128
    bits: Annotated[int, Field(ge=1, le=8)] = 3
    levels: Annotated[list[Share], Field(min_length=1, max_length=7)] = [0.999]
    label: Name

    @model_validator(mode="after")
    def _levels_fall(self) -> Self:
        if sorted(set(self.levels), reverse=True) != self.levels:
            raise ValueError("levels must fall from the best to the worst")
        return self

    @property
    def codes(self) -> int:
        """Agreement levels and 0 for missing: 1 is disagreement, ``len(levels) + 1`` the best agreement."""
        return len(self.levels) + 2


class Component(_Table):
    """``function(field)`` or ``function(field|other, number)``, a part of a blocking key; ``|`` takes the value of any."""

    function: str
    fields: tuple[str, ...]
    number: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        found = _COMPONENT.match(text)
        if not found or found["function"] not in COMPONENTS:
            raise ValueError(f"expected function(field) or function(field, number) with a function of {', '.join(COMPONENTS)}")
        if COMPONENTS[found["function"]] != bool(found["number"]):
            wants = "needs a number" if COMPONENTS[found["function"]] else "takes no number"
            raise ValueError(f"{found['function']} {wants}")
        number = int(found["number"]) if found["number"] else None
        return cls(function=found["function"], fields=tuple(found["fields"].split("|")), number=number)


class Refinement(_Table):
    """A component that joins the key when the largest declared size of an owner reaches ``from_size`` records."""

    component: str
    from_size: Annotated[int, Field(ge=1)]


class PassRule(_Table):
    """One way in which two records may meet: a key of components, finer for larger owners."""

    key: Annotated[list[str], Field(min_length=1)]
    refine: list[Refinement] = []

    def components(self, largest: int) -> list[Component]:
        """The components in use when the largest owner declares ``largest`` records; the same at every owner."""
        refining = [refinement.component for refinement in self.refine if largest >= refinement.from_size]
        return [Component.parse(text) for text in [*self.key, *refining]]

    def all_components(self) -> list[Component]:
        return [Component.parse(text) for text in [*self.key, *(refinement.component for refinement in self.refine)]]


class EntityRule(_Table):
    """One entity type: its fields, filters, dependent groups and passes."""

    fields: Annotated[dict[Name, FieldRule], Field(min_length=1)]
    filters: Annotated[dict[Name, FilterRule], Field(min_length=1, max_length=32)]
    groups: list[Annotated[list[Name], Field(min_length=2)]] = []
    passes: Annotated[dict[Name, PassRule], Field(min_length=1, max_length=32)]
    max_variants: Annotated[int, Field(ge=1, le=64)] = 12

    @model_validator(mode="after")
    def _names_resolve(self) -> Self:
        for name, rule in self.filters.items():
            _require(rule.fields, self.fields, f"filters.{name}.fields")
        for name, field in self.fields.items():
            _require(field.replaces, self.fields, f"fields.{name}.replaces")
        for name, block in self.passes.items():
            _require([field for part in block.all_components() for field in part.fields], self.fields, f"passes.{name}")
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


class PartyRule(_Table):
    """Who takes part. Keys may be empty in a template; nothing is sealed to or by a party without them."""

    role: Literal["owner", "unit"]
    country: str
    contact_desk: str
    signing_key: str = ""
    sealing_key: str = ""


class EncodingRule(_Table):
    """Shared parameters of the encoding [Armknecht2018 for diffusion]."""

    token_cap: Annotated[int, Field(ge=1, le=1000)]
    diffusion: Annotated[int, Field(ge=1, le=16)]
    non_match_pairs: Annotated[int, Field(ge=0, le=4_000_000)]


class DecisionRule(_Table):
    """Bands by lowest match probability, best first; the worst one released; what is asked about in regrouping."""

    bands: Annotated[dict[str, Share], Field(min_length=1)]
    release: str
    possible: Annotated[float, Field(gt=0.0, lt=1.0)]

    @model_validator(mode="after")
    def _bands_fall(self) -> Self:
        cuts = list(self.bands.values())
        if sorted(set(cuts), reverse=True) != cuts:
            raise ValueError("bands: probabilities must fall from the first band to the last")
        if self.release not in self.bands:
            raise ValueError(f"release: expected one of {', '.join(self.bands)}")
        if self.possible > cuts[-1]:
            raise ValueError("possible: must not exceed the lowest band")
        return self

    @property
    def released_bands(self) -> list[str]:
        names = list(self.bands)
        return names[: names.index(self.release) + 1]


class ExchangeRule(_Table):
    """How long sealed files and lists stay valid, in days, and what a list must say."""

    message_days: Annotated[int, Field(ge=1, le=366)]
    list_days: Annotated[int, Field(ge=1, le=366)]
    caution: str


class Agreement(_Table):
    """The whole agreement, validated."""

    format: Literal["trilink/agreement/v1"]
    title: str
    valid_from: date
    valid_until: date
    parties: dict[Party, PartyRule]
    encoding: EncodingRule
    decision: DecisionRule
    exchange: ExchangeRule
    entities: Annotated[dict[Name, EntityRule], Field(min_length=1)]

    @model_validator(mode="after")
    def _parties_fit(self) -> Self:
        if self.valid_from >= self.valid_until:
            raise ValueError("valid_until: must be later than valid_from")
        if [rule.role for rule in self.parties.values()].count("unit") != 1 or len(self.owners) < 2:
            raise ValueError("parties: expected one unit and two or more owners")
        return self

    @cached_property
    def owners(self) -> tuple[str, ...]:
        return tuple(sorted(name for name, rule in self.parties.items() if rule.role == "owner"))

    @cached_property
    def unit(self) -> str:
        return next(name for name, rule in self.parties.items() if rule.role == "unit")

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the canonical JSON of every key, spelt out or defaulted, in hex: any difference shows."""
        return hashlib.sha256(canonical_json(self.model_dump(mode="json"))).hexdigest()

    def require_valid(self, today: date) -> None:
        """Refuse to work under an agreement that is not in force."""
        if not self.valid_from <= today <= self.valid_until:
            raise InvalidAgreement(
                f"the agreement is in force from {self.valid_from} to {self.valid_until}, not on {today}: agree on a new one"
            )


def read_agreement(path: Path) -> Agreement:
    """Read and validate; every refusal names the file, the key and what was expected."""
    problem = None
    try:
        return Agreement.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        problem = "no such file"
    except UnicodeDecodeError:
        problem = "not UTF-8 text"
    except tomllib.TOMLDecodeError as error:
        problem = f"not TOML: {error}"
    except ValidationError as error:
        problem = explain(error)
    raise InvalidAgreement(f"{path}: {problem}")


def explain(error: ValidationError) -> str:
    """The first complaint of a validation as ``key: what was expected``."""
    first = error.errors(include_url=False, include_input=False)[0]
    key = ".".join(str(part) for part in first["loc"]) or "document"
    said = first["msg"].removeprefix("Value error, ")
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{key}: {said}{more}"


def _require(names: list[str], known: dict[str, object] | dict[str, FieldRule] | dict[str, FilterRule], where: str) -> None:
    for name in names:
        if name not in known:
            raise ValueError(f"{where}: {name} is not one of {', '.join(known)}")
