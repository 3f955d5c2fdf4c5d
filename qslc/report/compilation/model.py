"""The report of a compile as a value, read from its JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from qslc.diagnostics import Diagnostic, InputError
from qslc.ir.metrics import Metrics
from qslc.ir.steps import Alternative, Step, Verification
from qslc.report.compilation.encoder import EncoderCost
from qslc.targets.error_budget import ErrorSource
from qslc.targets.fidelity import PlacementFidelity


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """Name of a device, its numbers of qubits and couplers, and its two-qubit gates."""

    name: str
    qubits: int
    edges: int
    gates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlainCompile(Metrics):
    """Cost of the same circuit on the same device without optimization."""

    level: int
    estimated_fidelity: float | None


@dataclass(frozen=True, slots=True)
class Readout:
    """An observable: as written, and as Pauli letters of device qubits with a sign, 1 or -1."""

    logical: str
    physical: Mapping[str, str]
    sign: int


@dataclass(frozen=True, slots=True)
class Output:
    """An output of the layer, and the coefficients of what is measured for it; "" is a constant."""

    observable: str
    terms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class QubitLayout:
    """Name of the device qubit of each logical qubit, before the first gate and after the last."""

    start: Mapping[int, str]
    end: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class StatePreparation:
    """Errors of bringing a vector onto the chip, which the circuit does not hold."""

    gates: int
    error: float
    survival: float


@dataclass(frozen=True, slots=True)
class Errors:
    """Errors of one run by source; ``circuit`` and ``total`` are the chances that none happens.

    ``total`` counts a state preparation too that is not part of the circuit.
    """

    basis: str
    sources: tuple[ErrorSource, ...]
    circuit: float
    state_preparation: StatePreparation | None
    total: float


@dataclass(frozen=True, slots=True)
class ReadSetting:
    """Observables that are read together: the file of the circuit, and the Pauli of each qubit."""

    file: str | None
    bases: Mapping[str, str]
    observables: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class WholeCost(Metrics):
    """Cost of the circuit from |0...0> to the measurement, its preparation included."""

    start: Mapping[int, str]
    verification: Verification
    settings: tuple[ReadSetting, ...]


@dataclass(frozen=True, slots=True)
class Signal:
    """Part of the readouts that is left: mean, least and most of their slopes."""

    mean: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class ReadoutForecast:
    """Signal that is left of a readout, the error to expect, and its size without errors."""

    signal: float
    error: float
    size: float


@dataclass(frozen=True, slots=True)
class PlainForecast:
    """Signal and error of the plain compile, and how many times the shots it takes."""

    method: str
    signal: float
    error: float
    shots: float | None


@dataclass(frozen=True, slots=True)
class DeviceForecast(ReadoutForecast):
    """Readouts that the noise of the device leaves, of all and of each, as means over angles.

    ``method`` is "exact", "draws" or "paths", ``noise`` says where the noise is from.
    """

    method: str
    noise: str
    plain: PlainForecast | None
    observables: tuple[ReadoutForecast, ...]


@dataclass(frozen=True, slots=True)
class ErrorPart:
    """A source of errors: the total error without it, and its share."""

    source: str
    without: float
    share: float


@dataclass(frozen=True, slots=True)
class Target:
    """An error to reach, and the fewest shots for it; None where none suffice."""

    error: float
    shots: int | None


@dataclass(frozen=True, slots=True)
class Prediction:
    """Predicted result of the layer on the chip; errors are total relative errors.

    ``time`` and ``methods`` are as in ``report.json``, and too long for ``repr``.
    """

    shots: int
    error: float
    floor: float
    preparation_error: float | None
    signal: Signal
    budget: tuple[ErrorPart, ...]
    limit: str
    target: Target
    time: Mapping[str, Any] = field(repr=False)
    methods: tuple[Mapping[str, Any], ...] = field(repr=False)


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """Everything that ``report.json`` says of a compile, but for the drawings.

    Args:
        name: Name of the layer.
        digest: Digest of the spec.
        versions: Versions of the packages that shaped the output.
        device: Device.
        logical: Cost as written.
        optimized: Cost after the passes on logical qubits.
        physical: Cost of the layer on the device.
        encoder: Cost of bringing a vector into the circuit.
        weights: Names of the trainable angles, in the order of ``theta``.
        dead_weights: Those that no gate sees.
        passes: What was done, in order.
        alternatives: Ways to the device that were compared, the chosen one first.
        layout: Places of the logical qubits.
        observables: Pauli strings that are measured, in the order of the layer's outputs.
        outputs: The layer's outputs, where some are sums of Pauli strings.
        verification: Evidence that the compiled circuit measures what the spec asks for.
        objective: What the optimizer aimed at.
        seconds: Wall time of the compile.
        baseline: Cost without optimization; None where that does not fit on the device.
        estimated_fidelity: Fidelity on the qubits found first, and on those chosen.
        forecast: Signal and error of the observables, or None where no noise is known.
        error_budget: Errors by source, or None where none are known.
        noise: Rates of the noise by effect and qubit, and their source, or None.
        error_free: Probability that no gate suffers an error, or None.
        device_circuit: Cost of the circuit from |0...0>, or None where vectors are not prepared.
        fallback_circuit: The same with an exact preparation, where the other's may miss.
        execution: What the spec says of how it is measured.
        verdict: Predicted errors, shots and times, or None.
    """

    name: str
    digest: str
    versions: Mapping[str, str]
    device: DeviceFacts
    logical: Metrics
    optimized: Metrics
    physical: Metrics
    encoder: EncoderCost
    weights: tuple[str, ...]
    dead_weights: tuple[str, ...]
    passes: tuple[Step, ...]
    alternatives: tuple[Alternative, ...]
    layout: QubitLayout
    observables: tuple[Readout, ...]
    verification: Verification
    objective: str
    seconds: float
    baseline: PlainCompile | None = None
    estimated_fidelity: PlacementFidelity | None = None
    forecast: DeviceForecast | None = None
    error_budget: Errors | None = None
    noise: Mapping[str, Any] | None = None
    error_free: float | None = None
    device_circuit: WholeCost | None = None
    fallback_circuit: WholeCost | None = None
    execution: Mapping[str, Any] | None = None
    verdict: Prediction | None = None
    outputs: tuple[Output, ...] = ()

    @property
    def cost(self) -> Metrics:
        """Cost of what the device runs: with the preparation, if there is one."""
        prepared = self.encoder.preparation is not None and self.device_circuit
        return self.device_circuit if prepared and self.device_circuit else self.physical

    def __repr__(self) -> str:
        cost = self.cost
        return (
            f"<report of {self.name} on {self.device.name}: {cost.two_qubit_gates} two-qubit "
            f"gates, two-qubit depth {cost.two_qubit_depth}, {self.verification.verdict}>"
        )


def parse_report(data: Mapping[str, Any]) -> Report:
    """Read the content of ``report.json``.

    Raises:
        InputError: It is not what a report says.
    """
    try:
        return _make_adapter().validate_python({**data, "optimized": data.get("optimised")})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        message = f"the report is damaged, or from another version of qslc: {place} is wrong"
        raise InputError(Diagnostic(message, help="compile the spec again")) from None


@cache
def _make_adapter() -> TypeAdapter[Report]:
    return TypeAdapter(Report)
