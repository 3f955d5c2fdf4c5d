"""The spec: what a user asks for, as frozen values that are equal when they mean the same text.

Every model forbids unknown keys. The JSON Schema that editors use is made from these classes.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

MAX_QUBITS = 1024
"""The largest ansatz that qslc compiles."""

RotationName = Literal["rx", "ry", "rz"]
EntanglerName = Literal["cnot", "cz", "swap", "crx", "cry", "crz", "rxx", "ryy", "rzz"]
PatternName = Literal["linear", "ring", "all_to_all", "brick", "star", "shifted_ring"]
NativeGateName = Literal["cz", "cnot"]

Count = Annotated[int, Field(strict=True, ge=1)]
Qubit = Annotated[int, Field(strict=True, ge=0)]
Pair = tuple[Qubit, Qubit]
Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


def _text_or_list(value: Any) -> str:
    return "name" if isinstance(value, str) else "list"


class Model(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True
    )


class Slice(Model):
    """Part of the hidden state: features ``start`` to ``stop - 1``."""

    slice: tuple[Qubit, Count] = Field(description="[start, stop] of the hidden features to encode")


Project = Annotated[
    Annotated[Literal["none", "learned", "orthogonal"], Tag("name")]
    | Annotated[Slice, Tag("mapping")],
    Discriminator(lambda value: "name" if isinstance(value, str) else "mapping"),
]


class AmplitudeEncoder(Model):
    """The normalised features are the amplitudes of the state; qubit 0 is the most significant bit."""

    kind: Literal["amplitude"]
    features: Count = Field(description="input features; at most 2**qubits")
    pad: Literal["zero", "bias"] = Field(
        "zero", description="what fills the spare amplitudes: zeros, or a constant 1 and then zeros"
    )
    project: Project = Field("none", description="how wider hidden states become the features")


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
    AmplitudeEncoder | AngleEncoder | IqpEncoder | NoEncoder, Field(discriminator="kind")
]

Pattern = Annotated[
    Annotated[PatternName, Tag("name")] | Annotated[tuple[Pair, ...], Tag("list")],
    Discriminator(_text_or_list),
]
QubitSet = Annotated[
    Annotated[Literal["all"], Tag("name")] | Annotated[tuple[Qubit, ...], Tag("list")],
    Discriminator(_text_or_list),
]


class Entangler(Model):
    """One two-qubit gate on every pair of a pattern. A gate with an angle takes a fresh weight each time."""

    gate: EntanglerName
    pattern: Pattern


class LayeredAnsatz(Model):
    """``depth`` layers, each the rotations on every qubit and then the entangler."""

    depth: Annotated[int, Field(strict=True, ge=1, le=1000)]
    rotations: tuple[RotationName, ...] = ("ry",)
    entangler: Annotated[
        Annotated[Literal["none"], Tag("name")] | Annotated[Entangler, Tag("mapping")],
        Discriminator(lambda value: "name" if isinstance(value, str) else "mapping"),
    ]
    final_rotations: bool = Field(False, strict=True, description="rotations once more at the end")


class Fixed(Model):
    on: QubitSet


class Rotation(Model):
    on: QubitSet
    angle: str = Field(
        description="radians; `theta` is a fresh weight each time, other names are shared"
    )


class FixedPair(Model):
    on: Pattern


class RotationPair(Model):
    on: Pattern
    angle: str = Field(
        description="radians; `theta` is a fresh weight each time, other names are shared"
    )


class BlockEntry(Model):
    """Exactly one gate and the qubits, or the pairs, it acts on."""

    rx: Rotation | None = None
    ry: Rotation | None = None
    rz: Rotation | None = None
    h: Fixed | None = None
    x: Fixed | None = None
    z: Fixed | None = None
    s: Fixed | None = None
    t: Fixed | None = None
    cnot: FixedPair | None = None
    cz: FixedPair | None = None
    swap: FixedPair | None = None
    crx: RotationPair | None = None
    cry: RotationPair | None = None
    crz: RotationPair | None = None
    rxx: RotationPair | None = None
    ryy: RotationPair | None = None
    rzz: RotationPair | None = None

    @model_validator(mode="after")
    def _one_gate(self) -> BlockEntry:
        if len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError("one entry of a block is exactly one gate")
        return self

    @property
    def gate(self) -> str:
        return next(name for name, value in self if value is not None)

    @property
    def placement(self) -> Fixed | Rotation | FixedPair | RotationPair:
        placement: Fixed | Rotation | FixedPair | RotationPair = getattr(self, self.gate)
        return placement


class BlockAnsatz(Model):
    """A list of gates, repeated."""

    repeat: Annotated[int, Field(strict=True, ge=1, le=1000)] = 1
    block: tuple[BlockEntry, ...] = Field(min_length=1)


Ansatz = Annotated[
    Annotated[LayeredAnsatz, Tag("layers")] | Annotated[BlockAnsatz, Tag("block")],
    Discriminator(
        lambda value: (
            "block"
            if isinstance(value, BlockAnsatz) or (isinstance(value, dict) and "block" in value)
            else "layers"
        )
    ),
]


class GridDevice(Model):
    """Rows and columns of qubits, each coupled to its neighbours."""

    grid: tuple[Count, Count]
    gates: tuple[NativeGateName, ...] = Field(("cz",), min_length=1)


class HeavyHexDevice(Model):
    """The heavy-hexagon lattice of an odd code distance (5d^2/2 - d - 1/2 qubits)."""

    heavy_hex: Count
    gates: tuple[NativeGateName, ...] = Field(("cz",), min_length=1)


class EdgesDevice(Model):
    """A device given by its couplers; its qubits are the numbers that occur."""

    edges: tuple[Pair, ...] = Field(min_length=1)
    name: str = "custom"
    gates: tuple[NativeGateName, ...] = Field(("cz",), min_length=1)


class FileDevice(Model):
    """A YAML file that holds what ``EdgesDevice`` holds. Read when the spec is loaded."""

    file: str


def _device_tag(value: Any) -> str | None:
    if isinstance(value, str):
        return "name"
    keys = value if isinstance(value, dict) else type(value).model_fields
    return next((key for key in ("grid", "heavy_hex", "edges", "file") if key in keys), None)


Device = Annotated[
    Annotated[Literal["all_to_all", "line", "ring", "rainbow", "weber"], Tag("name")]
    | Annotated[GridDevice, Tag("grid")]
    | Annotated[HeavyHexDevice, Tag("heavy_hex")]
    | Annotated[EdgesDevice, Tag("edges")]
    | Annotated[FileDevice, Tag("file")],
    Discriminator(_device_tag),
]


class Depolarizing(Model):
    """Probability of a random Pauli error after each gate."""

    one_qubit: Probability = Field(0.0, alias="1q")
    two_qubit: Probability = Field(0.0, alias="2q")


class Readout(Model):
    """p01: a 0 is read as 1; p10: a 1 is read as 0."""

    p01: Probability = 0.0
    p10: Probability = 0.0


class Channels(Model):
    depolarizing: Depolarizing = Depolarizing()
    amplitude_damping: Probability = Field(0.0, description="decay of each qubit per moment")
    readout: Readout = Readout()


Noise = Annotated[
    Annotated[Literal["none", "device"], Tag("name")] | Annotated[Channels, Tag("mapping")],
    Discriminator(lambda value: "name" if isinstance(value, str) else "mapping"),
]

Measure = Annotated[
    Annotated[Literal["z", "zz"], Tag("name")] | Annotated[tuple[str, ...], Tag("list")],
    Discriminator(_text_or_list),
]


class Optimize(Model):
    level: Annotated[int, Field(strict=True, ge=0, le=3)] = 2
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**32)] = 0


class Spec(Model):
    """One quantum sublayer: encoder, ansatz, observables, device, noise and optimisation."""

    qslc: Literal[1] = Field(description="version of this format")
    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$", description="lower-case Python identifier")
    qubits: Annotated[int, Field(strict=True, ge=1, le=MAX_QUBITS)]
    encoder: Encoder
    ansatz: Ansatz
    measure: Measure = Field("z", description="z, zz, or a list of both and of Pauli strings")
    device: Device = "all_to_all"
    noise: Noise = "none"
    optimize: Optimize = Optimize()


def canonical_json(spec: Spec) -> str:
    """The spec as JSON with sorted keys and every default filled in."""
    data = spec.model_dump(mode="json", by_alias=True, exclude_none=True)
    return json.dumps(data, sort_keys=True, separators=(",", ":"))


def digest(spec: Spec) -> str:
    """``sha256:`` and the hexadecimal digest of the canonical JSON."""
    return "sha256:" + hashlib.sha256(canonical_json(spec).encode()).hexdigest()
