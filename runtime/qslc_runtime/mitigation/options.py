"""Read how a layer is measured, which its spec says under ``execution``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, get_args

from qslc_runtime.mitigation.calibration import Rescale

MAX_TWIRLS = 1000

SHOTS = 10_000
"""Shots for each token and setting where a spec does not say how many; a verdict counts on them."""

_WORDS = {
    "readout": ("none", "confusion"),
    "rescale": get_args(Rescale),
    "zne": ("none", "linear", "exponential"),
}


@dataclass(frozen=True, slots=True)
class Mitigation:
    """Mitigation of the errors of a chip.

    Args:
        readout: "confusion": errors of reading are measured on the chip and inverted; "none".
        rescale: What ``calibrate`` fits: "none", "global", "per_readout" or "per_readout_offset".
        twirling: Number of random circuits that are averaged, each with other Paulis around its
            CZ gates; 0: the circuit itself.
        dynamical_decoupling: Whether idle qubits get pulses.
        zne: Extrapolation to no noise from circuits with each CZ 1, 3 and 5 times: "linear" or
            "exponential"; "none".

    Raises:
        ValueError: An option is none of these.

    Example:
        >>> from qslc_runtime.mitigation import Mitigation
        >>> Mitigation(readout="confusion", twirling=8).rescale
        'per_readout_offset'
    """

    readout: str = "none"
    rescale: str = "per_readout_offset"
    twirling: int = 0
    dynamical_decoupling: bool = False
    zne: str = "none"

    def __post_init__(self) -> None:
        for name, words in _WORDS.items():
            if getattr(self, name) not in words:
                listed = ", ".join(map(repr, words))
                raise ValueError(f"{name} is one of {listed}, not {getattr(self, name)!r}")
        if type(self.twirling) is not int or not 0 <= self.twirling <= MAX_TWIRLS:
            raise ValueError(
                f"twirling is a whole number from 0 to {MAX_TWIRLS}, not {self.twirling!r}"
            )
        if type(self.dynamical_decoupling) is not bool:
            raise ValueError(
                f"dynamical_decoupling is True or False, not {self.dynamical_decoupling!r}"
            )

    @classmethod
    def parse(cls, options: Mapping[str, Any]) -> Mitigation:
        """Return the mitigation of some options by name.

        Raises:
            ValueError: An option does not exist, or has another value than those it can have.
        """
        names = [field.name for field in fields(cls)]
        if not isinstance(options, Mapping):
            raise ValueError(f"mitigation is a mapping of options, not {options!r}")
        if unknown := [str(name) for name in options if name not in names]:
            raise ValueError(
                f"mitigation has no option {unknown[0]!r}; it takes {', '.join(names)}"
            )
        return cls(**options)


@dataclass(frozen=True, slots=True)
class Execution:
    """Key ``execution`` of a spec.

    Args:
        shots: Number for each token and setting, if it is stated.
        error: Relative error of the readouts that the shots are to reach, if it is stated.
        mitigation: What is done about errors.
        needed: Number of shots that are predicted to reach the error; None: it is out of reach, or
            nothing is predicted.

    Example:
        >>> execution = qslc_runtime.Artifact.read("build/my_layer").execution
        >>> execution.choose_shots()
        10000
    """

    shots: int | None = None
    error: float | None = None
    mitigation: Mitigation = Mitigation()
    needed: int | None = None

    def choose_shots(self) -> int:
        """Return the shots that are stated, those that reach the stated error, or else ``SHOTS``.

        Raises:
            ValueError: It is not known how many reach the error.
        """
        if self.error is not None and self.needed is None:
            raise ValueError(
                f"the spec asks for an error of {self.error:g}, and no number of shots is known to "
                "reach it; pass shots"
            )
        return self.shots or self.needed or SHOTS

    @classmethod
    def parse(cls, data: Mapping[str, Any], needed: object = None) -> Execution:
        """Read what stands under "execution" in report.json.

        Args:
            data: What stands there.
            needed: Number of shots that are predicted to reach the error, if any.

        Raises:
            ValueError: Something in it has another value than a spec can have.
        """
        shots, error = data.get("shots"), data.get("error")
        if shots is not None and (type(shots) is not int or shots < 1):
            raise ValueError(f"shots is a whole number, at least 1, not {shots!r}")
        if error is not None and not (isinstance(error, float) and 0 < error < 1):
            raise ValueError(f"error is a number between 0 and 1, not {error!r}")
        reaching = needed if error is not None and type(needed) is int and needed > 0 else None
        return cls(shots, error, Mitigation.parse(data.get("mitigation", {})), reaching)
