"""Shots that a spec asks for, or an error that it wants to reach."""

from __future__ import annotations

from dataclasses import dataclass

from qslc.spec.model import Spec

SHOTS = 10_000
"""Shots for each token and setting where a spec does not say how many."""

TARGET = 0.25
"""Total relative error to reach where a spec names none."""


@dataclass(frozen=True, slots=True)
class Aim:
    """Shots for each token and setting, and the error to reach, if a spec names one."""

    shots: int
    error: float | None


def find_aim(spec: Spec) -> Aim:
    """Return what a spec asks for."""
    return Aim(spec.execution.shots or SHOTS, spec.execution.error)
