"""Make the content of ``study.json``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from qslc_study.plan import Run, find_final_loss
from qslc_study.results.arms import (
    ArmRuns,
    average_curves,
    compare_arms,
    compare_early,
    estimate_all,
)
from qslc_study.results.chip import estimate_conditions
from qslc_study.results.machines import MEASURED_THERE, list_machines
from qslc_study.results.measures import EARLY, choose_level, measure_convergence, measure_run
from qslc_study.results.statistics import LEVEL, find_front
from qslc_study.spec.model import Study

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Found:
    """Everything that a study has when its runs are done.

    ``samples`` are sources of the test data, each with one ``reference`` and its ``position`` among
    the texts of each run. ``overlap`` counts what of the test references stood in the text that the
    base was pretrained on, where that is known.
    """

    command: str
    study: Study
    tuning: Sequence[Run]
    final: Sequence[Run]
    records: Mapping[str, Record]
    scores: Mapping[str, Mapping[str, float]]
    versions: Mapping[str, str]
    sources: int
    references: int
    samples: Sequence[Record]
    overlap: Mapping[str, int] | None = None


def summarize(found: Found) -> dict[str, Any]:
    """Return the results as plain JSON; the same records give the same summary."""
    records = [found.records[run.key] for run in found.final]
    sound = [record["validation"] for record in records if not record["diverged"]]
    level = found.study.evaluate.reach or choose_level(sound)
    machines = list_machines(records)
    left_out = MEASURED_THERE if len(machines) > 1 else frozenset()
    names = dict.fromkeys(run.arm for run in found.final)
    arms = [_collect_arm(found, name, level, left_out) for name in names]
    summaries = [
        _summarize_arm(arm, found.study.methods[arm.name].learning_rates, timed=not left_out)
        for arm in arms
    ]
    first = records[0]
    return {
        "qslc": 1,
        "name": found.study.name,
        "command": found.command,
        "study": found.study.model_dump(mode="json"),
        "interval": LEVEL,
        "pairs": first["pairs"],
        "cut": first["cut"],
        "sources": found.sources,
        "references": found.references,
        "overlap": dict(found.overlap) if found.overlap else None,
        "test_tokens": first["test"]["tokens"] if first["test"] else None,
        "before": first["validation"][0][1],
        "versions": dict(found.versions),
        "environment": first["environment"],
        "machines": machines,
        "tuning": _summarize_tuning(found),
        "arms": summaries,
        "front": _find_front(summaries),
        "differences": compare_arms(arms),
        "chip": estimate_conditions(arms),
        "convergence": {
            "level": level,
            "level_given": found.study.evaluate.reach is not None,
            "early": EARLY,
            "differences": compare_early(arms),
        },
        "samples": _list_samples(found, arms),
    }


def _collect_arm(found: Found, name: str, level: float, left_out: Set[str]) -> ArmRuns:
    """Return the runs of an arm with their records and figures, but for those left out."""

    def select(figures: Record) -> dict[str, float]:
        return {key: value for key, value in figures.items() if key not in left_out}

    runs = [run for run in found.final if run.arm == name]
    records = [found.records[run.key] for run in runs]
    return ArmRuns(
        name,
        runs,
        records,
        [
            select(measure_run(found.records[run.key], found.scores.get(run.key, {})))
            for run in runs
        ],
        [{} if each["diverged"] else select(measure_convergence(each, level)) for each in records],
    )


def _summarize_tuning(found: Found) -> dict[str, Any]:
    tried: dict[str, Any] = {}
    for run in found.tuning:
        loss = find_final_loss(found.records[run.key])
        rates = tried.setdefault(run.arm, {})
        rates[f"{run.learning_rate:g}"] = loss if loss < math.inf else None
    return tried


def _summarize_arm(arm: ArmRuns, rates: Sequence[float], *, timed: bool) -> dict[str, Any]:
    identity, first = arm.runs[0].identity, arm.records[0]
    rate = identity["learning_rate"]
    return {
        "name": arm.name,
        "method": identity["arm"]["method"],
        "arm": identity["arm"],
        "learning_rate": rate,
        "rate_at_edge": len(rates) > 2 and rate in (min(rates), max(rates)),
        "parameters": first["parameters"],
        "diverged": arm.diverged,
        "measures": estimate_all(arm.measures),
        "convergence": estimate_all(arm.convergence),
        "curves": None if arm.diverged else average_curves(arm.records, timed=timed),
        "runs": [
            {"seed": run.seed, "record": run.key, **values, **early}
            for run, values, early in zip(arm.runs, arm.measures, arm.convergence, strict=True)
        ],
    }


def _find_front(arms: Sequence[Record]) -> list[str]:
    sound = [arm for arm in arms if "test_loss" in arm["measures"] and not arm["diverged"]]
    losses = {arm["name"]: arm["measures"]["test_loss"]["mean"] for arm in sound}
    return find_front({arm["name"]: arm["parameters"]["trainable"] for arm in sound}, losses)


def _list_samples(found: Found, arms: Sequence[ArmRuns]) -> list[dict[str, Any]]:
    """Return what the first seed of each arm wrote for the sources of the samples."""
    texts = {arm.name: arm.records[0]["texts"] for arm in arms if arm.records[0]["texts"]}
    return [
        {
            "source": sample["source"],
            "reference": sample["reference"],
            "written": {name: text["written"][sample["position"]] for name, text in texts.items()},
        }
        for sample in found.samples
        if texts
    ]
