"""A circuit as the statements that compute its expectations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import sympy

from qslc.codegen.angle_source import Angles, angles_of
from qslc.codegen.kernel_source import kernel_lines
from qslc.codegen.matrix_source import Matrices
from qslc.codegen.phase_source import Phases
from qslc.codegen.python_source import call, list_of, tuple_of
from qslc.codegen.step_source import INDENT, Writer, assignment, measurement, statements
from qslc.codegen.table_source import Tables
from qslc.ir.program import Program
from qslc.simulate.cost import Cost, cost
from qslc.simulate.schedule import schedule
from qslc.simulate.steps import (
    Amplitudes,
    Block,
    Circuit,
    Measure,
    Phase,
    ProductState,
    Step,
    Word,
    flat,
)

_MARGIN = " " * INDENT
_UNUSED = f"{_MARGIN}del theta  # no gate depends on a weight"


@dataclass(frozen=True, slots=True)
class CircuitSource:
    """The methods of a generated layer.

    Args:
        shared: the body of ``shared(theta)``: what all tokens share.
        parameters: of ``simulate``, behind ``x``, as they stand in its signature.
        simulate: the body of ``simulate(x, ...)``.
        circuit: the body of ``circuit(theta, features)``, for the compiled kernel; none where
            all tokens have the same expectations.
        cost: of one token, forward.
    """

    shared: list[str]
    parameters: list[str]
    simulate: list[str]
    circuit: list[str]
    cost: Cost


def circuit_source(program: Program, tables: Tables, features: int, *, bias: bool) -> CircuitSource:
    """The simulation of a program.

    Args:
        program: with the encoder's gates.
        tables: collects the constants that the lines name.
        features: of a token.
        bias: for amplitude encoding, whether a constant amplitude follows the features.
    """
    steps = schedule(program, bias=bias)
    parts = tuple(flat(steps))
    angles = angles_of(_angles(parts), program.weights, program.inputs)
    matrices = Matrices((step for step in parts if isinstance(step, Block)), angles)
    phases = Phases((step for step in parts if isinstance(step, Phase)), angles, tables)
    per_token = isinstance(steps[0], Amplitudes) or _reads_input(angles, steps)
    writer = Writer(program.qubits, angles, matrices, phases, tables, per_token)
    simulate = _simulate(writer, steps)
    definitions = dict(_definitions(writer, steps))
    names = [name for name in ("theta", *definitions) if _occurs(name, simulate)]
    shared = [line for lines in definitions.values() for line in lines]
    unused = [] if _occurs("theta", shared) or "theta" in names else [_UNUSED]
    result = f"{_MARGIN}return ({', '.join(names)}{',' if len(names) == 1 else ''})"
    parameters = [f"{name}: {_type(name, shared)}" for name in names]
    predicted = cost(steps, program.qubits, features)
    circuit = kernel_lines(writer, steps) if per_token else []
    return CircuitSource([*unused, *shared, result], parameters, simulate, circuit, predicted)


def _occurs(name: str, lines: Iterable[str]) -> bool:
    return any(re.search(rf"\b{name}\b", line) for line in lines)


def _type(name: str, shared: Sequence[str]) -> str:
    if name == "circuit":
        return "pairs.Pair" if any("state = pairs." in line for line in shared) else "Tensor"
    if not name.startswith(("blocks", "phases")):
        return "Tensor"
    complex_blocks = any(f"{name} = pairs." in line for line in shared)
    return "list[pairs.Pair]" if complex_blocks else "list[Tensor]"


def _definitions(writer: Writer, steps: Sequence[Step]) -> Iterator[tuple[str, list[str]]]:
    """What is shared: the name and the statement."""
    if source := writer.angles.definition("angles"):
        yield "angles", assignment("angles", source)
    for name, source, shape in writer.matrices.definitions():
        yield name, assignment(name, source, shape)
    if source := writer.phases.definition():
        yield "phases", assignment("phases", source)
    for step in steps:
        if isinstance(step, Circuit):
            yield "circuit", _circuit(writer, step)


def _circuit(writer: Writer, circuit: Circuit) -> list[str]:
    """The matrix of a circuit: its steps on every basis state."""
    lines, real = assignment("state", f"kernel.identity({writer.qubits})"), True
    for step in circuit.steps:
        lines += statements(writer, step, real=real)
        real = real and step.real
    return [*lines, *assignment("circuit", "state", f"{2**writer.qubits} basis states")]


def _simulate(writer: Writer, steps: Sequence[Step]) -> list[str]:
    lines = list(_data(writer.angles, steps))
    real = True
    groups = []
    for step in steps:
        if isinstance(step, Measure):
            groups.append(step)
            continue
        lines += statements(writer, step, real=real)
        real = real and step.real
    names = [f"group_{i}" for i in range(len(groups))] if len(groups) > 1 else ["values"]
    for step, name in zip(groups, names, strict=True):
        lines += measurement(writer, step, name, real=real)
    return [*lines, *_result(writer, groups, names)]


def _data(angles: Angles, steps: Iterable[Step]) -> Iterator[str]:
    """The input as angles."""
    if _reads_input(angles, steps):
        yield from assignment("features", call("ops.transpose", "x"), "(features, tokens)")
    if source := angles.definition("data"):
        yield from assignment("data", source)


def _angles(steps: Iterable[Step]) -> Iterator[sympy.Expr]:
    for step in steps:
        if isinstance(step, Phase):
            yield from (term.angle for term in step.terms)
        if isinstance(step, Block | ProductState):
            yield from _word_angles(step.words)


def _word_angles(words: tuple[Word, ...]) -> Iterator[sympy.Expr]:
    """In the order in which they are read: gate by gate, each on all qubits."""
    for place in range(max(map(len, words), default=0)):
        factors = (word[place] for word in words if place < len(word))
        yield from (angle for _, angle in factors if angle is not None)


def _reads_input(angles: Angles, steps: Iterable[Step]) -> bool:
    return any(angles.per_token(angle) for angle in _angles(steps))


def _result(writer: Writer, groups: Sequence[Measure], names: Sequence[str]) -> Iterator[str]:
    """The groups' values in the order of the observables, a row for each token."""
    outputs = [output for group in groups for output in group.outputs]
    if len(groups) > 1:
        yield from assignment("values", call("ops.concatenate", list_of(*names), "axis=0"))
    if outputs != sorted(outputs):
        places = (str(outputs.index(output)) for output in range(len(outputs)))
        yield from assignment("values", call("ops.take", "values", tuple_of(*places), "axis=0"))
    if not writer.per_token:
        shape = f"({len(outputs)}, ops.shape(x)[0])"
        yield from assignment("values", call("ops.broadcast_to", "values", shape))
    yield f"{_MARGIN}return ops.transpose(values)  # (tokens, {len(outputs)})"
