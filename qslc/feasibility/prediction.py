"""Predict the readouts of tokens on a chip, and the parts of their error."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from qslc.feasibility.circuit import (
    PLAIN,
    NoisyCircuit,
    Source,
    Variant,
    add_errors,
    find_readout,
)
from qslc.feasibility.correction import Correction, extrapolate
from qslc.feasibility.error import Readings
from qslc.feasibility.light_cone import REST, estimate_signals
from qslc.feasibility.simulation import Values, compute_ideal, compute_noisy
from qslc.ir.metrics import Moments
from qslc.ir.program import PauliString, Program, rename_qubits
from qslc.targets.device import Device
from qslc.targets.noise import NoiseModel

Array = NDArray[np.float64]

EXACT_QUBITS = 9
"""Qubits up to which mixed states are simulated: a token takes 4**9 numbers, 1 MiB. Beyond, what is
left of each readout is estimated from its light cone."""

MOST_QUBITS = 14
"""Qubits up to which anything is predicted: a token takes 2**14 amplitudes."""


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A layer with its weights, and the tokens that it is given.

    Args:
        program: Program as written, without a preparation.
        values: Weights and inputs that are angles, in radians, by name.
        states: Encoded states (tokens, 2**qubits) in which it starts; None for |0...0>.
        tokens: Number of tokens.
    """

    program: Program
    values: Values
    states: Array | None
    tokens: int

    def compute_ideal(self) -> Array:
        """Return what it means: (tokens, M)."""
        return compute_ideal(self.program, self.values, self.states, self.tokens)


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A layer's circuit on a device.

    Args:
        columns: Moments of the native program, on the qubits of the device.
        observables: What is read there.
        qubits: Device qubits that hold a state.
        device: Device.
        noise: Its noise; None for none.
        angles: Angles (tokens,) of the preparation by name; none where there is no preparation.
        places: Device qubit of each logical qubit at the start, where an encoded vector is put on
            the chip without a preparation; otherwise none.
        pulsed: Whether one-qubit gates of a moment are pulses (``qslc.feasibility.pulses``).
    """

    columns: Moments
    observables: Sequence[PauliString]
    qubits: tuple[int, ...]
    device: Device
    noise: NoiseModel | None
    angles: Values
    places: tuple[int, ...] = ()
    pulsed: bool = False

    def prepare(self, angles: Values) -> Run:
        """Return the run with the angles of its preparation."""
        return replace(self, angles=angles, places=())

    def make_program(self) -> Program:
        """Return the circuit as a program on its own qubits."""
        index = {qubit: i for i, qubit in enumerate(self.qubits)}
        operations = tuple(op for column in self.columns for op in column)
        program = Program(max(self.qubits) + 1, operations, tuple(self.observables))
        return rename_qubits(program, index, len(index))

    def add_errors(
        self,
        sources: Collection[Source] = tuple(Source),
        variant: Variant = PLAIN,
        *,
        inverted: bool = False,
    ) -> NoisyCircuit:
        """Return the circuit with the errors of some sources, those of reading inverted or not."""
        found = self.find_readout(sources) if inverted else None
        return add_errors(
            self.columns,
            self.observables,
            self.qubits,
            self.device,
            self.noise,
            sources,
            variant,
            found,
            pulsed=self.pulsed,
        )

    def find_readout(self, sources: Collection[Source]) -> Array:
        """Return offset and gain of what is read of each qubit, as a calibration finds them."""
        return find_readout(self.qubits, self.device, self.noise, sources)


@dataclass(frozen=True, slots=True)
class Part:
    """A source of errors.

    Args:
        source: Name of the source.
        without: Total relative error if it were perfect.
        share: Its part of all that perfect sources would save, each by itself, of the error's
            square.
    """

    source: str
    without: float
    share: float


def read(
    layer: Layer,
    run: Run,
    correction: Correction,
    ideal: Array,
    sources: Collection[Source] = tuple(Source),
) -> Readings:
    """Return the readouts of a layer's tokens under the errors of some sources, as corrected."""
    if run.noise is None or not sources:
        means = _compute_pure(layer, run)
        return Readings(ideal, means, _compute_variances(means), correction.rescale)
    if len(run.qubits) > EXACT_QUBITS:
        return _estimate(layer, run, correction, ideal, sources)
    gains = _find_gains(run, sources) if correction.confusion else 1.0
    parts = []
    for variant in correction.variants:
        found, corrected = _compute_means(layer, run, frozenset(sources), variant)
        variances = _compute_variances(found) / np.square(gains)
        parts.append((corrected if correction.confusion else found, variances))
    means, variances = extrapolate(
        np.stack([each for each, _ in parts]), np.stack([v for _, v in parts]), correction.zne
    )
    spread: Array | float = 0.0
    if correction.twirling:
        # A random circuit errs about as the circuit itself does, whose Paulis are the identity.
        # All tokens have the same ones, so that offsets take what these make of all alike.
        own = replace(correction.variants[0], twirled=False)
        both = _compute_means(layer, run, frozenset(sources), own)
        missed = both[1 if correction.confusion else 0] - parts[0][0]
        if correction.rescale == "per_readout_offset":
            missed = missed - missed.mean(axis=0)
        spread = np.mean(missed**2, axis=0) / correction.twirling
    return Readings(ideal, means, variances, correction.rescale, spread)


def _estimate(
    layer: Layer, run: Run, correction: Correction, ideal: Array, sources: Collection[Source]
) -> Readings:
    """Estimate readouts from light cones; of corrections, those of the readouts alone."""
    gains = _find_gains(run, sources) if correction.confusion else np.ones(ideal.shape[1])
    signals = estimate_signals(run.add_errors(sources))
    means = signals * _compute_pure(layer, run)
    size = np.sqrt(np.mean(ideal**2, axis=0))
    rest = REST * (1 - signals / gains) * size
    variances = _compute_variances(means) / gains**2
    return Readings(ideal, means / gains, variances, correction.rescale, rest=rest)


@lru_cache(maxsize=16)
def _compute_means(
    layer: Layer, run: Run, sources: frozenset[Source], variant: Variant
) -> tuple[Array, Array]:
    """Return what is read on average, (tokens, M), and with errors of reading inverted."""
    circuit = run.add_errors(sources, variant)
    corrected = run.add_errors(sources, variant, inverted=True).readings
    both = replace(circuit, readings=np.concatenate([circuit.readings, corrected]))
    values = {**layer.values, **run.angles}
    means = compute_noisy(both, values, _find_start(layer, run), layer.tokens)
    first, second = np.split(means, 2, axis=1)
    return first, second


def _compute_variances(means: Array) -> Array:
    return np.clip(1 - means**2, 0, None)


def _find_gains(run: Run, sources: Collection[Source]) -> Array:
    """Return what errors of reading leave of each readout, as a calibration finds it: (M,)."""
    gains = dict(zip(run.qubits, run.find_readout(sources)[:, 1], strict=True))
    return np.array([math.prod(gains[q] for q in o.qubits) for o in run.observables])


@lru_cache(maxsize=1)
def _compute_pure(layer: Layer, run: Run) -> Array:
    """Return the readouts of the circuit on the device without its errors: (tokens, M)."""
    values = {**layer.values, **run.angles}
    return compute_ideal(run.make_program(), values, _find_start(layer, run), layer.tokens)


def _find_start(layer: Layer, run: Run) -> Array | None:
    """Return the states of the device's qubits before the first gate; None for |0...0>."""
    return None if layer.states is None or run.angles else _place(layer.states, run)


def _place(states: Array, run: Run) -> Array:
    """Put states of the logical qubits on the qubits of a device, the others in |0>."""
    count, tokens = len(run.qubits), len(states)
    spread = np.zeros((tokens, *(2,) * count))
    at = [run.qubits.index(place) for place in run.places]
    tensor = states.reshape(tokens, *(2,) * len(at))
    order = np.argsort(at)
    index = (slice(None), *(slice(None) if qubit in at else 0 for qubit in range(count)))
    spread[index] = np.transpose(tensor, (0, *(1 + order)))
    return spread.reshape(tokens, -1)


def is_signal(ideal: Array) -> bool:
    """Return whether ideal readouts are more than rounding."""
    return bool((np.abs(ideal) > 1e-6).any())


def split_error(
    layer: Layer, run: Run, correction: Correction, readings: Readings, shots: float
) -> tuple[Part, ...]:
    """Split a total relative error by its sources: what it were if each were perfect.

    Of a preparation, that is what the angles that were found miss; its gates err as gates.
    """
    total = readings.predict_error(shots) ** 2
    found: dict[str, float] = {}
    if run.angles:
        missed = read(layer, run, Correction(correction.rescale), readings.ideal, ())
        found["preparation"] = max(0.0, total - missed.predict_error() ** 2)
    for source in Source if run.noise else ():
        rest = {*Source} - {source}
        without = read(layer, run, correction, readings.ideal, rest)
        found[source.value] = without.predict_error(shots) ** 2
    found["shots"] = readings.predict_error() ** 2
    saved = {name: max(0.0, total - square) for name, square in found.items()}
    everything = sum(saved.values())
    return tuple(
        Part(name, math.sqrt(square), saved[name] / everything if everything else 0.0)
        for name, square in found.items()
    )
