"""Counts against LoRA."""

from __future__ import annotations

import pytest

import qslc
from qslc.analysis import analyze_spec
from qslc.analyze.operations import count_lora, count_sublayers
from qslc.analyze.subject import Settings
from qslc.spec.encoders import Inputs
from tests.analyze.analyze_cases import make_layered

PROGRAM = make_layered(2, 5, measure=("z", "X0", "X1")).program
"""10 weights and 4 observables."""
ANGLES, AMPLITUDES = Inputs("angles", 4, 4), Inputs("amplitudes", 4, 4)
SETTINGS = Settings(samples=10, seed=0, width=16, ranks=(1,), max_qubits=4)


def test_lora_of_gpt2():
    """Hu et al. 2021: rank 4 on the query and value of 24 layers of 1024 has 0.39 M parameters."""
    assert 48 * count_lora(1024, 4).parameters == 393_216
    assert count_lora(1024, 4).multiply_adds == 8192


def test_a_sublayer_with_a_projection():
    trained, fixed = count_sublayers(PROGRAM, ANGLES, "learned", circuit=200, width=100)
    assert (trained.parameters, trained.multiply_adds) == (10 + 400 + 400, 400 + 100 + 400)
    assert fixed.parameters == 10 + 400 + 4


def test_a_fixed_projection_costs_but_is_not_trained():
    rows = count_sublayers(PROGRAM, AMPLITUDES, "orthogonal", circuit=200, width=100)
    assert [row.parameters for row in rows] == [410, 14, 24]
    assert rows[0].multiply_adds == 900


def test_an_unknown_projection_is_refused():
    with pytest.raises(ValueError, match="the cost of the projection 'random' is unknown"):
        count_sublayers(PROGRAM, AMPLITUDES, "random", circuit=10, width=8)


def test_the_default_of_the_generated_layer_comes_first():
    """Beside a reference state that is the circuit back: 8 angles, 8 more, and 8 gains."""
    builder = qslc.sublayer("small", qubits=4).amplitude(features=8, pad="reference")
    spec = builder.layers(depth=2).measure("interference").spec()
    rows = analyze_spec(spec, SETTINGS)["operations"]["rows"]
    assert [row["parameters"] for row in rows] == [8 + 8 + 8, 8 + 8, 8 + 8 * 16, 32]


def test_the_circuit_costs_what_the_layer_predicts():
    """One matrix of 16 amplitudes for each token (2 x 256), normalization and measurement."""
    spec = qslc.sublayer("small", qubits=4).amplitude(features=16).layers(depth=2).spec()
    rows = analyze_spec(spec, SETTINGS)["operations"]["rows"]
    assert rows[0]["parameters"] == 8 + 4 * 16
    assert 256 < rows[0]["multiply_adds"] < 600
