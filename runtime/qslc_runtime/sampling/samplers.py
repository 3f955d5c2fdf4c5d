"""Samplers by name, in one table.

A layer is saved with the name of its sampler, so every process that loads it makes its own. Other
packages add samplers by entry points of the group ``qslc_runtime.samplers``, each of which names a
``NamedSampler``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import cirq

from qslc_runtime.artifact import Artifact
from qslc_runtime.extras import import_qsim
from qslc_runtime.registry import Registry

Make: TypeAlias = Callable[[Artifact, int], cirq.Sampler]
"""The compile and the random seed to a sampler; chips need neither."""


@dataclass(frozen=True, slots=True)
class NamedSampler:
    """A way to get a sampler.

    Args:
        name: The name that users write: ``engine_options={"sampler": "simulator"}``.
        make: Function of the compile and the seed to a sampler.
        free: Whether its jobs cost nothing, so that a job that was lost is sent again.
        shot_seconds: Time of one run of a circuit, reset included; None: unknown.
        call_seconds: Time that a job takes beside its shots.

    Example:
        >>> from qslc_runtime.sampling import SAMPLERS, register_sampler
        >>> register_sampler("lab", cirq.Simulator(seed=7), shot_seconds=250e-6)
        >>> SAMPLERS["lab"].shot_seconds
        0.00025
    """

    name: str
    make: Make
    free: bool = False
    shot_seconds: float | None = None
    call_seconds: float = 0.0


def _make_simulator(artifact: Artifact, seed: int) -> cirq.Sampler:
    del artifact
    return cirq.Simulator(seed=seed)


def _make_qsim(artifact: Artifact, seed: int) -> cirq.Sampler:
    del artifact
    return import_qsim().QSimSimulator(seed=seed)


def _make_noisy(artifact: Artifact, seed: int) -> cirq.Sampler:
    from qslc_runtime.sampling.noisy import NoisySampler

    return NoisySampler(artifact, seed)


SAMPLERS: Registry[NamedSampler] = Registry(
    "sampler",
    (
        NamedSampler("simulator", _make_simulator, free=True),
        NamedSampler("qsim", _make_qsim, free=True),
        NamedSampler("noisy", _make_noisy, free=True),
    ),
    group="qslc_runtime.samplers",
)
"""Each sampler that has a name: Cirq's simulator, qsim, and the compile's noise."""


def register_sampler(
    name: str,
    sampler: cirq.Sampler | Callable[[], cirq.Sampler],
    *,
    free: bool = False,
    shot_seconds: float | None = None,
    call_seconds: float = 0.0,
) -> None:
    """Give a sampler a name, by which layers find it and are saved.

    Args:
        name: The name to write in ``engine_options``.
        sampler: A sampler, or a function that makes it when a layer first asks for it.
        free: Whether its jobs cost nothing, so that a job that was lost is sent again.
        shot_seconds: Time of one run of a circuit, reset included, for estimates.
        call_seconds: Time that a job takes beside its shots, for estimates.

    Raises:
        TypeError: It is neither a ``cirq.Sampler`` nor a function.
        ValueError: The name is taken.
    """
    if not (isinstance(sampler, cirq.Sampler) or callable(sampler)):
        raise TypeError(
            f"a sampler is a cirq.Sampler or a function that makes one, not {sampler!r}"
        )

    def make(artifact: Artifact, seed: int) -> Any:
        del artifact, seed
        return sampler if isinstance(sampler, cirq.Sampler) else sampler()

    SAMPLERS.add(NamedSampler(name, make, free, shot_seconds, call_seconds))


def find_sampler(sampler: str | cirq.Sampler) -> NamedSampler:
    """Return the entry of a name, or one for a sampler that is given itself.

    Raises:
        ValueError: There is none of that name, or it is neither a name nor a ``cirq.Sampler``.
    """
    if isinstance(sampler, cirq.Sampler):
        free = isinstance(sampler, cirq.SimulatesSamples)
        return NamedSampler(_name(sampler), lambda *_: sampler, free)
    if not isinstance(sampler, str):
        raise ValueError(f"sampler is a name or a cirq.Sampler, not {sampler!r}")
    if sampler not in SAMPLERS:
        raise ValueError(
            f"no sampler is called {sampler!r}; samplers are {', '.join(SAMPLERS)}; add yours with "
            f"qslc_runtime.sampling.register_sampler({sampler!r}, sampler)"
        )
    return SAMPLERS[sampler]


def _name(sampler: cirq.Sampler) -> str:
    """Return a name for the record: the class, and the chip where the sampler says it."""
    chip = getattr(getattr(sampler, "processor", None), "processor_id", None)
    return type(sampler).__qualname__ + (f" {chip}" if isinstance(chip, str) else "")
