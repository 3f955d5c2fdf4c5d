"""Lessen the errors of chips: calibrated factors, readout correction, twirling, extrapolation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qslc_runtime.mitigation.calibration import RESCALES, Calibration, fit_calibration
from qslc_runtime.mitigation.options import Execution, Mitigation

if TYPE_CHECKING:
    from qslc_runtime.mitigation.assessment import METHODS, Assessment, assess

__all__ = [
    "METHODS",
    "RESCALES",
    "Assessment",
    "Calibration",
    "Execution",
    "Mitigation",
    "assess",
    "fit_calibration",
]


def __getattr__(name: str) -> Any:
    """Import what simulates circuits on first use."""
    if name not in ("METHODS", "Assessment", "assess"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from qslc_runtime.mitigation import assessment

    return getattr(assessment, name)


def __dir__() -> list[str]:
    return [*__all__]
