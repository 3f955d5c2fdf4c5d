"""Encoders: how the features of a token enter the circuit. One class is one encoder."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Annotated, ClassVar, Literal, TypeAlias, get_args

from pydantic import Field
from typing_extensions import override

from qslc.ir.gates import list_gates
from qslc.registry import Registry
from qslc.spec.base import MAX_COUNT, Alternatives, Count, Model, NameIn, OneOf, Qubit
from qslc.spec.expression import Binary, Expression, Symbol
from qslc.spec.preparation import AnyPreparation, Preparation
from qslc.spec.wording import pluralize

RotationName = Annotated[str, NameIn(lambda: list_gates(1, rotation=True))]
Pad = Literal["zero", "bias", "reference"]
_InputKind = Literal["angles", "amplitudes", "none"]

EncoderGate: TypeAlias = tuple[str, tuple[int, ...], Expression | None]
"""Name, qubits, and the angle in radians if the gate has one."""


class Slice(Model):
    """Part of the hidden state: features ``start`` to ``stop - 1``."""

    slice: tuple[Qubit, Count] = Field(description="[start, stop] of the hidden features to encode")


Project = Annotated[
    Literal["none", "learned", "orthogonal", "principal"] | Slice,
    Alternatives("none, learned, orthogonal, principal or {slice: [start, stop]}"),
    Field(description="how wider hidden states become the features"),
]


@dataclass(frozen=True, slots=True)
class Inputs:
    """Inputs that the circuit takes for each token.

    Args:
        kind: What the numbers are: angles of gates, in radians; amplitudes of the start state,
            qubit 0 the most significant bit; or none.
        features: How many features of the hidden state are encoded.
        width: How many numbers the circuit takes: the features, and the reference state, if any.
        bias: Whether a constant amplitude 1 follows the features.

    Raises:
        ValueError: The kind is another one.
    """

    kind: _InputKind
    features: int
    width: int
    bias: bool = False

    def __post_init__(self) -> None:
        if self.kind not in get_args(_InputKind):
            known = ", ".join(get_args(_InputKind))
            raise ValueError(f"the inputs of an encoder are one of {known}, not {self.kind!r}")

    @property
    def are_amplitudes(self) -> bool:
        """Tell whether the features are amplitudes of the start state."""
        return self.kind == "amplitudes"

    @property
    def amplitude_qubits(self) -> int:
        """Number of qubits, the last ones, that the amplitudes need, at least 1; all others are
        |0>."""
        return max(1, (self.width + self.bias - 1).bit_length())

    @property
    def reference(self) -> bool:
        """Tell whether a state of equal amplitudes stands beside the features."""
        return self.width > self.features

    @property
    def pad(self) -> Pad | None:
        """Padding beside the features where they are amplitudes."""
        if not self.are_amplitudes:
            return None
        return "reference" if self.reference else "bias" if self.bias else "zero"

    @property
    def angles(self) -> tuple[str, ...]:
        """The names of the inputs that are angles: x0, x1, ..."""
        return tuple(f"x{i}" for i in range(self.width)) if self.kind == "angles" else ()


NO_INPUTS = Inputs("none", 0, 0)


class Encoder(Model):
    """An entry of ``ENCODERS``: the keys of its YAML, and what follows from them.

    A subclass declares ``kind`` as a ``Literal`` of one word, the name under which a spec asks for
    it. If it encodes features it has the field ``project``, and ``features`` if their number can
    be chosen.
    """

    name: ClassVar[str]
    """The word of ``kind``."""
    in_ansatz: ClassVar[bool] = False
    """Whether features that no gate here takes are left to the angles of the ansatz."""

    kind: str

    @classmethod
    def __pydantic_init_subclass__(cls, **_: object) -> None:
        words = get_args(cls.model_fields["kind"].annotation)
        if len(words) == 1:
            cls.name = words[0]
        elif not cls.__abstractmethods__:
            raise TypeError(f"{cls.__name__} does not define kind as a Literal of one word")

    @abstractmethod
    def inputs(self, qubits: int) -> Inputs:
        """Return what a circuit of so many qubits takes for each token."""

    @abstractmethod
    def capacity(self, qubits: int) -> int:
        """Return how many features fit on so many qubits."""

    @abstractmethod
    def gates(self, qubits: int) -> Iterator[EncoderGate]:
        """Yield the gates before the ansatz; input i is the symbol ``xi``."""

    @abstractmethod
    def summary(self, qubits: int) -> str:
        """Return half a sentence for the docstring of the generated layer."""

    @abstractmethod
    def method(self, qubits: int) -> str:
        """Return how a token enters the circuit, in the words of the report."""

    @property
    def beside(self) -> str:
        """Name of what is encoded beside the features, for errors."""
        return ""

    @property
    def prepared(self) -> Preparation | None:
        """Preparation of the amplitudes on a device; None if there is none."""
        chosen: Preparation | None = getattr(self, "preparation", None)
        return chosen

    @property
    def projection(self) -> str | Slice:
        """Projection from wider hidden states to the features; "none" if there is none."""
        chosen: str | Slice = getattr(self, "project", "none")
        return chosen

    def count_gates(self, qubits: int) -> int:
        """Return the number of ``gates``."""
        return sum(1 for _ in self.gates(qubits))

    def resize(self, qubits: int) -> Encoder:
        """Return the same encoder on so many qubits, with as many of the features as fit."""
        features = getattr(self, "features", None)
        fitting = {} if features is None else {"features": min(features, self.capacity(qubits))}
        return self.model_copy(update=fitting)


class AmplitudeEncoder(Encoder):
    """The normalized features are the amplitudes; qubit 0 is the most significant bit."""

    kind: Literal["amplitude"]
    features: Count = Field(description="input features; at most 2**qubits")
    pad: Pad = Field(
        "zero",
        description="what fills the spare amplitudes: zeros; a constant 1 and then zeros; or, "
        "where qubit 0 is 1, a reference state of equal amplitudes",
    )
    project: Project = "none"
    preparation: AnyPreparation | None = Field(
        None, description="how a vector comes into the amplitudes on a device, from |0...0> on"
    )

    def inputs(self, qubits: int) -> Inputs:
        width = {"zero": self.features, "bias": self.features, "reference": 1 << qubits}[self.pad]
        return Inputs("amplitudes", self.features, width, bias=self.pad == "bias")

    def capacity(self, qubits: int) -> int:
        constants = {"zero": 0, "bias": 1, "reference": 1 << (qubits - 1)}
        return (1 << qubits) - constants[self.pad]

    @override
    def gates(self, qubits: int) -> Iterator[EncoderGate]:
        return iter(())

    @override
    def summary(self, qubits: int) -> str:
        pad = {"zero": "", "bias": " and a constant one", "reference": " beside a reference state"}
        return f"{self.features} features{pad[self.pad]} are the amplitudes of the state"

    def method(self, qubits: int) -> str:
        inputs = self.inputs(qubits)
        amplitudes = inputs.width + inputs.bias
        on = f"{amplitudes} real amplitudes on {(amplitudes - 1).bit_length()} qubits"
        if self.prepared is not None and self.prepared.method == "variational":
            return (
                f"state preparation of {on} by levels of RY and the native gate along the "
                "couplers, whose angles are searched for every vector anew"
            )
        return (
            f"state preparation of {on} by uniformly controlled RY (Möttönen et al. 2005), for "
            "every vector anew"
        )

    @property
    def beside(self) -> str:
        return {"zero": "", "bias": " and the bias", "reference": " beside the reference"}[self.pad]

    def resize(self, qubits: int) -> Encoder:
        """Return the same encoder with features in all amplitudes but the constants."""
        return self.model_copy(update={"features": self.capacity(qubits)})


class _RotationEncoder(Encoder):
    """An encoder with at most one feature for each qubit, by default exactly one."""

    features: Count | None = Field(
        None, description="input features; at most one per qubit (the default)"
    )

    def inputs(self, qubits: int) -> Inputs:
        width = qubits if self.features is None else self.features
        return Inputs("angles", width, width)

    def capacity(self, qubits: int) -> int:
        return qubits


class AngleEncoder(_RotationEncoder):
    """Feature i is the angle, in radians, of one rotation of qubit i on |0...0>."""

    kind: Literal["angle"]
    rotation: RotationName = "ry"
    project: Project = "none"

    def gates(self, qubits: int) -> Iterator[EncoderGate]:
        for i, x in enumerate(self.inputs(qubits).angles):
            yield self.rotation, (i,), Symbol(x)

    def summary(self, qubits: int) -> str:
        features = pluralize(self.inputs(qubits).features, "feature")
        return f"{features}, each the angle of {self.rotation.upper()} on a qubit"

    @override
    def method(self, qubits: int) -> str:
        return "one rotation on each qubit"


class IqpEncoder(_RotationEncoder):
    """H on every qubit, RZ(x_i), then RZZ(x_i x_j) for i < j (Havlicek et al. 2019), repeated."""

    kind: Literal["iqp"]
    repeats: Annotated[int, Field(strict=True, ge=1, le=16)] = 1
    project: Project = "none"

    def gates(self, qubits: int) -> Iterator[EncoderGate]:
        """Yield the gates of the embedding (Havlicek et al. 2019, Nature 567, 209)."""
        x = [Symbol(name) for name in self.inputs(qubits).angles]
        for _ in range(self.repeats):
            yield from (("h", (qubit,), None) for qubit in range(qubits))
            yield from (("rz", (i,), angle) for i, angle in enumerate(x))
            for i, j in combinations(range(len(x)), 2):
                yield "rzz", (i, j), Binary("*", x[i], x[j])

    def count_gates(self, qubits: int) -> int:
        """Return the number of ``gates``, which may be too many to list."""
        features = self.inputs(qubits).features
        return self.repeats * (qubits + features * (features + 1) // 2)

    def summary(self, qubits: int) -> str:
        features = pluralize(self.inputs(qubits).features, "feature")
        return f"{features} in {pluralize(self.repeats, 'IQP layer')}"

    def method(self, qubits: int) -> str:
        features = self.inputs(qubits).features
        return f"{self.repeats * features * (features - 1) // 2} RZZ rotations at two CZ each"


class AnsatzEncoder(Encoder):
    """Features are the symbols x0, x1, ... in the angles of the ansatz, wherever they stand."""

    in_ansatz: ClassVar[bool] = True
    kind: Literal["ansatz"]
    features: Count = Field(description="input features: x0, x1, ... in angles of the ansatz")
    project: Project = "none"

    @override
    def inputs(self, qubits: int) -> Inputs:
        return Inputs("angles", self.features, self.features)

    @override
    def capacity(self, qubits: int) -> int:
        return MAX_COUNT

    @override
    def gates(self, qubits: int) -> Iterator[EncoderGate]:
        return iter(())

    @override
    def summary(self, qubits: int) -> str:
        return f"{pluralize(self.features, 'feature')} in the angles of the ansatz"

    @override
    def method(self, qubits: int) -> str:
        return "in the angles of the ansatz"


class NoEncoder(Encoder):
    """No input: the circuit starts on |0...0> and its expectations depend on the weights alone."""

    kind: Literal["none"]

    @override
    def inputs(self, qubits: int) -> Inputs:
        return NO_INPUTS

    @override
    def capacity(self, qubits: int) -> int:
        return 0

    @override
    def gates(self, qubits: int) -> Iterator[EncoderGate]:
        return iter(())

    @override
    def summary(self, qubits: int) -> str:
        return "no input"

    @override
    def method(self, qubits: int) -> str:
        return "no input"


ENCODERS = Registry[type[Encoder]](
    "encoder", [AmplitudeEncoder, AngleEncoder, IqpEncoder, AnsatzEncoder, NoEncoder]
)

AnyEncoder = Annotated[Encoder, OneOf(ENCODERS, "kind")]
