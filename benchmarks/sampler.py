"""Measure what the engine "sampler" takes for each 1,000 tokens, beside its sampler and with it.

taskset -c 0 python -m benchmarks.sampler
"""

from __future__ import annotations

import tempfile
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cirq
import numpy as np
import qslc_runtime

from benchmarks.report import RESULTS, Table
from qslc import compile_to, parse

QUBITS = (4, 6, 8, 10)
TOKENS = 200
SHOTS = 1000
SAMPLERS = ("noisy", "qsim", "simulator")
HEADS = (
    *("qubits", "engine alone, s", "peak, MiB", "record, MiB", "known tokens, s"),
    *(f"{name}, s" for name in SAMPLERS),
)
SPEC = """qslc: 1
name: sampled_{qubits}
qubits: {qubits}
encoder: {{kind: angle}}
ansatz: {{depth: 4, entangler: {{gate: cnot, pattern: linear}}}}
measure: [z, "X0*X1"]
device: line
noise: {{depolarizing: {{1q: 0.001, 2q: 0.01}}, readout: {{p01: 0.01, p10: 0.03}}}}
"""


class Coins(cirq.Sampler):  # type: ignore[misc]
    """Takes no time: it returns random bits."""

    def run_sweep(
        self, program: cirq.AbstractCircuit, params: Any, repetitions: int = 1
    ) -> Sequence[cirq.Result]:
        (measurement,) = program[-1]
        shape = (repetitions, len(measurement.qubits))
        rng = np.random.default_rng(0)
        return [
            cirq.ResultDict(params=each, measurements={"bits": rng.integers(0, 2, shape, np.uint8)})
            for each in cirq.to_resolvers(params)
        ]


def main() -> None:
    rows = tuple(map(_make_row, QUBITS))
    text = (
        "# Engine sampler\n\n"
        f"CPU time of one core for 1,000 tokens of {SHOTS:,} shots in two settings, measured on "
        f"{TOKENS}. Four layers of RY and a line of CNOT behind an angle encoder. *Engine alone* "
        "is with a sampler that takes no time, and its peak of memory; *known tokens* are those of "
        "the record."
        f"\n\n{Table(HEADS, rows, texts=0).markdown()}"
    )
    (RESULTS / "sampler.md").write_text(text, encoding="utf-8")


def _make_row(qubits: int) -> tuple[str, ...]:
    scale = 1000 / TOKENS
    with tempfile.TemporaryDirectory() as folder:
        compile_to(parse(SPEC.format(qubits=qubits)), folder)
        layer = qslc_runtime.load(folder)
        record = Path(folder) / "jobs.jsonl"
        alone = _create(layer, Coins(), record=record)
        _time(alone, layer, 1)  # what is made once
        with _trace() as peak:
            _time(alone, layer)
        times = [_time(_create(layer, Coins()), layer), _time(alone, layer)]
        size = record.stat().st_size
        others = [_time(_create(layer, name), layer, 20) * TOKENS / 20 for name in SAMPLERS]
    row = (
        *(str(qubits), f"{scale * times[0]:.2f}", f"{scale * peak[0] / 2**20:.1f}"),
        *(f"{scale * size / 2**20:.2f}", f"{scale * times[1]:.2f}"),
        *(f"{scale * seconds:.1f}" for seconds in others),
    )
    print(*row, flush=True)
    return row


def _create(layer: Any, sampler: Any, **options: Any) -> Any:
    options |= {"sampler": sampler, "shots": SHOTS}
    return qslc_runtime.engines.create("sampler", layer, options)


def _time(engine: Any, layer: Any, tokens: int = TOKENS) -> float:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(TOKENS, layer.FEATURES)).astype(np.float32)[:tokens]
    theta = rng.normal(size=len(layer.WEIGHTS)).astype(np.float32)
    started = time.process_time()
    engine.expectations(x, theta)
    return time.process_time() - started


@contextmanager
def _trace() -> Iterator[list[int]]:
    """Yield a list that holds the peak of memory, in bytes, afterwards."""
    peak: list[int] = []
    tracemalloc.start()
    try:
        yield peak
    finally:
        peak.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()


if __name__ == "__main__":
    main()
