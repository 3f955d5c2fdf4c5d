"""Run ``qslc simulate``: the noisy circuit of a compiled layer for many tokens, on many cores."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qslc import __version__
from qslc.artifact import HELP, read_report
from qslc.diagnostics import Diagnostic, InputError
from qslc.extras import require
from qslc.output import write_file
from qslc.progress import Progress, ignore
from qslc.spec.source import build
from qslc.terminal import exit_on_signals
from qslc.verdict.tokens import read_features, read_weights
from qslc_study.execution import map_jobs
from qslc_study.executors import Executor, open_executor
from qslc_study.store import Store, compute_digest, hold

JOBS = 4
"""Jobs for each process: so many are lost and done again in part, and none is waited for long."""

LEAST = 256
"""Tokens of a job, if there are as many: starting its process takes seconds."""


@dataclass(frozen=True, slots=True)
class Trials:
    """Shots and trajectories of each token, and the seed; None as engine "qsim" has it."""

    shots: int | None = None
    trajectories: int | None = None
    seed: int = 0


def simulate(
    folder: Path,
    tokens: Path,
    weights: Path | None = None,
    output: Path = Path("expectations.npy"),
    trials: Trials = Trials(),
    *,
    on: str | None = None,
    processes: int | None = None,
    threads: int | None = None,
    progress: Progress = ignore,
) -> NDArray[np.float32]:
    """Simulate the compiled circuit under the noise of its spec for each token.

    The numbers are those of engine "qsim" in one process, however the tokens are split: each token
    has random numbers of its own, and equal ones, whose numbers hang together, stay together.
    Finished parts are kept beside the output until it is written: the same call goes on with the
    others where one was ended.

    Args:
        folder: Folder of a compile.
        tokens: A .npy file of features (tokens, features), or of hidden states (tokens, d).
        weights: A .npy file of the angles in radians, (weights,); those of a new layer, if none.
        output: The .npy file to write.
        trials: Shots, trajectories and seed.
        on: Address of a cluster, such as ray://HOST:10001; this machine, if none is given.
        processes: Jobs at a time.
        threads: Threads of a job.
        progress: Function that is told how far it is.

    Returns:
        The expectations (tokens, observables), in the order of the spec.

    Raises:
        InputError: A file is not what it should be, the circuit cannot be simulated, or the cluster
            does not answer.
    """
    if not folder.is_dir():
        raise InputError(Diagnostic(f"{folder} is not a folder", help=HELP))
    report, manifest = read_report(folder)
    _check_output(output)
    require("the simulation needs it", "study", "keras", "tensorflow")
    values, wider, _ = read_features(tokens, build(report["spec"]))
    theta = list(read_weights(weights, tuple(report["weights"])).values()) if weights else None
    features = (_project(folder, values) if wider else values).astype(np.float32)
    order = {"task": "simulate", "theta": theta, "options": asdict(trials)}
    with (
        exit_on_signals(),
        _keep_parts(output) as store,
        open_executor(on, processes, threads) as executor,
    ):
        common = [__version__, manifest, order]
        found = _share_out(order, folder.resolve(), features, executor, store, common, progress)
        buffer = io.BytesIO()
        np.save(buffer, found)
        write_file(output, buffer.getvalue())
        store.clear()
    return found


@contextmanager
def _keep_parts(output: Path) -> Iterator[Store]:
    """Keep finished parts in a folder beside the output, which goes when it is empty."""
    store = Store(output.with_name(f"{output.name}.parts"))
    with hold(store.folder):
        try:
            yield store
        finally:
            if not any(isinstance(value, list) for value in store.read_all().values()):
                shutil.rmtree(store.folder, ignore_errors=True)


def _share_out(
    order: Mapping[str, Any],
    folder: Path,
    features: NDArray[np.float32],
    executor: Executor,
    store: Store,
    common: Sequence[Any],
    progress: Progress,
) -> NDArray[np.float32]:
    """Give the executor a job for each part of the tokens, and return the expectations of all.

    The store says into how many parts the same tokens were split before, and has those that are
    finished; ``common`` decides their numbers together with their tokens.
    """

    def make_key(kind: str, values: NDArray[np.float32]) -> str:
        return compute_digest([kind, *common, hashlib.sha256(values.tobytes()).hexdigest()])

    split = make_key("split", features)
    count = (store.get(split) or {"parts": JOBS * executor.processes})["parts"]
    store.put(split, {"parts": count})
    parts = list(split_tokens(features, count))
    tell = _count_tokens(len(features), progress)
    with tempfile.TemporaryDirectory() as scratch:

        def run(number: int) -> list[list[float]]:
            own = features[parts[number]]
            key = make_key("part", own)
            known: list[list[float]] | None = store.get(key)
            if known is None:
                place = Path(scratch, f"{number}.npy")
                np.save(place, own)
                places = {"base": {}, "layer": str(folder), "data": str(place)}
                known = executor.work({**order, "places": places}, partial(tell, number))
                store.put(key, known)
            tell(number, {"tokens": len(known)})
            return known

        rows = np.concatenate(map_jobs(run, range(len(parts)), executor), dtype=np.float32)
    found = np.empty_like(rows)
    found[np.concatenate(parts)] = rows
    return found


def _check_output(path: Path) -> None:
    """Refuse a file that cannot be written, before hours of work are done for it."""
    home = next(each for each in path.absolute().parents if each.exists())
    if path.is_dir() or not (home.is_dir() and os.access(home, os.W_OK)):
        raise InputError(Diagnostic(f"cannot write {path}", help="choose another file with -o"))


def _project(folder: Path, states: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what a new layer encodes, (tokens, features), of hidden states (tokens, d)."""
    from qslc.verdict.measured import load_layer, project_tokens  # they load Keras

    return project_tokens(load_layer(folder), states)


def split_tokens(features: NDArray[np.float32], parts: int) -> Iterator[NDArray[np.intp]]:
    """Yield the rows of each part, in order; equal tokens are in the same one.

    Args:
        features: (tokens, features).
        parts: Number of parts, at most.
    """
    _, first, group = np.unique(features, axis=0, return_index=True, return_inverse=True)
    begins = first[group.reshape(-1)]
    size = max(LEAST, -(-len(features) // parts))
    order = np.argsort(begins, kind="stable")
    ends = np.searchsorted(begins[order], begins[order][size::size])
    for rows in np.split(order, np.unique(ends)):
        if len(rows):
            yield np.sort(rows)


def _count_tokens(total: int, progress: Progress) -> Callable[[int, Any], None]:
    """Return what adds up the progress of jobs, which several threads tell."""
    done, lock = dict[int, int](), Lock()

    def tell(number: int, message: Any) -> None:
        with lock:
            if "tokens" in message:
                done[number] = message["tokens"]
                progress(f"{sum(done.values()):,} of {total:,} tokens")

    return tell
