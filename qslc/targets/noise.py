"""Noise as numbers on device qubits: what a simulator adds to the compiled circuit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from qslc.diagnostics import Diagnostic, InputError
from qslc.spec import model as spec
from qslc.targets.calibration import Calibration
from qslc.targets.chips import CHIPS
from qslc.targets.device import Device


@dataclass(frozen=True, slots=True)
class NoiseModel:
    """The noise of a device, by the names of its qubits ("q(3, 4)") and pairs ("q(3, 4) q(3, 5)").

    Args:
        source: where the numbers come from.
        one_qubit: probability of a random Pauli error after a one-qubit gate
            (``cirq.depolarize(p)``).
        two_qubit: the same after a two-qubit gate (``cirq.depolarize(p, n_qubits=2)``).
        amplitude_damping: probability that a 1 decays to 0 during one moment.
        readout: probability that a 0 is read as 1, and that a 1 is read as 0.
    """

    source: str
    one_qubit: dict[str, float]
    two_qubit: dict[str, float]
    amplitude_damping: dict[str, float]
    readout: dict[str, tuple[float, float]]

    def as_json(self) -> dict[str, Any]:
        """The model as it stands under "noise" in report.json."""
        return {
            "source": self.source,
            "one_qubit": self.one_qubit,
            "two_qubit": self.two_qubit,
            "amplitude_damping": self.amplitude_damping,
            "readout": {qubit: list(pair) for qubit, pair in self.readout.items()},
        }


def noise_model(noise: spec.Noise, device: Device) -> NoiseModel | None:
    """The noise a spec asks for, on every qubit and coupled pair of the device; None for none.

    Raises:
        InputError: ``noise: device`` on a device whose calibration is not known.
    """
    if isinstance(noise, spec.Channels):
        return _uniform(noise, device)
    if noise == "none":
        return None
    if device.calibration is None:
        message = f"no calibration is known for the device {device.name}"
        advice = f"calibrated devices: {', '.join(CHIPS)}; or write the channels of the noise"
        raise InputError(Diagnostic(message, where="noise", help=advice))
    return _calibrated(device.calibration, device)


def restrict(model: NoiseModel, device: Device, qubits: Collection[int]) -> NoiseModel:
    """The part of a noise model that concerns some device qubits and the pairs among them."""
    labels = {device.label(qubit) for qubit in qubits}
    pairs = {_pair(device, edge) for edge in device.edges if {*edge} <= {*qubits}}
    return NoiseModel(
        model.source,
        {key: p for key, p in model.one_qubit.items() if key in labels},
        {key: p for key, p in model.two_qubit.items() if key in pairs},
        {key: p for key, p in model.amplitude_damping.items() if key in labels},
        {key: p for key, p in model.readout.items() if key in labels},
    )


def _uniform(noise: spec.Channels, device: Device) -> NoiseModel:
    labels = [device.label(qubit) for qubit in range(len(device.coordinates))]
    readout = (noise.readout.p01, noise.readout.p10)
    return NoiseModel(
        "spec",
        dict.fromkeys(labels, noise.depolarizing.one_qubit),
        dict.fromkeys((_pair(device, edge) for edge in device.edges), noise.depolarizing.two_qubit),
        dict.fromkeys(labels, noise.amplitude_damping),
        dict.fromkeys(labels, readout),
    )


def _calibrated(calibration: Calibration, device: Device) -> NoiseModel:
    """Since a simulator adds the decay of every moment, gates have what remains of their error."""
    labels = [device.label(qubit) for qubit in range(len(device.coordinates))]
    decay = [calibration.decay_error(qubit) for qubit in range(len(labels))]
    return NoiseModel(
        f"{calibration.source}, moments of {calibration.moment_ns:g} ns",
        {
            label: max(0.0, error - lost)
            for label, error, lost in zip(labels, calibration.one_qubit, decay, strict=True)
        },
        {
            _pair(device, (a, b)): max(0.0, error - decay[a] - decay[b])
            for (a, b), error in zip(device.edges, calibration.two_qubit, strict=True)
        },
        {label: calibration.decay(qubit) for qubit, label in enumerate(labels)},
        dict(zip(labels, calibration.readout, strict=True)),
    )


def _pair(device: Device, edge: tuple[int, int]) -> str:
    return f"{device.label(edge[0])} {device.label(edge[1])}"
