"""Define the ansatz: layers of rotations and entanglers, or a block of single gates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from qslc.ir.gates import GATES, list_gates
from qslc.spec import expression
from qslc.spec.base import Alternatives, Model, NameIn, Pair, Qubit, follow_table
from qslc.spec.encoders import RotationName
from qslc.spec.patterns import PATTERNS

EntanglerName = Annotated[str, NameIn(lambda: list_gates(2))]
PatternName = Annotated[str, NameIn(PATTERNS)]
Repetitions = Annotated[int, Field(strict=True, ge=1, le=1000)]

Pattern = Annotated[
    PatternName | Annotated[tuple[Pair, ...], Field(min_length=1)],
    Alternatives(lambda: f"{', '.join(PATTERNS)} or a list of pairs such as [[0, 1]]"),
]
QubitSet = Annotated[
    Literal["all"] | Annotated[tuple[Qubit, ...], Field(min_length=1)],
    Alternatives("all or a list of qubits such as [0, 2]"),
]


_ANGLE = f"a number up to {expression.MAX_CONSTANT:.0f}, or an expression"


def _normalize_angle(value: Any) -> str:
    """Return one text for all spellings of an angle; what is not an angle is left to the checks."""
    if isinstance(value, int | float) and abs(value) <= expression.MAX_CONSTANT:
        value = value if isinstance(value, bool) else repr(value)
    if not isinstance(value, str):
        raise PydanticCustomError("alternatives", "expected {expected}", {"expected": _ANGLE})
    try:
        return expression.normalize(value)
    except expression.ExpressionError:
        return value


Angle = Annotated[
    str,
    BeforeValidator(_normalize_angle),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}]}),
    Field(
        description="radians; `theta` is a fresh weight for each gate, x0, x1, ... are features, "
        "other names are shared"
    ),
]


class Entangler(Model):
    """One two-qubit gate on every pair of a pattern; a rotation takes a fresh weight each time."""

    gate: EntanglerName
    pattern: Pattern


class LayeredAnsatz(Model):
    """``depth`` layers, each the rotations on every qubit and then the entangler."""

    depth: Repetitions
    rotations: tuple[RotationName, ...] = ("ry",)
    entangler: Annotated[
        Literal["none"] | Entangler, Alternatives("none or {gate: cnot, pattern: ring}")
    ]
    final_rotations: bool = Field(False, strict=True, description="rotations once more at the end")


class Fixed(Model):
    """A one-qubit gate without an angle."""

    on: QubitSet


class Rotation(Model):
    """A one-qubit rotation."""

    on: QubitSet
    angle: Angle


class FixedPair(Model):
    """A two-qubit gate without an angle; the control comes first."""

    on: Pattern


class RotationPair(Model):
    """A two-qubit rotation; the control comes first."""

    on: Pattern
    angle: Angle


GatePlacement: TypeAlias = Fixed | Rotation | FixedPair | RotationPair


def _describe_one_gate(schema: dict[str, Any]) -> None:
    """Make the JSON Schema say: exactly one gate, and null is none."""
    for name, gate in schema["properties"].items():
        schema["properties"][name] = next(form for form in gate["anyOf"] if "$ref" in form)
    schema.update(minProperties=1, maxProperties=1)


class BlockEntry(Model, json_schema_extra=_describe_one_gate):
    """Exactly one gate and the qubits, or the pairs, it acts on."""

    # Its fields are the gates of the table: see ``follow_table`` below.

    @model_validator(mode="after")
    def _require_one_gate(self) -> BlockEntry:
        if sum(value is not None for _, value in self) != 1:
            raise ValueError("expected exactly one gate with its qubits")
        return self

    def __repr_args__(self) -> Iterator[tuple[str, Any]]:
        yield self.gate, self.placement

    @property
    def gate(self) -> str:
        """The name of the gate."""
        fields = vars(self)  # a gate may have the name of a property
        return next(name for name in self.model_fields_set if fields[name] is not None)

    @property
    def placement(self) -> GatePlacement:
        """Qubits of the gate, and its angle."""
        placement: GatePlacement = vars(self)[self.gate]
        return placement


_PLACEMENTS: Mapping[tuple[int, bool], Any] = {
    (1, False): Fixed | None,
    (1, True): Rotation | None,
    (2, False): FixedPair | None,
    (2, True): RotationPair | None,
}
"""How a gate stands in a block, by its number of qubits and whether it takes an angle."""


follow_table(
    BlockEntry,
    GATES,
    lambda gate: FieldInfo(annotation=_PLACEMENTS[gate.arity, gate.rotation], default=None),
)


WeightName = Annotated[str, Field(min_length=1, max_length=100)]


class BlockAnsatz(Model):
    """A list of gates, repeated.

    With ``weights`` the angles name the weights theta_0, theta_1, ... in the order of that list.
    """

    repeat: Repetitions = 1
    block: tuple[BlockEntry, ...] = Field(min_length=1)
    weights: tuple[WeightName, ...] = Field(
        (), description="names of all weights, which angles call theta_0, theta_1, ..."
    )


_BY_KEY = {
    "block": "BlockAnsatz",
    **dict.fromkeys(LayeredAnsatz.model_fields, "LayeredAnsatz"),
    **dict.fromkeys(("repeat", "weights"), "BlockAnsatz"),
}


Ansatz = Annotated[
    LayeredAnsatz | BlockAnsatz,
    Alternatives(
        "a mapping with depth and entangler, or with block", _BY_KEY, otherwise="LayeredAnsatz"
    ),
]
