"""Measure circuits on chips and simulators: samplers by name, jobs and their record."""

from __future__ import annotations

from qslc_runtime.sampling.estimate import Estimate
from qslc_runtime.sampling.record import RecordError
from qslc_runtime.sampling.samplers import SAMPLERS, NamedSampler, register_sampler
from qslc_runtime.sampling.submission import SamplerError

__all__ = [
    "SAMPLERS",
    "Estimate",
    "NamedSampler",
    "RecordError",
    "SamplerError",
    "register_sampler",
]
