"""Find the place that trains the runs of a study: this machine, or a cluster by its address."""

from __future__ import annotations

from dataclasses import dataclass
from pkgutil import resolve_name

from qslc.diagnostics import Diagnostic, InputError
from qslc.extras import require
from qslc.registry import Registry
from qslc.spec.wording import join_words
from qslc_study.executors.executor import Executor, Share
from qslc_study.executors.local import LocalExecutor


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine of clusters: the scheme of its addresses, an example, and what it needs.

    ``executor`` is where its class is, which takes an address, a share and a number of runs at a
    time. It is imported when it is asked for.
    """

    name: str
    example: str
    package: str
    executor: str


ENGINES = Registry(
    "engine of clusters",
    (
        Engine("ray", "ray://HOST:10001", "ray", "qslc_study.executors.ray:RayCluster"),
        Engine("dask", "dask://HOST:8786", "distributed", "qslc_study.executors.dask:DaskCluster"),
    ),
)


def open_executor(
    on: str | None, processes: int | None, threads: int | None, gpus: int = 0
) -> Executor:
    """Return what trains the runs.

    Args:
        on: Address of a cluster; None is this machine.
        processes: Runs at a time; 1 here, on a cluster as many as it has room for.
        threads: Threads of a run; here the cores are shared between runs, on a cluster it is 1.
        gpus: GPUs of a run on a cluster; here runs see all of them.

    Raises:
        InputError: There is no such engine, its package is not installed, its cluster does not
            answer or has no node with so many cores and GPUs.
    """
    if on is None:
        if gpus:
            advice = "here each run sees all GPUs; CUDA_VISIBLE_DEVICES chooses among them"
            raise InputError(Diagnostic("GPUs are given to runs on a cluster only", help=advice))
        return LocalExecutor(processes or 1, threads)
    scheme, _, host = on.partition("://")
    if scheme not in ENGINES or not host:
        examples = join_words([engine.example for engine in ENGINES.values()], "or")
        raise InputError(Diagnostic(f'"{on}" is no address of a cluster', help=examples))
    engine = ENGINES[scheme]
    require("runs on a cluster need it", "cluster", engine.package)
    executor: Executor = resolve_name(engine.executor)(on, Share(threads or 1, gpus), processes)
    return executor
