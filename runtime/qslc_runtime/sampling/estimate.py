"""Estimate what measurements will take, before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """Jobs, shots and time of a number of tokens.

    Args:
        tokens: Number of tokens that are not known yet.
        settings: Number of settings of the measurement.
        evaluations: Number of sets of angles at which each token is measured: 1, and with
            gradients those of the gradient.
        jobs: Number of jobs, each one sweep of one circuit.
        shots: Number of shots of all circuits together.
        runs: Number of times that the chip runs: shots over the copies that run side by side.
        seconds: Time of the chip; None where neither the sampler nor the record says how long a
            shot takes.
        copies: Number of copies of the circuit that run side by side.

    Example:
        >>> from qslc_runtime import engines
        >>> engine = engines.create("sampler", compiled.layer_class, {"shots": 1000})
        >>> engine.estimate(20).shots
        20000
    """

    tokens: int
    settings: int
    evaluations: int
    jobs: int
    shots: int
    runs: int
    seconds: float | None
    copies: int = 1

    def __str__(self) -> str:
        time = "unknown time" if self.seconds is None else f"about {_format_time(self.seconds)}"
        side = f"{self.copies} copies side by side, " if self.copies > 1 else ""
        return (
            f"{self.tokens:,} tokens x {self.settings} settings x {self.evaluations} evaluations: "
            f"{self.shots:,} shots in {self.jobs:,} jobs, {side}{time}"
        )


def _format_time(seconds: float) -> str:
    for limit, size, unit in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < limit:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 86_400:.3g} days"
