"""The generated code against exact states: values, and gradients by finite differences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import qslc_runtime
from hypothesis import HealthCheck, given, settings

from qslc.ir.gates import GATES
from qslc.ir.program import Program
from qslc.lower.logical import lower_to_logical
from qslc.spec.model import Spec
from tests.layer.layer_programs import (
    INPUTS,
    KERNELS,
    ansatz,
    differentiate,
    draw,
    load,
    make_spec,
    programs,
    simulate,
)
from tests.layer.layer_reference import expectations, slope
from tests.layer.test_generated_source import GOLDEN, SPECS

pytestmark = pytest.mark.slow

ENCODERS: dict[str, dict[str, Any]] = {
    "amplitude": {"kind": "amplitude", "features": 6},
    "bias": {"kind": "amplitude", "features": 5, "pad": "bias"},
    "rx": {"kind": "angle", "rotation": "rx"},
    "ry": {"kind": "angle", "features": 2},
    "rz": {"kind": "angle", "rotation": "rz"},
    "iqp": {"kind": "iqp", "repeats": 2},
    "none": {"kind": "none"},
}
OBSERVABLES = ("z", "zz", "X1", "Y0", "X0*Z2", "Y0*Y1", "X0*Y1*Z2", "Y0*Y1*Y2")


def check(layer: Any, program: Program, features: int, bias: bool = False) -> None:
    """Two tokens, with both kernels: values to 2e-6, gradients to 2e-5."""
    generator = np.random.default_rng(7)
    x = generator.normal(size=(2, features))
    theta = generator.normal(size=len(program.weights))
    upstream = generator.normal(size=(2, len(program.observables))).astype(np.float32)

    def loss(x: np.ndarray, theta: np.ndarray) -> float:
        rows = [expectations(program, token, theta, bias) for token in x]
        return float((np.array(rows) * upstream).sum())

    expected = [expectations(program, token, theta, bias) for token in x]
    by_theta = slope(lambda t: loss(x, t), theta)
    by_x = slope(lambda v: loss(v.reshape(x.shape), theta), x.ravel()) if features else []
    for kernel in KERNELS:
        values, dx, dtheta = differentiate(layer, x, theta, kernel, lambda y: y * upstream)
        np.testing.assert_allclose(values, expected, atol=2e-6)
        np.testing.assert_allclose(dtheta, by_theta, atol=2e-5)
        np.testing.assert_allclose(np.ravel(dx), by_x, atol=2e-5)


def check_spec(folder: Path, spec: Spec) -> None:
    layer = load(folder, spec)
    bias = getattr(spec.encoder, "pad", "zero") == "bias"
    check(layer, lower_to_logical(spec), layer.FEATURES, bias)


@pytest.mark.parametrize(
    "pattern", ["linear", "ring", "all_to_all", "brick", "star", "shifted_ring"]
)
@pytest.mark.parametrize("encoder", ENCODERS)
def test_encoder_and_pattern(encoder: str, pattern: str, tmp_path: Path) -> None:
    parts = {"encoder": ENCODERS[encoder], "ansatz": ansatz(2, "ry", pattern=pattern)}
    check_spec(tmp_path, make_spec(**parts, measure=OBSERVABLES))


@pytest.mark.parametrize("encoder", ["amplitude", "ry"])
@pytest.mark.parametrize("gate", GATES)
def test_gate(gate: str, encoder: str, tmp_path: Path) -> None:
    """The gate between two others, so that it meets a state of no symmetry."""
    placement: dict[str, Any] = {"on": "all" if GATES[gate].arity == 1 else "linear"}
    if GATES[gate].rotation:
        placement["angle"] = "theta"
    mixing = [{"ry": {"on": "all", "angle": "theta"}}, {"cnot": {"on": "ring"}}]
    block = [*mixing, {gate: placement}, *mixing]
    spec = make_spec(encoder=ENCODERS[encoder], ansatz={"block": block}, measure=("z", "X0*Y2"))
    check_spec(tmp_path, spec)


def test_shared_and_composed_angles(tmp_path: Path) -> None:
    block = [
        {"ry": {"on": "all", "angle": "2*phi + pi/4"}},
        {"rz": {"on": [0, 2], "angle": "theta*phi"}},
        {"crx": {"on": "ring", "angle": "phi**2 - theta/3"}},
        {"rx": {"on": [1], "angle": "pi/3"}},
    ]
    spec = make_spec(ansatz={"repeat": 2, "block": block}, measure=OBSERVABLES)
    check_spec(tmp_path, spec)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(program=programs())
def test_random_program(program: Program, tmp_path: Path) -> None:
    features = len(INPUTS) if program.inputs else 3
    amplitude = {"kind": "amplitude", "features": features}
    encoder = {"kind": "angle", "features": features} if program.inputs else amplitude
    layer = load(tmp_path, make_spec(qubits=program.qubits, encoder=encoder), program)
    x, theta = draw(layer, 3)
    expected = [expectations(program, token, theta) for token in x]
    for kernel in KERNELS:
        np.testing.assert_allclose(simulate(layer, x, theta, kernel), expected, atol=3e-6)


@pytest.mark.parametrize("pattern", ["ring", "all_to_all"])
def test_ten_qubits(pattern: str, tmp_path: Path) -> None:
    """Two blocks wide, with 768 features."""
    spec = make_spec(
        qubits=10,
        encoder={"kind": "amplitude", "features": 768},
        ansatz=ansatz(2, "ry", "rz", pattern=pattern),
        measure=("z", "Z0*Z9", "X3*Y7"),
    )
    layer, program = load(tmp_path, spec), lower_to_logical(spec)
    x, theta = draw(layer, 2)
    expected = [expectations(program, token, theta) for token in x]
    for kernel in KERNELS:
        np.testing.assert_allclose(simulate(layer, x, theta, kernel), expected, atol=2e-6)


@pytest.mark.parametrize("name", SPECS)
def test_golden_layer_computes_its_program(name: str, tmp_path: Path) -> None:
    (tmp_path / "layer.py").write_bytes((GOLDEN / f"{name}.py").read_bytes())
    layer, program = qslc_runtime.load(tmp_path, allow_changed=True), lower_to_logical(SPECS[name])
    x, theta = draw(layer, 2)
    bias = getattr(SPECS[name].encoder, "pad", "zero") == "bias"
    expected = [expectations(program, token, theta, bias) for token in x]
    for kernel in KERNELS:
        np.testing.assert_allclose(simulate(layer, x, theta, kernel), expected, atol=2e-6)
