"""The options of engine "sampler", checked."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any, Literal

import cirq
import numpy as np

from qslc_runtime.artifact import Artifact
from qslc_runtime.mitigation.options import Mitigation

_COUNTS = ("shots", "spsa_samples", "attempts", "job_size")


@dataclass(frozen=True, kw_only=True)
class SamplerOptions:
    """Options of an engine "sampler", as its arguments say.

    Raises:
        ValueError: An option is out of range, or two of them do not go together.
    """

    sampler: str | cirq.Sampler
    shots: int
    mitigation: Mitigation
    seed: int
    gradient: Literal["parameter_shift", "spsa"] | None
    spsa_step: float
    spsa_samples: int
    copies: int | Literal["auto"]
    reuse: bool
    record: str | None
    lost: Literal["refuse", "resend"]
    attempts: int
    job_size: int
    max_shots: int | None
    fidelity: float | None

    def __post_init__(self) -> None:
        for name in _COUNTS:
            _check_count(name, getattr(self, name))
        if self.copies != "auto":
            _check_count("copies", self.copies)
        if self.max_shots is not None:
            _check_count("max_shots", self.max_shots)
        self._check_choices()
        if self.mitigation.zne == "exponential" and self.gradient == "parameter_shift":
            raise ValueError(
                'gradient="parameter_shift" is of linear estimates, and zne="exponential" is none; '
                'pass zne="linear"'
            )

    def _check_choices(self) -> None:
        if type(self.seed) is not int or not 0 <= self.seed < 2**32:
            raise ValueError(f"seed is a whole number from 0 to 2**32 - 1, not {self.seed!r}")
        if not isinstance(self.spsa_step, int | float) or not 0 < self.spsa_step < np.pi:
            raise ValueError(f"spsa_step is an angle between 0 and pi, not {self.spsa_step!r}")
        if self.gradient not in (None, "parameter_shift", "spsa"):
            raise ValueError(
                f'gradient is "parameter_shift", "spsa" or None, not {self.gradient!r}'
            )
        if self.lost not in ("refuse", "resend"):
            raise ValueError(f'lost is "refuse" or "resend", not {self.lost!r}')

    @classmethod
    def make(
        cls,
        artifact: Artifact,
        *,
        shots: int | None,
        mitigation: Any,
        record: str | os.PathLike[str] | None,
        **others: Any,
    ) -> SamplerOptions:
        """Return options, with what the spec of a compile says where they are left out.

        Raises:
            ValueError: As the class; or a fidelity is asked for, and the compile prepares none.
        """
        execution = artifact.execution
        options = cls(
            shots=execution.choose_shots() if shots is None else shots,
            mitigation=execution.mitigation if mitigation is None else Mitigation.parse(mitigation),
            record=None if record is None else os.fspath(record),
            **others,
        )
        _check_fidelity(options.fidelity, artifact)
        return options

    def can_share(self, other: SamplerOptions) -> bool:
        """Return whether results of one are those of the other: all but ``max_shots`` agrees."""
        limited = (self.max_shots is None) == (other.max_shots is None)
        return self.reuse and limited and self == replace(other, max_shots=self.max_shots)


def _check_count(name: str, value: object) -> None:
    if type(value) is not int or value < 1:
        raise ValueError(f"{name} is a whole number, at least 1, not {value!r}")


def _check_fidelity(fidelity: object, artifact: Artifact) -> None:
    if fidelity is None:
        return
    if not isinstance(fidelity, int | float) or not 0 <= fidelity <= 1:
        raise ValueError(f"fidelity lies between 0 and 1: {fidelity!r}")
    if artifact.preparation is None:
        raise ValueError("fidelity is that of prepared vectors, and this compile prepares none")
