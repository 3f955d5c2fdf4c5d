"""The Python builder as a person uses it."""

from __future__ import annotations

import cirq
import numpy as np
import pytest
import sympy

from qslc.diagnostics import InputError
from qslc.spec import digest, gates, parse, sublayer
from qslc.spec.model import canonical_json

YAML = """\
qslc: 1
name: gpt2_qv
qubits: 10
encoder: {kind: amplitude, features: 512, pad: bias, project: {slice: [0, 512]}}
ansatz:
  repeat: 2
  block:
    - ry: {on: all, angle: theta}
    - rz: {on: [1, 3], angle: "2*phi + pi/4"}
    - cnot: {on: [[0, 3], [1, 2]]}
    - crx: {on: ring, angle: 0.5}
measure: [z, "Z0*Z3"]
device: {grid: [2, 5]}
noise: {depolarizing: {1q: 0.0005, 2q: 0.006}}
optimize: {level: 3, seed: 7}
"""


def test_block_form_with_numpy_and_sympy_values() -> None:
    phi = sympy.Symbol("phi")
    spec = (
        sublayer("gpt2_qv", qubits=np.int64(10))
        .amplitude(features=np.int32(512), pad="bias", project=(0, 512))
        .block(
            gates.ry(),
            gates.rz(np.array([1, 3]), 2 * phi + sympy.pi / 4),
            gates.cnot([(0, 3), (1, 2)]),
            gates.crx("ring", np.float64(0.5)),
            repeat=2,
        )
        .measure("z", "Z3*Z0")
        .on(grid=(2, 5))
        .noise(depolarizing={"1q": np.float64(0.0005), "2q": 0.006})
        .optimize(level=3, seed=7)
        .spec()
    )
    assert spec == parse(YAML)
    assert digest(spec) == digest(parse(YAML))


@pytest.mark.parametrize(
    ("built", "written"),
    [
        ("none", ""),
        ({"method": "none"}, ", preparation: none"),
        ("multiplexed", ", preparation: {method: multiplexed}"),
        ("variational", ", preparation: {method: variational, depth: auto}"),
        ({"method": "variational", "depth": 4}, ", preparation: {depth: 4, method: variational}"),
    ],
)
def test_forms_of_a_preparation(built: object, written: str) -> None:
    """The digest of a spec without one is what it was before there were any."""
    spec = sublayer("demo", 3).amplitude(8, preparation=built).layers(1).spec()
    text = f"qslc: 1\nname: demo\nqubits: 3\nencoder: {{kind: amplitude, features: 8{written}}}\n"
    parsed = parse(f"{text}ansatz: {{depth: 1, entangler: {{gate: cnot, pattern: ring}}}}\n")
    assert spec == parsed
    assert digest(spec) == digest(parsed)
    assert ("preparation" in canonical_json(spec)) == bool(written and "none" not in written)


def test_a_builder_does_not_change() -> None:
    begun = sublayer("demo", 2).angle()
    shallow, deep = begun.layers(1).spec(), begun.layers(2).spec()
    assert shallow != deep
    assert begun == sublayer("demo", 2).angle()


def test_all_errors_at_once_with_their_paths() -> None:
    wrong = sublayer("Demo", 4).iqp(8).block(gates.ry([5]), gates.cz("rnig")).measure("Z0", "ZZ")
    with pytest.raises(InputError) as caught:
        wrong.on("webber").noise(depolarising=0.1).spec()
    assert [d.where for d in caught.value.diagnostics] == [
        "name",
        "ansatz.block[1].cz.on",
        "device",
        "noise.depolarising",
        "encoder.features",
        "ansatz.block[0].ry.on[0]",
        "measure[1]",
    ]
    assert 'did you mean "depolarizing"?' in str(caught.value)


def test_a_device_is_a_name_or_a_layout() -> None:
    with pytest.raises(TypeError, match="not both"):
        sublayer("demo", 2).on("weber", grid=(2, 2))


def test_values_of_no_use_are_described_by_their_type() -> None:
    with pytest.raises(InputError, match="expected a whole number, got a complex"):
        sublayer("demo", 2j).angle().layers(1).spec()
    with pytest.raises(InputError, match="got a huge number"):
        sublayer("demo", 10**5000).angle().layers(1).spec()


@pytest.mark.parametrize("given", [[gates.ry()], "ry", {"ry": {"on": "all"}}])
def test_a_block_takes_gates(given: object) -> None:
    with pytest.raises(TypeError, match=r"not a gate such as gates\.ry"):
        sublayer("demo", 2).angle().block(given)  # type: ignore[arg-type]


def test_pauli_strings_of_cirq_are_measured() -> None:
    a, b = cirq.LineQubit(0), cirq.LineQubit(3)
    layer = sublayer("paulis", qubits=4).amplitude(features=16).layers(1)
    found = layer.measure(cirq.X(b) * cirq.Z(a), cirq.Y(b)).spec()
    assert found == layer.measure("Z0*X3", "Y3").spec()
    wrong = (cirq.Z, ["Z0"], 2.0 * cirq.Z(a) * cirq.Z(b), cirq.Z(cirq.GridQubit(0, 0)), 3)
    for observable in wrong:
        with pytest.raises(TypeError, match='measure takes texts such as "Z0'):
            layer.measure(observable)
