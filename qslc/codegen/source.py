"""Write the generated Keras layer: ``layer.py``, the source text that a user imports."""

from __future__ import annotations

import builtins
import json
import keyword

from qslc.codegen.circuit_source import write_simulation
from qslc.codegen.description import describe
from qslc.codegen.python_source import find_names, lay_out, write_call, write_tuple
from qslc.codegen.shared_source import Tables
from qslc.ir.program import Program
from qslc.simulate.cost import WITH_GRADIENT, Cost, choose_chunk_size
from qslc.spec.model import Spec, digest
from qslc.spec.observables import (
    Output,
    expand_outputs,
    format_sum,
    format_terms,
    is_plain,
)
from qslc.templates import render

_IMPORTED = frozenset({"QuantumSublayer", "Tensor"})

MAX_SIMULATED = 20
"""The native engine simulates at most this many qubits."""


def generate_layer(spec: Spec, program: Program, version: str) -> str:
    """Write the text of ``layer.py``. The same input gives the same bytes.

    Args:
        spec: The checked spec.
        program: The optimized logical program, with the encoder's gates.
        version: Version of qslc.
    """
    tables = Tables(program.qubits)
    inputs = spec.encoder.inputs(spec.qubits)
    small = program.qubits <= MAX_SIMULATED
    circuit = write_simulation(program, tables, inputs.width, bias=inputs.bias) if small else None
    definitions = tables.definitions()
    names = find_names(definitions)
    if circuit:
        names |= find_names([*circuit.shared, *circuit.simulate, *circuit.circuit])
        names |= find_names(circuit.parameters)
    return render(
        "layer.py.jinja",
        name=spec.name,
        class_name=make_class_name(spec.name),
        version=version,
        digest=digest(spec),
        package=f"qslc.{digest(spec).removeprefix('sha256:')[:12]}",
        description=describe(spec, program),
        imports=[name for name in ("kernel", "pairs", "tables") if name in names],
        math="math" in names,
        tables=definitions,
        constants=_write_constants(spec, program),
        weights=len(program.weights),
        summary=f"(tokens, {inputs.width}) -> (tokens, {len(program.observables)})",
        predicted=_describe_cost(circuit.cost) if circuit else [],
        signature=_write_signature(circuit.parameters) if circuit else [],
        circuit=circuit,
    )


def _describe_cost(cost: Cost) -> list[str]:
    """Describe the cost of a token in two lines."""
    gradient = WITH_GRADIENT * cost.operations
    return [
        f"A token takes {cost.operations:,} operations, {gradient:,} with the gradient,",
        f"and {cost.passes} passes over {cost.state_bytes:,} bytes.",
    ]


def _write_signature(parameters: list[str]) -> list[str]:
    return lay_out("", write_call("def simulate", "x: Tensor", *parameters), 4, " -> Tensor:")


def make_class_name(name: str) -> str:
    """Return the name of a spec as that of a class: "gpt2_qv" is Gpt2Qv."""
    words = "".join(part[:1].upper() + part[1:] for part in name.split("_"))
    taken = keyword.iskeyword(words) or hasattr(builtins, words) or words in _IMPORTED
    return f"{words}Layer" if taken else words


def _write_constants(spec: Spec, program: Program) -> list[str]:
    """Write the class attributes that say what the layer is."""
    inputs = spec.encoder.inputs(spec.qubits)
    project = spec.encoder.projection
    outputs = expand_outputs(spec.measure, spec.qubits)
    sums = () if all(map(is_plain, outputs)) else outputs
    values = (
        ("QUBITS", str(spec.qubits)),
        ("FEATURES", str(inputs.width)),
        ("ENCODER", json.dumps("amplitude" if inputs.are_amplitudes else spec.encoder.name)),
        *([("REFERENCE", str(inputs.features))] if inputs.reference else []),
        ("PROJECT", json.dumps(project) if isinstance(project, str) else str(project.slice)),
        ("WEIGHTS", _write_names(program.weights)),
        ("OBSERVABLES", write_tuple(json.dumps(format_sum(output)) for output in outputs)),
        *([("SUMS", write_tuple(map(_write_sum, sums)))] if sums else []),
        *([("CHUNK", str(choose_chunk_size(program.qubits)))] * (program.qubits <= MAX_SIMULATED)),
    )
    return [line for name, source in values for line in lay_out(f"{name} = ", source, 4)]


def _write_sum(output: Output) -> str:
    """Write the coefficients of the Pauli strings of an output as a dictionary."""
    items = (f"{json.dumps(format_terms(terms))}: {value!r}" for value, terms in output)
    return f"{{{', '.join(items)}}}"


def _write_names(weights: tuple[str, ...]) -> str:
    """Write the tuple of names, a comprehension where they are numbered."""
    numbered = tuple(f"theta_{i}" for i in range(len(weights)))
    if weights == numbered and len(weights) > 1:
        return f'tuple(f"theta_{{i}}" for i in range({len(weights)}))'
    return write_tuple(json.dumps(name, ensure_ascii=False) for name in weights)
