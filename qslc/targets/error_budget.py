"""Which part of a circuit's errors comes from where.

From a device's calibration, the parts multiply to the estimated fidelity of
``qslc.targets.fidelity``. Without one, the noise that a spec states takes its place; its amplitude
damping is then twirled to Pauli errors, moment by moment, for each qubit that is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, prod, sqrt
from statistics import fmean

from qslc.ir.metrics import used_qubits
from qslc.ir.moments import moments
from qslc.ir.program import Program
from qslc.targets.calibration import Calibration
from qslc.targets.device import Device
from qslc.targets.exposure import exposure
from qslc.targets.fidelity import loss_by_source, losses
from qslc.targets.noise import NoiseModel


@dataclass(frozen=True, slots=True)
class ErrorSource:
    """A source of errors.

    Args:
        source: its name.
        amount: how much of it there is, in the unit.
        unit: "gates", "qubits", "ns" or "moments".
        survival: probability that it does no harm in one run.
    """

    source: str
    amount: float
    unit: str
    survival: float


@dataclass(frozen=True, slots=True)
class ErrorBudget:
    """The errors of one run, by source, state preparation aside.

    Args:
        basis: where the numbers come from.
        sources: their survivals multiply to that of the circuit.
        two_qubit_error: mean error of the circuit's two-qubit gates; of all couplers, if it has no
            such gate.
    """

    basis: str
    sources: tuple[ErrorSource, ...]
    two_qubit_error: float

    @property
    def survival(self) -> float:
        """The probability that nothing goes wrong in one run."""
        return prod(source.survival for source in self.sources)


def error_budget(program: Program, device: Device, noise: NoiseModel | None) -> ErrorBudget | None:
    """Split the errors of a native program by source.

    Args:
        program: on the device's qubits.
        device: its calibration is used, if it has one.
        noise: what is used otherwise.

    Returns:
        None if neither a calibration nor noise is known.
    """
    if device.calibration is not None:
        return _calibrated(program, device, device.calibration)
    return _stated(program, device, noise) if noise else None


def _calibrated(program: Program, device: Device, calibration: Calibration) -> ErrorBudget:
    exposed, lost = exposure(program, calibration), loss_by_source(program, device)
    one, two = exposed.one_qubit.total(), exposed.two_qubit.total()
    couplers = losses(device, calibration).two_qubit.values()
    mean = lost.two_qubit / two if two else fmean(couplers) if couplers else 0.0
    return ErrorBudget(
        calibration.source,
        (
            ErrorSource("one-qubit gates", one, "gates", exp(-lost.one_qubit)),
            ErrorSource("two-qubit gates", two, "gates", exp(-lost.two_qubit)),
            ErrorSource("idle qubits", sum(exposed.waiting_ns.values()), "ns", exp(-lost.waiting)),
            ErrorSource("readout", len(exposed.measured), "qubits", exp(-lost.readout)),
        ),
        1 - exp(-mean),
    )


def _stated(program: Program, device: Device, noise: NoiseModel) -> ErrorBudget:
    errors = [
        [
            (noise.one_qubit if arity == 1 else noise.two_qubit)[_label(device, op.qubits)]
            for op in program.operations
            if len(op.qubits) == arity
        ]
        for arity in (1, 2)
    ]
    one, two = ([1 - error for error in each] for each in errors)
    labels = [device.label(qubit) for qubit in used_qubits(program)]
    columns = len(moments(program))
    idle = prod(1 - _twirled(noise.amplitude_damping[label]) for label in labels)
    measured = {qubit for observable in program.observables for qubit in observable.qubits}
    read = prod(1 - fmean(noise.readout[device.label(qubit)]) for qubit in sorted(measured))
    couplers = errors[1] or list(noise.two_qubit.values())
    return ErrorBudget(
        noise.source,
        (
            ErrorSource("one-qubit gates", len(one), "gates", prod(one)),
            ErrorSource("two-qubit gates", len(two), "gates", prod(two)),
            ErrorSource("amplitude damping", columns, "moments", idle**columns),
            ErrorSource("readout", len(measured), "qubits", read),
        ),
        fmean(couplers) if couplers else 0.0,
    )


def _label(device: Device, qubits: tuple[int, ...]) -> str:
    return " ".join(device.label(qubit) for qubit in sorted(qubits))


def _twirled(gamma: float) -> float:
    """The probability of a Pauli error when amplitude damping is twirled."""
    return 0.5 + gamma / 4 - sqrt(1 - gamma) / 2
