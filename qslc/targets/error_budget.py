"""Split the errors of a circuit by their source.

From a device's calibration, the parts multiply to the estimated fidelity of
``qslc.targets.fidelity``. Without one, the noise that a spec states takes its place; its amplitude
damping is then twirled to Pauli errors, moment by moment, for each qubit that is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import exp, prod
from statistics import fmean

from typing_extensions import assert_never

from qslc.ir.metrics import find_used_qubits, pack_moments
from qslc.ir.program import Program
from qslc.targets.device import Calibration, Device
from qslc.targets.fidelity import compute_losses, measure_exposure, split_log_loss
from qslc.targets.noise import Effect, NoiseModel, Place, Rate


@dataclass(frozen=True, slots=True)
class ErrorSource:
    """A source of errors.

    Args:
        source: Name of the source.
        amount: How much of it there is, in the unit.
        unit: Unit of the amount: "gates", "qubits", "ns" or "moments".
        survival: Probability that it does no harm in one run.
    """

    source: str
    amount: float
    unit: str
    survival: float


@dataclass(frozen=True, slots=True)
class ErrorBudget:
    """The errors of one run, by source, state preparation aside.

    Args:
        basis: Where the numbers come from.
        sources: Sources, whose survivals multiply to that of the circuit.
        two_qubit_error: Mean error of the circuit's two-qubit gates; of all couplers, if it has no
            such gate.
    """

    basis: str
    sources: tuple[ErrorSource, ...]
    two_qubit_error: float

    @property
    def survival(self) -> float:
        """The probability that nothing goes wrong in one run."""
        return prod(source.survival for source in self.sources)


def make_error_budget(
    program: Program, device: Device, noise: NoiseModel | None
) -> ErrorBudget | None:
    """Split the errors of a native program by source.

    Args:
        program: Program on the device's qubits.
        device: Device, whose calibration is used if it has one.
        noise: Noise that is used otherwise.

    Returns:
        None if neither a calibration nor noise is known.
    """
    if device.calibration is not None:
        return _split_by_calibration(program, device, device.calibration)
    return _split_by_noise(program, device, noise) if noise else None


def _split_by_calibration(
    program: Program, device: Device, calibration: Calibration
) -> ErrorBudget:
    exposed = measure_exposure(program, calibration, device.edges)
    lost = split_log_loss(program, device)
    one, two = exposed.one_qubit.total(), exposed.two_qubit.total()
    couplers = compute_losses(device, calibration).two_qubit.values()
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


def _split_by_noise(program: Program, device: Device, noise: NoiseModel) -> ErrorBudget:
    pairs = [op.qubits for op in program.operations if len(op.qubits) == 2] or device.edges
    errors = [sum(noise.list_gate_errors(pair, device)) for pair in pairs]
    return ErrorBudget(
        noise.source,
        tuple(
            _measure_effect(effect, rates, program, device) for effect, rates in noise.rates.items()
        ),
        fmean(errors) if errors else 0.0,
    )


def _measure_effect(
    effect: Effect, rates: Mapping[str, Rate], program: Program, device: Device
) -> ErrorSource:
    """Return what an effect does to a program."""

    def survive(qubits: Iterable[int]) -> float:
        return 1 - effect.error(rates[device.label(*sorted(qubits))])

    match effect.place:
        case Place.ONE_QUBIT_GATE | Place.TWO_QUBIT_GATE:
            arity = 1 if effect.place is Place.ONE_QUBIT_GATE else 2
            gates = [op.qubits for op in program.operations if len(op.qubits) == arity]
            return ErrorSource(effect.title, len(gates), "gates", prod(map(survive, gates)))
        case Place.MOMENT:
            columns = len(pack_moments(program))
            idle = prod(survive([qubit]) for qubit in find_used_qubits(program))
            return ErrorSource(effect.title, columns, "moments", idle**columns)
        case Place.READOUT:
            read = {qubit for observable in program.observables for qubit in observable.qubits}
            right = prod(survive([qubit]) for qubit in sorted(read))
            return ErrorSource(effect.title, len(read), "qubits", right)
        case _:
            assert_never(effect.place)
