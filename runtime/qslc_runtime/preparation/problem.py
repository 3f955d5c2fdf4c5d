"""The start and the end of a search for angles."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from qslc_runtime.preparation.brick import Brick
from qslc_runtime.preparation.simulation import simulate

EXACT = 1 - 1e-13
"""Fidelity of a state that is prepared exactly: expectations are off by less than 1e-6."""

MOST_STEPS = 1_000_000
"""Most steps from each start, and most starts: more than any search needs."""


@dataclass(frozen=True, eq=False)
class Bank:
    """Tokens that were prepared before: the nearest one is where the search for another starts.

    Args:
        brick: The circuit.
        angles: Their angles (count, P) in radians: ``prepare_states(brick, ...).angles``.

    Raises:
        ValueError: The angles are not finite, or not those of the circuit.

    Example:
        >>> from qslc_runtime.preparation import Bank, make_brick, prepare_states
        >>> brick = make_brick(3, [(0, 1), (1, 2)], depth=4)
        >>> bank = Bank(brick, prepare_states(brick, tokens).angles)
        >>> again = prepare_states(brick, tokens, bank=bank, starts=0)
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
        """States that the circuit prepares with these angles, (count, 2**qubits)."""
        return simulate(self.brick, self.angles)

    @cached_property
    def framed_states(self) -> NDArray[np.float64]:
        """The states without the signs that all levels together give the amplitudes."""
        return np.asarray(self.states * self.brick.signs[-1])


@dataclass(frozen=True, eq=False)
class Problem:
    """A search that is the same for all tokens.

    Args:
        brick: The circuit.
        starts: Angles (starts, P) in radians to start from, in this order, until one suffices.
        bank: Tokens that were prepared before; it may be empty.
        steps: Most steps from each start.
        fidelity: Fidelity that ends the search.
    """

    brick: Brick
    starts: NDArray[np.float64]
    bank: Bank
    steps: int
    fidelity: float


def make_problem(
    brick: Brick, *, bank: Bank | None, starts: int, steps: int, fidelity: float | None, seed: int
) -> Problem:
    """Make a problem with random starts: angles uniform in [-pi, pi).

    Raises:
        ValueError: A number is out of its range, or the bank is one of another brick.
    """
    if not isinstance(bank, Bank | None):
        raise TypeError(f"a bank is made by make_bank, and this is a {type(bank).__name__}")
    warm = bank is not None and len(bank.angles) > 0
    if not (int(not warm) <= starts <= MOST_STEPS and 1 <= steps <= MOST_STEPS):
        raise ValueError(
            f"starts and steps are 1 to {MOST_STEPS}, not {starts} and {steps}; with tokens in the "
            "bank starts may be 0"
        )
    wanted = EXACT if fidelity is None else fidelity
    if not 0 <= wanted <= 1:
        raise ValueError(f"a fidelity lies between 0 and 1: {wanted}")
    if bank is not None and bank.brick != brick:
        raise ValueError("the bank was prepared with another brick")
    width = len(brick.rotations)
    random = np.random.default_rng(seed).uniform(-np.pi, np.pi, (starts, width))
    bank = bank or Bank(brick, np.zeros((0, width)))
    return Problem(brick, random, bank, steps, min(wanted, EXACT))
