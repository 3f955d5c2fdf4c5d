"""Small circuits to analyze."""

from __future__ import annotations

import numpy as np

import qslc
from qslc.analyze.subject import Case
from qslc.ir.program import Operation, Program
from qslc.lower.logical import lower_to_logical
from qslc.spec.dsl import Sublayer
from qslc.spec.encoders import Inputs
from tests.passes.pass_programs import observable


def make_rng() -> np.random.Generator:
    """Return a random generator of a fixed seed."""
    return np.random.default_rng(0)


def make_layered(
    qubits: int,
    depth: int,
    rotations: tuple[str, ...] = ("ry",),
    gate: str = "cnot",
    pattern: str = "ring",
    measure: tuple[str, ...] = ("z",),
) -> Case:
    """Return the short form on |0...0>."""
    entangled = qslc.sublayer("case", qubits=qubits).no_encoder()
    spec = _add_layers(entangled, depth, rotations, gate, pattern).measure(*measure).spec()
    return Case(lower_to_logical(spec), "zero")


def make_amplitude(qubits: int, depth: int, rotations: tuple[str, ...] = ("ry",)) -> Case:
    """Return the short form on random amplitudes."""
    encoded = qslc.sublayer("case", qubits=qubits).amplitude(features=1 << qubits)
    spec = _add_layers(encoded, depth, rotations, "cnot", "ring").spec()
    return Case(lower_to_logical(spec), "features", Inputs("amplitudes", 1 << qubits, 1 << qubits))


def make_case(qubits: int, *operations: Operation, measure: str = "Z0") -> Case:
    """Return gates on |0...0>; every symbol in their angles is a weight."""
    angles = [op.angle for op in operations if op.angle is not None]
    weights = dict.fromkeys(s.name for angle in angles for s in sorted(angle.free_symbols, key=str))
    return Case(Program(qubits, operations, (observable(measure),), tuple(weights)), "zero")


def _add_layers(
    start: Sublayer, depth: int, rotations: tuple[str, ...], gate: str, pattern: str
) -> Sublayer:
    more = {} if gate == "none" else {"pattern": pattern}
    entangler = None if gate == "none" else gate
    return start.layers(depth=depth, rotations=list(rotations), entangler=entangler, **more)
