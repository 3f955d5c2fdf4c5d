"""A pass from outside: an entry of ``PASS_TABLE``, and its explanation, go the whole way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cirq
import pytest
import sympy

import qslc
from qslc import gates
from qslc.diagnostics import CompilerFaultError
from qslc.export.transformer import as_transformer
from qslc.ir.program import Operation, Program
from qslc.passes import NATIVE_PASSES, PASS_TABLE, PASSES, Pass, clean_up, run
from qslc.report.compilation import explanations
from tests.extension.stages import WholeWay


def drop_last_phases(program: Program) -> Program:
    """Drop rotations about Z that come last on a qubit of which only Z is measured."""
    letters = {pair for observable in program.observables for pair in observable.paulis}
    last = {qubit: op for op in program.operations for qubit in op.qubits}
    kept = (
        op
        for op in program.operations
        if op.gate != "rz" or last[op.qubits[0]] is not op or (op.qubits[0], "X") in letters
    )
    return replace(program, operations=tuple(kept))


TOY = Pass("drop last phases", drop_last_phases, level=1, native_level=1)


class TestPass(WholeWay):
    table = PASS_TABLE
    entry = TOY
    text = """qslc: 1
name: phases
qubits: 2
encoder: {kind: angle}
ansatz:
  block:
    - ry: {on: all, angle: theta}
    - cnot: {on: [[0, 1]]}
    - rz: {on: all, angle: theta}
device: line
optimize: {level: 1}
"""
    part = "level: 1"
    wrong = (("level: 4", "at most 3"),)
    shown = (("report.html", "Phases go."),)

    @pytest.fixture(autouse=True)
    def _explained(self, monkeypatch: pytest.MonkeyPatch) -> None:
        explained = {**explanations.EXPLANATIONS, TOY.name: "Phases go."}
        monkeypatch.setattr(explanations, "EXPLANATIONS", explained)

    def built(self):
        block = (gates.ry(), gates.cnot([(0, 1)]), gates.rz())
        begun = qslc.sublayer("phases", qubits=2).angle().block(*block)
        return begun.on("line").optimize(level=1)

    def check_report(self, report, folder) -> None:
        assert TOY.name in [step["name"] for step in report["passes"]]
        assert "rz" not in (folder / "physical.qasm").read_text(encoding="utf-8")

    def test_it_runs_at_its_levels(self) -> None:
        for levels in (PASSES, NATIVE_PASSES):
            assert [TOY in levels[level] for level in levels] == [False, True, True, True]

    def test_it_is_a_transformer_of_cirq(self) -> None:
        qubit = cirq.LineQubit(0)
        circuit = cirq.Circuit(cirq.ry(0.3)(qubit), cirq.rz(0.2)(qubit))
        assert as_transformer(TOY)(circuit) == circuit[:1]


def test_an_unknown_level_is_named() -> None:
    with pytest.raises(KeyError, match="unknown optimization level 4; known are 0 to 3"):
        PASSES[4]


@pytest.mark.parametrize("apply", [run, clean_up])
def test_a_pass_without_end_is_named(apply: Callable[[Program, tuple[Pass, ...]], object]) -> None:
    def flip(program: Program) -> Program:
        (op,) = program.operations
        return replace(program, operations=(replace(op, angle=-op.angle),))

    program = Program(1, (Operation("rx", (0,), sympy.Integer(1)),), ())
    flipping = Pass("flip", flip, level=1)
    assert apply(program, (flipping, flipping))
    with pytest.raises(CompilerFaultError, match="come to no end: flip"):
        apply(program, (flipping,))


@pytest.mark.parametrize("field", ["level", "native_level"])
def test_a_level_at_which_it_never_runs_is_an_error(field: str) -> None:
    with pytest.raises(ValueError, match="'drop last phases': there is no level 4"):
        replace(TOY, **{field: 4})
