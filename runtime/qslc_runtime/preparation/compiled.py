"""Search for angles in C: the binding to ``source``, built on the machine that runs it."""

from __future__ import annotations

import ctypes
import logging
import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qslc_runtime.compiled.build import BuildError, build_sources
from qslc_runtime.preparation.problem import Problem
from qslc_runtime.preparation.simulation import list_turned

_LOG = logging.getLogger("qslc_runtime")

_SOURCE = Path(__file__).parent / "source"

_POINTER, _INT = ctypes.c_void_p, ctypes.c_int


class _Batch(ctypes.Structure):
    """``Batch`` of ``source/batch.c``, with ``Search`` and ``Brick`` inside."""

    _fields_ = (
        ("size", _INT),
        ("rotations", _INT),
        ("stride", _POINTER),
        ("turned", _POINTER),
        ("steps", _INT),
        ("enough", ctypes.c_double),
        ("start_count", _INT),
        ("starts", _POINTER),
        ("known_count", _INT),
        ("known_states", _POINTER),
        ("known_angles", _POINTER),
        ("count", ctypes.c_int64),
        ("vectors", _POINTER),
        ("angles", _POINTER),
        ("fidelities", _POINTER),
        ("threads", _INT),
    )


def is_available() -> bool:
    """Return whether the search can be built and loaded here; why not is logged, once."""
    return _try_load(os.environ.get("CC"))


@cache
def _try_load(compiler: str | None) -> bool:
    del compiler  # another one is another attempt
    try:
        _load()
    except BuildError as error:
        _LOG.warning("preparing without the compiled search, slower: %s", error)
        return False
    return True


@cache
def _load() -> Any:
    """Build and load the library.

    Raises:
        BuildError: The machine cannot build or load it.
    """
    path = build_sources("preparation", sorted(_SOURCE.glob("*.c")))
    try:
        function = ctypes.CDLL(str(path)).qslc_find_angles
    except (OSError, AttributeError) as error:
        raise BuildError(str(error)) from error
    function.argtypes, function.restype = (ctypes.POINTER(_Batch),), ctypes.c_int64
    return function


def find_angles(
    problem: Problem, states: NDArray[np.float64], threads: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Find angles for states.

    Args:
        problem: Where to start, and when to end.
        states: Unit vectors (tokens, 2**qubits).
        threads: Largest number of threads; 0 for all processors. It does not change the result.

    Returns:
        Angles (tokens, P) in radians and fidelities (tokens,).

    Raises:
        BuildError: The machine cannot build or load the search.
        MemoryError: There is not enough memory.
    """
    search = _load()
    stride, turned = list_turned(problem.brick)
    starts, known = problem.starts / 2, problem.bank.angles / 2
    known_states, vectors = problem.bank.framed_states, states * problem.brick.signs[-1]
    angles, fidelities = np.zeros((len(states), len(stride))), np.zeros(len(states))
    batch = _Batch(
        size=1 << problem.brick.qubits,
        rotations=len(stride),
        stride=stride.ctypes.data,
        turned=turned.ctypes.data,
        steps=problem.steps,
        enough=problem.fidelity,
        start_count=len(starts),
        starts=starts.ctypes.data,
        known_count=len(known),
        known_states=known_states.ctypes.data,
        known_angles=known.ctypes.data,
        count=len(vectors),
        vectors=vectors.ctypes.data,
        angles=angles.ctypes.data,
        fidelities=fidelities.ctypes.data,
        threads=threads or _count_processors(),
    )
    if search(batch) < len(states):
        raise MemoryError("there is not enough memory to search for the angles of a brick")
    return 2 * angles, fidelities


def _count_processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
