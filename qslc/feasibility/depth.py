"""Choose how many levels a variational preparation has."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qslc.feasibility.error import Readings
from qslc.feasibility.prediction import is_signal, read
from qslc.feasibility.shots import Aim, find_aim
from qslc.feasibility.subject import (
    STARTS,
    Levels,
    can_search,
    count_tokens,
    draw_tokens,
    draw_weights,
    find_angles,
    find_correction,
    make_layer,
    make_run,
)
from qslc.ir.program import Placement, Program
from qslc.spec.model import Spec
from qslc.targets.device import Device
from qslc.targets.noise import NoiseModel

Array = NDArray[np.float64]

LEAST = 2
"""Fewest levels that are tried: with fewer not all couplers have a turn."""

GRID = 6
"""Number of depths that are tried first."""

MOST_QUBITS = 10
"""Qubits of a layer up to which depths are compared: a minute at 10."""

SMALL = 8
"""Qubits up to which the search is fine; beyond, it has fewer tokens and starts, and ends between
neighbors that are two levels apart: the error is flat there."""

FEW = 4
"""Tokens of a coarse search. All depths are compared on the same ones."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A number of levels that was tried.

    Args:
        depth: Number of levels.
        two_qubit_gates: Two-qubit gates of the whole circuit.
        error: Predicted total relative error at the shots of the spec.
        floor: The same at any number of shots.
        shots: Shots that the error of the spec needs; None where none suffice, or none is asked.
    """

    depth: int
    two_qubit_gates: int
    error: float
    floor: float
    shots: int | None


@dataclass(frozen=True, slots=True)
class DepthChoice:
    """A number of levels, and what it was chosen from, by number of levels."""

    depth: int
    trials: tuple[Trial, ...]


def choose_depth(
    spec: Spec,
    logical: Program,
    device: Device,
    noise: NoiseModel | None,
    most: int,
    make: Callable[[int], tuple[Program, Levels, tuple[str, ...]]],
    features: Array | None = None,
    weights: Mapping[str, float] | None = None,
) -> DepthChoice | None:
    """Choose the number of levels whose predicted total error is least.

    First some depths over the whole range, and then the neighbors of the best, nearer and nearer:
    the error falls while states are missed, and rises with the errors of more gates.

    Args:
        spec: Spec of the layer.
        logical: Its logical program, without a preparation.
        device: Device.
        noise: Noise of the device.
        most: Number of levels with which any vector is prepared.
        make: Function from a number of levels to the native program of preparation and layer, the
            pairs of each level, and the names of the preparation's angles.
        features: What the encoder takes, (tokens, features); drawn where there are none.
        weights: Trained weights in radians by name; drawn where there are none.

    Returns:
        None where there is nothing to weigh: without noise, where all readouts are 0, where the
        circuit is too large, or where angles cannot be found quickly.
    """
    if noise is None or most <= LEAST or spec.qubits > MOST_QUBITS:
        return None
    if not can_search():
        return None
    seed, aim = spec.optimize.seed, find_aim(spec)
    fine = spec.qubits <= SMALL
    if features is None:
        features = draw_tokens(spec, count_tokens(spec.qubits), seed)
    features = features if fine else features[:FEW]
    drawn = draw_weights(spec, logical, seed)
    layer = make_layer(spec, logical, features, {**drawn, **(weights or {})})
    ideal, correction = layer.compute_ideal(), find_correction(spec)
    if not is_signal(ideal):
        return None
    starts = STARTS if fine else 1
    tried: dict[int, Trial] = {}

    def rank(depth: int) -> tuple[float, float, int]:
        if depth not in tried:
            program, levels, symbols = make(depth)
            angles = find_angles(spec, features, symbols, levels, starts)
            run = make_run(program, device, noise, angles, Placement((), ()))
            found = read(layer, run, correction, ideal)
            tried[depth] = _make_trial(depth, program, found, aim)
        return _rank(tried[depth], aim)

    step = max(1, (most - LEAST) // (GRID - 1))
    best = min({*range(LEAST, most, step), most}, key=rank)
    while step > (1 if fine else 2):
        step = (step + 1) // 2
        near = (depth for depth in (best - step, best, best + step) if LEAST <= depth <= most)
        best = min(near, key=rank)
    trials = tuple(tried[depth] for depth in sorted(tried))
    return DepthChoice(best, trials)


def _make_trial(depth: int, program: Program, found: Readings, aim: Aim) -> Trial:
    gates = sum(len(op.qubits) == 2 for op in program.operations)
    shots = found.find_shots(aim.error) if aim.error is not None else None
    return Trial(depth, gates, found.predict_error(aim.shots), found.predict_error(), shots)


def _rank(trial: Trial, aim: Aim) -> tuple[float, float, int]:
    """Rank by the error, or by the shots that reach the error that is aimed at."""
    if aim.error is None:
        return _round(trial.error), 0.0, trial.depth
    return trial.shots or math.inf, _round(trial.floor), trial.depth


def _round(error: float) -> float:
    """Round to three digits: further ones differ between machines, and fewer levels are better."""
    return float(f"{error:.3g}")
