"""OpenQASM of other packages' exporters, against their own numbers; the language; what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cirq
import numpy as np
import pytest

import qslc
from qslc.circuits.qasm import read_qasm
from qslc.diagnostics import InputError
from tests.circuits.simulation import compute_of_spec

EXPORTED = Path(__file__).parent / "exported"
NUMBERS: dict[str, Any] = json.loads((EXPORTED / "numbers.json").read_text())


@pytest.mark.parametrize("name", NUMBERS)
def test_exported_files_are_the_circuits_of_their_packages(name: str) -> None:
    expected, symbols = NUMBERS[name]["expectations"], NUMBERS[name]["symbols"]
    inputs = [symbol for symbol in ("g", "f") if symbol in symbols]
    measured = [f"{letter}{i}" for letter in "ZXY" for i in range(len(expected) // 3)]
    builder = qslc.sublayer("exported").circuit(EXPORTED / f"{name}.qasm", inputs)
    spec = builder.measure(*measured).spec()
    weights = {symbol: value for symbol, value in symbols.items() if symbol not in inputs}
    assert getattr(spec.ansatz, "weights", ()) == tuple(sorted(weights))
    made = compute_of_spec(spec, [symbols[name] for name in inputs], weights)
    np.testing.assert_allclose(made, expected, atol=1e-9)


def read(text: str, folder: Path = Path()) -> cirq.Circuit:
    circuit = read_qasm(text, "my.qasm", folder)
    return cirq.Circuit(op for op, _ in circuit.operations)


HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[3] q;\n'
Q = cirq.LineQubit.range(3)
C0RY = cirq.ry(0.3)(Q[0]).controlled_by(Q[2], control_values=[0])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("h q;", [cirq.H(qubit) for qubit in Q]),
        ("cx q[0], q[{}];".replace("{}", "2"), [cirq.CNOT(Q[0], Q[2])]),
        ("inv @ s q[1];", [cirq.S(Q[1]) ** -1]),
        ("pow(3) @ t q[1];", [cirq.T(Q[1]) ** 3]),
        ("pow(1/2) @ x q[0];", [cirq.X(Q[0]) ** 0.5]),
        ("ctrl(2) @ x q[0], q[1], q[2];", [cirq.CCX(*Q)]),
        ("negctrl @ ry(0.3) q[2], q[0];", [C0RY]),
        ("ctrl @ gphase(pi/4) q[2];", [cirq.T(Q[2])]),
        ("ctrl @ U(0, 0, pi) q[0], q[2];", [cirq.CZ(Q[0], Q[2])]),
        ("rx(2 * -(pi - 1) / 4 ** 0.5 + sin(0.5)) q[0];", [cirq.rx(1 - np.pi + np.sin(0.5))(Q[0])]),
        ("const float w = pi / 8; rz(w * 2) q[0];", [cirq.rz(np.pi / 4)(Q[0])]),
        ("gate two(t) a, b { rx(t) a; ctrl @ inv @ rx(t) a, b; }\ntwo(0.4) q[2], q[0];",
         [cirq.rx(0.4)(Q[2]), cirq.rx(-0.4)(Q[0]).controlled_by(Q[2])]),
        ("// a comment\n/* another\n */ barrier q; z q[0]; bit[3] c = measure q;", [cirq.Z(Q[0])]),
    ],
)  # fmt: skip
def test_the_language(text: str, wanted: list[cirq.Operation]) -> None:
    made = read(HEAD + text)
    made = cirq.Circuit(op for op in made.all_operations() if not cirq.is_measurement(op))
    expected = cirq.unitary(cirq.Circuit(wanted, map(cirq.I, Q)))
    got = made.unitary(qubit_order=Q, qubits_that_should_be_present=Q)
    assert abs(np.vdot(got, expected)) / len(got) == pytest.approx(1, abs=1e-9)


def test_hardware_qubits_are_numbered_in_their_order() -> None:
    circuit = read('include "stdgates.inc"; cx $7, $12; h $3;')
    assert circuit == cirq.Circuit(cirq.CNOT(Q[1], Q[2]), cirq.H(Q[0]))


def test_includes_are_read_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "own.inc").write_text("gate mine a { U(pi, 0, pi) a; }\n")
    circuit = read('OPENQASM 2.0;\ninclude "own.inc";\nqreg q[1];\nmine q;', tmp_path)
    assert abs(circuit.unitary()[1, 0]) == pytest.approx(1)


def test_a_text_stands_for_its_file(tmp_path: Path) -> None:
    text = HEAD + "input float a; rx(2*a) q[0];"
    (tmp_path / "my.qasm").write_text(text)
    begun = qslc.sublayer("own").measure("Z0")
    file = begun.circuit(tmp_path / "my.qasm", inputs=["a"])
    assert begun.circuit(text, inputs="a").spec() == file.spec()
    assert begun.circuit(cirq.to_json(cirq.Circuit(cirq.H(Q[0])))).spec().qubits == 1
    with pytest.raises(InputError, match=r'^<string>:\d+:1: error: there is no gate "foo"'):
        begun.circuit(text + "\nfoo q[0];").spec()


def test_all_that_is_wrong_is_told_with_line_and_column(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.qasm").write_text(
        'OPENQASM 2.0;\ninclude "gone.inc";\nqreg q[2];\ncreg c[2];\nh q[0];\nU(0,0,t) q[5];\n'
        "U(0,0) q[0];\nCX q[0],q[0];\nU(1/0,0,0) r[0];\n"
    )
    text = "qslc: 1\nname: own\ncircuit: {file: my.qasm}\nmeasure: [Z9]\n"
    with pytest.raises(InputError) as caught:
        qslc.parse(text, "own.yaml")
    assert str(caught.value) == (
        'my.qasm:2:9: error: there is no file "gone.inc" to include\n'
        '  2 | include "gone.inc";\n'
        "    |         ^^^^^^^^^^\n"
        "  help: qelib1.inc and stdgates.inc are known; other files are read beside the circuit's\n"
        'my.qasm:5:1: error: there is no gate "h"\n'
        "  5 | h q[0];\n"
        "    | ^\n"
        '  help: include "qelib1.inc";\n'
        'my.qasm:6:10: error: "q" has qubits 0 to 1, not 5\n'
        "  6 | U(0,0,t) q[5];\n"
        "    |          ^\n"
        'my.qasm:7:1: error: "U" takes 3 angles, not 2\n'
        "  7 | U(0,0) q[0];\n"
        "    | ^\n"
        'my.qasm:8:1: error: "CX" is on one qubit twice\n'
        "  8 | CX q[0],q[0];\n"
        "    | ^^\n"
        "my.qasm:9:4: error: a division by zero\n"
        "  9 | U(1/0,0,0) r[0];\n"
        "    |    ^"
    )


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("h q[0]\nx q[1];", (5, 1), 'expected ";" after the gate "h", got "x"'),
        ("rz(pi/) q[0];", (4, 7), "expected a number, a name or"),
        ("rz(a) q[0];", (4, 4), '"a" has no value'),
        ("if (c == 1) x q[0];", (4, 1), "if controls gates by classical values"),
        ("reset q[0];", (4, 1), "reset resets a qubit inside"),
        ("measure q[0]; x q[0];", (4, 1), "measures inside the circuit"),
        ("opaque foo a;", (4, 1), "an opaque gate has no definition, hence no matrix"),
        ("gate g a { g a; } g q[0];", (4, 6), "defined by itself"),
        ("for int i in [0:2] { h q[i]; }", (4, 1), "classical control"),
        ("qubit[10000] r;", (4, 14), "10003 qubits; qslc compiles at most 1024"),
        ("input float[64] a; rx(sin(a)) q[0];", (4, 20), "is no polynomial"),
        ("rx(9**9**9) q[0];", (4, 5), "this power is no number"),
        ("rx(2e6) q[0];", (4, 4), "or above 1000000"),
        ("h r;", (4, 3), '"r" is no register of qubits'),
        ("h q[0]; é", (4, 10), "expected a qubit or a register, but the text ends"),
        ("h q[0]; \x07", (4, 9), "is not OpenQASM"),
        ("/* never closed", (4, 1), "expected a statement"),
    ],
)
def test_each_error_has_its_place(
    tmp_path: Path, text: str, place: tuple[int, int], message: str
) -> None:
    path = tmp_path / "my.qasm"
    path.write_text(HEAD + text)
    with pytest.raises(InputError) as caught:
        qslc.sublayer("own").circuit(path).spec()
    (found,) = caught.value.diagnostics[:1]
    assert message in found.message
    assert found.span is not None
    assert (found.span.line, found.span.column) == place


def test_bombs_are_refused_at_once() -> None:
    """Definitions that double 60 times, and expressions that are too deep."""
    doubled = "gate g0 a { x a; }\n" + "".join(
        f"gate g{i} a {{ g{i - 1} a; g{i - 1} a; }}\n" for i in range(1, 40)
    )
    for text, message in (
        (doubled + "g39 q[0];", "more than 200000 gates"),
        (f"rx({'(' * 500}1{')' * 500}) q[0];", "nested too deeply"),
        (f"rx({'-' * 5000}1) q[0];", "expected a number"),
        (f"rx({'9' * 5000}) q[0];", "a number of more than 40 digits"),
    ):
        with pytest.raises(InputError, match=message):
            read(HEAD + text)


def test_files_that_are_no_circuits(tmp_path: Path) -> None:
    for content, message in (
        ('{"cirq_type": "nothing"', "this is no JSON"),
        ('{"cirq_type": "nothing"}', "Cirq cannot read this circuit"),
        ("[1, 2]", "the file holds a list, not a circuit"),
        ("", "has no gate"),
        ("qubit q;", "has no gate"),
    ):
        path = tmp_path / "my.circuit"
        path.write_text(content)
        with pytest.raises(InputError, match=message):
            qslc.sublayer("own").circuit(path).spec()
    with pytest.raises(InputError, match="does not exist"):
        qslc.sublayer("own").circuit(tmp_path / "gone.qasm").spec()
