"""Variants of circuits: the same without noise, with more noise, and combined to one estimate."""

from __future__ import annotations

import itertools

import cirq
import numpy as np
import pytest
import sympy
from qslc_runtime.mitigation import Mitigation
from qslc_runtime.mitigation.circuits import decouple, fold_gates, make_variants
from qslc_runtime.mitigation.combination import combine, propagate
from qslc_runtime.mitigation.twirling import Variant, twirl

QUBITS = cirq.LineQubit.range(3)
NAMES = tuple(f"a_{i}" for i in range(9))
VALUES = dict(zip(NAMES, np.random.default_rng(0).uniform(-2, 2, 9).tolist(), strict=True))


def make_circuit():
    """Three layers of rotations by symbols, with CZ between; qubit 2 idles while others turn."""
    a, b, c = QUBITS
    turns = iter(cirq.ry(sympy.Symbol(name)) for name in NAMES)
    circuit = cirq.Circuit(cirq.Moment(next(turns)(q) for q in QUBITS), cirq.Moment(cirq.CZ(a, b)))
    circuit += cirq.Circuit(
        cirq.Moment(next(turns)(a), cirq.ry(np.pi / 2)(b)),
        cirq.Moment(next(turns)(b)),
        cirq.Moment(next(turns)(a), next(turns)(b)),
        cirq.Moment(next(turns)(a)),
        cirq.Moment(cirq.CZ(b, c)),
        cirq.Moment(next(turns)(c)),
    )
    return circuit


def resolve(variant):
    """Return a variant's circuit at the angles, with its frames at the end."""
    values = {
        name: variant.signs.get(name, 1) * value + variant.shifts.get(name, 0)
        for name, value in VALUES.items()
    }
    paulis = {(True, False): cirq.X, (True, True): cirq.Y, (False, True): cirq.Z}
    ends = [paulis[f].on(q) for q, f in sorted(variant.frames.items()) if any(f)]
    return cirq.resolve_parameters(variant.circuit, values) + cirq.Circuit(ends)


def assert_equal(variant, circuit):
    one, two = resolve(variant), cirq.resolve_parameters(circuit, VALUES)
    cirq.testing.assert_allclose_up_to_global_phase(
        one.unitary(QUBITS, dtype=np.complex128),
        two.unitary(QUBITS, dtype=np.complex128),
        atol=1e-9,
    )


@pytest.mark.parametrize(
    ("mitigation", "count"),
    [
        (Mitigation(zne="linear"), 3),
        (Mitigation(twirling=4), 4),
        (Mitigation(dynamical_decoupling=True), 1),
        (Mitigation(zne="exponential", twirling=3, dynamical_decoupling=True), 9),
    ],
)
def test_all_variants_are_the_circuit_without_noise(mitigation, count):
    circuit = make_circuit()
    variants = make_variants(circuit, mitigation, seed=1)
    assert len(variants) == count
    for variant in variants:
        assert cirq.parameter_names(variant.circuit) == cirq.parameter_names(circuit)
        assert_equal(variant, circuit)
    assert variants == make_variants(circuit, mitigation, seed=1)


def test_without_mitigation_the_circuit_stays_as_it_is():
    assert make_variants(make_circuit(), Mitigation(), seed=0) == (Variant(make_circuit()),)


def test_folds_repeat_cz_and_nothing_else():
    circuit = make_circuit()
    folded = fold_gates(circuit, 5)

    def count(circuit, qubits):
        return sum(len(op.qubits) == qubits for op in circuit.all_operations())

    assert count(folded, 2) == 5 * count(circuit, 2)
    assert count(folded, 1) == count(circuit, 1)


def test_twirls_are_one_circuit_at_other_angles():
    circuit = make_circuit()
    variants = [twirl(circuit, np.random.default_rng(i)) for i in range(20)]
    assert all(variant.circuit == circuit for variant in variants)
    assert len({str(variant.shifts) for variant in variants}) > 10
    assert len({str(variant.frames) for variant in variants}) > 10


def test_a_frame_ends_before_a_gate_that_it_cannot_pass():
    a, b = QUBITS[:2]
    circuit = cirq.Circuit(
        cirq.Moment(cirq.rx(sympy.Symbol(NAMES[0]))(a), cirq.rz(sympy.Symbol(NAMES[1]))(b)),
        cirq.Moment(cirq.CZ(a, b)),
        cirq.Moment(cirq.T(a), cirq.H(b)),
        cirq.Moment(cirq.CZ(a, b)),
        cirq.Moment(cirq.rz(0.3)(a), cirq.rx(sympy.Symbol(NAMES[2]))(b), cirq.X(QUBITS[2])),
    )
    lengths = set()
    for seed in range(20):
        variant = twirl(circuit, np.random.default_rng(seed))
        assert_equal(variant, circuit)
        lengths.add(len(variant.circuit))
    assert max(lengths) > len(circuit) == min(lengths)


def test_twirls_turn_a_coherent_error_into_random_paulis():
    """Means of many twirls under a coherent error are those under its Pauli part alone."""
    a, b = QUBITS[:2]
    names = iter(NAMES)
    circuit = cirq.Circuit(
        cirq.Moment(turn(sympy.Symbol(next(names)))(q) for q in (a, b))
        for turn in (cirq.ry, cirq.rz)
    )
    circuit += cirq.Circuit(
        cirq.Moment(cirq.CZ(a, b)),
        cirq.Moment(cirq.ry(sympy.Symbol(next(names)))(q) for q in (a, b)),
    )
    coherent = cirq.FSimGate(0.25, 0.2)
    errors = {}
    for word in map("".join, itertools.product("IXYZ", repeat=2)):
        pauli = cirq.unitary(cirq.DensePauliString(word))
        errors[word] = abs(np.trace(pauli @ cirq.unitary(coherent)) / 4) ** 2
    random = cirq.asymmetric_depolarize(error_probabilities=errors)
    simulator = cirq.DensityMatrixSimulator(dtype=np.complex128)
    strings = [
        np.kron(cirq.unitary(p), cirq.unitary(q))
        for p, q in ((cirq.Z, cirq.I), (cirq.X, cirq.Z), (cirq.I, cirq.X))
    ]

    def measure(variant, error):
        noisy = cirq.Circuit()
        for op in resolve(variant).all_operations():
            noisy.append([op, error(a, b)] if len(op.qubits) == 2 else op)
        state = simulator.simulate(noisy, qubit_order=[a, b]).final_density_matrix
        return np.array([np.trace(state @ string).real for string in strings])

    plain, rng = Variant(circuit), np.random.default_rng(0)
    expected, bare = measure(plain, random), measure(plain, coherent)
    twirled = np.mean([measure(twirl(circuit, rng), coherent) for _ in range(200)], axis=0)
    assert np.abs(bare - expected).max() > 0.1
    assert np.abs(twirled - expected).max() < 0.02


def test_idle_qubits_get_pulses():
    circuit = make_circuit()
    pulses = [op for op in decouple(circuit).all_operations() if op.gate in (cirq.X, cirq.Y)]
    assert sum(op.qubits == (QUBITS[2],) for op in pulses) >= 2


def test_other_gates_are_refused():
    circuit = cirq.Circuit(cirq.SQRT_ISWAP(*QUBITS[:2]))
    for mitigation in (Mitigation(twirling=1), Mitigation(zne="linear")):
        with pytest.raises(ValueError, match="whose two-qubit gates are CZ"):
            make_variants(circuit, mitigation, 0)
    assert make_variants(circuit, Mitigation(dynamical_decoupling=True), 0)


def test_extrapolations_are_exact_on_their_own_laws():
    signal = np.random.default_rng(0).uniform(-1, 1, (4, 3))
    line = np.stack([signal * (1 - 0.1 * fold) for fold in (1, 3, 5)])
    decay = np.stack([signal * 0.8**fold for fold in (1, 3, 5)])
    np.testing.assert_allclose(combine(line, Mitigation(zne="linear")), signal, atol=1e-12)
    np.testing.assert_allclose(combine(decay, Mitigation(zne="exponential")), signal, atol=1e-12)
    assert np.abs(combine(decay, Mitigation(zne="linear")) - signal).max() > 0.01
    twirled = np.repeat(decay, 2, axis=0) + np.array([0.1, -0.1] * 3)[:, None, None]
    mitigation = Mitigation(zne="exponential", twirling=2)
    np.testing.assert_allclose(combine(twirled, mitigation), signal, atol=1e-12)


def test_an_extrapolation_of_noise_stays_small():
    noise = np.random.default_rng(0).normal(0, 0.01, (3, 100_000))
    assert np.abs(combine(noise, Mitigation(zne="exponential"))).max() < 0.15


@pytest.mark.parametrize("zne", ["none", "linear", "exponential"])
def test_variances_are_those_of_samples(zne):
    mitigation = Mitigation(zne=zne, twirling=2)
    means = np.repeat([0.8, 0.6, 0.45], 2)[: 2 if zne == "none" else 6, None]
    rng = np.random.default_rng(0)
    drawn = means + rng.normal(0, 0.01, (*means.shape[:1], 200_000))
    expected = propagate(means, np.full(means.shape, 1e-4), mitigation)
    assert np.var(combine(drawn, mitigation)) == pytest.approx(expected[0], rel=0.03)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"readout": "inverse"}, "readout is one of 'none', 'confusion', not 'inverse'"),
        ({"zne": True}, "zne is one of"),
        ({"twirling": -1}, "from 0 to 1000, not -1"),
        ({"twirling": True}, "not True"),
        ({"dynamical_decoupling": 1}, "True or False, not 1"),
        ({"twirl": 3}, "no option 'twirl'; it takes readout, rescale"),
        ([1], "a mapping of options"),
    ],
)
def test_wrong_options_say_what_is_right(options, message):
    with pytest.raises(ValueError, match=message):
        Mitigation.parse(options)
