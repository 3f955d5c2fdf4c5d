"""Find the angles with which a brick prepares vectors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qslc_runtime.preparation import compiled, search
from qslc_runtime.preparation.brick import Brick
from qslc_runtime.preparation.encoding import Padding, encode_vectors
from qslc_runtime.preparation.multiplexed import compute_state_angles
from qslc_runtime.preparation.problem import Bank, Problem, make_problem
from qslc_runtime.preparation.simulation import normalize_angles

MOST_THREADS = 1024


@dataclass(frozen=True, eq=False)
class Preparation:
    """Angles that prepare tokens, and their fidelities; unpacks as ``angles, fidelities``.

    Args:
        angles: Angles (tokens, P) of the brick in radians, in [-pi, pi).
        fidelities: Squared overlaps (tokens,) of what the brick prepares with these, and what was
            asked for.
        fallbacks: Numbers (count,) of the tokens whose fidelity is less than was asked for.
        fallback_angles: Angles (count, 2**qubits - 1) that prepare these exactly, with the circuit
            ``list_multiplexed_steps``.

    Example:
        >>> from qslc_runtime.preparation import make_brick, prepare_states
        >>> brick = make_brick(3, [(0, 1), (1, 2)], depth=4)
        >>> angles, fidelities = prepare_states(brick, tokens)  # tokens: (tokens, 8)
        >>> bool(fidelities.min() > 0.9)
        True
    """

    angles: NDArray[np.float64]
    fidelities: NDArray[np.float64]
    fallbacks: NDArray[np.intp]
    fallback_angles: NDArray[np.float64]

    def __iter__(self) -> Iterator[NDArray[np.float64]]:
        return iter((self.angles, self.fidelities))


def prepare_states(
    brick: Brick,
    vectors: ArrayLike,
    *,
    padding: Padding = "zero",
    fidelity: float | None = None,
    bank: Bank | None = None,
    starts: int = 4,
    steps: int = 300,
    seed: int = 0,
    threads: int = 0,
    kernel: Literal["compiled", "numpy"] | None = None,
) -> Preparation:
    """Find the angles with which a brick prepares vectors.

    Levenberg and Marquardt's method on the distance between state and vector, from the nearest
    token of a bank and then from random angles, until one suffices; the best is returned. A token's
    result depends on nothing but the token: not on the others of the batch, their order, or the
    threads.

    Args:
        brick: The circuit.
        vectors: Real vectors (tokens, features), of any norm.
        padding: What stands beside the features: see ``encode_vectors``.
        fidelity: Fidelity that is asked for, at which the search ends. Tokens that do not reach it
            from any start get angles of the exact method beside. None for the best that is found,
            with no angles beside. 1 stands for 1 - 1e-13.
        bank: Tokens that were prepared before.
        starts: Random angles to start from at most, beside the bank; with one, 0 is allowed.
        steps: Most steps from each start.
        seed: Random seed.
        threads: Largest number of threads; 0 for all processors.
        kernel: "compiled" or "numpy", which is slow; None for the first that runs here.

    Raises:
        ValueError: The vectors do not fit or one has no state, or an argument is out of range.
        BuildError: "compiled" was asked for, and the machine cannot build it.
        MemoryError: There is not enough memory.
    """
    states = encode_vectors(vectors, brick.qubits, padding)
    problem = make_problem(
        brick, bank=bank, starts=starts, steps=steps, fidelity=fidelity, seed=seed
    )
    angles, fidelities = _find_angles(problem, states, threads, kernel)
    missed = (
        np.zeros(0, np.intp) if fidelity is None else np.flatnonzero(fidelities < problem.fidelity)
    )
    return Preparation(
        normalize_angles(angles),
        np.minimum(fidelities, 1),
        missed,
        compute_state_angles(states[missed]),
    )


def _find_angles(
    problem: Problem, states: NDArray[np.float64], threads: int, kernel: str | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if not 0 <= threads <= MOST_THREADS:
        raise ValueError(f"threads are 0 to {MOST_THREADS}, not {threads}")
    if kernel not in {"compiled", "numpy", None}:
        raise ValueError(f'a kernel is "compiled", "numpy" or None, not {kernel!r}')
    if kernel == "numpy" or (kernel is None and not compiled.is_available()):
        return search.find_angles(problem, states)
    return compiled.find_angles(problem, states, threads)
