"""Records of what a pass or a stage of lowering did, and of its alternatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from qslc.ir.metrics import Metrics

Verdict = Literal["chosen", "finalist", "compared", "skipped"]


@dataclass(frozen=True, slots=True)
class Verification:
    """The evidence that two programs are equal, or not.

    Args:
        method: How they were compared.
        points: Number of random points, each an angle for every symbol, and an input vector where
            one is encoded in the amplitudes.
        max_deviation: Largest difference found, over all points and observables.
        verdict: "equal" if that is within rounding.
    """

    method: str
    points: int
    max_deviation: float
    verdict: Literal["equal", "different"]


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


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to bring a program to a device, and how it fared.

    Args:
        verdict: "finalist" and "chosen": measured after clean-up; "compared": before it, and not
            among the best; "skipped": not tried, or without result.
        method: What the step is called that takes this way.
        note: How it was made, or why it was skipped.
        two_qubit_depth: In native gates; None if it was skipped.
        two_qubit_gates: The same.
        cost: What the objective counts first; see ``qslc.lower.candidates``. None if skipped.
    """

    verdict: Verdict
    method: str
    note: str
    two_qubit_depth: int | None = None
    two_qubit_gates: int | None = None
    cost: float | None = None
