"""Estimate how well a program runs on a device from the device's calibration.

The estimated success probability (Murali et al. 2019, https://arxiv.org/abs/1901.11054; Nishio et
al. 2020, https://arxiv.org/abs/1903.10963), with the decoherence of idle qubits:

    F = product over gates (1 - e) * product over measured qubits (1 - r)
        * product over qubits exp(-t (1 / T1 + 2 / T2) / 4)

e is the error of a gate, r the mean of the two readout errors of a qubit, and t the time that it
idles. (1 / T1 + 2 / T2) / 4 is the rate of errors when damping and dephasing are twirled to Pauli
errors (Ghosh, Fowler and Geller 2012, Phys. Rev. A 86, 062318). The decay during a gate is in its
benchmarked error.

F is the probability that nothing goes wrong, if errors are independent: a product of calibrated
numbers and not a simulation. Errors that cancel, or that no observable sees, count too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log1p
from statistics import fmean

from qslc.diagnostics import Diagnostic, InputError
from qslc.ir.metrics import find_used_qubits, pack_moments
from qslc.ir.program import Operation, Program
from qslc.targets.device import Calibration, Device

Pair = tuple[int, int]

_CERTAIN = 1 - 1e-12
"""Stands for an error that always happens, so that its logarithm is finite."""


@dataclass(frozen=True, slots=True)
class Losses:
    """-log(1 - p) of every error p of a device, so that losses add up.

    Args:
        one_qubit: Loss of a one-qubit gate, by device qubit.
        two_qubit: Loss of a two-qubit gate, by coupled pair, the smaller first.
        readout: Loss of reading a qubit, by device qubit.
        waiting: Loss of one idle nanosecond, by device qubit.
    """

    one_qubit: tuple[float, ...]
    two_qubit: dict[Pair, float]
    readout: tuple[float, ...]
    waiting: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class LossBySource:
    """-log of the probability that nothing goes wrong, by what may go wrong."""

    one_qubit: float
    two_qubit: float
    readout: float
    waiting: float

    @property
    def total(self) -> float:
        """-log of the estimated fidelity."""
        return self.one_qubit + self.two_qubit + self.readout + self.waiting


@dataclass(frozen=True, slots=True)
class PlacementFidelity:
    """The estimated fidelity of a program where it was first placed, and where it runs."""

    first_found: float
    chosen: float


def estimate_fidelity(program: Program, device: Device) -> float:
    """Return the estimated success probability of a native program on the qubits of a device.

    Raises:
        InputError: The device has no calibration.
    """
    return exp(-compute_log_loss(program, device))


def compute_log_loss(program: Program, device: Device) -> float:
    """Return -log of the estimated fidelity.

    Raises:
        InputError: The device has no calibration.
    """
    return split_log_loss(program, device).total


def split_log_loss(program: Program, device: Device) -> LossBySource:
    """Split -log of the estimated fidelity into what gates, readout and idle time cost.

    Raises:
        InputError: The device has no calibration.
    """
    calibration = require_calibration(device)
    exposed = measure_exposure(program, calibration, device.edges)
    lost = compute_losses(device, calibration)
    return LossBySource(
        sum(count * lost.one_qubit[qubit] for qubit, count in exposed.one_qubit.items()),
        sum(count * lost.two_qubit[pair] for pair, count in exposed.two_qubit.items()),
        sum(lost.readout[qubit] for qubit in sorted(exposed.measured)),
        sum(time * lost.waiting[qubit] for qubit, time in exposed.waiting_ns.items()),
    )


def compute_losses(device: Device, calibration: Calibration) -> Losses:
    """Return the losses of a device."""
    lifetimes = zip(calibration.t1_micros, calibration.t2_micros, strict=True)
    return Losses(
        tuple(map(_to_loss, calibration.one_qubit)),
        dict(zip(device.edges, map(_to_loss, calibration.two_qubit), strict=True)),
        tuple(_to_loss(fmean(errors)) for errors in calibration.readout),
        tuple((1 / t1 + 2 / t2) / 4000 for t1, t2 in lifetimes),
    )


def require_calibration(device: Device) -> Calibration:
    """Return the calibration of a device.

    Raises:
        InputError: It has none.
    """
    if device.calibration is None:
        message = f"no calibration is known for the device {device.name}"
        raise InputError(Diagnostic(message, where="optimize.objective"))
    return device.calibration


def _to_loss(error: float) -> float:
    return -log1p(-min(error, _CERTAIN))


@dataclass(frozen=True, slots=True)
class Exposure:
    """Gates, idle times and readouts to which a native program exposes its qubits.

    Args:
        qubits: Qubits that a gate acts on or an observable measures, in order.
        one_qubit: Number of one-qubit gates, by qubit.
        two_qubit: Number of two-qubit gates, by pair of qubits, the smaller first.
        measured: Qubits of the observables.
        waiting_ns: Time in nanoseconds that each qubit idles while it holds a state.
    """

    qubits: tuple[int, ...]
    one_qubit: Counter[int]
    two_qubit: Counter[Pair]
    measured: frozenset[int]
    waiting_ns: dict[int, float]


def measure_exposure(
    program: Program, calibration: Calibration, edges: tuple[Pair, ...] = ()
) -> Exposure:
    """Return the exposure of a native program, whose gates take as long as calibrated.

    Args:
        program: Native program.
        calibration: Calibration of the device.
        edges: Couplers of the device, where the program stands on its qubits; without them every
            two-qubit gate lasts as long as the usual one.
    """
    lasting = dict(zip(edges, calibration.coupler_ns, strict=False))
    operations, qubits = program.operations, find_used_qubits(program)
    measured = frozenset(q for observable in program.observables for q in observable.qubits)
    return Exposure(
        qubits,
        Counter(op.qubits[0] for op in operations if len(op.qubits) == 1),
        Counter((min(op.qubits), max(op.qubits)) for op in operations if len(op.qubits) == 2),
        measured,
        _measure_waiting(program, qubits, measured, calibration, lasting),
    )


def _measure_waiting(
    program: Program,
    qubits: tuple[int, ...],
    measured: frozenset[int],
    calibration: Calibration,
    lasting: Mapping[Pair, float],
) -> dict[int, float]:
    """Return the time that each qubit idles from its first gate to its last or its readout."""
    usual = {1: calibration.one_qubit_ns, 2: calibration.two_qubit_ns}

    def measure(op: Operation) -> float:
        return lasting.get((min(op.qubits), max(op.qubits)), usual[len(op.qubits)])

    waiting = dict.fromkeys(qubits, 0.0)
    holding = set(qubits) if program.start == "any" else set[int]()
    gates_left = Counter(qubit for op in program.operations for qubit in op.qubits)
    for column in pack_moments(program):
        busy = {qubit: measure(op) for op in column for qubit in op.qubits}
        length = max(busy.values())
        holding |= busy.keys()
        for qubit in holding:
            waiting[qubit] += length - busy.get(qubit, 0.0)
        gates_left.subtract(busy.keys())
        holding -= {qubit for qubit in busy if not gates_left[qubit]} - measured
    return waiting
