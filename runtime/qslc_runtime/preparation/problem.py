"""What a search for angles starts from, and when it ends."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from qslc_runtime.preparation.brick import Brick
from qslc_runtime.preparation.simulation import simulate


@dataclass(frozen=True, eq=False)
class Bank:
    """Tokens that were prepared before: the nearest one is where the search for another starts.

    Args:
        brick: The circuit.
        angles: Their angles (count, P) in radians: ``prepare_states(brick, ...).angles``.

    Raises:
        ValueError: The angles are not finite, or not those of the circuit.
    """

    brick: Brick
    angles: NDArray[np.float64]

    def __post_init__(self) -> None:
        angles = np.ascontiguousarray(self.angles, np.float64)
        width = len(self.brick.rotations)
        if angles.ndim != 2 or angles.shape[1] != width or not np.isfinite(angles).all():
            raise ValueError(
                f"a bank has finite angles (count, {width}) for this brick; these have the shape "
                f"{angles.shape}"
            )
        object.__setattr__(self, "angles", angles)

    @cached_property
    def states(self) -> NDArray[np.float64]:
        """What the circuit prepares with these angles, (count, 2**qubits)."""
        return simulate(self.brick, self.angles)


@dataclass(frozen=True, eq=False)
class Problem:
    """A search that is the same for all tokens.

    Args:
        brick: The circuit.
        starts: Angles (starts, P) in radians to start from, in this order, until one suffices.
        bank_angles: Angles (count, P) of tokens that were prepared before.
        bank_states: Their states (count, 2**qubits).
        steps: Most steps from each start.
        fidelity: Fidelity that ends the search.
    """

    brick: Brick
    starts: NDArray[np.float64]
    bank_angles: NDArray[np.float64]
    bank_states: NDArray[np.float64]
    steps: int
    fidelity: float


def make_problem(
    brick: Brick, *, bank: Bank | None, starts: int, steps: int, fidelity: float, seed: int
) -> Problem:
    """Make a problem with random starts: angles uniform in [-pi, pi).

    Raises:
        ValueError: A number is out of its range, or the bank is one of another brick.
    """
    if starts < 1 or steps < 1:
        raise ValueError(f"starts and steps are positive, not {starts} and {steps}")
    if not 0 <= fidelity <= 1:
        raise ValueError(f"a fidelity lies between 0 and 1: {fidelity}")
    if bank is not None and bank.brick != brick:
        raise ValueError("the bank was prepared with another brick")
    width = len(brick.rotations)
    random = np.random.default_rng(seed).uniform(-np.pi, np.pi, (starts, width))
    angles = np.zeros((0, width)) if bank is None else bank.angles
    states = np.zeros((0, 1 << brick.qubits)) if bank is None else bank.states
    return Problem(brick, random, angles, states, steps, fidelity)
