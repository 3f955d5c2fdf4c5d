"""The generated Keras layer: ``layer.py``, the source text that a user imports."""

from __future__ import annotations

import builtins
import json
import keyword
from dataclasses import dataclass
from functools import cache

import jinja2

from qslc.codegen.circuit_source import CircuitSource, circuit_source
from qslc.codegen.python_source import Source, call, layout, tuple_of
from qslc.codegen.table_source import Tables
from qslc.codegen.words import description
from qslc.ir.program import Program
from qslc.simulate.chunk import chunk_size
from qslc.simulate.cost import WITH_GRADIENT, Cost
from qslc.spec.model import Spec, digest
from qslc.spec.observables import observables, text_of

_IMPORTED = frozenset({"QuantumSublayer", "Tensor"})

MAX_SIMULATED = 20
"""The native engine simulates at most this many qubits."""


@dataclass(frozen=True, slots=True)
class LayerView:
    """Everything that the template shows; lists are lines of Python."""

    name: str
    class_name: str
    version: str
    digest: str
    package: str
    description: list[str]
    imports: list[str]
    math: bool
    tables: list[str]
    constants: list[str]
    weights: int
    summary: str
    predicted: list[str]
    signature: list[str]
    circuit: CircuitSource | None


def layer_source(spec: Spec, program: Program, version: str) -> str:
    """The text of ``layer.py``. The same input gives the same bytes.

    Args:
        spec: what the user asked for; checked.
        program: the optimised logical program, with the encoder's gates.
        version: of qslc.
    """
    tables = Tables(program.qubits)
    bias = spec.encoder.kind == "amplitude" and spec.encoder.pad == "bias"
    small = program.qubits <= MAX_SIMULATED
    circuit = circuit_source(program, tables, inputs_of(spec), bias=bias) if small else None
    definitions = tables.definitions()
    text = _text(definitions, circuit)
    view = LayerView(
        name=spec.name,
        class_name=class_name(spec.name),
        version=version,
        digest=digest(spec),
        package=f"qslc.{digest(spec).removeprefix('sha256:')[:12]}",
        description=description(spec, program),
        imports=[name for name in ("kernel", "pairs", "tables") if f"{name}." in text],
        math="math." in text,
        tables=definitions,
        constants=_constants(spec, program),
        weights=len(program.weights),
        summary=_summary(spec, program),
        predicted=_predicted(circuit.cost) if circuit else [],
        signature=_signature(circuit) if circuit else [],
        circuit=circuit,
    )
    return _template().render(view=view)


def _predicted(cost: Cost) -> list[str]:
    """The cost of a token, in words."""
    gradient = WITH_GRADIENT * cost.operations
    return [
        f"A token takes {cost.operations:,} operations, {gradient:,} with the gradient,",
        f"and {cost.passes} passes over {cost.state_bytes:,} bytes.",
    ]


def _signature(circuit: CircuitSource) -> list[str]:
    return layout("", call("def simulate", "x: Tensor", *circuit.parameters), 4, " -> Tensor:")


def _text(definitions: list[str], circuit: CircuitSource | None) -> str:
    """All that may name a module of the runtime."""
    lines = [*circuit.shared, *circuit.parameters, *circuit.simulate] if circuit else []
    return "\n".join([*definitions, *lines])


def class_name(name: str) -> str:
    """The name of a spec as that of a class: "gpt2_qv" is Gpt2Qv."""
    words = "".join(part[:1].upper() + part[1:] for part in name.split("_"))
    taken = keyword.iskeyword(words) or hasattr(builtins, words) or words in _IMPORTED
    return f"{words}Layer" if taken else words


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(  # noqa: S701 (the text is Python, not HTML)
        loader=jinja2.PackageLoader("qslc_templates", "."),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("layer.py.jinja")


def _constants(spec: Spec, program: Program) -> list[str]:
    """The class attributes that say what the layer is."""
    asked = [text_of(terms) for terms in observables(spec.measure, spec.qubits)]
    values = (
        ("QUBITS", str(spec.qubits)),
        ("FEATURES", str(inputs_of(spec))),
        ("ENCODER", json.dumps(spec.encoder.kind)),
        *([("REFERENCE", str(_reference(spec)))] if _reference(spec) else []),
        ("PROJECT", _project(spec)),
        ("WEIGHTS", _names(program.weights)),
        ("OBSERVABLES", tuple_of(*map(json.dumps, asked))),
        *([("CHUNK", str(chunk_size(program.qubits)))] * (program.qubits <= MAX_SIMULATED)),
    )
    return [line for name, source in values for line in layout(f"{name} = ", source, 4)]


def inputs_of(spec: Spec) -> int:
    """How many numbers the circuit takes for each token."""
    if spec.encoder.kind == "none":
        return 0
    if _reference(spec):
        return 1 << spec.qubits
    return spec.encoder.features or spec.qubits


def _reference(spec: Spec) -> int:
    """How many features stand beside a reference state; 0 where there is none."""
    encoder = spec.encoder
    return encoder.features if encoder.kind == "amplitude" and encoder.pad == "reference" else 0


def _project(spec: Spec) -> str:
    project = "none" if spec.encoder.kind == "none" else spec.encoder.project
    return json.dumps(project) if isinstance(project, str) else str(project.slice)


def _names(weights: tuple[str, ...]) -> Source:
    """The tuple of names, a comprehension where they are numbered."""
    numbered = tuple(f"theta_{i}" for i in range(len(weights)))
    if weights == numbered and len(weights) > 1:
        return f'tuple(f"theta_{{i}}" for i in range({len(weights)}))'
    return tuple_of(*map(json.dumps, weights))


def _summary(spec: Spec, program: Program) -> str:
    outputs = len(program.observables)
    return f"(tokens, {inputs_of(spec)}) -> (tokens, {outputs})"
