"""The agreement: what the parties encode, compare, decide and release. The same bytes at every party.

A new field, filter, pass or entity type needs a table in the TOML file and no code. Everything here is public: field names
and numbers, no keys but public ones. `docs/spec/agreement.md` describes every key.
"""

import hashlib
import tomllib
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from linkage.protocol.budget_rules import BudgetRule
from linkage.protocol.canonical import canonical_json
from linkage.protocol.desk_rules import DeskRule
from linkage.protocol.entity_rules import EntityRule, Name, Share, Table
from linkage.protocol.errors import InvalidAgreement
from linkage.protocol.gate_rules import EntityGates, GateRule
from linkage.protocol.report_rules import ReportRule

FORMAT = "trilink/agreement/v1"

Party = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]


class PartyRule(Table):
    """Who takes part, and how many days after its release what an owner released is deleted everywhere.

    Keys may be empty in a template; nothing is sealed to or by a party without them.
    """

    role: Literal["owner", "unit"]
    country: str
    contact_desk: str
    retention_days: Annotated[int, Field(ge=1, le=3_660)] = 366
    signing_key: str = ""
    sealing_key: str = ""


class EncodingRule(Table):
    """Shared parameters of the encoding [Armknecht2018 for diffusion]."""

    token_cap: Annotated[int, Field(ge=1, le=1000)]
    token_postings: Annotated[int, Field(ge=1, le=1000)] = 1
    diffusion: Annotated[int, Field(ge=1, le=16)]
    non_match_pairs: Annotated[int, Field(ge=0, le=4_000_000)]


class DecisionRule(Table):
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


class ExchangeRule(Table):
    """How long sealed files and lists stay valid, in days, how often an owner is asked in an epoch, and what a list must say."""

    message_days: Annotated[int, Field(ge=1, le=366)]
    list_days: Annotated[int, Field(ge=1, le=366)]
    requests: Annotated[int, Field(ge=1, le=1_000)] = 8
    caution: str


class KeyRule(Table):
    """How long an epoch's key may be used, and how long two epochs may run side by side, in days."""

    epoch_days: Annotated[int, Field(ge=1, le=366)] = 62
    overlap_days: Annotated[int, Field(ge=0, le=366)] = 14


class Agreement(Table):
    """The whole agreement, validated."""

    format: Literal["trilink/agreement/v1"]
    title: str
    valid_from: date
    valid_until: date
    parties: dict[Party, PartyRule]
    encoding: EncodingRule
    decision: DecisionRule
    exchange: ExchangeRule
    keys: KeyRule = KeyRule()
    gates: GateRule = GateRule()
    desk: DeskRule = DeskRule()
    budgets: BudgetRule = BudgetRule()
    report: ReportRule = ReportRule()
    entities: Annotated[dict[Name, EntityRule], Field(min_length=1)]

    @model_validator(mode="after")
    def _parties_fit(self) -> Self:
        if self.valid_from >= self.valid_until:
            raise ValueError("valid_until: must be later than valid_from")
        if [rule.role for rule in self.parties.values()].count("unit") != 1 or len(self.owners) < 2:
            raise ValueError("parties: expected one unit and two or more owners")
        for entity, fields in self.desk.core.items():
            if entity not in self.entities or not set(fields) <= set(self.entities[entity].fields):
                raise ValueError(f"desk.core.{entity}: expected an agreed entity type and fields of it")
        return self

    @cached_property
    def owners(self) -> tuple[str, ...]:
        return tuple(sorted(name for name, rule in self.parties.items() if rule.role == "owner"))

    @cached_property
    def unit(self) -> str:
        return next(name for name, rule in self.parties.items() if rule.role == "unit")

    def gates_of(self, entity: str) -> EntityGates:
        """What must hold before a package of this entity type is sealed."""
        return self.entities[entity].gates.over(self.gates)

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
    except OSError:
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
