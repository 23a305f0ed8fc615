"""How often two registers differ about one person, gun or company: the stated model under which blocking is planned.

One TOML file; the one that ships is ``tables/error_model.toml``, docs/spec/blocking-plan.md describes its keys. Shares are of true pairs
whose first record holds the value, before carelessness, which makes errors come in clusters.
"""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from linkage.owner.fact_tables import TABLES
from linkage.owner.written_errors import ERRORS
from linkage.protocol.agreement import explain
from linkage.protocol.entity_rules import EntityRule, Name, Table
from linkage.protocol.errors import InvalidProfile

FORMAT = "trilink/error-model/v1"
SHIPPED = TABLES / "error_model.toml"
WHOLE = ("missing", "replaced")  # a value is not there, or is another record's
NAMES = ("swapped", "alias_used")  # with the next part of the name; an alias stands for the name

Rate = Annotated[float, Field(ge=0.0, le=1.0)]
Rates = dict[str, Rate]


class Together(Table):
    """Fields that are missing, or another's, all at once: who has moved has another house, street and town."""

    fields: Annotated[list[Name], Field(min_length=2)]
    missing: Rate = 0.0
    replaced: Rate = 0.0


class ErrorModel(Table):
    """``kinds``: rates of each error by kind of field; ``fields``: the same by field, instead of its kind's."""

    format: Literal["trilink/error-model/v1"]
    carelessness: Annotated[float, Field(ge=0.0, le=3.0)]
    kinds: dict[str, Rates] = Field(default_factory=dict)
    fields: dict[Name, Rates] = Field(default_factory=dict)
    together: list[Together] = Field(default_factory=list)

    @model_validator(mode="after")
    def _errors_are_known(self) -> Self:
        known = (*WHOLE, *ERRORS, *NAMES)
        for where, rates in [*self.kinds.items(), *self.fields.items()]:
            _known(rates, known, where)
        return self

    def rates(self, field: str, kind: str) -> Rates:
        """Of one field: its own, else its kind's, else those of the kind ``default``."""
        return self.fields.get(field, self.kinds.get(kind, self.kinds.get("default", {})))

    def times(self, factor: float) -> "ErrorModel":
        """The same errors, so many times as often; what is always missing stays so."""

        def more(rates: Rates) -> Rates:
            return {error: 1.0 - (1.0 - rate) ** factor for error, rate in rates.items()}

        together = [part.model_copy(update=more({"missing": part.missing, "replaced": part.replaced})) for part in self.together]
        sections = {name: {of: more(rates) for of, rates in getattr(self, name).items()} for name in ("kinds", "fields")}
        return self.model_copy(update=sections | {"together": together})

    def require_fields(self, rules: Iterable[EntityRule]) -> None:
        """Refuse fields that no entity type has: a misspelt one would silently change nothing."""
        held = {field for rule in rules for field in rule.fields}
        for field in [*self.fields, *(field for part in self.together for field in part.fields)]:
            if field not in held:
                raise InvalidProfile(f"error model: {field} is no field of the agreement")


def read_error_model(path: Path = SHIPPED) -> ErrorModel:
    """Read and validate; every refusal names the file, the key and what was expected."""
    problem = None
    try:
        return ErrorModel.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError:
        problem = "no such file"
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problem = f"not TOML: {error}"
    except ValidationError as error:
        problem = explain(error)
    raise InvalidProfile(f"{path}: {problem}")


def _known(rates: Rates, known: tuple[str, ...], where: str) -> None:
    for error in rates:
        if error not in known:
            raise ValueError(f"{where}: {error} is not one of {', '.join(known)}")
