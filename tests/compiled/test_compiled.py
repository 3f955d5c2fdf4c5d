"""What a compile gives to hold, against simulations by Cirq of the circuit as written."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from pathlib import Path

import cirq
import numpy as np
import pytest
import sympy

import qslc
from qslc.pipeline import compile_to
from tests.compiled.cases import (
    ENCODERS,
    TEXT,
    compile_case,
    draw_values,
    measure_compiled,
    measure_written,
)


def test_the_device_circuit_measures_what_was_written():
    compiled = compile_case("angle")
    values = draw_values(compiled)
    written, found = measure_written(compiled, values), measure_compiled(compiled, values)
    assert np.abs(written).max() > 0.1
    assert np.abs(written - found).max() < 1e-9


def test_a_vector_starts_where_the_layout_says():
    compiled = compile_case("given")
    values, state = draw_values(compiled), np.random.default_rng(2).normal(size=8)
    state /= np.linalg.norm(state)
    written = measure_written(compiled, values, state)
    assert np.abs(written - measure_compiled(compiled, values, state)).max() < 1e-9


@pytest.mark.parametrize("name", ["prepared", "variational"])
def test_a_prepared_vector_is_part_of_the_device_circuit(name):
    compiled = compile_case(name)
    values = draw_values(compiled)
    prepared = [name for name in values if name.startswith("prep_")]
    start = {name: values[name] for name in prepared}
    whole, layer = (
        compiled.device_circuit,
        cirq.read_json(json_text=compiled.files["physical.json"]),
    )
    assert len(whole) > len(layer) and prepared
    rest = {**values, **dict.fromkeys(prepared, 0.0)}
    assert np.abs(measure_compiled(compiled, rest) - measure_written(compiled, rest)).max() < 1e-9
    assert (
        np.abs(
            measure_compiled(compiled, {**rest, **start}) - measure_compiled(compiled, rest)
        ).max()
        > 0.01
    )


@pytest.mark.parametrize("name", ["angle", "given"])
def test_measured_circuits_read_every_observable(name):
    compiled = compile_case(name)
    values, read = draw_values(compiled), []
    assert len(compiled.measured_circuits) > 1
    for circuit in compiled.measured_circuits:
        (measurement,) = circuit[-1]
        assert measurement.gate.key == "bits"
        state = cirq.Simulator(dtype=np.complex128).simulate(
            circuit[:-1], cirq.ParamResolver(values)
        )
        for string, exact in zip(
            compiled.observables, measure_compiled(compiled, values), strict=True
        ):
            if {*string.qubits} <= {*measurement.qubits}:
                parity = cirq.PauliString(dict.fromkeys(string.qubits, "Z"))
                found = parity.expectation_from_state_vector(
                    state.final_state_vector, state.qubit_map
                )
                read.append(abs(found.real * string.coefficient.real - exact) < 1e-7)
    assert sum(read) >= len(compiled.observables)


@pytest.mark.parametrize("name", ENCODERS)
def test_what_is_opened_is_what_was_saved(name, tmp_path):
    compiled = compile_case(name)
    folder = compiled.save(tmp_path / "made")
    opened = qslc.open(str(folder))
    assert opened == compiled and hash(opened) == hash(compiled)
    assert opened.report == compiled.report
    assert opened.spec == compiled.spec and qslc.digest(opened.spec) == opened.digest
    assert opened.circuit == compiled.circuit
    assert opened.device_circuit == compiled.device_circuit
    assert opened.observables == compiled.observables
    assert opened.qasm == compiled.qasm
    assert opened._repr_html_() == compiled._repr_html_()
    assert {path.name: path.read_text("utf-8") for path in folder.iterdir()} == compiled.files


def test_every_way_to_say_a_spec_gives_the_same(tmp_path):
    text = TEXT.format(encoder="angle")
    path = tmp_path / "small.yaml"
    path.write_text(text)
    builder = (
        qslc.sublayer("small", qubits=3)
        .angle()
        .layers(2, rotations=["ry", "rz"], pattern="linear")
        .measure("z", "X0", "X1*Y2")
        .on(grid=(2, 3))
    )
    sources = (path, str(path), text, builder, builder.spec(), qslc.load(path))
    assert {qslc.compile(source) for source in sources} == {compile_case("angle")}
    flow = (
        "{qslc: 1, name: b, qubits: 2, encoder: {kind: none}, ansatz: {depth: 1, entangler: none}}"
    )
    assert qslc.compile(flow).name == "b"


def test_a_circuit_is_compiled(tmp_path):
    a, b, x = sympy.symbols("a b x")
    q = cirq.GridQubit.square(2)
    circuit = cirq.Circuit(cirq.rx(a * x + b)(q[0]), cirq.ISWAP(q[0], q[3]) ** 0.3, cirq.CZ(*q[2:]))
    asked = [0.5 * cirq.Z(q[0]) * cirq.X(q[3]) - 2 * cirq.Z(q[2]) + 1.5, cirq.Z(q[3])]
    compiled = qslc.compile(circuit, asked, inputs=[x], device="line", name="own")
    assert compiled == qslc.compile(
        qslc.from_cirq(circuit, asked, inputs=[x], device="line", name="own")
    )
    assert (compiled.name, compiled.report.weights) == ("own", ("a", "b"))
    values = {"a": 0.3, "b": -1.1, "x": 0.8, "x0": 0.8}
    simulate = cirq.Simulator(dtype=np.complex128).simulate_expectation_values
    wanted = simulate(circuit, asked, cirq.ParamResolver(values))
    order = sorted(compiled.device_circuit.all_qubits() | {*compiled.layout.start})
    for each in (compiled, qslc.open(compiled.save(tmp_path / "made"))):
        found = simulate(
            each.device_circuit, each.observables, cirq.ParamResolver(values), qubit_order=order
        )
        assert np.abs(np.subtract(found, wanted)).max() < 1e-7
    assert isinstance(compiled.observables[1], cirq.PauliString)
    plain = qslc.compile(cirq.Circuit(cirq.H(q[0]), cirq.CNOT(*q[:2])))
    assert len(plain.observables) == 2 and plain.name == "circuit"


def test_other_specs_are_not_equal():
    assert compile_case("angle") != compile_case("given")
    assert compile_case("angle") != "angle"


def test_a_folder_is_that_of_the_command(tmp_path):
    compile_to(qslc.parse(TEXT.format(encoder="angle")), tmp_path / "made")
    assert qslc.open(tmp_path / "made") == compile_case("angle")


def test_it_cannot_be_changed():
    compiled = compile_case("angle")
    with pytest.raises(dataclasses.FrozenInstanceError):
        compiled.files = {}
    with pytest.raises(TypeError):
        compiled.files["layer.py"] = ""
    compiled.observables.clear()
    assert len(compiled.observables) == 5


def test_it_is_copied_and_crosses_processes():
    compiled = compile_case("angle")
    _ = compiled.circuit
    for again in (pickle.loads(pickle.dumps(compiled)), copy.deepcopy(compiled)):
        assert again == compiled and again.report == compiled.report
        assert again.files == compiled.files


@pytest.mark.parametrize("name", ENCODERS)
def test_the_report_says_all_that_the_file_says(name):
    import json

    compiled = compile_case(name)
    data = json.loads(compiled.files["report.json"])
    fields = {field.name for field in dataclasses.fields(compiled.report)}
    assert {*data} - {"spec", "drawings", "optimised"} == fields & {*data} - {"optimized"}
    assert dataclasses.asdict(compiled.report.physical) == data["physical"]
    assert compiled.report.optimized.depth == data["optimised"]["depth"]
    whole = data.get("device_circuit") if "preparation" in data["encoder"] else None
    assert compiled.report.cost.two_qubit_gates == (whole or data["physical"])["two_qubit_gates"]


def test_a_report_of_a_chip_has_errors_and_a_verdict():
    compiled = qslc.compile(
        qslc.sublayer("small", qubits=2)
        .angle()
        .layers(1, pattern="linear")
        .on("weber")
        .noise("device")
    )
    report = compiled.report
    assert report.verdict.target.error == 0.25 and len(repr(report.verdict)) < 1000
    assert 0 < report.verdict.signal.least <= report.verdict.signal.most <= 1
    assert np.prod([s.survival for s in report.error_budget.sources]) == pytest.approx(
        report.error_budget.circuit
    )
    assert f"{len(report.weights)} weights" in repr(compiled) and "fidelity" in repr(compiled)


def test_names_are_short_and_say_what_it_is():
    compiled = compile_case("angle")
    for each in (compiled, compiled.report, compiled.layout, compiled.draw(), compiled.files):
        assert len(repr(each)) < 200 and "\n" not in repr(each)
    block = (
        qslc.sublayer("a", qubits=1).no_encoder().block(qslc.gates.ry([0], "t")).measure("z").spec()
    )
    assert repr(block.ansatz.block) == "(BlockEntry(ry=Rotation(on=(0,), angle='t')),)"
    cost = compiled.report.physical
    assert repr(compiled) == (
        f"<compiled small on grid 2x3: 3 qubits, {cost.two_qubit_gates} two-qubit gates, "
        f"two-qubit depth {cost.two_qubit_depth}, 12 weights, 5 outputs>"
    )


@pytest.mark.slow
def test_the_layer_is_that_of_the_circuit(tmp_path: Path):
    compiled = compile_case("angle")
    values = draw_values(compiled)
    layer = compiled.layer()
    tokens = np.array([[values[f"x{i}"] for i in range(3)]], np.float32)
    layer.build(tokens.shape)
    layer.theta.assign([values[name] for name in compiled.report.weights])
    assert np.abs(layer(tokens)[0] - measure_compiled(compiled, values)).max() < 1e-5
    assert compiled.layer(units=7, seed=3)(tokens).shape == (1, 7)
    assert type(compiled.layer()) is type(layer)
    opened = qslc.open(compiled.save(tmp_path / "made"))
    assert Path(opened.layer_class.__module__ and opened.folder) == tmp_path / "made"
    other = opened.layer(engine="qsim")
    other.build(tokens.shape)
    other.theta.assign(layer.theta)
    assert np.abs(other(tokens) - layer(tokens)).max() < 1e-5
