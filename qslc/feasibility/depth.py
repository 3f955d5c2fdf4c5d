"""Choose how many levels a variational preparation has."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from qslc.feasibility.prediction import is_signal, read
from qslc.feasibility.shots import find_aim
from qslc.feasibility.subject import (
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

LEAST = 2
"""Fewest levels that are tried: with fewer not all couplers have a turn."""

GRID = 6
"""Number of depths that are tried first."""

MOST_QUBITS = 8
"""Qubits of a circuit up to which depths are compared: mixed states of 4**8 numbers a token."""


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

    Returns:
        None where there is nothing to weigh: without noise, where all readouts are 0, where the
        circuit is too large, or where angles cannot be found quickly.
    """
    if noise is None or most <= LEAST or spec.qubits > MOST_QUBITS:
        return None
    if not can_search():
        return None
    seed, aim = spec.optimize.seed, find_aim(spec)
    features = draw_tokens(spec, count_tokens(spec.qubits), seed)
    layer = make_layer(spec, logical, features, draw_weights(spec, logical, seed))
    ideal, correction = layer.compute_ideal(), find_correction(spec)
    if not is_signal(ideal):
        return None
    tried: dict[int, Trial] = {}

    def rank(depth: int) -> tuple[float, float, int]:
        if depth not in tried:
            program, levels, symbols = make(depth)
            angles = find_angles(spec, features, symbols, levels)
            run = make_run(program, device, noise, angles, Placement((), ()))
            found = read(layer, run, correction, ideal)
            gates = sum(len(op.qubits) == 2 for op in program.operations)
            needed = found.find_shots(aim.error) if aim.error is not None else None
            tried[depth] = Trial(
                depth, gates, found.predict_error(aim.shots), found.predict_error(), needed
            )
        trial = tried[depth]
        if aim.error is None:
            return _round(trial.error), 0.0, depth
        return trial.shots or math.inf, _round(trial.floor), depth

    step = max(1, (most - LEAST) // (GRID - 1))
    best = min({*range(LEAST, most, step), most}, key=rank)
    while step > 1:
        step = (step + 1) // 2
        near = (depth for depth in (best - step, best, best + step) if LEAST <= depth <= most)
        best = min(near, key=rank)
    trials = tuple(tried[depth] for depth in sorted(tried))
    return DepthChoice(best, trials)


def _round(error: float) -> float:
    """Round to three digits: further ones differ between machines, and fewer levels are better."""
    return float(f"{error:.3g}")
