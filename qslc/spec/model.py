"""Define the spec: what a user asks for, as frozen values that are equal when they mean the same.

Every model forbids unknown keys. The JSON Schema that editors use is made from these classes.
A spec from ``parse``, ``load`` or the builder has also passed the checks.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    model_serializer,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from qslc.ir.gates import GATES
from qslc.spec import ansatz, base, devices, encoders, noise, objectives
from qslc.spec.ansatz import Ansatz
from qslc.spec.base import Alternatives, Model, NameIn
from qslc.spec.circuit import STANDS_FOR, CircuitFile
from qslc.spec.devices import Device, is_calibrated
from qslc.spec.encoders import ENCODERS, AnyEncoder
from qslc.spec.execution import Execution
from qslc.spec.noise import CHANNELS, Noise
from qslc.spec.objectives import OBJECTIVES, choose_objective
from qslc.spec.observables import KEYWORDS, normalize
from qslc.spec.patterns import PATTERNS
from qslc.spec.shape import list_models
from qslc.targets.devices import DEVICES

MAX_QUBITS = 1024
"""The largest ansatz that qslc compiles."""


def _unify(value: Any) -> Any:
    """Return ``z`` for a list that holds nothing else, and a list for any other text.

    So that equal measurements are equal.
    """
    if isinstance(value, str):
        return value if value in KEYWORDS else (value,)
    alone = isinstance(value, list | tuple) and len(value) == 1 and value[0] in KEYWORDS
    return value[0] if alone else value


class _KeywordOrPauliString:
    """A marker that lets a Pauli string stand where a keyword does in JSON Schema."""

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        del handler
        return {"anyOf": [{"enum": list(KEYWORDS)}, {"type": "string"}]}


Observable = Annotated[
    str, BeforeValidator(lambda value: normalize(value) if isinstance(value, str) else value)
]
Measure = Annotated[
    Annotated[str, NameIn(KEYWORDS), _KeywordOrPauliString()]
    | Annotated[tuple[Observable, ...], Field(min_length=1)],
    Alternatives(lambda: f'{", ".join(KEYWORDS)} or a list such as [Z0, "Z0*Z3"]'),
    BeforeValidator(_unify),
]


class Optimize(Model):
    """Optimization level, random seed and objective of the compiler.

    Without an objective it is fidelity on a calibrated device, and else depth.
    """

    level: Annotated[int, Field(strict=True, ge=0, le=3)] = 2
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**32)] = 0
    objective: Annotated[str, NameIn(OBJECTIVES)] | None = None


class Spec(Model):
    """One quantum sublayer: encoder, ansatz, observables, device, noise, and how it is run.

    Example:
        >>> spec = qslc.load("ansatz.yaml").spec
        >>> spec.qubits, spec.measure
        (3, 'z')
    """

    qslc: Annotated[
        Literal[1],
        BeforeValidator(lambda value: value if type(value) is int else None),  # not 1.0, not true
        Field(description="version of this format, which is 1"),
    ]
    name: str = Field(
        pattern=r"^[a-z][a-z0-9_]{0,63}$",
        description="a lower-case letter, then at most 63 lower-case letters, digits or _",
    )
    qubits: int = Field(strict=True, ge=1, le=MAX_QUBITS, description=f"1 to {MAX_QUBITS}")
    encoder: AnyEncoder
    ansatz: Ansatz
    measure: Measure = Field(
        "z", description=f"{', '.join(KEYWORDS)}, or a list of these and of Pauli strings"
    )
    device: Device = Field(
        "all_to_all",
        description="a name, {grid: [5, 5]}, {heavy_hex: 7}, {edges: [[0, 1]]} or {file: PATH}",
    )
    noise: Noise = "none"
    optimize: Optimize = Optimize()
    execution: Execution = Execution()

    @property
    def objective(self) -> str:
        """The objective of the compiler: as given, or the one that suits the device."""
        return self.optimize.objective or choose_objective(is_calibrated(self.device))

    def __repr__(self) -> str:
        device = self.device if isinstance(self.device, str) else "a device of its own"
        return f"<spec {self.name}: {self.qubits} qubits, {self.encoder.name} encoder, on {device}>"

    def __str__(self) -> str:
        return repr(self)

    @model_serializer(mode="wrap")
    def _leave_out_later_keys(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out a key at its default that the format did not have from the beginning."""
        data: dict[str, Any] = serialize(self)
        if self.execution == Execution():
            del data["execution"]
        if not getattr(self.ansatz, "weights", True):
            del data["ansatz"]["weights"]
        return data


def rebuild() -> None:
    """Let the models accept what the tables of the extension points hold now."""
    for model in list_models(Spec).values():
        model.model_rebuild(force=True)


for _table in (ENCODERS, GATES, KEYWORDS, PATTERNS, DEVICES, CHANNELS, OBJECTIVES):
    _table.watch(rebuild)


def canonical_json(spec: Spec) -> str:
    """Return the spec as JSON with sorted keys and every default filled in, but for later keys.

    A key that the format did not have from the beginning stands there only where it is not at its
    default, so that the digests of older specs stay what they were.
    """
    data = spec.model_dump(mode="json", by_alias=True, exclude_none=True)
    data["optimize"].pop("objective", None)
    if spec.objective != choose_objective(is_calibrated(spec.device)):
        data["optimize"]["objective"] = spec.objective
    return json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(spec: Spec) -> str:
    """Return ``sha256:`` and the hexadecimal digest of the canonical JSON."""
    return "sha256:" + hashlib.sha256(canonical_json(spec).encode()).hexdigest()


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a spec, draft 2020-12, for completion and checks in editors."""
    form = Spec.model_json_schema(by_alias=True)
    circuit = CircuitFile.model_json_schema(by_alias=True)
    form["$defs"] |= {**circuit.pop("$defs", {}), "CircuitFile": circuit}
    form["properties"]["circuit"] = {"$ref": "#/$defs/CircuitFile"}
    form["description"] = form["description"].partition("\n\nExample:")[0]  # that is of Python
    form["required"] = [key for key in form["required"] if key not in STANDS_FOR]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **form,
        "oneOf": [{"required": [*STANDS_FOR]}, {"required": ["circuit"]}],
        "title": "qslc spec",
    }


def __getattr__(name: str) -> Any:
    """Return a part of a spec that is now imported from its own module."""
    for home in (ansatz, base, devices, encoders, noise, objectives):
        if name in vars(home):
            message = f"import {name} from {home.__name__}"
            warnings.warn(message, DeprecationWarning, stacklevel=2)
            return vars(home)[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
