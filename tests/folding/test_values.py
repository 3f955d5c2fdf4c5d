"""Folded layers against exact states, and against the layers they come from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from qslc.ir.program import Program
from qslc.lower.logical import lower_to_logical
from tests.layer.layer_programs import WEIGHTS, ansatz, load, make_spec, programs
from tests.layer.layer_reference import expectations
from tests.layer.test_expectations import ENCODERS, OBSERVABLES
from tests.layer.test_generated_source import SPECS

pytestmark = pytest.mark.slow

ANSATZE: dict[str, Any] = {
    "real": ansatz(2, "ry"),
    "complex": ansatz(2, "rx", "rz", gate="crz"),
    "gates": {
        "block": [
            {"h": {"on": [0]}},
            {"s": {"on": [1]}},
            {"ry": {"on": "all", "angle": "2*phi + pi/4"}},
            {"t": {"on": [2]}},
            {"ryy": {"on": "ring", "angle": "theta*phi"}},
            {"cz": {"on": "linear"}},
        ]
    },
}


def vary(layer_class: Any, **arguments: Any) -> Any:
    """A layer with weights that no initializer gives."""
    layer = layer_class(**arguments)
    layer.build((None, max(layer.FEATURES, 2)))
    generator = np.random.default_rng(7)
    for weight in layer.weights:
        weight.assign(generator.normal(size=weight.shape))
    return layer


def check(layer: Any, program: Program, bias: bool = False) -> None:
    """1e-6 from the layer, 5e-7 from float64."""
    x = np.random.default_rng(3).normal(size=(5, max(layer.FEATURES, 2))).astype(np.float32)
    theta = np.asarray(layer.theta, np.float64)
    exact = [expectations(program, token, theta, bias) for token in x[:, : layer.FEATURES]]
    values = np.asarray(layer.fold()(x))
    np.testing.assert_allclose(values, exact, rtol=0, atol=5e-7)
    np.testing.assert_allclose(values, layer(x), rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", ANSATZE)
@pytest.mark.parametrize("encoder", ["amplitude", "bias", "rx", "ry", "rz", "none"])
def test_every_encoder_and_observable(encoder: str, name: str, tmp_path: Path) -> None:
    spec = make_spec(encoder=ENCODERS[encoder], ansatz=ANSATZE[name], measure=OBSERVABLES)
    program = lower_to_logical(spec)
    check(vary(load(tmp_path, spec, program)), program, encoder == "bias")


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(program=programs().filter(lambda program: not program.inputs))
def test_random_program(program: Program, tmp_path: Path) -> None:
    encoder = {"kind": "amplitude", "features": 3}
    layer = load(tmp_path, make_spec(qubits=program.qubits, encoder=encoder), program)()
    layer.build((None, 3))
    theta = np.random.default_rng(2).normal(size=len(WEIGHTS)).astype(np.float32)
    layer.theta.assign(theta)
    x = np.random.default_rng(1).normal(size=(3, 3)).astype(np.float32)
    exact = [expectations(program, token, theta.astype(np.float64)) for token in x]
    np.testing.assert_allclose(layer.fold()(x), exact, rtol=0, atol=1e-6)


def test_the_reference_layer_of_ten_qubits(tmp_path: Path) -> None:
    """Four factors of 32 by 32 in place of a matrix of 1,024 by 768."""
    program = lower_to_logical(SPECS["gpt2_qv"])
    layer = vary(load(tmp_path, SPECS["gpt2_qv"], program))
    assert tuple(layer.fold().left.shape) == (4, 32, 32)
    assert not hasattr(layer.fold(), "forms")
    check(layer, program)


@pytest.mark.parametrize("up_projection", ["dense", "low_rank", "fixed", "scaled", "circuit"])
def test_the_map_to_units(up_projection: str, tmp_path: Path) -> None:
    rank = 2 if up_projection == "low_rank" else None
    layer = vary(load(tmp_path, make_spec()), units=7, up_projection=up_projection, rank=rank)
    x = np.random.default_rng(3).normal(size=(2, 4, 6)).astype(np.float32)
    folded = layer.fold()
    np.testing.assert_allclose(folded(x), layer(x), rtol=0, atol=1e-5)
    assert folded.compute_output_shape(x.shape) == layer.compute_output_shape(x.shape)


@pytest.mark.parametrize("project", ["learned", "orthogonal", {"slice": [2, 8]}])
def test_projections(project: Any, tmp_path: Path) -> None:
    encoder = {"kind": "amplitude", "features": 6, "project": project}
    layer = load(tmp_path, make_spec(encoder=encoder))(units=4)
    x = np.random.default_rng(3).normal(size=(3, 10)).astype(np.float32)
    layer(x)
    layer.up.assign(np.random.default_rng(4).normal(size=(3, 4)))
    np.testing.assert_allclose(layer.fold()(x), layer(x), rtol=0, atol=2e-6)


@pytest.mark.parametrize("encoder", ["amplitude", "ry"])
def test_tokens_that_are_zero_or_not_finite(encoder: str, tmp_path: Path) -> None:
    layer = vary(load(tmp_path, make_spec(encoder=ENCODERS[encoder])))
    x = np.random.default_rng(3).normal(size=(5, layer.FEATURES)).astype(np.float32)
    x[1, 0], x[2, 1], x[3] = np.nan, np.inf, 0
    np.testing.assert_allclose(layer.fold()(x), layer(x), rtol=0, atol=1e-6)


@pytest.mark.parametrize("scale", [3e38, 1e-33])
def test_huge_and_tiny_vectors(scale: float, tmp_path: Path) -> None:
    folded = vary(load(tmp_path, make_spec())).fold()
    x = np.random.default_rng(3).normal(size=(2, 6)).astype(np.float32)
    x /= np.abs(x).max()
    np.testing.assert_allclose(folded(x * np.float32(scale)), folded(x), atol=2e-6)
