"""Where work units run: threads of this process, or Dask workers. The results are the same bytes.

A work unit is a function of paths and small public rules; it writes its own file. A dead worker loses one unit, and a rerun skips the
finished ones.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal, TypeVar

from flows._progress import progress

R = TypeVar("R")
Engine = Literal["threads", "dask"]


def run_units(engine: str, workers: int, function: Callable[..., R], units: Sequence[tuple[Any, ...]]) -> list[R]:
    """Results of all units, in their order."""
    if engine == "dask":
        return _on_dask(workers, function, units)
    with ThreadPoolExecutor(max_workers=workers) as pool:
        return _counted(pool.map(lambda unit: function(*unit), units), len(units))


def _counted(results: Iterable[R], total: int) -> list[R]:
    found = []
    for result in results:
        found.append(result)
        progress("comparing partitions", len(found), total)
    return found


def _on_dask(workers: int, function: Callable[..., R], units: Sequence[tuple[Any, ...]]) -> list[R]:
    from distributed import Client, LocalCluster  # 0.5 s to import, and most runs never need it

    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=40) as cluster,  # type: ignore[no-untyped-call]
        Client(cluster) as client,  # type: ignore[no-untyped-call]
    ):
        futures = [client.submit(function, *unit, pure=False) for unit in units]
        return _counted((future.result() for future in futures), len(units))
