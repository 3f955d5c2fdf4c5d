"""Specs of circuits of Cirq: equal to Cirq's own simulation, with symbols in both parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cirq
import numpy as np
import pytest
import sympy
from jsonschema import Draft202012Validator

import qslc
from qslc.analysis import choose_settings
from qslc.analyze.operations import compute_operations
from qslc.analyze.subject import Subject
from qslc.diagnostics import InputError
from qslc.lower.logical import lower_to_logical
from qslc.spec import schema
from tests.circuits.simulation import compute_of_cirq, compute_of_spec

A, B, PHI, X0 = sympy.symbols("theta b phi x0")
ODD = sympy.Symbol("data-1")
Q = cirq.GridQubit.rect(1, 3)
CIRCUIT = cirq.Circuit(
    cirq.H.on_each(*Q),
    cirq.rx(X0 * A + PHI)(Q[0]),
    cirq.CZ(Q[0], Q[1]) ** B,
    cirq.ISWAP(Q[1], Q[2]) ** (ODD * A / 2),
    cirq.FSimGate(B, X0)(Q[0], Q[1]),
    cirq.PhasedXZGate(x_exponent=A, z_exponent=PHI, axis_phase_exponent=ODD)(Q[2]),
    cirq.CCX(*Q),
    cirq.ry(X0**2)(Q[1]),
    cirq.MatrixGate(cirq.testing.random_unitary(4, random_state=1))(Q[0], Q[2]),
    cirq.CircuitOperation(
        cirq.FrozenCircuit(cirq.X(Q[1]) ** PHI, cirq.CNOT(*Q[:2])), 2, use_repetition_ids=False
    ),
    cirq.measure(*Q),
)
OBSERVABLES = [
    cirq.Z(Q[0]),
    0.5 * cirq.X(Q[1]) * cirq.Z(Q[2]) - 2 * cirq.Y(Q[0]) + 0.25,
    -cirq.Z(Q[0]) * cirq.Z(Q[1]),
]
VALUES = {"theta": 0.3, "b": -1.1, "phi": 0.7, "x0": 1.3, "data-1": -0.4}


def test_it_is_the_circuit() -> None:
    spec = qslc.from_cirq(CIRCUIT, OBSERVABLES, inputs=("data-1", X0))
    assert spec.encoder.inputs(3).angles == ("x0", "x1")
    assert spec.ansatz.weights == ("b", "phi", "theta")
    assert spec.measure == ("Z0", "-2*Y0 + 0.5*X1*Z2 + 0.25", "-Z0*Z1")
    weights = {name: VALUES[name] for name in spec.ansatz.weights}
    made = compute_of_spec(spec, [VALUES["data-1"], VALUES["x0"]], weights)
    wanted = compute_of_cirq(CIRCUIT, OBSERVABLES, VALUES)
    np.testing.assert_allclose(made, wanted, atol=1e-12)


def test_the_order_of_weights_can_be_said() -> None:
    order = ("theta", "phi", "b")
    spec = qslc.from_cirq(CIRCUIT, cirq.Z(Q[0]), inputs=(ODD, X0), weights=order)
    assert spec.ansatz.weights == order


def test_yaml_and_builder_are_equal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.json").write_text(cirq.to_json(CIRCUIT))
    text = (
        "qslc: 1\nname: own\ncircuit: {file: own.json, inputs: [data-1, x0], project: learned}\n"
        "measure: [Z0, 0.5*X1*Z2 - 2*Y0 + 0.25, -Z1*Z0]\ndevice: weber\n"
    )
    (tmp_path / "own.yaml").write_text(text)
    written = qslc.load("own.yaml").spec
    options: Any = {"inputs": ["data-1", "x0"], "project": "learned"}
    built = qslc.sublayer("own").circuit("own.json", **options)
    strings = ["Z0", "0.25 - 2*Y0 + 0.5*X1*Z2", "-1*Z0*Z1"]
    assert built.measure(*strings).on("weber").spec() == written
    given = qslc.from_cirq(CIRCUIT, OBSERVABLES, name="own", device="weber", **options)
    assert qslc.digest(given) == qslc.digest(written)
    assert qslc.parse(written.model_dump_json(exclude_none=True)) == written


def test_it_takes_the_place_of_an_encoder() -> None:
    circuit = cirq.Circuit(cirq.ry(A)(Q[0]), cirq.CNOT(Q[0], Q[1]))
    with pytest.raises(InputError, match='circuit stands for "encoder"'):
        qslc.sublayer("own").amplitude(4).circuit(circuit).spec()


def test_a_circuit_of_numbers_has_no_weights() -> None:
    circuit = cirq.Circuit(cirq.T.on_each(*Q[:2]), cirq.CNOT(*Q[:2]))
    spec = qslc.from_cirq(circuit, cirq.X(Q[1]))
    assert spec.encoder.name == "none"
    np.testing.assert_allclose(
        compute_of_spec(spec, [], {}), compute_of_cirq(circuit, [cirq.X(Q[1])], {}), atol=1e-12
    )


def explain(*args: Any, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        qslc.from_cirq(*args, **options)
    return str(caught.value)


class Opaque(cirq.Gate):
    def _num_qubits_(self) -> int:
        return 1

    def __str__(self) -> str:
        return "Opaque"


def test_all_that_is_wrong_is_told_with_moment_and_gate() -> None:
    circuit = cirq.Circuit(
        cirq.H(Q[0]),
        cirq.measure(Q[0], key="m"),
        cirq.X(Q[0]).with_classical_controls("m"),
        Opaque()(Q[1]),
        cirq.rx(sympy.sin(A))(Q[0]),
        cirq.MatrixGate(np.full((2, 2), np.nan), unitary_check=False)(Q[2]),
    )
    assert explain(circuit, cirq.Z(cirq.GridQubit(5, 5))) == (
        'error: circuit, moment 0: "Opaque(q(0, 1))" has no matrix\n'
        "  help: give it a decomposition or a unitary matrix\n"
        'error: circuit, moment 0: the matrix of "MatrixGate(q(0, 2))" holds NaN or infinity\n'
        'error: circuit, moment 1: "measure(q(0, 0))" measures inside the circuit\n'
        "  help: leave it out: what is measured at the end are the observables\n"
        'error: circuit, moment 2: "X(q(0, 0)).with_classical_controls(m)" is controlled by a '
        "measured bit\n"
        "  help: a layer's circuit has gates alone: use a gate that is controlled by a qubit\n"
        'error: circuit, moment 3: the angle of "Rx(sin(theta)/piπ)(q(0, 0))" is no polynomial of '
        "its symbols\n"
        "  help: an angle is made of numbers, symbols, +, * and **; make what is none an input\n"
        "error: observables[0]: Z(q(5, 5)) is on q(5, 5), which the circuit does not have"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"inputs": ["data-1", "x0"], "weights": ["x0", "theta", "b", "phi"]},
            '"x0" is both an input and a weight',
        ),
        ({"inputs": ["y"]}, 'no gate has the input "y"'),
        ({"inputs": ["x0", "x0"]}, 'the input "x0" is listed twice'),
        ({"weights": ["theta"]}, '"b" is neither an input nor a weight'),
        ({"inputs": ["data-1"]}, 'the weight "x0" has the name of an input feature'),
        ({"inputs": ["data-1", "x0"], "device": "nowhere"}, "nowhere"),
        ({"inputs": ["data-1", "x0"], "device": cirq.UNCONSTRAINED_DEVICE}, "device: expected"),
    ],
)
def test_wrong_symbols_are_named(options: dict[str, Any], message: str) -> None:
    assert message in explain(CIRCUIT, OBSERVABLES, **options)


@pytest.mark.parametrize(
    ("observable", "message"),
    [
        (cirq.Z(Q[0]) * 1j, "no real number"),
        (cirq.X(Q[0]) * cirq.PauliString(coefficient=0), "measures nothing"),
        (cirq.H(Q[0]), "expected a cirq.PauliString or a cirq.PauliSum"),
        ("Z7", "qubits are 0 to 2"),
        ([], "there is no observable"),
    ],
)
def test_wrong_observables_are_named(observable: Any, message: str) -> None:
    assert message in explain(CIRCUIT, observable, inputs=("data-1", "x0"))


def test_one_input_stands_alone_and_a_long_list_says_so() -> None:
    circuit = cirq.Circuit(cirq.rx(s)(Q[0]) for s in sympy.symbols("ten w0:11"))
    one, name = (qslc.from_cirq(circuit, "Z0", inputs=x) for x in (sympy.Symbol("ten"), "ten"))
    assert one == name == qslc.from_cirq(circuit, "Z0", inputs=["ten"])
    assert "help: its symbols are ten, w0, w1, w10, w2, w3, w4, w5, w6, w7, ... (12 in all)" in (
        explain(circuit, "Z0", inputs="w11")
    )


def test_ten_thousand_qubits_are_refused_at_once() -> None:
    circuit = cirq.Circuit(cirq.H.on_each(*cirq.LineQubit.range(10_000)))
    assert "10000 qubits; qslc compiles at most 1024" in explain(circuit, cirq.Z(cirq.LineQubit(0)))
    assert "expected a cirq.Circuit, got a str" in explain(7, "Z0").replace("int", "str")


def test_editors_know_the_key() -> None:
    validator = Draft202012Validator(schema())
    spec = {"qslc": 1, "name": "own", "measure": ["0.5*Z0 - X1"]}
    circuit = {"file": "my.qasm", "inputs": ["x"], "project": "learned"}
    assert validator.is_valid({**spec, "circuit": circuit})
    assert not validator.is_valid(spec)
    assert not validator.is_valid({**spec, "circuit": {**circuit, "input": ["x"]}})
    assert not validator.is_valid({**spec, "circuit": {"inputs": ["x"]}})


def test_parameters_are_counted_by_outputs() -> None:
    spec = qslc.from_cirq(CIRCUIT, OBSERVABLES[1], inputs=("data-1", X0))
    settings = choose_settings(spec, 8, 0, 16, None, 4)
    rows = compute_operations(Subject(spec, lower_to_logical, settings))["rows"]
    assert rows[0]["parameters"] == 3 + 16
