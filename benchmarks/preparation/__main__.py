"""Measure state preparation on a line of couplers, beside peers.

python -m benchmarks.preparation [--data FOLDER] [--tokens N] [--qiskit PYTHON]

Times are of the process, one thread, medians over calls for all tokens. With a folder of hidden
states ``results/preparation.md`` and ``.json`` are written.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from qslc_runtime.preparation import (
    Bank,
    Brick,
    Preparation,
    encode_vectors,
    list_falling_periods,
    make_brick,
    prepare_states,
)

from benchmarks.growth.measure import read_memory
from benchmarks.preparation.disentangle import (
    count_product_gates,
    prepare_by_clusters,
    prepare_by_products,
)
from benchmarks.preparation.vectors import Vectors, read_vectors
from benchmarks.report import RESULTS, ROOT, Table, write_lines

Array = NDArray[np.float64]

GATES = {6: (25, 31), 7: (48, 64), 8: (42, 130)}
"""CZ by qubits: the last prepare any vector."""

EXACT, GOOD, ENOUGH = 1 - 1e-5, 0.99, 0.95
LAYERS, CLUSTERS, REPEATS, BANK, QISKIT_TOKENS = (1, 3), 64, 5, 400, 3
HEADS = (
    *("vectors", "features", "method", "CZ", "levels", "F mean", "F least", f"F ≥ {GOOD}"),
    *("exact", "ms cold", "ms warm", f"warm F ≥ {ENOUGH}"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table; None is not measured.

    Args:
        vectors: Name of the vectors.
        features: Number of features.
        method: What prepares.
        gates: Number of CZ.
        levels: Levels of CZ.
        mean: Mean fidelity.
        least: Least fidelity.
        good: Share of tokens with the fidelity GOOD.
        exact: Share of tokens with the fidelity EXACT.
        cold: Milliseconds for a token, from random angles.
        warm: Milliseconds for a token until a fidelity of ENOUGH, from a bank of the others.
        warm_share: Share of tokens that reach it.
    """

    vectors: str
    features: int
    method: str
    gates: float
    levels: float
    mean: float
    least: float
    good: float
    exact: float
    cold: float | None = None
    warm: float | None = None
    warm_share: float | None = None

    def format(self) -> tuple[str, ...]:
        """Return the cells of the row."""
        return (
            *(self.vectors, str(self.features), self.method),
            *(f"{self.gates:.0f}", f"{self.levels:.0f}", f"{self.mean:.4f}", f"{self.least:.4f}"),
            *(f"{self.good:.0%}", f"{self.exact:.0%}", _show(self.cold), _show(self.warm)),
            "" if self.warm_share is None else f"{self.warm_share:.0%}",
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, help="Folder of hidden states, *.npz.")
    parser.add_argument("--tokens", type=int, default=40, help="Number of tokens.")
    python = ROOT / "build" / "peers" / "bin" / "python"
    parser.add_argument("--qiskit", type=Path, default=python, help="Python that has Qiskit.")
    parser.add_argument("--memory", type=int, metavar="QUBITS", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory:
        print(_measure_memory(options.memory))
        return
    rows = []
    for vectors in read_vectors(options.data, options.tokens):
        for qubits in GATES:
            for row in _measure(vectors, qubits, options.qiskit):
                print(*row.format(), sep=" | ", flush=True)
                rows.append(row)
    sizes = Table(("qubits", "CZ", "angles", "ms", "MiB"), tuple(map(_measure_size, GATES)))
    table = Table(HEADS, tuple(row.format() for row in rows), texts=3)
    text = _describe(options.tokens) + table.markdown() + _describe_sizes() + sizes.markdown()
    print(sizes.markdown())
    if options.data:
        (RESULTS / "preparation.md").write_text(text, encoding="utf-8")
        write_lines(RESULTS / "preparation.json", [asdict(row) for row in rows])


def _describe(tokens: int) -> str:
    return (
        "# State preparation\n\n"
        f"{tokens} hidden states of each file, the attention inputs of a block of a small GPT-2, "
        "on a line of couplers. *kernel*: along the singular vectors of the query kernel; "
        "*principal*: along the principal axes of the file's other tokens. *brick* is "
        "`preparation: variational`. *exact*: share of tokens with 1 - F ≤ 1e-5. *ms* is process "
        "time for a token on one core: *cold* from random angles until exact, at most four "
        f"starts; *warm* until F ≥ {ENOUGH} from the nearest of the others, at most {BANK}, that "
        f"were prepared before. *cluster means* (as EnQode): the angles of the nearest of "
        f"{CLUSTERS} means on the same brick. *MPS*: layers of disentanglers of bond 2. *Qiskit*: "
        f"`StatePreparation`, transpiled at level 3, mean of {QISKIT_TOKENS} tokens.\n\n"
    )


def _describe_sizes() -> str:
    return (
        "\n## Time and memory\n\nRandom vectors, exact, one core: milliseconds for a token, and "
        "memory of the process above that before.\n\n"
    )


def _measure(vectors: Vectors, qubits: int, python: Path) -> Iterator[Row]:
    """Yield the rows of the first ``2**qubits`` features."""
    size = 2**qubits
    states, known = (
        encode_vectors(rows[:, :size], qubits) for rows in (vectors.tokens, vectors.known[:BANK])
    )

    def make_row(method: str, gates: float, levels: float, found: Array, *times: float) -> Row:
        shares = (float((found >= bound).mean()) for bound in (GOOD, EXACT))
        mean, least = float(found.mean()), float(found.min())
        return Row(vectors.name, size, method, gates, levels, mean, least, *shares, *times)

    most = max(GATES[qubits])
    bricks = [_make_brick(qubits, n, falls=vectors.falls and n < most) for n in GATES[qubits]]
    for brick in bricks:
        found, cold = _time(partial(_prepare, brick, states, EXACT), len(states))
        times = [cold] if brick.gates == most else [cold, *_measure_warm(brick, known, states)]
        yield make_row("brick", brick.gates, len(brick.levels), found.fidelities, *times)
    brick, clusters = bricks[0], min(CLUSTERS, len(known))
    fidelities = prepare_by_clusters(brick, known, states, clusters)
    yield make_row(f"{clusters} cluster means", brick.gates, len(brick.levels), fidelities)
    for layers in LAYERS:
        gates, levels = count_product_gates(qubits, layers), 2 * (qubits - 1) - 1 + 4 * (layers - 1)
        yield make_row(f"MPS, {layers}", gates, levels, prepare_by_products(states, layers))
    if python.exists():
        yield make_row("Qiskit, O3", *_count_qiskit(states[:QISKIT_TOKENS], python), np.ones(1))


def _make_brick(qubits: int, gates: int, *, falls: bool) -> Brick:
    line = [(qubit, qubit + 1) for qubit in range(qubits - 1)]
    periods = list_falling_periods(qubits, line) if falls else None
    return make_brick(qubits, line, gates=gates, periods=periods)


def _prepare(
    brick: Brick, states: Array, fidelity: float, bank: Bank | None = None, starts: int = 4
) -> Preparation:
    return prepare_states(brick, states, fidelity=fidelity, bank=bank, starts=starts, threads=1)


def _measure_warm(brick: Brick, known: Array, states: Array) -> tuple[float, float]:
    """Return milliseconds for a token until ENOUGH, and the share of tokens that reach it."""
    bank = Bank(brick, _prepare(brick, known, GOOD, starts=1).angles)
    found, warm = _time(partial(_prepare, brick, states, ENOUGH, bank), len(states))
    return warm, float((found.fidelities >= ENOUGH).mean())


def _time(call: Callable[[], Preparation], tokens: int) -> tuple[Preparation, float]:
    """Return a result and the milliseconds for a token."""
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        result = call()
        times.append(time.process_time() - start)
    return result, 1e3 * statistics.median(times) / tokens


def _count_qiskit(states: Array, python: Path) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "states.npy"
        np.save(path, states)
        script = Path(__file__).with_name("qiskit_peer.py")
        done = subprocess.run([python, script, path], capture_output=True, text=True, check=True)
    gates, levels = json.loads(done.stdout)
    return gates, levels


def _measure_size(qubits: int) -> tuple[str, ...]:
    brick, states = _make_exact(qubits)
    _, cold = _time(partial(_prepare, brick, states, EXACT), len(states))
    command = [sys.executable, "-m", "benchmarks.preparation", "--memory", str(qubits)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return (
        *(str(qubits), str(brick.gates), str(len(brick.rotations))),
        *(f"{cold:.1f}", f"{float(done.stdout.split()[-1]):.1f}"),
    )


def _measure_memory(qubits: int) -> float:
    """Return the MiB that a search takes, beside those of a small one before it (Linux)."""
    _prepare(*_make_exact(2), EXACT)
    brick, states = _make_exact(qubits)
    before = read_memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak is now what is resident
    _prepare(brick, states, EXACT)
    return (read_memory("VmHWM") - before) / 2**20


def _make_exact(qubits: int) -> tuple[Brick, Array]:
    """Make a brick that prepares any vector, and states of random vectors."""
    line = [(qubit, qubit + 1) for qubit in range(qubits - 1)]
    vectors = np.random.default_rng(0).normal(size=(20, 1 << qubits))
    return make_brick(qubits, line), encode_vectors(vectors, qubits)


def _show(milliseconds: float | None) -> str:
    return "" if milliseconds is None else f"{milliseconds:.2f}"


if __name__ == "__main__":
    main()
