"""What every flow and task of ours has in common.

Prefect remembers what it is shown: parameters as JSON, failure messages as ``type: str(exc)``, results as pickles when any cache policy is
set. So ours take paths, names and counts only; a failure leaves as a clean error raised outside the ``except``, with coordinates and
without a cause; and nothing is cached or persisted.
"""

import functools
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import ParamSpec, TypeVar

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

import flows._settings  # noqa: F401  (before Prefect)
from linkage.protocol.errors import InvalidPackage, TrilinkError

P = ParamSpec("P")
R = TypeVar("R")


class StepFailed(Exception):
    """A step failed for a reason that is not ours to show: the kind of error and where in our code it happened."""


def private(function: Callable[P, R]) -> Callable[P, R]:
    """Let only clean errors out: our own with their sentence, any other as its type and place."""

    @functools.wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        clean: Exception
        try:
            return function(*args, **kwargs)
        except TrilinkError as error:
            clean = type(error)(str(error))
            if isinstance(error, InvalidPackage) and isinstance(clean, InvalidPackage):
                clean.files = error.files
        except StepFailed as error:
            clean = StepFailed(str(error))
        except Exception as error:
            clean = StepFailed(f"{type(error).__name__} at {_place(error)}; what it said is withheld")
        raise clean

    return guarded


def _place(error: Exception) -> str:
    """The innermost frame in our own code, as module file and line."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if f"{Path(frame.filename).parent.name}" in {"protocol", "owner", "unit", "lab", "flows"}]
    last = (ours or frames)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"


def private_task(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A Prefect task that stores nothing."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        return task(name=name, cache_policy=NO_CACHE, persist_result=False, log_prints=False)(private(function))

    return decorate


def private_flow(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A Prefect flow that stores nothing but its parameters: paths, names, counts."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        return flow(name=name, persist_result=False, log_prints=False, validate_parameters=False)(private(function))

    return decorate


@contextmanager
def without_heartbeat() -> Iterator[None]:
    """Flows that are over in seconds need no heartbeat, whose thread each of them would await for a second."""
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield


def show_counts(key: str, counts: Mapping[str, int]) -> None:
    """Counts as an artifact in the flow run's page."""
    table = [{"what": what, "count": count} for what, count in counts.items()]
    create_table_artifact(table=table, key=key)
