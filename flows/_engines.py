"""Where work units run: threads of this process, or Dask workers. The results are the same bytes.

A work unit is a function of paths and small public rules; it writes its own file. A dead worker loses one unit, and a rerun skips the
finished ones.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any, Literal

from flows._progress import progress

Engine = Literal["threads", "dask"]


def run_units(engine: str, workers: int, function: Callable[..., int], units: Sequence[tuple[Any, ...]]) -> list[int]:
    """What all units counted, in their order; ``engine`` may be the address of a running Dask scheduler whose workers see our files."""
    if engine == "threads":
        with ThreadPoolExecutor(max_workers=workers) as pool:
            return _counted(pool.map(lambda unit: function(*unit), units), len(units))
    return _on_dask(None if engine == "dask" else engine, workers, function, units)


def _counted(results: Iterable[int], total: int) -> list[int]:
    found: list[int] = []
    for result in results:
        found.append(result)
        progress(f"comparing partitions ({sum(found):,} pairs)", len(found), total)
    return found


def _on_dask(scheduler: str | None, workers: int, function: Callable[..., int], units: Sequence[tuple[Any, ...]]) -> list[int]:
    """On a cluster that is there, or on one of our own for as long as it takes. A unit whose worker dies is given to another one."""
    from distributed import Client  # 0.5 s to import, and most runs never need it

    with _local_cluster(workers) if scheduler is None else nullcontext(scheduler) as cluster, Client(cluster) as client:  # type: ignore[no-untyped-call]
        futures = [client.submit(function, *unit, pure=False) for unit in units]
        return _counted((future.result() for future in futures), len(units))


def _local_cluster(workers: int) -> Any:
    from distributed import LocalCluster

    return LocalCluster(n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=40)  # type: ignore[no-untyped-call]
