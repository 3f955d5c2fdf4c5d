"""A part that one side knows and the other does not is an error that names it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import sympy
from qslc_runtime import kernel, pairs
from qslc_runtime.backends import load_backend
from qslc_runtime.circuit import gates, steps, tables
from qslc_runtime.compiled.build import SOURCE
from qslc_runtime.compiled.program import KERNEL_GATES, write_program
from qslc_runtime.folding.circuit import compute_final_states, is_linear
from qslc_runtime.layer.projections import Selection, build_up, compute_up

from qslc.codegen.angle_source import place_angles
from qslc.codegen.kernel_source import write_circuit
from qslc.codegen.shared_source import stack_runs
from qslc.codegen.step_source import write_step
from qslc.simulate.steps import REAL_GATES, WORD_GATES


@dataclass(frozen=True)
class Swap:
    """A step that nothing knows."""

    qubits: tuple[int, int] = (0, 1)


def make_layer(step: Any) -> Any:
    """A class of two qubits with a step before its measurement."""
    made = (steps.Amplitudes(), step, steps.Measure(tables.make_strings(2, "Z0"), (0,)))
    body = {"QUBITS": 2, "FEATURES": 4, "WEIGHTS": (), "circuit": lambda *_: made}
    return type("Half", (), body)


def test_the_compiled_kernel_refuses_an_unknown_step() -> None:
    with pytest.raises(TypeError, match=r"compiled kernel does not know the step Swap"):
        write_program(make_layer(Swap()))


def test_folding_refuses_an_unknown_step() -> None:
    made = make_layer(Swap()).circuit()
    with pytest.raises(TypeError, match="folding does not know the step Swap"):
        compute_final_states(made, np.zeros(0), 2, 4)
    with pytest.raises(TypeError, match="folding does not know the step Swap"):
        is_linear(made, 0)


def test_the_compiler_refuses_an_unknown_step() -> None:
    unknown: Any = Swap()
    with pytest.raises(AssertionError, match="Swap"):
        write_step(None, unknown, real=True)  # type: ignore[arg-type]
    with pytest.raises(AssertionError, match="Swap"):
        write_circuit(None, [unknown])  # type: ignore[arg-type]


def test_a_step_refuses_an_unknown_gate() -> None:
    with pytest.raises(ValueError, match="unknown gate 'sx'"):
        steps.Gates("sx", (0,))
    with pytest.raises(ValueError, match="takes 2 angles, not 1"):
        steps.Gates("ry", (0, 1), (0.5,))
    with pytest.raises(ValueError, match="takes 0 angles, not 1"):
        steps.Gates("h", (0,), (0.5,))


@pytest.mark.parametrize("name", ["sx", "rx"])
def test_states_refuse_a_gate_without_a_matrix(name: str) -> None:
    for module in (kernel, pairs):
        with pytest.raises(ValueError, match=f"gate '{name}'"):
            module.constant(name, 1)
    with pytest.raises(ValueError, match="'s' has no fixed real matrix"):
        kernel.constant("s", 1)


def test_the_compiler_refuses_a_gate_that_the_runtime_lacks() -> None:
    angles = place_angles([], (), ())
    with pytest.raises(ValueError, match="no gate 'sx' on one qubit"):
        stack_runs(angles, [((("sx", None),),)], real=False)


def test_an_unknown_backend_is_named() -> None:
    with pytest.raises(ImportError, match="tensorflow, jax, torch, not on openvino"):
        load_backend("openvino")


def test_both_sides_have_the_same_gates() -> None:
    assert set(gates.GATES) == WORD_GATES
    assert {name for name, gate in gates.GATES.items() if gate.is_real} == REAL_GATES


def test_the_kernel_numbers_the_gates_as_its_source_does() -> None:
    """``Gate`` in ``plan.h`` lists them in that order; it has every gate of the table."""
    text = (SOURCE / "plan.h").read_text(encoding="utf-8")
    listed = text[: text.index("} Gate;")].rsplit("{", 1)[1].replace(" ", "").strip().split(",")
    spelled = {"S_INVERSE": "sdg"}
    assert [spelled.get(name, name.lower()) for name in listed] == list(KERNEL_GATES)
    assert set(KERNEL_GATES) == set(gates.GATES)


def test_a_gate_that_the_kernel_does_not_know_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(gates.GATES, "sx", replace(gates.GATES["h"], name="sx"))
    with pytest.raises(TypeError, match="the compiled kernel does not know the gate 'sx'"):
        write_program(make_layer(steps.Gates("sx", (0,))))


@pytest.mark.parametrize("field", ["name", "matrix"])
def test_a_gate_needs_each_field(field: str) -> None:
    gate = gates.GATES["h"]
    blank = {"name": "", "matrix": np.zeros((2, 2), complex)}[field]
    with pytest.raises(ValueError, match=field):
        replace(gate, **{field: blank})


def test_an_angle_of_each_kind_has_a_vector() -> None:
    theta, x = sympy.symbols("theta_0 x0")
    angles = place_angles([theta + 1, theta * x], ("theta_0",), ("x0",))
    kinds = [angles.kind(angle) for angle in (sympy.Integer(1), theta, theta + 1, x, theta * x)]
    assert kinds == ["constant", "theta", "angles", "features", "data"]


def test_unknown_maps_are_named() -> None:
    layer: Any = type("Half", (), {"up_projection": "tensor", "OBSERVABLES": ("Z0",), "rank": None})
    for function in (lambda: build_up(layer, 2, 3), lambda: compute_up(layer, None)):
        with pytest.raises(ValueError, match="unknown up_projection 'tensor'"):
            function()
    with pytest.raises(ValueError, match="unknown projection 'random'"):
        Selection(2, "random").select(np.zeros((1, 2), np.float32), None)


@pytest.mark.parametrize("extra", [steps.Product(), steps.Amplitudes()])
def test_a_circuit_has_one_start_state(extra: steps.Step) -> None:
    with pytest.raises(TypeError, match="one start state"):
        write_program(make_layer(extra))
