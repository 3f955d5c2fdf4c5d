"""Compiles with CZ gates in their circuits, for the tests of mitigation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import qslc_runtime

import qslc

GATES = "{depolarizing: {1q: 0.002, 2q: 0.03}}"
READ = "{depolarizing: {2q: 0.01}, readout: {p01: 0.03, p10: 0.12}}"


def load(folder: Path, noise: str, encoder: str = "{kind: angle}", execution: str = "{}") -> Any:
    """Return the generated layer of three qubits and two layers."""
    text = f"""qslc: 1
name: mitigated
qubits: 3
encoder: {encoder}
ansatz: {{depth: 2, rotations: [ry, rz], entangler: {{gate: cnot, pattern: linear}}}}
measure: [z, "X0*Y1"]
device: {{grid: [2, 3]}}
noise: {noise}
execution: {execution}
"""
    qslc.compile_to(qslc.parse(text), folder)
    return qslc_runtime.load(folder)
