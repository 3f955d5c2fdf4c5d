"""What is measured of a run, and which way is better."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Measure:
    """A number for each run. ``better``: -1 where less is better, 1 where more is."""

    key: str
    name: str
    better: int
    digits: int
    cost: bool = False


MEASURES = (
    Measure("test_loss", "test loss", -1, 4),
    Measure("perplexity", "perplexity", -1, 3),
    Measure("bleu", "BLEU", 1, 2),
    Measure("rouge1", "ROUGE-1", 1, 2),
    Measure("rouge2", "ROUGE-2", 1, 2),
    Measure("rougeL", "ROUGE-L", 1, 2),
    Measure("bertscore", "BERTScore", 1, 2),
    Measure("step_seconds", "s/step", -1, 3, cost=True),
    Measure("peak_mib", "peak MiB", -1, 0, cost=True),
    Measure("step_mib", "training MiB", -1, 0, cost=True),
)
QUALITY = ("test_loss", "bleu", "rougeL", "bertscore")
"""The measures whose differences are looked at pair by pair."""


def measure(key: str) -> Measure:
    """The measure of that key."""
    return next(each for each in MEASURES if each.key == key)


def measured(record: Mapping[str, Any], scores: Mapping[str, float]) -> dict[str, float]:
    """The measures of a run by key; those that it does not have are left out.

    ``step_seconds`` is the median; the first step is left out where there are more.
    ``step_mib`` is by how much training raised the peak of the process.
    """
    seconds, memory = record["seconds"], record["memory"]
    found = {
        "step_seconds": median(seconds[1:] or seconds),
        "peak_mib": memory["peak"] / 2**20,
        "step_mib": (memory["peak"] - memory["before"]) / 2**20,
        **scores,
    }
    test = record["test"]
    if test and test["loss"] is not None:
        found["test_loss"] = test["loss"]
        found["perplexity"] = math.exp(min(test["loss"], 700.0))
    return found
