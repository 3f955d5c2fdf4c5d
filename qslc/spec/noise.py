"""The noise that a spec can state, in one table of channels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import cos, sin, sqrt
from statistics import fmean
from typing import Annotated, Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer
from pydantic.fields import FieldInfo

from qslc.diagnostics import CompilerFaultError, Diagnostic, InputError
from qslc.registry import Registry
from qslc.spec.base import Alternatives, Model, Probability, follow_table
from qslc.spec.devices import Angle, Readout, list_calibrated
from qslc.spec.wording import join_words
from qslc.targets.device import Calibration, Device
from qslc.targets.noise import Effect, NoiseModel, Place, Rate


class Depolarizing(Model):
    """Probability of a random Pauli error after each gate."""

    one_qubit: Probability = Field(0.0, alias="1q")
    two_qubit: Probability = Field(0.0, alias="2q")


class Coherent(Model):
    """theta and phi in radians of the FSim that follows each two-qubit gate."""

    theta: Angle = 0.0
    phi: Angle = 0.0


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel of noise that a spec can state.

    Args:
        name: Key under ``noise``.
        strength: Type of what a spec states: ``Probability``, or a model of several.
        default: Strength of a channel that does not act.
        effects: What the channel does. The runtime has an entry for each in its own table
            (``qslc_runtime.noise``).
        about: What the number means, for editors; the docstring of a model says it itself.
        in_old_digests: Whether digests hold the channel also where it does not act, as those of
            the first channels do.
    """

    name: str
    strength: Any
    default: Any
    effects: tuple[Effect, ...]
    about: str | None = None
    in_old_digests: bool = False


def _remaining_errors_of_qubits(calibration: Calibration, device: Device) -> Iterator[float]:
    """Yield what remains of the errors of one-qubit gates: decay and dephasing act apart."""
    del device
    nanos = calibration.moments_ns[0]
    for qubit, error in enumerate(calibration.one_qubit):
        yield max(0.0, error - calibration.wait_error(qubit, nanos))


def _remaining_errors_of_pairs(calibration: Calibration, device: Device) -> Iterator[float]:
    """Yield what remains of the errors of two-qubit gates: the rest of the channels act apart."""
    nanos = calibration.moments_ns[1]
    angles = calibration.angles or ((0.0, 0.0),) * len(device.edges)
    for edge, error, pair in zip(device.edges, calibration.two_qubit, angles, strict=True):
        waiting = sum(calibration.wait_error(qubit, nanos) for qubit in edge)
        yield max(0.0, error - waiting - _measure_infidelity(pair))


def _measure_infidelity(angles: tuple[float, float]) -> float:
    """Return 1 - entanglement fidelity of an FSim: the part of a gate's error that it is."""
    theta, phi = angles
    trace = 1 + 2 * cos(theta) + complex(cos(phi), -sin(phi))
    return 1 - abs(trace) ** 2 / 16


def _measure_moments(
    measure: Callable[[Calibration, int, float], float],
) -> Callable[[Calibration, Device], Iterator[Rate]]:
    """Make a function of the rates of moments, without and with a two-qubit gate if they differ."""

    def calibrate(calibration: Calibration, _: Device) -> Iterator[Rate]:
        short, long = calibration.moments_ns
        for qubit in range(len(calibration.t1_micros)):
            brief, rate = (measure(calibration, qubit, nanos) for nanos in (short, long))
            yield rate if brief == rate else (brief, rate)

    return calibrate


def _twirl_damping(gamma: float) -> float:
    """Return the probability of a Pauli error when amplitude damping is twirled."""
    return 0.5 + gamma / 4 - sqrt(1 - gamma) / 2


CHANNELS: Registry[Channel] = Registry(
    "noise channel",
    (
        Channel(
            "depolarizing",
            Depolarizing,
            Depolarizing(),
            (
                Effect(
                    "one_qubit",
                    Place.ONE_QUBIT_GATE,
                    title="one-qubit gates",
                    column="error per gate",
                    stated=lambda strength: strength.one_qubit,
                    calibrated=_remaining_errors_of_qubits,
                    error=float,
                ),
                Effect(
                    "two_qubit",
                    Place.TWO_QUBIT_GATE,
                    title="two-qubit gates",
                    column="error per gate",
                    stated=lambda strength: strength.two_qubit,
                    calibrated=_remaining_errors_of_pairs,
                    error=float,
                ),
            ),
            in_old_digests=True,
        ),
        Channel(
            "amplitude_damping",
            Probability,
            0.0,
            (
                Effect(
                    "amplitude_damping",
                    Place.MOMENT,
                    title="amplitude damping",
                    column="damping per moment",
                    stated=float,
                    calibrated=_measure_moments(Calibration.decay),
                    error=_twirl_damping,
                ),
            ),
            about="decay of each qubit per moment",
            in_old_digests=True,
        ),
        Channel(
            "dephasing",
            Probability,
            0.0,
            (
                Effect(
                    "dephasing",
                    Place.MOMENT,
                    title="dephasing",
                    column="phase flip per moment",
                    stated=float,
                    calibrated=_measure_moments(Calibration.dephase),
                    error=float,
                ),
            ),
            about="phase flip of each qubit per moment",
        ),
        Channel(
            "coherent",
            Coherent,
            Coherent(),
            (
                Effect(
                    "coherent",
                    Place.TWO_QUBIT_GATE,
                    title="coherent two-qubit errors",
                    column="θ / φ in radians",
                    stated=lambda strength: (strength.theta, strength.phi),
                    calibrated=lambda calibration, device: (
                        calibration.angles or ((0.0, 0.0),) * len(device.edges)
                    ),
                    error=_measure_infidelity,
                    unit="radians",
                ),
            ),
        ),
        Channel(
            "readout",
            Readout,
            Readout(),
            (
                Effect(
                    "readout",
                    Place.READOUT,
                    title="readout",
                    column="readout 0→1 / 1→0",
                    stated=lambda strength: (strength.p01, strength.p10),
                    calibrated=lambda calibration, _: calibration.readout,
                    error=fmean,
                ),
            ),
            in_old_digests=True,
        ),
    ),
)


class Channels(Model):
    """The same noise on every qubit of the device."""

    @model_serializer(mode="wrap")
    def _serialize(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out later channels that do not act, so that digests stay what they were."""
        later = {c.name: c.default for c in CHANNELS.values() if not c.in_old_digests}
        idle = {name for name, default in later.items() if getattr(self, name) == default}
        return {key: value for key, value in write(self).items() if key not in idle}


follow_table(
    Channels,
    CHANNELS,
    lambda channel: FieldInfo.from_annotated_attribute(
        channel.strength, Field(channel.default, description=channel.about)
    ),
)

Noise = Annotated[
    Literal["none", "device"] | Channels,
    Alternatives(lambda: f"none, device, or a mapping with {join_words(CHANNELS)}"),
]


def build_noise(noise: Noise, device: Device) -> NoiseModel | None:
    """Return the noise a spec asks for, on every qubit and coupled pair; None for none.

    Raises:
        InputError: ``noise: device`` on a device whose calibration is not known.
        CompilerFaultError: Two effects have one name, or one has too few rates for the device.
    """
    if noise == "none":
        return None
    effects = _index_effects().values()
    if isinstance(noise, Channels):
        stated = {
            effect: effect.stated(getattr(noise, channel.name))
            for channel in CHANNELS.values()
            for effect in channel.effects
        }
        rates = {e: dict.fromkeys(e.place.labels(device), rate) for e, rate in stated.items()}
        return NoiseModel("spec", _drop_idle(rates))
    measured = device.calibration
    if measured is None:
        message = f"no calibration is known for the device {device.name}"
        names = ", ".join(list_calibrated())
        advice = f"calibrated devices: {names}; or write the channels of the noise"
        raise InputError(Diagnostic(message, where="noise", help=advice))
    short, long = measured.moments_ns
    longer = "" if short == long else f", with two-qubit gates {long:g} ns"
    source = f"{measured.source}, moments of {short:g} ns{longer}"
    rates = {each: _calibrate(each, measured, device) for each in effects}
    return NoiseModel(source, _drop_idle(rates))


def _drop_idle(rates: Mapping[Effect, Mapping[str, Rate]]) -> dict[Effect, Mapping[str, Rate]]:
    """Leave out the effects of later channels that act nowhere."""
    later = {e for c in CHANNELS.values() if not c.in_old_digests for e in c.effects}

    def acts(rate: Rate) -> bool:
        return any(rate) if isinstance(rate, tuple) else bool(rate)

    return {
        effect: by_place
        for effect, by_place in rates.items()
        if effect not in later or any(map(acts, by_place.values()))
    }


def _calibrate(effect: Effect, measured: Calibration, device: Device) -> dict[str, Rate]:
    labels, rates = effect.place.labels(device), tuple(effect.calibrated(measured, device))
    if len(labels) != len(rates):
        message = f"{len(rates)} rates for the {len(labels)} places of {device.name}"
        raise CompilerFaultError(f"the noise effect {effect.name!r} has {message}")
    return dict(zip(labels, rates, strict=True))


def _index_effects() -> dict[str, Effect]:
    """Index the effects of all channels by their names.

    Raises:
        CompilerFaultError: A name is not an effect's alone.
    """
    found: dict[str, Effect] = {}
    for effect in (effect for channel in CHANNELS.values() for effect in channel.effects):
        if effect.name in found or effect.name == "source":
            raise CompilerFaultError(f"the name of the noise effect {effect.name!r} is taken")
        found[effect.name] = effect
    return found


def list_effects(names: Iterable[str]) -> tuple[Effect, ...]:
    """Return the effects of channels by their names in a report.

    Raises:
        InputError: There is no such effect.
    """
    known = _index_effects()
    names = tuple(names)
    for name in names:
        if name not in known:
            message = f"the report holds the noise {name!r}, which this version of qslc lacks"
            raise InputError(Diagnostic(message, help="compile the spec again"))
    return tuple(known[name] for name in names)
