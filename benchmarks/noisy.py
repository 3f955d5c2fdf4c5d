"""Measure what exact noise takes: engine "noisy" beside trajectories of qsim, in time and memory.

python -m benchmarks.noisy
"""

from __future__ import annotations

import json
import os
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

from benchmarks.report import RESULTS, Table, write_lines

CASES = (
    *((qubits, "amplitude") for qubits in (4, 6, 8, 10)),
    *((qubits, "angle") for qubits in (4, 6, 8, 10)),
    *((qubits, "iqp") for qubits in (4, 6, 8)),
)
TOKENS, TRAJECTORIES, QSIM_TOKENS, ROUNDS = 2048, 100, 4, 5
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
    cases = [_measure_apart(*case) for case in CASES]
    write_lines(RESULTS / "noisy.json", cases)
    text = (
        "# Engine noisy\n\n"
        "Three layers of RY and a ring of CZ on Willow, with `noise: device`: depolarizing, "
        "damping, dephasing, coherent errors of CZ and readout. CPU time of one core for a token "
        f"of {TOKENS:,} ({MOST_IQP_TOKENS} for IQP), the median of {ROUNDS} rounds: the "
        "expectations, and their gradient by weights and inputs. *Peak* is the memory of the "
        "process above that before the engine was made. "
        f"*qsim* takes {TRAJECTORIES} trajectories for each token, the median over {QSIM_TOKENS} "
        f"calls of one token.\n\n{Table(HEADS, tuple(map(_make_row, cases)), texts=1).markdown()}"
    )
    (RESULTS / "noisy.md").write_text(text, encoding="utf-8")


def _measure_apart(qubits: int, encoder: str) -> dict[str, Any]:
    """Return the figures of a case, measured in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.noisy", str(qubits), encoder]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    case = {"encoder": encoder, "qubits": qubits, **json.loads(done.stdout.splitlines()[-1])}
    print(*_make_row(case), flush=True)
    return case


def _make_row(case: dict[str, Any]) -> tuple[str, ...]:
    return (
        *(case["encoder"], str(case["qubits"]), str(case["gates"])),
        *(f"{case['values_us']:,.1f}", f"{case['gradient_us']:,.1f}", f"{case['peak_mib']:.0f}"),
        *(f"{case['qsim_us']:,.0f}", f"{case['qsim_us'] / case['values_us']:,.0f}"),
    )


def measure(qubits: int, encoder: str) -> dict[str, Any]:
    """Return microseconds for each token, MiB of memory, and the number of two-qubit gates."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # before TensorFlow starts its threads
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
    slow = statistics.median(
        _time(partial(qsim.expectations, x[i : i + 1], theta), rounds=1) for i in range(QSIM_TOKENS)
    )
    return {
        "gates": sum(len(op.qubits) == 2 for op in circuit.all_operations()),
        "values_us": round(1e6 * values / tokens, 2),
        "gradient_us": round(1e6 * gradient / tokens, 2),
        "peak_mib": round(peak, 1),
        "qsim_us": round(1e6 * slow),
    }


def _time(function: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """Return the median CPU time of some calls, after one that traces and fills caches."""
    function()
    times = []
    for _ in range(rounds):
        started = time.process_time()
        function()
        times.append(time.process_time() - started)
    return statistics.median(times)


if __name__ == "__main__":
    main()
