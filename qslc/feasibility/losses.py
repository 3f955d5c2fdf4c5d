"""Compute what the channels of a device take of squared readouts, by qubit and letter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qslc.feasibility.segments import ODD
from qslc.feasibility.transfer import make_transfer
from qslc.targets.device import Device
from qslc.targets.noise import NoiseModel, Place

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class DeviceLosses:
    """-log of what the channels of a device keep of squared readouts, by device qubit and letter.

    The first axis is that of ideal times noisy, and of noisy squares.

    Args:
        one_qubit: After a one-qubit gate: (2, qubits, 4).
        two_qubit: After a two-qubit gate, by ordered pair of qubits: (2, 16).
        turned: What coherent errors bring there to squares of strings from those of others, by
            ordered pair of qubits that have some: (16, 16).
        moments: At the end of a moment without and with a two-qubit gate: (2, 2, qubits, 4).
        readout: Of a letter that is read: (2, qubits).
        offset: What is read on average of a qubit that is mixed: (qubits,).
        decay: -log of what is left of the way to |0> after a moment without and with a two-qubit
            gate: (2, qubits).
    """

    one_qubit: Array
    two_qubit: Mapping[tuple[int, int], Array]
    turned: Mapping[tuple[int, int], Array]
    moments: Array
    readout: Array
    offset: Array
    decay: Array

    def make_uniform(self, qubits: Sequence[int]) -> DeviceLosses:
        """Return a device on which every qubit, and every pair of them, errs as the best do."""
        size = max(qubits) + 1
        best = np.min(
            [*self.two_qubit.values(), *([np.zeros((2, 16))] * (not self.two_qubit))], axis=0
        )
        ordered = [(a, b) for a in qubits for b in qubits if a != b]

        def spread(losses: Array) -> Array:
            return np.repeat(losses.min(axis=-2, keepdims=True), size, axis=-2)

        return DeviceLosses(
            spread(self.one_qubit),
            dict.fromkeys(ordered, best),
            {},
            spread(self.moments),
            np.repeat(self.readout.min(axis=1, keepdims=True), size, axis=1),
            np.zeros(size),
            np.zeros((2, size)),
        )


def compute_losses(device: Device, noise: NoiseModel, *, real: bool = False) -> DeviceLosses:
    """Compute the losses of a device under its noise.

    Args:
        device: Device.
        noise: Its noise.
        real: Whether the gates of the program are real (``is_real``), so that strings which an
            error takes to an odd number of Y are not seen.
    """
    size = len(device.coordinates)
    one, moments = np.zeros((2, size, 4)), np.zeros((2, 2, size, 4))
    two = {pair: np.zeros((2, 16)) for a, b in device.edges for pair in ((a, b), (b, a))}
    turned: dict[tuple[int, int], Array] = {}
    kept, offset, decay = np.ones(size), np.zeros(size), np.zeros((2, size))
    for effect, rates in noise.rates.items():
        for qubit in range(size if effect.place is not Place.TWO_QUBIT_GATE else 0):
            rate = rates.get(device.label(qubit), 0.0)
            if effect.place is Place.READOUT:
                flips = rate if isinstance(rate, tuple) else (rate, rate)
                kept[qubit] *= max(1e-9, abs(1 - sum(flips)))
                offset[qubit] += flips[1] - flips[0]
            elif effect.place is Place.ONE_QUBIT_GATE:
                one[:, qubit] += _measure_loss(make_transfer(effect, rate, 1))
            else:
                for long in (False, True):
                    each = rate[int(long)] if isinstance(rate, tuple) else rate
                    transfer = make_transfer(effect, each, 1)
                    moments[int(long), :, qubit] += _measure_loss(transfer)
                    decay[int(long), qubit] -= np.log(1 - min(transfer[3, 0], 1 - 1e-9))
        if effect.place is Place.TWO_QUBIT_GATE:
            for a, b in device.edges:
                rate = rates.get(device.label(a, b), 0.0)
                if not np.any(rate):
                    continue
                transfer = make_transfer(effect, rate, 2)
                loss, others = _measure_loss(transfer), _square_others(transfer, real)
                two[a, b] += loss
                two[b, a] += loss.reshape(2, 4, 4).transpose(0, 2, 1).reshape(2, 16)
                if others.any():
                    turned[a, b] = turned.get((a, b), 0) + others
                    swapped = turned[a, b].reshape(4, 4, 4, 4).transpose(1, 0, 3, 2)
                    turned[b, a] = swapped.reshape(16, 16)
    readout = -np.log(np.stack([kept, kept**2]))
    return DeviceLosses(one, two, turned, moments, readout, offset, decay)


def _measure_loss(transfer: Array) -> Array:
    kept = np.maximum(np.abs(transfer.diagonal()), 1e-9)
    kept[0] = 1
    return np.asarray(-np.log(np.stack([kept, kept**2])))


def _square_others(transfer: Array, real: bool) -> Array:
    """Return the squares of a transfer matrix between different strings that are not empty."""
    squares = transfer**2
    squares[:, 0] = 0
    np.fill_diagonal(squares, 0)
    if real:
        squares[ODD[2]] = 0
    return squares
