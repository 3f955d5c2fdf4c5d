"""Samplers that misbehave, and a compile for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cirq
import numpy as np
import qslc_runtime

import qslc

NOISE = (
    "{depolarizing: {1q: 0.002, 2q: 0.02}, amplitude_damping: 0.01, "
    "readout: {p01: 0.01, p10: 0.04}}"
)


def load(
    folder: Path,
    encoder: str = "{kind: angle}",
    device: str = "{grid: [2, 3]}",
    noise: str = "none",
    measure: str = '[z, "X0*Y1"]',
    gate: str = "cnot",
    depth: int = 1,
) -> Any:
    """Return the generated layer of three qubits; of depth 1 no CNOT is left in its circuit."""
    text = f"""qslc: 1
name: measured
qubits: 3
encoder: {encoder}
ansatz: {{depth: {depth}, rotations: [ry, rz], entangler: {{gate: {gate}, pattern: linear}}}}
measure: {measure}
device: {device}
noise: {noise}
"""
    qslc.compile_to(qslc.parse(text), folder)
    return qslc_runtime.load(folder)


def draw(cls: Any, tokens: int = 4) -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(tokens, cls.FEATURES)).astype(np.float32)
    return features, rng.uniform(-2, 2, len(cls.WEIGHTS)).astype(np.float32)


def create(cls: Any, sampler: Any, **options: Any) -> Any:
    options = {"sampler": sampler, "shots": 1000, **options}
    return qslc_runtime.engines.create("sampler", cls, options)


Change = Callable[[Sequence[cirq.Result], int], Sequence[cirq.Result]]


class Fake(cirq.Sampler):
    """Cirq's simulator, whose results ``change`` alters; it is told the call's number, from 0.

    Attributes:
        calls: The number of sets of parameters, and of shots, of each call.
    """

    def __init__(self, change: Change = lambda results, _: results) -> None:
        self._simulator = cirq.Simulator(seed=1)
        self._change = change
        self.calls: list[tuple[int, int]] = []

    def run_sweep(
        self, program: cirq.AbstractCircuit, params: Any, repetitions: int = 1
    ) -> Sequence[cirq.Result]:
        resolvers = [*cirq.to_resolvers(params)]
        self.calls.append((len(resolvers), repetitions))
        results = self._simulator.run_sweep(program, resolvers, repetitions)
        return self._change(results, len(self.calls) - 1)


def edit(result: cirq.Result, bits: Any = None, key: str = "bits") -> cirq.Result:
    """Return a result with other bits, or under another key."""
    found = result.measurements["bits"] if bits is None else bits
    return cirq.ResultDict(params=result.params, measurements={key: found})
