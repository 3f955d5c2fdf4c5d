"""A circuit as the statements that compute its expectations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import sympy

from qslc.emit.layer.angle_source import Angles, angles_of
from qslc.emit.layer.python_source import call, list_of, tuple_of
from qslc.emit.layer.step_source import INDENT, Writer, assignment, measurement, statements
from qslc.emit.layer.table_source import Tables
from qslc.emit.schedule.schedule import schedule
from qslc.emit.schedule.steps import Amplitudes, Block, Measure, Phase, ProductState, Step, Word
from qslc.ir.program import Program

_MARGIN = " " * INDENT
_UNUSED = f"{_MARGIN}del theta  # no gate depends on a weight"


def circuit_lines(program: Program, tables: Tables, *, bias: bool) -> list[str]:
    """The body of ``expectations(x, theta)``, indented.

    Args:
        program: with the encoder's gates.
        tables: collects the constants that the lines name.
        bias: for amplitude encoding, whether a constant amplitude follows the features.
    """
    steps = schedule(program, bias=bias)
    angles = angles_of(_angles(steps), program.weights, program.inputs)
    per_token = isinstance(steps[0], Amplitudes) or _reads_input(angles, steps)
    real = all(step.real for step in steps)
    writer = Writer(program.qubits, angles, tables, real, per_token)
    groups = [step for step in steps if isinstance(step, Measure)]
    names = [f"group_{i}" for i in range(len(groups))] if len(groups) > 1 else ["values"]
    lines = [
        *_definitions(angles, steps),
        *(line for s in steps if not isinstance(s, Measure) for line in statements(writer, s)),
        *(line for s, n in zip(groups, names, strict=True) for line in measurement(writer, s, n)),
        *_result(writer, groups, names),
    ]
    return lines if _reads_weights(angles, steps) else [_UNUSED, *lines]


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
    return any(angles.kind(angle) in {"features", "data"} for angle in _angles(steps))


def _reads_weights(angles: Angles, steps: Iterable[Step]) -> bool:
    symbols = {symbol.name for angle in _angles(steps) for symbol in angle.free_symbols}
    return bool(symbols - angles.inputs)


def _definitions(angles: Angles, steps: Sequence[Step]) -> Iterator[str]:
    if _reads_input(angles, steps):
        yield from assignment("features", call("ops.transpose", "x"), "(features, tokens)")
    for kind in ("angles", "data"):
        source = angles.definition(kind)
        yield from assignment(kind, source) if source else ()


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
