"""What one pass, or one stage of lowering, did to a program."""

from __future__ import annotations

from dataclasses import dataclass

from qslc.ir.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Step:
    """A named transformation, the metrics around it and its wall time.

    ``note`` says in a few words what it decided ("3 swaps"), where that is worth telling.
    """

    name: str
    before: Metrics
    after: Metrics
    seconds: float
    note: str = ""
