"""Train one run in a process of its own: the part of a study that loads TensorFlow.

``python -m qslc_study.training`` reads a job as JSON from stdin and writes JSON lines to stdout.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Report: TypeAlias = Callable[[Mapping[str, Any]], None]
"""Function that tells the parent process how far the job is."""
