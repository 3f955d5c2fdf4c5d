"""Noise as numbers on device qubits: what a simulator adds to the compiled circuit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from enum import Enum
from math import prod
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from qslc.targets.device import Calibration, Device

if TYPE_CHECKING:  # specs are read without sympy
    from qslc.ir.program import Program

Rate: TypeAlias = float | tuple[float, ...]
"""The probability of an error, or of each of several; of a coherent one, its angles in radians."""


class Place(Enum):
    """Kind of place at which a channel acts."""

    ONE_QUBIT_GATE = "after every one-qubit gate"
    TWO_QUBIT_GATE = "after every two-qubit gate"
    MOMENT = "on every qubit at the end of every moment"
    READOUT = "on every qubit that is read"

    def labels(self, device: Device) -> list[str]:
        """Return the names of the device's qubits ("q(3, 4)") or pairs ("q(3, 4) q(3, 5)")."""
        if self is Place.TWO_QUBIT_GATE:
            return [device.label(*edge) for edge in device.edges]
        return [device.label(qubit) for qubit in range(len(device.coordinates))]


@dataclass(frozen=True, slots=True)
class Effect:
    """Action of a channel at one kind of place.

    Args:
        name: Key in report.json, by which the runtime knows how to simulate it.
        place: Where it acts.
        title: Name in the error budget.
        column: Heading in the report; effects on qubits and on pairs may share one.
        stated: Function from what a spec states to the rate, the same everywhere.
        calibrated: Function from a calibration and its device to the rate at each place, in the
            order of ``Place.labels``.
        error: Function from a rate to the probability of a Pauli error, for the error budget.
        unit: What a rate is in the report: "probability", or "radians".

    Raises:
        ValueError: A field is empty.
    """

    name: str
    place: Place
    title: str
    column: str
    stated: Callable[[Any], Rate]
    calibrated: Callable[[Calibration, Device], Iterable[Rate]]
    error: Callable[[Any], float]
    unit: Literal["probability", "radians"] = "probability"

    def __post_init__(self) -> None:
        for field in fields(self):
            if not getattr(self, field.name):
                raise ValueError(f"the effect {self.name!r} of a noise channel has no {field.name}")


@dataclass(frozen=True, slots=True)
class NoiseModel:
    """The noise of a device.

    Args:
        source: Where the numbers come from.
        rates: Of each effect, the rate by the name of the qubit or the pair.
    """

    source: str
    rates: Mapping[Effect, Mapping[str, Rate]]

    def as_json(self) -> dict[str, Any]:
        """Return the model as it stands under "noise" in report.json."""
        return {
            "source": self.source,
            **{
                effect.name: {
                    label: list(rate) if isinstance(rate, tuple) else rate
                    for label, rate in rates.items()
                }
                for effect, rates in self.rates.items()
            },
        }

    def survival(self, program: Program, device: Device) -> float:
        """Return the probability that no gate of a native program suffers an error."""
        errors = (self.list_gate_errors(op.qubits, device) for op in program.operations)
        return prod((1 - rate for rates in errors for rate in rates), start=1.0)

    def list_gate_errors(self, qubits: Collection[int], device: Device) -> list[float]:
        """Return the probability of each effect's error after a gate on one qubit or two."""
        label = device.label(*sorted(qubits))
        place = Place.ONE_QUBIT_GATE if len(qubits) == 1 else Place.TWO_QUBIT_GATE
        effects = (item for item in self.rates.items() if item[0].place is place)
        return [effect.error(rates.get(label, 0.0)) for effect, rates in effects]


def restrict(model: NoiseModel, device: Device, qubits: Collection[int]) -> NoiseModel:
    """Return the part of a noise model that concerns some device qubits and their pairs."""
    labels = {device.label(qubit) for qubit in qubits}
    labels |= {device.label(*edge) for edge in device.edges if {*edge} <= {*qubits}}
    kept = {
        effect: {label: rate for label, rate in rates.items() if label in labels}
        for effect, rates in model.rates.items()
    }
    return NoiseModel(model.source, kept)
