"""Variants of a circuit that mitigation measures: with more noise, twirled, with pulses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import cirq
import numpy as np

from qslc_runtime.engines.measurement import Setting, SignedString
from qslc_runtime.mitigation.options import Mitigation
from qslc_runtime.mitigation.twirling import Variant, twirl
from qslc_runtime.sampling.measured import MeasuredCircuit, measure_setting

FOLDS = (1, 3, 5)
"""How often each CZ is run where the result is extrapolated to none (Giurgica-Tiron et al. 2020,
arXiv:2005.10921)."""


def list_folds(mitigation: Mitigation) -> tuple[int, ...]:
    """Return how often each CZ is run, variant by variant."""
    return FOLDS if mitigation.zne != "none" else (1,)


def make_variants(circuit: cirq.Circuit, mitigation: Mitigation, seed: int) -> tuple[Variant, ...]:
    """Return the circuits that are run in the place of one, with the same symbols.

    The first are those with each CZ once, a circuit for each twirl; then those with each CZ three
    times, and five times.

    Args:
        circuit: A circuit without measurements.
        mitigation: What is done.
        seed: Random seed of the twirls.

    Raises:
        ValueError: Twirling or ZNE is asked for, and the circuit has two-qubit gates other than CZ.
    """
    if mitigation.twirling or mitigation.zne != "none":
        _check_gates(circuit)
    made = _make_variants(circuit, mitigation, seed)
    return tuple(replace(variant, number=number) for number, variant in enumerate(made))


def _make_variants(circuit: cirq.Circuit, mitigation: Mitigation, seed: int) -> Iterator[Variant]:
    for fold in list_folds(mitigation):
        folded = fold_gates(circuit, fold)
        for number in range(max(1, mitigation.twirling)):
            made = Variant(folded)
            if mitigation.twirling:
                made = twirl(folded, np.random.default_rng([seed, fold, number]))
            if mitigation.dynamical_decoupling:
                made = replace(made, circuit=decouple(made.circuit))
            yield made


def measure_variant(
    variant: Variant,
    names: tuple[str, ...],
    qubits: Sequence[cirq.Qid],
    strings: Sequence[SignedString],
    setting: Setting,
) -> MeasuredCircuit:
    """Append the measurement of a setting; arguments as those of ``measure_setting``."""
    flipped = [
        SignedString(s.paulis, s.sign * (-1) ** _count_flips(variant, qubits, s)) for s in strings
    ]
    measured = measure_setting(variant.circuit, names, qubits, flipped, setting)
    if not variant.signs and not variant.number:
        return measured
    signs = tuple(variant.signs.get(name, 1.0) for name in names)
    shifts = tuple(variant.shifts.get(name, 0.0) for name in names)
    return replace(
        measured, signs=signs, shifts=shifts, variant=f"{signs} {shifts} {variant.number}"
    )


def _count_flips(variant: Variant, qubits: Sequence[cirq.Qid], string: SignedString) -> int:
    return sum(variant.flips(qubits[q], pauli) for q, pauli in string.paulis.items())


def fold_gates(circuit: cirq.Circuit, times: int) -> cirq.Circuit:
    """Run each CZ an odd number of times; two of them are the identity, but for noise."""

    def repeat(moment: cirq.Moment) -> Iterator[cirq.Moment]:
        yield moment
        pairs = cirq.Moment(op for op in moment if len(op.qubits) == 2)
        if pairs:
            yield from [pairs] * (times - 1)

    return cirq.Circuit(part for moment in circuit for part in repeat(moment))


def decouple(circuit: cirq.Circuit) -> cirq.Circuit:
    """Let idle qubits have pulses X, Y, X, Y in moments of one-qubit gates.

    They undo slow drifts of phase (Viola et al. 1999, arXiv:quant-ph/9809071); against errors
    without memory they do nothing.
    """
    return cirq.add_dynamical_decoupling(circuit).unfreeze()


def _check_gates(circuit: cirq.Circuit) -> None:
    for op in circuit.all_operations():
        if len(op.qubits) > 1 and op.gate != cirq.CZ:
            raise ValueError(
                f"twirling and zne are for circuits whose two-qubit gates are CZ, and this one has "
                f"{op}; compile for a device with cz, or leave them out"
            )
