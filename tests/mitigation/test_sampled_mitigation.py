"""Engine sampler with mitigation: against exact expectations, recorded and priced."""

from __future__ import annotations

import json

import cirq
import numpy as np
import pytest
import qslc_runtime
from qslc_runtime import engines
from qslc_runtime.engines.measurement import SignedString
from qslc_runtime.mitigation import assess
from qslc_runtime.mitigation.readout import Confusion, average_corrected, make_confusion_circuit
from qslc_runtime.sampling import SamplerError
from qslc_runtime.sampling.measured import MeasuredCircuit

import qslc
from tests.mitigation.compiles import GATES, READ, load
from tests.sampling.fakes import NOISE, Fake, create, draw

pytestmark = pytest.mark.slow


def compute(cls, x, theta, name):
    return np.asarray(engines.create(name, cls, {}).expectations(x, theta))


def measure_bias(values, ideal):
    return np.sqrt(np.mean((values - ideal) ** 2))


def test_inverted_readout_is_that_of_cirqs_confusion_matrices():
    qubits = cirq.LineQubit.range(3)
    p01, p10 = ((0.02, 0.05, 0.01), (0.1, 0.03, 0.2))
    confusion = Confusion(*(dict(zip(qubits, p, strict=True)) for p in (p01, p10)))
    bits = np.random.default_rng(0).random((4000, 3)) < [0.2, 0.5, 0.9]
    matrices = cirq.TensoredConfusionMatrices(
        [np.array([[1 - a, a], [b, 1 - b]]) for a, b in zip(p01, p10, strict=True)],
        [[qubit] for qubit in qubits],
        repetitions=1000,
        timestamp=0,
    )
    strings = tuple(SignedString(dict.fromkeys(on, "Z"), 1) for on in ((0,), (0, 2), (0, 1, 2)))
    measured = MeasuredCircuit(cirq.Circuit(), (), strings, (0, 1, 2), 3, "")
    counts = {}
    for row in bits.astype(int):
        text = "".join(map(str, row))
        counts[text] = counts.get(text, 0) + 1
    ours = average_corrected(counts, measured, confusion.list_values(qubits))
    shares = np.zeros(8)
    for outcome, count in counts.items():
        shares[int(outcome, 2)] = count / 4000
    inverted = matrices.apply(shares, method="pseudo_inverse")
    all_bits = np.array([*np.ndindex(2, 2, 2)])
    for value, string in zip(ours, strings, strict=True):
        theirs = inverted @ np.prod(1 - 2 * all_bits[:, list(string.paulis)], axis=1)
        assert value == pytest.approx(theirs, abs=1e-9)


def test_a_qubit_that_says_nothing_is_named():
    (qubit,) = cirq.LineQubit.range(1)
    with pytest.raises(ValueError, match=r"q\(0\) is read as 1 in 45% of its zeros"):
        Confusion({qubit: 0.45}, {qubit: 0.5}).list_values([qubit])


def test_errors_of_reading_are_measured_and_inverted(tmp_path):
    cls = load(tmp_path / "layer", READ)
    x, theta = draw(cls, 40)
    ideal, shots = compute(cls, x, theta, "native"), 20_000
    bias = {}
    for readout in ("none", "confusion"):
        engine = create(cls, "noisy", shots=shots, mitigation={"readout": readout})
        bias[readout] = measure_bias(engine.expectations(x, theta), ideal)
    assert bias["confusion"] < 0.3 * bias["none"]
    # What is left is the noise of the gates, and that of the shots, here and of the confusion.
    quiet = load(tmp_path / "quiet", "{depolarizing: {2q: 0.01}}")
    left = measure_bias(compute(quiet, x, theta, "noisy"), ideal)
    assert left / 2 < bias["confusion"] < left + 2 / np.sqrt(shots)


def test_the_confusion_is_measured_in_one_job_and_never_twice(tmp_path):
    cls = load(tmp_path / "layer", READ)
    x, theta = draw(cls, 5)
    options = {"shots": 100, "mitigation": {"readout": "confusion"}, "record": tmp_path / "jobs"}
    engine = create(cls, "noisy", **options)
    price = engine.estimate(5)
    assert (price.jobs, price.shots) == (3, 2 * 5 * 100 + 2 * 10_000)
    values = engine.expectations(x, theta)
    assert engine.estimate(5).shots == 2 * 5 * 100
    lines = [json.loads(line) for line in (tmp_path / "jobs").read_text().splitlines()]
    sent = [line for line in lines if "keys" in line]
    assert sorted((len(line["keys"]), line["shots"]) for line in sent) == [
        (2, 10_000),
        (5, 100),
        (5, 100),
    ]
    again = create(cls, "noisy", **options)
    assert np.array_equal(again.expectations(x, theta), values)
    assert (tmp_path / "jobs").read_text().count('"keys"') == 3
    assert create(cls, "noisy", **options).estimate(x, theta).shots == 0


def test_a_limit_of_shots_counts_the_confusion(tmp_path):
    cls = load(tmp_path, READ)
    x, theta = draw(cls, 5)
    fake = Fake()
    engine = create(cls, fake, shots=100, mitigation={"readout": "confusion"}, max_shots=20_999)
    with pytest.raises(SamplerError, match="21,000 shots are needed after 0"):
        engine.expectations(x, theta)
    assert not fake.calls


@pytest.mark.parametrize(
    "mitigation",
    [
        {"zne": "linear"},
        {"zne": "exponential"},
        {"twirling": 4},
        {"dynamical_decoupling": True},
        {"readout": "confusion"},
        {"zne": "linear", "twirling": 2, "readout": "confusion"},
    ],
)
def test_samples_follow_the_exact_assessment(tmp_path, mitigation):
    cls = load(tmp_path, NOISE)
    x, theta = draw(cls, 40)
    ideal, shots = compute(cls, x, theta, "native"), 60_000
    method = {**mitigation, "rescale": "none"}
    found = assess(tmp_path, x, {"it": method}, theta=theta)
    engine = create(cls, "noisy", shots=shots, mitigation=mitigation)  # the same twirls
    values = engine.expectations(x, theta)[1::2]
    error = measure_bias(values, ideal[1::2]) / found.signal
    assert error == pytest.approx(found.predict_error("it", shots), rel=0.08)


def test_extrapolation_lessens_the_bias_of_gates(tmp_path):
    cls = load(tmp_path, GATES)
    found = assess(
        tmp_path,
        draw(cls, 20)[0],
        {
            "none": {"rescale": "none"},
            "linear": {"zne": "linear", "rescale": "none"},
            "exponential": {"zne": "exponential", "rescale": "none"},
        },
    )
    none, linear, exponential = found.rows
    assert linear.bias < none.bias / 2
    assert exponential.bias < none.bias / 3
    assert (none.circuits, linear.circuits) == (1, 3)
    assert linear.variance > 3


@pytest.mark.parametrize("encoder", ["{kind: angle}", "{kind: amplitude, features: 6, pad: bias}"])
def test_the_assessment_without_mitigation_is_engine_noisy(tmp_path, encoder):
    cls = load(tmp_path, NOISE, encoder)
    x, theta = draw(cls, 20)
    ideal, noisy = compute(cls, x, theta, "native")[1::2], compute(cls, x, theta, "noisy")[1::2]
    found = assess(tmp_path, x, {"none": {"rescale": "none"}}, theta=theta)
    for name, shots in (("nothing", 100), ("none", 0)):
        with pytest.raises(ValueError, match="expected one of 'none' and 1 shot or more"):
            found.predict_error(name, shots)
    with pytest.raises(ValueError, match="methods are named"):
        assess(tmp_path, x, {})
    with pytest.raises(ValueError, match="finite angles, not"):
        assess(tmp_path, x, {"none": {}}, theta=theta * np.nan)
    assert found.rows[0].bias == pytest.approx(
        measure_bias(noisy, ideal) / np.sqrt(np.mean(ideal**2)), rel=1e-4
    )
    assert found.rows[0].variance == 1
    spread = np.sqrt(np.mean(1 - noisy**2) / np.mean(ideal**2))
    assert found.spread == pytest.approx(spread, rel=1e-5)
    assert "none" in str(found)
    json.dumps(found.to_json())


def test_the_spec_gives_the_defaults_and_options_replace_them(tmp_path):
    spec = (
        qslc.sublayer("stated", qubits=3)
        .angle()
        .layers(depth=1)
        .on(grid=(2, 3))
        .noise(depolarizing={"2q": 0.05})
        .execute(shots=600, zne="linear", readout="confusion")
        .spec()
    )
    qslc.compile_to(spec, tmp_path)
    cls = qslc_runtime.load(tmp_path)
    assert create(cls, "noisy", shots=None).estimate(10).shots == 600 * 10 + 20_000
    assert create(cls, "noisy", shots=300).estimate(10).shots == 300 * 10 + 20_000
    plain = create(cls, "noisy", shots=None, mitigation={})
    assert plain.estimate(10).shots == 600 * 10


def test_an_error_that_nothing_is_known_to_reach_asks_for_shots(tmp_path):
    report_free = (
        qslc.sublayer("reaching", qubits=2).angle().layers(depth=1).execute(error=0.1).spec()
    )
    qslc.compile_to(report_free, tmp_path)
    cls = qslc_runtime.load(tmp_path)
    with pytest.raises(ValueError, match=r"asks for an error of 0\.1, .*; pass shots"):
        create(cls, "simulator", shots=None)
    assert create(cls, "simulator", shots=50).estimate(1).shots == 50


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"gradient": "parameter_shift", "mitigation": {"zne": "exponential"}},
            'pass zne="linear"',
        ),
        ({"mitigation": {"readout": "yes"}}, "readout is one of"),
    ],
)
def test_what_does_not_go_together_is_refused(tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        create(load(tmp_path, "none"), "simulator", **options)


def test_the_experiment_turns_each_qubit_by_its_own_angle():
    circuit = make_confusion_circuit(cirq.LineQubit.range(2))
    assert circuit.names == ("flip_0", "flip_1")
    assert circuit.read == tuple(cirq.LineQubit.range(2))
    resolved = circuit.resolve(np.array([np.pi, 0.0]))
    result = cirq.Simulator(seed=0).run(circuit.circuit, resolved, repetitions=20)
    assert result.measurements["bits"].mean(axis=0).tolist() == [1, 0]
