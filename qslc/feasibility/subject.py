"""The layer, the tokens and the run on a device whose error is predicted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from qslc.feasibility.correction import Correction
from qslc.feasibility.prediction import Layer, Run
from qslc.feasibility.tokens import draw_features
from qslc.ir.angles import WIDE, compute_scaled_deviation
from qslc.ir.metrics import find_used_qubits, pack_moments
from qslc.ir.program import Placement, Program
from qslc.spec.encoders import Pad
from qslc.spec.model import Spec
from qslc.spec.noise import build_noise
from qslc.targets.device import Device
from qslc.targets.noise import NoiseModel

Array = NDArray[np.float64]

Levels: TypeAlias = tuple[tuple[tuple[int, int], ...], ...]
"""Pairs of qubits of each level of a variational preparation."""

ENOUGH = 0.99999
"""Fidelity at which a search for angles ends: what is missing beyond is far below other errors."""

STARTS = 2
"""Random angles from which a search starts at most."""

_TOKENS = {7: 24, 8: 12}
"""Number of tokens on which an error is predicted, by qubits; 48 below and 8 beyond, where states
are large. The predicted errors of 16 and of 64 tokens differ by 5 % at most (README's layer on
three chips)."""


def count_tokens(qubits: int) -> int:
    """Return the number of tokens on which the error of a circuit is predicted."""
    return _TOKENS.get(qubits, 48 if qubits < 7 else 8)


def find_noise(spec: Spec, device: Device) -> NoiseModel | None:
    """Return the noise of a spec; where it states none, that of the device if it is calibrated."""
    measured = spec.noise == "none" and device.calibration is not None
    return build_noise("device" if measured else spec.noise, device)


def draw_weights(spec: Spec, program: Program, seed: int) -> dict[str, float | Array]:
    """Draw weights in radians as generated layers do at first, by name."""
    wide = WIDE if spec.encoder.inputs(spec.qubits).reference else 1
    deviation = wide * compute_scaled_deviation(program)
    drawn = np.random.default_rng(seed).normal(0, deviation, len(program.weights))
    return dict(zip(program.weights, drawn.tolist(), strict=True))


def draw_tokens(spec: Spec, tokens: int, seed: int) -> Array:
    """Draw what the encoder of a spec takes for each token: (tokens, features)."""
    features = spec.encoder.inputs(spec.qubits).features
    return draw_features(tokens, max(1, features), spec.encoder.projection, seed=seed)


def make_layer(
    spec: Spec, program: Program, features: Array, weights: dict[str, float | Array]
) -> Layer:
    """Make a layer that is given tokens.

    Args:
        spec: Spec of the layer.
        program: Its logical program, without a preparation.
        features: What the encoder takes: (tokens, features).
        weights: Weights in radians by name.
    """
    if program.start == "zero":
        angles = {name: features[:, i] for i, name in enumerate(program.inputs)}
        return Layer(program, {**weights, **angles}, None, len(features))
    from qslc_runtime.preparation import encode_vectors

    held = spec.encoder.inputs(spec.qubits).amplitude_qubits
    encoded = encode_vectors(features, held, _find_padding(spec))
    states = np.zeros((len(features), 1 << program.qubits))
    states[:, : 1 << held] = encoded
    return Layer(program, weights, states, len(features))


def can_search() -> bool:
    """Return whether this machine has the compiled search for angles, and not only the slow one."""
    from qslc_runtime.preparation.compiled import is_available

    return is_available()


def find_angles(
    spec: Spec,
    features: Array,
    symbols: Sequence[str],
    levels: Levels,
    starts: int = STARTS,
) -> dict[str, float | Array]:
    """Find the angles of a preparation for tokens.

    Args:
        spec: Spec of the layer.
        features: What the encoder takes: (tokens, features).
        symbols: Names of the angles.
        levels: Levels of a variational preparation; none for a multiplexed one.
        starts: Random angles from which a search starts at most.
    """
    from qslc_runtime.preparation import Brick, compute_multiplexed_angles, prepare_states

    qubits, padding = spec.encoder.inputs(spec.qubits).amplitude_qubits, _find_padding(spec)
    if levels:
        brick = Brick(qubits, levels)
        found = prepare_states(
            brick, features, padding=padding, fidelity=ENOUGH, starts=starts
        ).angles
    else:
        found = compute_multiplexed_angles(features, qubits, padding)
    return dict(zip(symbols, found.T, strict=True))


def _find_padding(spec: Spec) -> Pad:
    return spec.encoder.inputs(spec.qubits).pad or "zero"


def make_run(
    program: Program,
    device: Device,
    noise: NoiseModel | None,
    angles: dict[str, float | Array],
    placement: Placement,
) -> Run:
    """Make the run of a native program, on a device's qubits, that may have a preparation."""
    places = placement.start if program.start == "any" else ()
    qubits = tuple(sorted({*find_used_qubits(program), *places}))
    columns = pack_moments(program)
    return Run(columns, program.observables, qubits, device, noise, angles, places)


def find_correction(spec: Spec) -> Correction:
    """Return how the readouts of a spec are corrected."""
    asked = spec.execution.mitigation
    return Correction(
        asked.rescale,
        asked.readout == "confusion",
        asked.twirling,
        asked.dynamical_decoupling,
        asked.zne,
    )
