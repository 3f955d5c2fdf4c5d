"""A native program with its errors, as steps on the Pauli coefficients of its qubits."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray

from qslc.feasibility.pulses import find_pulses
from qslc.feasibility.transfer import LETTERS, Array, compute_gate_transfer, make_transfer
from qslc.ir.gates import find_gate
from qslc.ir.metrics import Moments
from qslc.ir.program import Operation, PauliString
from qslc.targets.device import Device
from qslc.targets.noise import Effect, NoiseModel, Place, Rate


class Source(Enum):
    """Source of errors."""

    GATES = "gates"
    IDLING = "idling"
    READOUT = "readout"

    @classmethod
    def of(cls, effect: Effect) -> Source:
        """Return the source to which an effect belongs."""
        places = {Place.MOMENT: cls.IDLING, Place.READOUT: cls.READOUT}
        return places.get(effect.place, cls.GATES)


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A gate or an error.

    Args:
        qubits: Its qubits, as positions among those of the circuit.
        transfer: Its transfer matrix; None for a rotation by an angle with symbols.
        gate: Name of that rotation.
        angle: Its angle in radians.
        error: Whether it is an error.
    """

    qubits: tuple[int, ...]
    transfer: Array | None
    gate: str = ""
    angle: sympy.Expr | None = None
    error: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """Change of a circuit that lessens its errors.

    Args:
        folds: How often each gate on two qubits is run, an odd number.
        twirled: Whether the mean of many circuits with random Paulis is taken, which leaves of each
            error its random Paulis.
        pulsed: Whether qubits get pulses where they idle beside one-qubit gates.
    """

    folds: int = 1
    twirled: bool = False
    pulsed: bool = False


PLAIN = Variant()
"""A circuit as it is."""


@dataclass(frozen=True, slots=True, eq=False)
class NoisyCircuit:
    """A circuit with its errors, and what is read at its end.

    Args:
        qubits: Device qubits, of which the first is the most significant.
        steps: Gates and errors in order.
        readings: For each observable and qubit the coefficients of I, X, Y, Z of what is read:
            (M, qubits, 4). What is read of an observable is the product over the qubits.
    """

    qubits: tuple[int, ...]
    steps: tuple[Step, ...]
    readings: NDArray[np.float64]


def add_errors(
    columns: Moments,
    observables: Sequence[PauliString],
    qubits: Sequence[int],
    device: Device,
    noise: NoiseModel | None,
    sources: Collection[Source] = tuple(Source),
    variant: Variant = PLAIN,
    inverted: Array | None = None,
    *,
    pulsed: bool = False,
) -> NoisyCircuit:
    """Put errors behind the gates and the moments of a native program.

    As on the simulators of the runtime: the errors of a gate follow its moment, and then those of
    the moment act on every qubit. The rotations that choose what is read have none. Pulses are
    counted by their errors alone: against errors without memory they do nothing.

    Args:
        columns: Moments of the program.
        observables: What is measured.
        qubits: Device qubits that hold a state.
        device: Device.
        noise: Its noise, or None for none.
        sources: Sources whose errors are added.
        variant: How the circuit is changed.
        inverted: Errors of reading that are inverted, as ``find_readout`` returns them.
        pulsed: Whether one-qubit gates of a moment are pulses (``qslc.feasibility.pulses``).
    """
    acting = [(e, rates) for e, rates in (noise.rates if noise else {}).items()]
    kept = {effect: rates for effect, rates in acting if Source.of(effect) in sources}
    index = {qubit: i for i, qubit in enumerate(qubits)}
    columns = list(_repeat_pairs(columns, variant.folds))
    steps = tuple(_list_steps(columns, index, device, kept, _find_pulses(columns, variant), pulsed))
    if variant.twirled:
        steps = tuple(_twirl(step) for step in steps)
    flips = [_find_flips(device.label(qubit), kept) for qubit in qubits]
    known = np.tile([0.0, 1.0], (len(qubits), 1)) if inverted is None else inverted
    readings = np.zeros((len(observables), len(qubits), 4))
    readings[:, :, 0] = 1
    for row, observable in zip(readings, observables, strict=True):
        for qubit, letter in observable.paulis:
            (p01, p10), (offset, gain) = flips[index[qubit]], known[index[qubit]]
            row[index[qubit]] = 0
            row[index[qubit], 0] = 0 if variant.twirled else (p10 - p01 - offset) / gain
            row[index[qubit], LETTERS.index(letter)] = (1 - p01 - p10) / gain
        row[0] *= observable.sign
    return NoisyCircuit(tuple(qubits), steps, readings)


def find_readout(
    qubits: Sequence[int], device: Device, noise: NoiseModel | None, sources: Collection[Source]
) -> Array:
    """Return offset and gain of what is read of each qubit, as a calibration finds them: (q, 2).

    The calibration reads all qubits in 0 and in 1, behind a pulse each. It cannot tell the errors
    of the pulse from those of reading.
    """
    observables = [PauliString(((qubit, "Z"),), 1) for qubit in qubits]
    read = []
    for angle in (sympy.Integer(0), sympy.pi):
        pulses = [Operation("rx", (qubit,), angle) for qubit in qubits]
        circuit = add_errors([pulses], observables, qubits, device, noise, sources)
        states = np.tile([1.0, 0.0, 0.0, 1.0], (len(qubits), 1))
        for step in circuit.steps:
            assert step.transfer is not None  # noqa: S101 - the angle is a number
            (place,) = step.qubits
            states[place] = step.transfer @ states[place]
        read.append(np.einsum("qqk,qk->q", circuit.readings, states))
    zeros, ones = read
    return np.stack([(zeros + ones) / 2, (zeros - ones) / 2], axis=1)


def _repeat_pairs(columns: Moments, folds: int) -> Iterator[list[Operation]]:
    """Yield the moments, each gate on two qubits so many times."""
    for column in columns:
        yield column
        if pairs := [op for op in column if len(op.qubits) == 2]:
            yield from [pairs] * (folds - 1)


def _find_pulses(columns: Moments, variant: Variant) -> list[set[int]]:
    """Return, for each moment, the qubits that get a pulse: idle between gates of their own."""
    pulses: list[set[int]] = [set() for _ in columns]
    if not variant.pulsed:
        return pulses
    busy = [{qubit for op in column for qubit in op.qubits} for column in columns]
    for qubit in set().union(*busy):
        own = [number for number, column in enumerate(busy) if qubit in column]
        for number in set(range(own[0], own[-1])).difference(own):
            if all(len(op.qubits) == 1 for op in columns[number]):
                pulses[number].add(qubit)
    return pulses


def _twirl(step: Step) -> Step:
    if not step.error or step.transfer is None:
        return step
    return replace(step, transfer=np.diag(step.transfer.diagonal()))


def _list_steps(
    columns: Moments,
    index: dict[int, int],
    device: Device,
    rates: dict[Effect, Any],
    pulses: Sequence[Collection[int]],
    merged: bool,
) -> Iterator[Step]:
    gates = [e for e in rates if e.place in {Place.ONE_QUBIT_GATE, Place.TWO_QUBIT_GATE}]
    moments = [effect for effect in rates if effect.place is Place.MOMENT]
    idle = [
        [
            _make_error(effect, _pick(rates[effect].get(device.label(q), 0.0), pairs), (index[q],))
            for effect in moments
            for q in index
        ]
        for pairs in (False, True)
    ]
    for column, pulsed in zip(columns, pulses, strict=True):
        yield from (_make_gate(op, index) for op in column)
        erring = [column[number] for number in find_pulses(column)] if merged else column
        if not erring:
            if not merged:
                yield from idle[False]
            continue
        acted = [*(tuple(sorted(op.qubits)) for op in erring), *((qubit,) for qubit in pulsed)]
        for effect in gates:
            arity = 1 if effect.place is Place.ONE_QUBIT_GATE else 2
            for on in (on for on in acted if len(on) == arity):
                rate = rates[effect].get(device.label(*on), 0.0)
                if np.any(rate):
                    yield _make_error(effect, rate, tuple(index[q] for q in on))
        yield from idle[any(len(op.qubits) == 2 for op in column)]


def _pick(rate: Rate, pairs: bool) -> float:
    return rate[pairs] if isinstance(rate, tuple) else rate


def _make_error(effect: Effect, rate: Rate, qubits: tuple[int, ...]) -> Step:
    return Step(qubits, make_transfer(effect, rate, len(qubits)), error=True)


def _make_gate(op: Operation, index: dict[int, int]) -> Step:
    qubits = tuple(index[qubit] for qubit in op.qubits)
    if op.angle is not None and op.angle.free_symbols:
        return Step(qubits, None, op.gate, op.angle)
    angle = None if op.angle is None else float(op.angle)
    return Step(qubits, compute_gate_transfer(find_gate(op.gate).name, angle))


def _find_flips(label: str, rates: dict[Effect, Any]) -> tuple[float, float]:
    """Return the probabilities that a 0 is read as 1, and a 1 as 0."""
    p01 = p10 = 0.0
    for effect in (effect for effect in rates if effect.place is Place.READOUT):
        given = rates[effect].get(label, (0.0, 0.0))
        q01, q10 = given if isinstance(given, tuple) else (given, given)
        p01, p10 = p01 * (1 - q10) + (1 - p01) * q01, p10 * (1 - q01) + (1 - p10) * q10
    return p01, p10
