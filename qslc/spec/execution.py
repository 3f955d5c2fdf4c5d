"""Define how a layer is measured on a chip: shots, or an error to reach, and mitigation."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from qslc.spec.base import Count, Model

MAX_TWIRLS = 1000


class Mitigation(Model):
    """Mitigation of the errors of a chip."""

    readout: Literal["none", "confusion"] = Field(
        "none", description="errors of reading are measured on the chip and inverted"
    )
    rescale: Literal["none", "global", "per_readout", "per_readout_offset"] = Field(
        "per_readout_offset", description="what `calibrate` fits on tokens"
    )
    twirling: Annotated[int, Field(strict=True, ge=0, le=MAX_TWIRLS)] = Field(
        0, description="number of random circuits that are averaged"
    )
    dynamical_decoupling: Annotated[bool, Field(strict=True)] = Field(
        False, description="pulses on idle qubits"
    )
    zne: Literal["none", "linear", "exponential"] = Field(
        "none", description="extrapolation from circuits with more noise to none"
    )


class Execution(Model):
    """Shots of each token and setting, or the error that they are to reach; and mitigation."""

    shots: Count | None = None
    error: Annotated[float, Field(strict=True, gt=0, lt=1, allow_inf_nan=False)] | None = Field(
        None, description="relative error of the readouts, more than 0 and less than 1"
    )
    mitigation: Mitigation = Mitigation()
