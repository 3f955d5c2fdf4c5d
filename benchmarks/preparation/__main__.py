"""Measure state preparation on a line of couplers, beside peers.

python -m benchmarks.preparation [--data FOLDER] [--tokens N] [--qiskit PYTHON]

Times are of the process, one thread, medians over calls for all tokens.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from qslc_runtime.preparation import (
    Bank,
    Brick,
    Preparation,
    encode_vectors,
    make_brick,
    prepare_states,
)

from benchmarks.preparation.disentangle import (
    count_product_gates,
    prepare_by_clusters,
    prepare_by_products,
)
from benchmarks.preparation.vectors import Vectors, read_vectors

Array = NDArray[np.float64]

ROOT = Path(__file__).resolve().parents[2]
GATES = {6: (20, 25, 31), 7: (21, 48, 64), 8: (21, 42, 130)}
EXACT, ENOUGH = 1 - 1e-5, 0.95
LAYERS, CLUSTERS, REPEATS, BANK = 3, 64, 3, 400
PERIODS = {(0, 1): 4, (1, 2): 2, (2, 3): 2}
"""Of the first couplers where features fall in size."""


class Row(NamedTuple):
    """A line of the table; None is not measured.

    Args:
        method: What prepares.
        gates: Number of CZ.
        levels: Levels of CZ.
        fidelities: Fidelities (tokens,).
        cold: Milliseconds for a token, from random angles.
        warm: Milliseconds for a token until a fidelity of ENOUGH, from a bank of the others.
        warm_share: Share of tokens that reach it.
    """

    method: str
    gates: float
    levels: float
    fidelities: Array | None = None
    cold: float | None = None
    warm: float | None = None
    warm_share: float | None = None


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, help="Folder of hidden states, *.npz.")
    parser.add_argument("--tokens", type=int, default=40, help="Number of tokens.")
    python = ROOT / "build" / "peers" / "bin" / "python"
    parser.add_argument("--qiskit", type=Path, default=python, help="Python that has Qiskit.")
    options = parser.parse_args()
    print(
        "| vectors | method | CZ | levels | F mean | F least | exact | ms cold | ms warm | warm "
        f"reaches {ENOUGH} |\n|---|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    )
    for vectors in read_vectors(options.data):
        for qubits in GATES:
            for row in _measure(vectors, qubits, options.tokens, options.qiskit):
                print(f"| {vectors.name}, {2**qubits} | {_format(row)} |", flush=True)


def _measure(vectors: Vectors, qubits: int, tokens: int, python: Path) -> Iterator[Row]:
    """Yield the rows of the first ``2**qubits`` features; the bank has the other tokens."""
    order = np.random.default_rng(0).permutation(len(vectors.rows))
    shuffled = encode_vectors(vectors.rows[order, : 2**qubits], qubits)
    states, known = shuffled[:tokens], shuffled[tokens:][:BANK]
    for gates in GATES[qubits]:
        yield _measure_brick("brick", _make_brick(qubits, gates), known, states)
        if vectors.falls and qubits == 8 and gates < max(GATES[qubits]):
            brick = _make_brick(qubits, gates, PERIODS)
            yield _measure_brick("brick, periods", brick, known, states)
    fewer = _make_brick(qubits, GATES[qubits][0])
    clusters = min(CLUSTERS, len(known))
    fidelities = prepare_by_clusters(fewer, known, states, clusters)
    yield Row(f"{clusters} cluster means", fewer.gates, len(fewer.levels), fidelities)
    for layers in range(1, LAYERS + 1):
        gates, levels = count_product_gates(qubits, layers), 2 * (qubits - 1) - 1 + 4 * (layers - 1)
        yield Row(f"MPS, {layers}", gates, levels, prepare_by_products(states, layers))
    if python.exists():
        yield _measure_qiskit(states[:3], python)


def _make_brick(
    qubits: int, gates: int, periods: dict[tuple[int, int], int] | None = None
) -> Brick:
    line = [(qubit, qubit + 1) for qubit in range(qubits - 1)]
    return make_brick(qubits, line, gates=gates, periods=periods)


def _measure_brick(method: str, brick: Brick, known: Array, states: Array) -> Row:
    bank = Bank(brick, prepare_states(brick, known, starts=1).angles)
    found, cold = _time(lambda: prepare_states(brick, states, threads=1), len(states))
    reached, warm = _time(
        lambda: prepare_states(brick, states, threads=1, bank=bank, fidelity=ENOUGH), len(states)
    )
    share = float((reached.fidelities >= ENOUGH).mean())
    return Row(method, brick.gates, len(brick.levels), found.fidelities, cold, warm, share)


def _time(call: Callable[[], Preparation], tokens: int) -> tuple[Preparation, float]:
    """Return a result and the milliseconds for a token."""
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        result = call()
        times.append(time.process_time() - start)
    return result, 1e3 * statistics.median(times) / tokens


def _measure_qiskit(states: Array, python: Path) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "states.npy"
        np.save(path, states)
        script = Path(__file__).with_name("qiskit_peer.py")
        done = subprocess.run([python, script, path], capture_output=True, text=True, check=True)
    gates, levels = json.loads(done.stdout)
    return Row("Qiskit, O3", gates, levels)


def _format(row: Row) -> str:
    cells = [row.method, f"{row.gates:.0f}", f"{row.levels:.0f}"]
    if row.fidelities is None:
        return " | ".join([*cells, "1", "1", "100 %", "", "", ""])
    exact = (row.fidelities >= EXACT).mean()
    cells += [f"{row.fidelities.mean():.4f}", f"{row.fidelities.min():.4f}", f"{exact:.0%}"]
    times = ("" if value is None else f"{value:.2f}" for value in (row.cold, row.warm))
    share = "" if row.warm_share is None else f"{row.warm_share:.0%}"
    return " | ".join([*cells, *times, share])


if __name__ == "__main__":
    main()
