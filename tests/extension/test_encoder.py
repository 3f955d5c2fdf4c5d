"""An encoder from outside: one class, added to ``ENCODERS``, goes the whole way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import pytest

import qslc
from qslc.diagnostics import CompilerFaultError, InputError
from qslc.lower.logical import lower_to_logical
from qslc.spec.base import Count
from qslc.spec.encoders import ENCODERS, Encoder, EncoderGate, Inputs, Project
from qslc.spec.expression import Symbol
from tests.extension.stages import WholeWay


class DenseAngleEncoder(Encoder):
    """Features 2i and 2i+1 are the angles of RY and RZ on qubit i."""

    kind: Literal["dense_angle"]
    features: Count | None = None
    project: Project = "none"

    def inputs(self, qubits: int) -> Inputs:
        width = 2 * qubits if self.features is None else self.features
        return Inputs("angles", width, width)

    def capacity(self, qubits: int) -> int:
        return 2 * qubits

    def gates(self, qubits: int) -> Iterator[EncoderGate]:
        for i, x in enumerate(self.inputs(qubits).angles):
            yield ("ry", "rz")[i % 2], (i // 2,), Symbol(x)

    def summary(self, qubits: int) -> str:
        return f"{self.inputs(qubits).features} features, two angles on each qubit"

    def method(self, qubits: int) -> str:
        return "two rotations on each qubit"


class RotatedAmplitudeEncoder(Encoder):
    """Two features and a constant 1 are amplitudes, after which H acts on every qubit."""

    kind: Literal["rotated_amplitude"]

    def inputs(self, qubits: int) -> Inputs:
        return Inputs("amplitudes", 2, 2, bias=True)

    def capacity(self, qubits: int) -> int:
        return 2**qubits - 1

    def gates(self, qubits: int) -> Iterator[EncoderGate]:
        yield from (("h", (qubit,), None) for qubit in range(qubits))

    def summary(self, qubits: int) -> str:
        return "2 features and a constant one in another basis"

    def method(self, qubits: int) -> str:
        return "state preparation"


MEMBERS = ("inputs", "capacity", "gates", "summary", "method")


class TestEncoder(WholeWay):
    table = ENCODERS
    entry = DenseAngleEncoder
    text = """qslc: 1
name: dense
qubits: 2
encoder: {kind: dense_angle, features: 3}
ansatz: {depth: 1, entangler: {gate: cnot, pattern: linear}}
measure: [z, X0*Y1]
device: line
"""
    part = "{kind: dense_angle, features: 3}"
    wrong = (
        ("{kind: dense_angel}", 'did you mean "dense_angle"'),
        ("{kind: dense_angle, rotation: rx}", 'unknown key "rotation"'),
        ("{kind: dense_angle, features: many}", "expected a whole number"),
        ("{kind: dense_angle, features: 5}", "2 qubits encode at most 4 features; got 5"),
        ("{kind: dense_angle, features: 5}", "use 3 qubits"),
        ("{kind: dense_angle, project: {slice: [0, 3]}}", r"write \[0, 4\]"),
        (
            "{kind: fourier}",
            "amplitude, angle, iqp, ansatz, none, dense_angle or rotated_amplitude",
        ),
    )
    refused = "{kind: dense_angle, pad: zero}"
    shown = (
        ("report.md", "Two rotations on each qubit: no two-qubit gates."),
        ("layer.py", "3 features, two angles on each qubit"),
    )

    def added(self):
        return [(ENCODERS, DenseAngleEncoder), (ENCODERS, RotatedAmplitudeEncoder)]

    def list_texts(self):
        kinds = ("dense_angle", "rotated_amplitude")
        return [self.text, *(self.write(f"{{kind: {kind}}}") for kind in kinds)]

    def built(self):
        begun = qslc.sublayer("dense", qubits=2).encode("dense_angle", features=3)
        return begun.layers(depth=1, pattern="linear").measure("z", "X0*Y1").on("line")

    def check_report(self, report, folder) -> None:
        assert report["encoder"]["method"] == "two rotations on each qubit"

    def check_analysis(self, figures) -> None:
        assert figures["circuit"]["encoder"] == "dense_angle"
        assert {row["ensemble"] for row in figures["entanglement"]} == {"zero", "features"}

    def test_its_gates_come_first(self) -> None:
        operations = lower_to_logical(qslc.parse(self.text)).operations[:3]
        gates = [(op.gate, op.qubits, str(op.angle)) for op in operations]
        assert gates == [("ry", (0,), "x0"), ("rz", (0,), "x1"), ("ry", (1,), "x2")]

    def test_a_field_left_blank_is_named(self) -> None:
        known = list(ENCODERS)
        for member in ("kind", *MEMBERS):
            names: dict[str, Any] = {name: DenseAngleEncoder.__dict__[name] for name in MEMBERS}
            annotations = {"kind": Literal["other"]}
            body = {"__module__": __name__, "__annotations__": annotations, **names}
            body.pop(member, None)
            annotations.pop(member, None)
            with pytest.raises(TypeError, match=f"does not define {member}"):
                ENCODERS.add(type(Encoder)("Other", (Encoder,), body))
        assert list(ENCODERS) == known

    @pytest.mark.parametrize(
        ("gates", "message"),
        [
            ([("foo", (0,), None)], r"yields foo on \(0,\), which is no gate of 2 qubits"),
            ([("rx", (2,), Symbol("x0"))], r"yields rx on \(2,\), which is no gate of 2 qubits"),
            ([("rx", (0,), None)], r"yields rx on \(0,\), which is no gate of 2 qubits"),
            ([("rzz", (0, 0), Symbol("x0"))], r"yields rzz on \(0, 0\), which is no gate"),
            ([("rx", (0,), Symbol("y"))], "its gates and its inputs do not both have x0, x1, x2"),
        ],
    )
    def test_what_encodes_something_else_is_named(self, gates, message, monkeypatch) -> None:
        monkeypatch.setattr(DenseAngleEncoder, "gates", lambda *_: iter(gates))
        with pytest.raises(CompilerFaultError, match=f"the encoder 'dense_angle'.*{message}"):
            lower_to_logical(qslc.parse(self.text))

    def test_features_that_fit_on_no_qubits(self, monkeypatch) -> None:
        monkeypatch.setattr(DenseAngleEncoder, "capacity", lambda *_: 2)
        with pytest.raises(InputError, match=r"got 3\n(.*\n)*  help: fewer features"):
            qslc.parse(self.text)

    def test_more_amplitudes_than_there_are_is_named(self, monkeypatch) -> None:
        wide = Inputs("amplitudes", 4, 4, bias=True)
        monkeypatch.setattr(RotatedAmplitudeEncoder, "inputs", lambda *_: wide)
        monkeypatch.setattr(RotatedAmplitudeEncoder, "capacity", lambda *_: 4)
        spec = qslc.parse(self.write("{kind: rotated_amplitude}"))
        with pytest.raises(CompilerFaultError, match="5 amplitudes do not fit on 2 qubits"):
            lower_to_logical(spec)


def test_inputs_of_no_known_kind_are_an_error() -> None:
    kind: Any = "phases"
    with pytest.raises(ValueError, match="angles, amplitudes, none, not 'phases'"):
        Inputs(kind, 1, 1)
