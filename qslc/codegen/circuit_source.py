"""Write a circuit as the statements that compute its expectations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from qslc.codegen.angle_source import Angles, place_angles
from qslc.codegen.kernel_source import write_circuit
from qslc.codegen.python_source import INDENT, Statement, find_names, write_tuple
from qslc.codegen.shared_source import Matrices, Phases, Tables
from qslc.codegen.step_source import Writer, write_measurement, write_step
from qslc.ir.program import Program
from qslc.simulate import steps
from qslc.simulate.cost import Cost, estimate_cost
from qslc.simulate.schedule import schedule

_MARGIN = " " * INDENT


@dataclass(frozen=True, slots=True)
class CircuitSource:
    """The methods of a generated layer.

    Args:
        shared: The body of ``shared(theta)``: what all tokens share.
        parameters: The parameters of ``simulate`` behind ``x``, as they stand in its signature.
        simulate: The body of ``simulate(x, ...)``.
        circuit: The body of ``circuit(theta, features)``, for the compiled kernel; empty where
            all tokens have the same expectations.
        cost: The cost of one token, forward.
    """

    shared: list[str]
    parameters: list[str]
    simulate: list[str]
    circuit: list[str]
    cost: Cost


@dataclass(frozen=True, slots=True)
class _Definition:
    """Value that all tokens share under a name, and its type."""

    name: str
    type: str
    statements: list[Statement]


def write_simulation(
    program: Program, tables: Tables, features: int, *, bias: bool
) -> CircuitSource:
    """Write the simulation of a program.

    Args:
        program: The program with the encoder's gates.
        tables: Collects the constants that the lines name.
        features: Number of features of a token.
        bias: For amplitude encoding, whether a constant amplitude follows the features.
    """
    sequence = schedule(program, bias=bias)
    parts = tuple(steps.flatten(sequence))
    expressions = chain.from_iterable(map(steps.list_angles, parts))
    angles = place_angles(expressions, program.weights, program.inputs)
    matrices = Matrices((step for step in parts if isinstance(step, steps.Block)), angles)
    phases = Phases((step for step in parts if isinstance(step, steps.Phase)), angles, tables)
    per_token = isinstance(sequence[0], steps.Amplitudes) or _reads_input(angles, sequence)
    writer = Writer(program.qubits, angles, matrices, phases, tables, per_token)
    simulate = list(_write_simulate(writer, sequence))
    shared = list(_define_shared(writer, sequence))
    body = [statement for definition in shared for statement in definition.statements]
    circuit = write_circuit(writer, sequence) if per_token else []
    # With ``pairs.phases`` a simulation takes the shared ``phases`` too: bytes stay the same.
    wanted = find_names(statement.source for statement in simulate)
    handed = [d for d in (_Definition("theta", "Tensor", []), *shared) if d.name in wanted]
    read = wanted | find_names(statement.source for statement in body)
    unused = [] if "theta" in read else [f"{_MARGIN}del theta  # no gate depends on a weight"]
    result = write_tuple(definition.name for definition in handed)
    outputs = len(program.observables)
    return CircuitSource(
        shared=[*unused, *_list_lines(body), f"{_MARGIN}return {result}"],
        parameters=[f"{definition.name}: {definition.type}" for definition in handed],
        simulate=[
            *_list_lines(simulate),
            f"{_MARGIN}return ops.transpose(values)  # (tokens, {outputs})",
        ],
        circuit=circuit,
        cost=estimate_cost(sequence, program.qubits, features),
    )


def _list_lines(statements: Iterable[Statement]) -> list[str]:
    return [line for statement in statements for line in statement.lines]


def _define_shared(writer: Writer, sequence: Sequence[steps.Step]) -> Iterator[_Definition]:
    """Yield what all tokens share, in the order in which it is made."""
    if source := writer.angles.define("angles"):
        yield _Definition("angles", "Tensor", [Statement("angles", source)])
    for name, real, source, shape in writer.matrices.definitions():
        kind = "list[Tensor]" if real else "list[pairs.Pair]"
        yield _Definition(name, kind, [Statement(name, source, shape)])
    if source := writer.phases.definition():
        yield _Definition("phases", "list[Tensor]", [Statement("phases", source)])
    for step in sequence:
        if isinstance(step, steps.Circuit):
            kind = "Tensor" if step.real else "pairs.Pair"
            yield _Definition("circuit", kind, _write_matrix(writer, step))


def _write_matrix(writer: Writer, circuit: steps.Circuit) -> list[Statement]:
    """Write the matrix of a circuit: its steps on every basis state."""
    statements, real = [Statement("state", f"kernel.identity({writer.qubits})")], True
    for step in circuit.steps:
        statements += write_step(writer, step, real=real)
        real = real and step.real
    comment = f"{2**writer.qubits} basis states"
    return [*statements, Statement("circuit", "state", comment)]


def _write_simulate(writer: Writer, sequence: Sequence[steps.Step]) -> Iterator[Statement]:
    if _reads_input(writer.angles, sequence):
        yield Statement("features", "ops.transpose(x)", "(features, tokens)")
    if source := writer.angles.define("data"):
        yield Statement("data", source)
    groups = [step for step in sequence if isinstance(step, steps.Measure)]
    real = True
    for step in sequence:
        if not isinstance(step, steps.Measure):
            yield from write_step(writer, step, real=real)
            real = real and step.real
    names = [f"group_{i}" for i in range(len(groups))] if len(groups) > 1 else ["values"]
    for group, name in zip(groups, names, strict=True):
        yield from write_measurement(writer, group, name, real=real)
    yield from _write_result(writer, groups, names)


def _write_result(
    writer: Writer, groups: Sequence[steps.Measure], names: Sequence[str]
) -> Iterator[Statement]:
    """Write the groups' values in the order of the observables."""
    outputs = [output for group in groups for output in group.outputs]
    if len(groups) > 1:
        yield Statement("values", f"ops.concatenate([{', '.join(names)}], axis=0)")
    if outputs != sorted(outputs):
        places = write_tuple(str(outputs.index(output)) for output in range(len(outputs)))
        yield Statement("values", f"ops.take(values, {places}, axis=0)")
    if not writer.per_token:
        shape = f"({len(outputs)}, ops.shape(x)[0])"
        yield Statement("values", f"ops.broadcast_to(values, {shape})")


def _reads_input(angles: Angles, sequence: Iterable[steps.Step]) -> bool:
    return any(angles.per_token(angle) for step in sequence for angle in steps.list_angles(step))
