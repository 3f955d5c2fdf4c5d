"""Counts against LoRA."""

from __future__ import annotations

import qslc
from qslc.analysis import analyze_spec
from qslc.analyze.operations import Sublayer, compare_operations, count_lora
from qslc.analyze.subject import Settings


def test_lora_of_gpt2():
    """Hu et al. 2021: rank 4 on the query and value of 24 layers of 1024 has 0.39 M parameters."""
    assert 48 * count_lora(1024, 4).parameters == 393_216
    assert count_lora(1024, 4).multiply_adds == 8192


def test_a_sublayer_with_a_projection():
    sublayer = Sublayer(
        weights=10, observables=4, circuit=200, features=4, project="learned", amplitude=False
    )
    trained, fixed, _ = compare_operations(sublayer, 100, (1,))
    assert (trained.parameters, trained.multiply_adds) == (10 + 400 + 400, 400 + 100 + 400)
    assert fixed.parameters == 10 + 400 + 4


def test_a_fixed_projection_costs_but_is_not_trained():
    sublayer = Sublayer(
        10, observables=4, circuit=200, features=4, project="orthogonal", amplitude=True
    )
    trained, fixed, circuit = compare_operations(sublayer, 100, ())
    assert (trained.parameters, fixed.parameters, circuit.parameters) == (410, 14, 24)
    assert trained.multiply_adds == 900


def test_the_default_of_the_generated_layer_comes_first():
    """Beside a reference state that is the circuit back: 8 angles, 8 more, and 8 gains."""
    builder = qslc.sublayer("small", qubits=4).amplitude(features=8, pad="reference")
    spec = builder.layers(depth=2).measure("interference").spec()
    settings = Settings(samples=10, seed=0, width=16, ranks=(1,), max_qubits=4)
    rows = analyze_spec(spec, settings)["operations"]["rows"]
    assert [row["parameters"] for row in rows] == [8 + 8 + 8, 8 + 8, 8 + 8 * 16, 32]


def test_the_circuit_costs_what_the_layer_predicts():
    """One matrix of 16 amplitudes for each token (2 x 256), normalization and measurement."""
    spec = qslc.sublayer("small", qubits=4).amplitude(features=16).layers(depth=2).spec()
    settings = Settings(samples=10, seed=0, width=16, ranks=(1,), max_qubits=4)
    rows = analyze_spec(spec, settings)["operations"]["rows"]
    assert rows[0]["parameters"] == 8 + 4 * 16
    assert 256 < rows[0]["multiply_adds"] < 600
