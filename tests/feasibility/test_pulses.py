"""One-qubit gates that meet are one pulse, and rotations about Z are none."""

from __future__ import annotations

import pytest
import sympy

from qslc.feasibility import forecast as module
from qslc.feasibility.forecast import forecast
from qslc.feasibility.prediction import Run
from qslc.feasibility.pulses import find_pulses, pack_pulses
from qslc.ir.program import Operation, PauliString
from qslc.spec.devices import build_device
from qslc.spec.noise import build_noise

A, B = sympy.symbols("a b")
RX, RZ, RY = Operation("rx", (0,), A), Operation("rz", (0,), B), Operation("ry", (1,), B)
CZ = Operation("cz", (0, 1))


def make_run(*operations: Operation, late: bool = False) -> Run:
    device = build_device("weber", 1)
    edge = dict(enumerate(device.edges[0]))
    placed = [
        Operation(op.gate, tuple(edge[q] for q in op.qubits), _make_own(op, number))
        for number, op in enumerate(operations)
    ]
    strings = tuple(PauliString(((edge[qubit], "Z"),)) for qubit in (0, 1))
    columns = pack_pulses(placed, late=late)
    noise, qubits = build_noise("device", device), tuple(sorted(edge.values()))
    return Run(columns, strings, qubits, device, noise, {}, pulsed=True)


def _make_own(op: Operation, number: int) -> sympy.Expr | None:
    """Return the angle of an operation, a symbol of its own where it is one."""
    free = op.angle is not None and op.angle.free_symbols
    return sympy.Symbol(f"t{number}") if free else op.angle


def test_pulses_are_packed_between_levels() -> None:
    early = pack_pulses([RX, RZ, CZ, RY, RX, CZ])
    assert early == [[RX, RZ], [CZ], [RY, RX], [CZ]]
    assert pack_pulses([RX, RZ, CZ, RY], late=True) == [[RX, RZ], [CZ], [RY]]
    waiting, last = Operation("ry", (2,), A), Operation("cz", (1, 2))
    assert pack_pulses([waiting, CZ, last]) == [[waiting], [CZ], [last]]
    assert pack_pulses([waiting, CZ, last], late=True) == [[CZ], [waiting], [last]]


def test_errors_act_behind_whole_pulses() -> None:
    assert find_pulses([RX, RZ, RY]) == {1: RZ, 2: RY}
    assert find_pulses([RZ, CZ]) == {1: CZ}
    assert find_pulses([RZ]) == {}


def test_gates_that_meet_cost_one_pulse() -> None:
    half = Operation("rx", (0,), sympy.pi / 2)
    one = forecast(make_run(RX, RY))
    assert forecast(make_run(RX, RY, RZ)).error == pytest.approx(one.error, rel=1e-6)
    more = forecast(make_run(half, RZ, half, RY))
    assert more.errors[1] == pytest.approx(one.errors[1], rel=1e-6)
    assert forecast(make_run(RX, RY, CZ)).error > 1.05 * one.error


def test_paths_have_the_same_pulses(monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(RX, RZ, RY, CZ, RX, RZ, CZ, RY)
    exact = forecast(run)
    monkeypatch.setattr(module, "EXACT_QUBITS", 0)
    assert forecast(run).error == pytest.approx(exact.error, rel=0.03)
