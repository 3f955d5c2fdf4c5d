"""Angles are written within one period of their gate."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from qslc.ir.angles import reduce_all_to_period, reduce_to_period
from qslc.ir.gates import GATES
from qslc.ir.program import Operation, Program
from qslc.passes.levels import FUSE_ROTATIONS
from qslc.pipeline import build_artifact, compile_spec
from qslc.simulate.schedule import schedule
from qslc.simulate.steps import Block, Phase, ProductState, flatten
from qslc.spec.source import parse
from tests.export.emit_programs import program
from tests.lower.exact_simulation import unitary

A, B = sympy.symbols("a b")
PI = sympy.pi
ROTATIONS = sorted(name for name, gate in GATES.items() if gate.rotation)
CONSTANTS = (0, 1, 7, -100, PI, -PI, 2 * PI, 7 * PI / 2, -5 * PI / 3, 9 * PI, 3 - 8 * PI, PI**2)


def offset(angle: sympy.Expr) -> float:
    return float(sympy.expand(angle).xreplace(dict.fromkeys(angle.free_symbols, sympy.S.Zero)))


def assert_short(operations: tuple[Operation, ...]) -> None:
    for op in operations:
        if op.angle is not None:
            most = 2 * math.pi if op.kind.controlled else math.pi
            assert -most < offset(op.angle) <= most + 1e-12


@pytest.mark.parametrize(
    ("gate", "before", "after"),
    [
        ("ry", A + 7 * PI / 2, A - PI / 2),
        ("rx", -PI, PI),
        ("rz", 2 * PI - 3 * A, -3 * A),
        ("rzz", A * B - PI, A * B + PI),
        ("cry", A + 7 * PI / 2, A - PI / 2),
        ("crx", A + 2 * PI, A + 2 * PI),
        ("crz", A - 2 * PI, A + 2 * PI),
        ("ry", A + 7, A + 7 - 2 * PI),
        ("ry", (A + B) ** 2, (A + B) ** 2),
    ],
)
def test_the_constant_part_is_reduced(gate, before, after):
    qubits = tuple(range(GATES[gate].arity))
    assert reduce_to_period(Operation(gate, qubits, sympy.sympify(before))).angle == after


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(ROTATIONS), st.sampled_from(CONSTANTS)), max_size=6))
def test_no_observable_sees_the_difference(rotations):
    """Matrices stay the same up to a global phase, controlled rotations included."""
    operations = [
        Operation(gate, tuple(range(GATES[gate].arity)), A * k + constant)
        for k, (gate, constant) in enumerate(rotations)
    ]
    written = program(2, [*operations, Operation("h", (0,))])
    short = reduce_all_to_period(written)
    assert_short(short.operations)
    values = {"a": 0.37}
    overlap = np.vdot(unitary(short, values), unitary(written, values))
    assert abs(overlap) == pytest.approx(4, abs=1e-9)


def test_fused_rotations_are_short():
    turns = tuple(Operation("ry", (0,), angle) for angle in (A - PI / 4, -PI / 4))
    (fused,) = FUSE_ROTATIONS.apply(Program(1, turns, (), ("a",))).operations
    assert fused.angle == A - PI / 2


SPEC = """qslc: 1
name: offsets
qubits: 3
encoder: {{kind: angle}}
ansatz:
  block:
    - ry: {{on: all, angle: "theta + 7*pi/2"}}
    - cry: {{on: linear, angle: "phi + 7*pi/2"}}
    - rz: {{on: all, angle: "9*pi/2"}}
    - rzz: {{on: [[0, 2]], angle: "chi - 5*pi"}}
    - rx: {{on: all, angle: "theta + 3*pi"}}
    - crx: {{on: [[2, 0]], angle: "phi + 2*pi"}}
measure: [z, X0*Y2]
device: {device}
optimize: {{level: {level}}}
"""


@pytest.mark.parametrize("device", ["line", "{grid: [1, 3], gates: [cnot]}"])
@pytest.mark.parametrize("level", range(4))
def test_every_circuit_of_a_compile_is_short(device, level):
    stages = compile_spec(parse(SPEC.format(device=device, level=level)))
    assert stages.verification.verdict == "equal"
    for circuit in (stages.logical, stages.optimized, stages.physical):
        assert_short(circuit.operations)
    steps = [*flatten(schedule(stages.optimized))]
    words = [
        word for step in steps if isinstance(step, Block | ProductState) for word in step.words
    ]
    angles = [angle for word in words for _, angle in word if angle is not None]
    terms = [term for step in steps if isinstance(step, Phase) for term in step.terms]
    assert angles
    assert all(abs(offset(angle)) <= math.pi + 1e-12 for angle in angles)
    assert all(abs(term.factor) <= math.pi + 1e-12 for term in terms if term.angle == 1)
    _, files = build_artifact(stages)
    assert not any("7*pi/2" in text or "5*pi/2" in text for text in files.values())
