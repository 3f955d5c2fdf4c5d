"""Plan the runs of a study: what each is asked to do, and which arms and rates are compared."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from qslc import __version__
from qslc.spec import digest as sublayer_digest
from qslc_study.spec.model import Study
from qslc_study.spec.source import Source
from qslc_study.store import compute_digest

Records = Mapping[str, Mapping[str, Any]]

FORMAT = 1
"""Raised when the same identity would give other numbers, so that no old record is used."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of an arm. ``identity`` holds everything that decides its numbers."""

    arm: str
    identity: Mapping[str, Any]

    @property
    def key(self) -> str:
        """The name of the run's record."""
        return compute_digest(self.identity)

    @property
    def seed(self) -> int:
        """The random seed."""
        return int(self.identity["seed"])

    @property
    def learning_rate(self) -> float:
        """The learning rate."""
        return float(self.identity["learning_rate"])


@dataclass(frozen=True, slots=True)
class Plan:
    """The runs of a study whose base and data are known by their digests."""

    source: Source
    base: str
    data: str

    def list_tuning_runs(self) -> list[Run]:
        """List a run for each rate, on the tuning seed, where there is something to choose."""
        study, tuning = self.source.study, self.source.study.tuning
        alternatives = {name for names in study.choose for name in names}
        return [
            self._make_run(arm, rate, tuning.seed, tuning.steps, final=False)
            for arm, method in study.methods.items()
            if len(method.learning_rates) > 1 or arm in alternatives
            for rate in method.learning_rates
        ]

    def list_final_runs(self, rates: Mapping[str, float]) -> list[Run]:
        """List the runs that are compared, seed by seed, each arm at its rate."""
        return [
            self._make_run(arm, rate, seed, None, final=True)
            for seed in self.source.study.seeds
            for arm, rate in rates.items()
        ]

    def _make_run(self, arm: str, rate: float, seed: int, steps: int | None, *, final: bool) -> Run:
        study = self.source.study
        training = study.training.model_dump(mode="json")
        evaluate = study.evaluate.model_dump(mode="json")
        identity = {
            "format": FORMAT,
            "qslc": __version__,
            "base": self.base,
            "data": self.data,
            "prompt": study.prompt,
            "training": {**training, "steps": steps or training["steps"]},
            "arm": self._describe_arm(arm),
            "learning_rate": rate,
            "seed": seed,
            "evaluate": {
                "every": evaluate["every"],
                "test": final,
                "generate": evaluate["generate"] if final else None,
            },
        }
        return Run(arm, identity)

    def _describe_arm(self, name: str) -> dict[str, Any]:
        """Return the arm without its name and rates; its spec is named by a digest."""
        arm = self.source.study.methods[name].model_dump(mode="json", exclude={"learning_rates"})
        if name in self.source.sublayers:
            arm["ansatz"] = sublayer_digest(self.source.sublayers[name].spec)
        return arm


def choose_rates(study: Study, runs: Iterable[Run], records: Records) -> dict[str, float]:
    """Choose the arms that are compared, in the order of the study, and the rate of each.

    Of arms of which one is chosen, it is the one with the best run.
    """
    losses: dict[str, dict[float, float]] = {}
    for run in runs:
        losses.setdefault(run.arm, {})[run.learning_rate] = find_final_loss(records[run.key])
    for arm, method in study.methods.items():
        losses.setdefault(arm, {method.learning_rates[0]: 0.0})  # there is nothing to choose
    chosen = {min(names, key=lambda arm: min(losses[arm].values())) for names in study.contenders}
    return {
        arm: min(losses[arm], key=losses[arm].__getitem__) for arm in study.methods if arm in chosen
    }


def find_final_loss(record: Mapping[str, Any]) -> float:
    """Return the last validation loss of a run; infinity if it diverged."""
    last = record["validation"][-1][1]
    return math.inf if record["diverged"] or last is None else float(last)
