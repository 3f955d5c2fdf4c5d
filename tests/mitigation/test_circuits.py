"""Variants of circuits: the same without noise, with more noise, and combined to one estimate."""

from __future__ import annotations

import cirq
import numpy as np
import pytest
import sympy
from qslc_runtime.mitigation import Mitigation
from qslc_runtime.mitigation.circuits import (
    count_variants,
    decouple,
    fold_gates,
    make_variants,
    twirl,
)
from qslc_runtime.mitigation.combination import combine, propagate

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


def assert_equal(circuit, other):
    one, two = (cirq.resolve_parameters(c, VALUES) for c in (circuit, other))
    cirq.testing.assert_allclose_up_to_global_phase(
        one.unitary(QUBITS, dtype=np.complex128),
        two.unitary(QUBITS, dtype=np.complex128),
        atol=1e-9,
    )


@pytest.mark.parametrize(
    "mitigation",
    [
        Mitigation(zne="linear"),
        Mitigation(twirling=4),
        Mitigation(dynamical_decoupling=True),
        Mitigation(zne="exponential", twirling=3, dynamical_decoupling=True),
    ],
)
def test_all_variants_are_the_circuit_without_noise(mitigation):
    circuit = make_circuit()
    variants = make_variants(circuit, mitigation, seed=1)
    assert len(variants) == count_variants(mitigation)
    for variant in variants:
        assert cirq.parameter_names(variant) == cirq.parameter_names(circuit)
        assert_equal(variant, circuit)
    assert variants == make_variants(circuit, mitigation, seed=1)


def test_without_mitigation_the_circuit_stays_as_it_is():
    assert make_variants(make_circuit(), Mitigation(), seed=0) == (make_circuit(),)


def test_folds_repeat_cz_and_nothing_else():
    circuit = make_circuit()
    folded = fold_gates(circuit, 5)

    def count(circuit, qubits):
        return sum(len(op.qubits) == qubits for op in circuit.all_operations())

    assert count(folded, 2) == 5 * count(circuit, 2)
    assert count(folded, 1) == count(circuit, 1)


def test_twirls_differ_and_turn_a_coherent_error_into_pauli_errors():
    circuit = cirq.Circuit(cirq.CZ(*QUBITS[:2]))
    error = cirq.FSimGate(0.3, 0.2).on(*QUBITS[:2])
    rng = np.random.default_rng(0)
    superoperator = np.zeros((16, 16), complex)
    seen = set()
    for _ in range(600):
        made = twirl(circuit, rng)
        seen.add(str(made))
        noisy = cirq.Circuit(
            [moment, error] if any(op.gate == cirq.CZ for op in moment) else moment
            for moment in made
        )
        unitary = noisy.unitary(QUBITS[:2], dtype=np.complex128)
        superoperator += np.kron(unitary, unitary.conj()) / 600
    assert len(seen) == 16
    ideal = circuit.unitary(dtype=np.complex128)
    left = superoperator @ np.kron(ideal, ideal.conj()).conj().T
    paulis = [
        np.kron(cirq.unitary(a), cirq.unitary(b)).reshape(-1) / 2
        for a in (cirq.I, cirq.X, cirq.Y, cirq.Z)
        for b in (cirq.I, cirq.X, cirq.Y, cirq.Z)
    ]
    transfer = np.array([[p.conj() @ left @ q for q in paulis] for p in paulis]).real
    assert np.abs(transfer - np.diag(np.diag(transfer))).max() < 0.03
    untwirled = cirq.unitary(error)
    bare = np.kron(untwirled, untwirled.conj())
    assert max(abs(p.conj() @ bare @ q) for p in paulis for q in paulis if p is not q) > 0.2


def test_idle_qubits_get_pulses():
    circuit = make_circuit()
    pulses = [op for op in decouple(circuit).all_operations() if op.gate in (cirq.X, cirq.Y)]
    assert len(pulses) >= 2
    assert {op.qubits[0] for op in pulses} == {QUBITS[2]}


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
