"""Encoders: how the features of a hidden state become a quantum state."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, Tag

from qslc.spec.base import NAME, Count, Model, Qubit, tagged, told_by

RotationName = Literal["rx", "ry", "rz"]
Pad = Literal["zero", "bias", "reference"]


class Slice(Model):
    """Part of the hidden state: features ``start`` to ``stop - 1``."""

    slice: tuple[Qubit, Count] = Field(description="[start, stop] of the hidden features to encode")


Project = Annotated[
    Annotated[Literal["none", "learned", "orthogonal"], Tag(NAME)] | Annotated[Slice, Tag("Slice")],
    tagged("none, learned, orthogonal or {slice: [start, stop]}", "Slice"),
    Field(description="how wider hidden states become the features"),
]


class AmplitudeEncoder(Model):
    """The normalised features are the amplitudes; qubit 0 is the most significant bit."""

    kind: Literal["amplitude"]
    features: Count = Field(description="input features; at most 2**qubits")
    pad: Pad = Field(
        "zero",
        description="what fills the spare amplitudes: zeros; a constant 1 and then zeros; or, "
        "where qubit 0 is 1, a reference state of equal amplitudes",
    )
    project: Project = "none"

    def amplitudes(self, qubits: int) -> int:
        """How many amplitudes hold features or constants."""
        if self.pad == "reference":
            return 1 << qubits
        return self.features + (self.pad == "bias")


class AngleEncoder(Model):
    """Feature i is the angle, in radians, of one rotation of qubit i on |0...0>."""

    kind: Literal["angle"]
    features: Count | None = Field(
        None, description="input features; at most one per qubit (the default)"
    )
    rotation: RotationName = "ry"
    project: Project = "none"


class IqpEncoder(Model):
    """H on every qubit, RZ(x_i), then RZZ(x_i x_j) for i < j (Havlicek et al. 2019), repeated."""

    kind: Literal["iqp"]
    features: Count | None = Field(
        None, description="input features; at most one per qubit (the default)"
    )
    repeats: Annotated[int, Field(strict=True, ge=1, le=16)] = 1
    project: Project = "none"


class NoEncoder(Model):
    """No input: the circuit starts on |0...0> and its expectations depend on the weights alone."""

    kind: Literal["none"]


Encoder = Annotated[
    Annotated[AmplitudeEncoder, Tag("AmplitudeEncoder")]
    | Annotated[AngleEncoder, Tag("AngleEncoder")]
    | Annotated[IqpEncoder, Tag("IqpEncoder")]
    | Annotated[NoEncoder, Tag("NoEncoder")],
    told_by(
        "kind",
        {
            "amplitude": "AmplitudeEncoder",
            "angle": "AngleEncoder",
            "iqp": "IqpEncoder",
            "none": "NoEncoder",
        },
    ),
]
