"""The results of each arm: estimates over its seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qslc_study.plan import Run
from qslc_study.results.convergence import convergence
from qslc_study.results.measures import measured
from qslc_study.results.statistics import Estimate, estimate


@dataclass(frozen=True)
class ArmRuns:
    """An arm's runs in the order of the seeds: records, measures, figures of convergence."""

    name: str
    runs: tuple[Run, ...]
    records: tuple[Mapping[str, Any], ...]
    measures: tuple[Mapping[str, float], ...]
    convergence: tuple[Mapping[str, float], ...]

    @property
    def diverged(self) -> int:
        """How many of the runs diverged. An arm with one has no estimates of quality."""
        return sum(record["diverged"] for record in self.records)

    def estimates(self) -> dict[str, Estimate]:
        """An estimate of each measure that every run has."""
        return _estimates(self.measures)

    def convergence_estimates(self) -> dict[str, Estimate]:
        """An estimate of each figure of convergence that every run has."""
        return _estimates(self.convergence)


def arm_runs(
    name: str,
    runs: Sequence[Run],
    records: Mapping[str, Mapping[str, Any]],
    scores: Mapping[str, Mapping[str, float]],
    level: float,
) -> ArmRuns:
    """The arm's part of all runs."""
    own = tuple(run for run in runs if run.arm == name)
    found = tuple(records[run.key] for run in own)
    return ArmRuns(
        name,
        own,
        found,
        tuple(measured(records[run.key], scores.get(run.key, {})) for run in own),
        tuple({} if r["diverged"] else convergence(r, level) for r in found),
    )


def _estimates(rows: Sequence[Mapping[str, float]]) -> dict[str, Estimate]:
    keys = [key for key in rows[0] if all(key in row for row in rows)]
    return {key: estimate([row[key] for row in rows]) for key in keys}
