"""List the tasks of a training process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from qslc_study.training.base import make_scratch
from qslc_study.training.encoder import score_texts
from qslc_study.training.job import Report
from qslc_study.training.run import run


def _run(job: Mapping[str, Any], report: Report) -> Any:
    return run(job["identity"], job["places"], report)


def _scratch(job: Mapping[str, Any], report: Report) -> None:
    make_scratch(job["settings"], job["text"], job["folder"], report)


TASKS: Mapping[str, Callable[[Mapping[str, Any], Report], Any]] = {
    "run": _run,
    "scratch": _scratch,
    "bertscore": score_texts,
}
