"""Lessen the errors of chips: calibrated factors, readout correction, twirling, extrapolation."""

from __future__ import annotations

from qslc_runtime.mitigation.calibration import RESCALES, Calibration, fit_calibration
from qslc_runtime.mitigation.options import Execution, Mitigation

__all__ = ["RESCALES", "Calibration", "Execution", "Mitigation", "fit_calibration"]
