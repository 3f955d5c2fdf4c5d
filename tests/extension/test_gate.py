"""A gate from outside: one entry, added to ``GATES``, goes the whole way."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cirq
import jsonschema
import numpy as np
import pytest

import qslc
from qslc import gates
from qslc.diagnostics import CompilerFaultError
from qslc.export.cirq_circuit import from_circuit
from qslc.ir.decompositions import check_native, count_two_qubit_gates
from qslc.ir.gate import Gate, Native
from qslc.ir.gates import GATES, compute_unitary, list_native_gates
from qslc.spec import schema
from tests.extension.stages import WholeWay, check_engines

ISWAP = Gate(
    name="iswap",
    about="Exchanges two qubits and turns |01> and |10> by i.",
    generators=(("XX", Fraction(-1, 2)), ("YY", Fraction(-1, 2))),
    symbols=("iSWAP", "iSWAP"),
    cirq=lambda cirq: cirq.ISWAP,
    definition="s a; s b; h a; cnot a b; cnot b a; h b",
    native=Native(
        cnot=("rz(-pi/2) a; rx(pi/2) b; rz(pi/2) b; iswap a b; rx(pi/2) a; iswap a b; rz(pi/2) b"),
        exchange="h a; rz(-pi/2) a; rz(-pi/2) b; iswap a b; h b",
    ),
)

NATIVE = (*list_native_gates(), "iswap")
DEVICES = ("line", "all_to_all", *(f"{{edges: [[0, 1], [1, 2]], gates: [{n}]}}" for n in NATIVE))


class TestGate(WholeWay):
    table = GATES
    entry = ISWAP
    text = """qslc: 1
name: exchange
qubits: 3
encoder: {kind: angle, features: 3}
ansatz:
  repeat: 2
  block:
    - ry: {on: all, angle: theta}
    - iswap: {on: linear}
    - crx: {on: [[2, 0]], angle: theta}
measure: [z, X0*Y1]
device: line
"""
    part = "iswap: {on: linear}"
    wrong = (
        ("iswpa: {on: linear}", 'did you mean "iswap"'),
        ("iswap: {on: [[0, 3]]}", "3"),
        ("iswap: {on: linear, angle: theta}", 'unknown key "angle"'),
    )

    def list_texts(self):
        devices = ("line", *DEVICES[-3:])
        return [self.text.replace("line\n", f"{device}\n") for device in devices]

    def built(self):
        block = (gates.ry(), gates.iswap("linear"), gates.crx([(2, 0)]))
        begun = qslc.sublayer("exchange", qubits=3).angle(3).block(*block, repeat=2)
        return begun.measure("z", "X0*Y1").on("line")

    def check_analysis(self, figures) -> None:
        assert figures["circuit"]["qubits"] == 3

    def test_what_follows_from_the_entry(self) -> None:
        np.testing.assert_allclose(compute_unitary("iswap"), cirq.unitary(cirq.ISWAP), atol=1e-12)
        found = GATES["iswap"]
        assert (found.axes, found.arity, found.clifford, found.symmetric) == ("--", 2, True, True)
        assert not (found.self_inverse or found.controlled or found.diagonal)
        costs = {name: count_two_qubit_gates("iswap", (name,)) for name in NATIVE}
        assert costs == {"cz": 2, "cnot": 2, "sqrt_iswap": 2, "ecr": 2, "iswap": 1}
        assert gates.iswap.__doc__ == ISWAP.about

    @pytest.mark.parametrize("name", ["gate", "placement", "json"])
    def test_it_may_have_any_name(self, name: str) -> None:
        with GATES.temporarily(replace(ISWAP, name=name)):
            spec = qslc.parse(self.text.replace("iswap", name))
        assert spec.ansatz.block[1].placement.on == "linear"

    def test_the_json_schema_knows_it_as_an_entangler_and_a_native_gate(self) -> None:
        spec = {
            "qslc": 1,
            "name": "s",
            "qubits": 2,
            "encoder": {"kind": "none"},
            "ansatz": {"depth": 1, "entangler": {"gate": "iswap", "pattern": "ring"}},
            "device": {"grid": [1, 2], "gates": ["iswap"]},
        }
        jsonschema.validate(spec, schema())

    @pytest.mark.parametrize("level", [0, 3])
    @pytest.mark.parametrize("device", DEVICES)
    def test_it_is_compiled_for_every_device(self, device: str, level: int, tmp_path: Path) -> None:
        text = self.text.replace("line\n", f"{device}\noptimize: {{level: {level}}}\n")
        report = qslc.compile_to(qslc.parse(text), tmp_path)
        assert report["verification"]["verdict"] == "equal"
        program = from_circuit(cirq.read_json(tmp_path / "physical.json"))
        pairs = [op.gate for op in program.operations if len(op.qubits) == 2]
        assert {*pairs} <= {*report["device"]["gates"]}
        assert report["physical"]["two_qubit_gates"] == len(pairs)
        assert "iSWAP" in (tmp_path / "report.html").read_text()
        qasm = (tmp_path / "physical.qasm").read_text()
        assert all(f"gate {name} a, b" in qasm for name in {*pairs} - {"cz", "cnot"})

    def test_a_field_left_blank_is_named(self) -> None:
        for field in ("name", "about", "generators", "symbols", "cirq", "definition"):
            blank = {"generators": (), "symbols": (), "cirq": None}.get(field, "")
            with pytest.raises(ValueError, match=f"has no {field}"):
                replace(ISWAP, **{field: blank})

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"cirq": lambda cirq: cirq.CZ}, "'faulty' is not cirq.CZ of Cirq"),
            ({"phase": Fraction(1, 2)}, "'faulty' is not cirq.ISWAP of Cirq"),
            ({"definition": "cnot a b; cnot b a"}, "the gate 'faulty' is not the circuit"),
            ({"definition": "cnot a,b"}, "'faulty' has the circuit 'cnot a,b': no gate on a or b"),
            ({"definition": "foo a b"}, "'faulty' has the circuit 'foo a b': unknown gate 'foo'"),
            ({"definition": "", "qasm": "swap"}, "'faulty' on two qubits has no definition"),
        ],
    )
    def test_what_is_another_gate_is_named(self, changes, message, tmp_path) -> None:
        entry = replace(ISWAP, name="faulty", native=None, **changes)
        with GATES.temporarily(entry), pytest.raises(CompilerFaultError, match=message):
            qslc.compile_to(qslc.parse(self.text.replace("iswap", "faulty")), tmp_path)


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("cnot", "CNOT by the gate 'iswap'"),
        ("cz", "CZ by the gate 'iswap'"),
        ("exchange", "CNOT and its reverse by the gate 'iswap'"),
        ("swap", "SWAP by the gate 'iswap'"),
        ("rotation", r"exp\(-i t ZY / 2\) by the gate 'iswap'"),
    ],
)
def test_a_wrong_circuit_of_a_native_gate_is_named(field: str, message: str) -> None:
    wrong = (lambda _: "iswap a b") if field == "rotation" else "iswap a b"
    entry = replace(ISWAP, native=replace(ISWAP.native, **{field: wrong}))
    with (
        GATES.temporarily(ISWAP),
        pytest.raises(CompilerFaultError, match=f"{message} is not 'iswap a b'"),
    ):
        check_native(entry)


Y = Gate(
    "y",
    "Pauli Y.",
    (("Y", Fraction(1)),),
    ("Y",),
    lambda cirq: cirq.Y,
    qasm="y",
    definition="z a; x a",
    phase=Fraction(1, 2),
)
BARE_YAML = """qslc: 1
name: turned
qubits: 1
encoder: {kind: angle}
ansatz: {block: [{h: {on: all}}, {y: {on: all}}, {t: {on: all}}, {rx: {on: all, angle: a}}]}
device: line
optimize: {level: 0}
"""


def test_a_gate_on_one_qubit_is_exported(tmp_path: Path) -> None:
    with GATES.temporarily(Y):
        report = qslc.compile_to(qslc.parse(BARE_YAML), tmp_path)
    assert report["verification"]["verdict"] == "equal"
    assert "\ny $0;" in (tmp_path / "physical.qasm").read_text(encoding="utf-8")


@pytest.mark.slow
def test_every_engine_runs_a_gate_that_cirq_knows_by_its_matrix(tmp_path: Path) -> None:
    with GATES.temporarily(replace(Y, cirq=lambda cirq: cirq.MatrixGate(compute_unitary("y")))):
        qslc.compile_to(qslc.parse(BARE_YAML), tmp_path)
    check_engines(tmp_path)


@pytest.mark.parametrize(
    ("qasm", "message"),
    [
        ("", "OpenQASM has its own 'y'"),
        ("yy", "stdgates.inc has no 'yy', which the gate 'y' names"),
    ],
)
def test_a_name_that_openqasm_reads_otherwise_is_an_error(
    qasm: str, message: str, tmp_path: Path
) -> None:
    with (
        GATES.temporarily(replace(Y, qasm=qasm)),
        pytest.raises(CompilerFaultError, match=message),
    ):
        qslc.compile_to(qslc.parse(BARE_YAML), tmp_path)


def test_a_name_that_no_file_can_hold_is_an_error() -> None:
    with pytest.raises(ValueError, match="'my gate' is no lower-case identifier"):
        replace(ISWAP, name="my gate")


def test_an_entry_of_the_same_name_is_not_mistaken_for_the_one_before() -> None:
    with GATES.temporarily(Y):
        assert compute_unitary("y")[0, 1] == -1j
    with GATES.temporarily(replace(Y, generators=(("Y", Fraction(1, 2)),))):
        assert compute_unitary("y")[0, 1] != -1j
