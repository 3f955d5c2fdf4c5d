"""Measure what exact noise takes: engine "noisy" beside trajectories of qsim, in time and memory.

python -m benchmarks.noisy
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from benchmarks.report import RESULTS, Table

CASES = (
    *((qubits, "amplitude") for qubits in (4, 6, 8, 10)),
    *((qubits, "angle") for qubits in (4, 6, 8, 10)),
    *((qubits, "iqp") for qubits in (4, 6, 8)),
)
TOKENS, TRAJECTORIES, QSIM_TOKENS, ROUNDS = 2048, 100, 2, 3
MOST_IQP_TOKENS = 128
"""A token of IQP takes as long whatever their number."""
HEADS = (
    *("encoder", "qubits", "CZ", "values, µs", "gradient, µs", "peak, MiB"),
    *("qsim, µs", "qsim / values"),
)
SPEC = """qslc: 1
name: noisy
qubits: {qubits}
encoder: {encoder}
ansatz: {{depth: 3, entangler: {{gate: cz, pattern: ring}}}}
measure: z
device: willow
noise: device
"""


def main() -> None:
    if len(sys.argv) > 1:
        print(json.dumps(measure(int(sys.argv[1]), sys.argv[2])))
        return
    rows = tuple(_measure_apart(*case) for case in CASES)
    text = (
        "# Engine noisy\n\n"
        "Three layers of RY and a ring of CZ on Willow, with `noise: device`: depolarizing, "
        "damping, dephasing, coherent errors of CZ and readout. Time for each token of "
        f"{TOKENS:,} ({MOST_IQP_TOKENS} for IQP), the median of {ROUNDS} rounds: the "
        "expectations, and their gradient by weights and inputs. *Peak* is the memory of the "
        "process above that before the engine was made. "
        f"*qsim* takes {TRAJECTORIES} trajectories for each token, "
        f"measured on {QSIM_TOKENS}. All on the CPUs of one machine."
        f"\n\n{Table(HEADS, rows, texts=1).markdown()}"
    )
    (RESULTS / "noisy.md").write_text(text, encoding="utf-8")


def _measure_apart(qubits: int, encoder: str) -> tuple[str, ...]:
    """Return a row of the table, measured in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.noisy", str(qubits), encoder]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout.splitlines()[-1])
    values, gradient, qsim = (1e6 * found[key] for key in ("values", "gradient", "qsim"))
    row = (
        *(encoder, str(qubits), str(found["gates"]), f"{values:,.1f}", f"{gradient:,.1f}"),
        *(f"{found['peak']:.0f}", f"{qsim:,.0f}", f"{qsim / values:,.0f}"),
    )
    print(*row)
    return row


def measure(qubits: int, encoder: str) -> dict[str, float]:
    """Return seconds for each token, MiB of memory, and the number of two-qubit gates."""
    import qslc_runtime
    import tensorflow as tf

    from qslc import compile_to, parse

    forms = {
        "amplitude": f"{{kind: amplitude, features: {2**qubits}}}",
        "angle": "{kind: angle}",
        "iqp": "{kind: iqp, repeats: 1}",
    }
    with tempfile.TemporaryDirectory() as folder:
        compile_to(parse(SPEC.format(qubits=qubits, encoder=forms[encoder])), folder)
        layer = qslc_runtime.load(folder)
        circuit = qslc_runtime.Artifact.read(folder).physical_circuit
        tokens = MOST_IQP_TOKENS if encoder == "iqp" else TOKENS
        rng = np.random.default_rng(0)
        x = rng.normal(size=(tokens, layer.FEATURES)).astype(np.float32)
        theta = rng.uniform(-2, 2, len(layer.WEIGHTS)).astype(np.float32)
        options = {"trajectories": TRAJECTORIES}
        qsim = qslc_runtime.engines.create("qsim", layer, options)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        engine = qslc_runtime.engines.create("noisy", layer, {})

    @tf.function
    def differentiate(x: Any, theta: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch((x, theta))
            loss = tf.reduce_sum(engine.expectations(x, theta) ** 2)
        return tape.gradient(loss, (x, theta))

    tensors = (tf.constant(x), tf.constant(theta))
    evaluate = tf.function(engine.expectations)
    values, gradient = (_time(partial(f, *tensors)) for f in (evaluate, differentiate))
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    slow = _time(partial(qsim.expectations, x[:QSIM_TOKENS], theta), rounds=1)
    return {
        "gates": sum(len(op.qubits) == 2 for op in circuit.all_operations()),
        "values": values / tokens,
        "gradient": gradient / tokens,
        "qsim": slow / QSIM_TOKENS,
        "peak": peak,
    }


def _time(function: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """Return the median time of some calls, after one that traces and fills caches."""
    function()
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        function()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


if __name__ == "__main__":
    main()
