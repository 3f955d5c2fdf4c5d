"""Tell on which kinds of machines runs were: times and memory of unlike ones are not compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from qslc_study.results.measures import MEASURES

MEASURED_THERE = frozenset(
    ("reach_seconds", *(measure.key for measure in MEASURES if measure.kind == "cost"))
)
"""Figures of a run that depend on its machine."""

_KIND = ("machine", "processor", "accelerator", "cores", "threads", "gpus", "cluster")


def list_machines(records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the kinds of machines that runs were on, each with the number of its ``runs``."""
    kinds = (tuple(record["environment"].get(key) for key in _KIND) for record in records)
    return [
        {**dict(zip(_KIND, kind, strict=True)), "runs": runs}
        for kind, runs in Counter(kinds).items()
    ]
