"""Write the steps of a circuit as the generated layer states them for the compiled kernel.

They are those of the schedule, but that gates stand one by one and not as matrices of blocks.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import sympy
from typing_extensions import assert_never

from qslc.codegen.angle_source import Angles, find_run, write_slice
from qslc.codegen.python_source import (
    INDENT,
    Group,
    Source,
    call,
    layout,
    names_in,
    text,
    tuple_of,
)
from qslc.codegen.step_source import Writer
from qslc.simulate import steps
from qslc.simulate.steps import (
    Amplitudes,
    Block,
    Circuit,
    Measure,
    Parity,
    Permutation,
    Phase,
    ProductState,
    Step,
    Word,
)


def write_circuit(writer: Writer, schedule: Iterable[Step]) -> tuple[list[str], frozenset[str]]:
    """Write the body of ``circuit(theta, features)``.

    Args:
        writer: Of the circuit; a table is named as it is for ``simulate``.
        schedule: All steps, with those that stand for several.

    Returns:
        The lines, and the names that they use.
    """
    items = tuple(item for step in _join_blocks(schedule) for item in _write_step(writer, step))
    uses = names_in(*items)
    unused = [name for name in ("theta", "features") if name not in uses]
    margin = " " * INDENT
    deletions = [f"{margin}del {', '.join(unused)}"] * bool(unused)
    return [*deletions, *layout("return ", Group("", items), INDENT)], uses


def _join_blocks(schedule: Iterable[Step]) -> Iterator[Step | tuple[Block, ...]]:
    """Yield the steps, blocks that follow each other together."""
    for is_block, run in groupby(steps.flatten(schedule), lambda step: isinstance(step, Block)):
        if is_block:
            yield tuple(step for step in run if isinstance(step, Block))
        else:
            yield from run


def _write_step(writer: Writer, step: Step | tuple[Block, ...]) -> Iterator[Source]:
    match step:
        case tuple():
            yield from _write_gates(writer.angles, _join_words(step))
        case Amplitudes(bias):
            yield call("steps.Amplitudes", *(["bias=True"] * bias))
        case ProductState(words):
            yield call("steps.Product", *_write_gates(writer.angles, dict(enumerate(words))))
        case Permutation(gates):
            yield call("steps.Permutation", writer.tables.permutation(gates))
        case Parity(gates):
            yield call("steps.Parity", writer.tables.parity(gates))
        case Phase():
            yield from _write_phases(writer, step)
        case Measure():
            yield _write_measure(writer, step)
        case Block() | Circuit():
            raise TypeError(f"{type(step).__name__} is made of other steps")
        case _:
            assert_never(step)


def _join_words(blocks: Iterable[Block]) -> dict[int, Word]:
    """Return the gates of each qubit, in order, by qubit."""
    words: dict[int, Word] = {}
    for block in blocks:
        for qubit, word in enumerate(block.words, block.first):
            words[qubit] = words.get(qubit, ()) + word
    return dict(sorted(words.items()))


def _write_gates(angles: Angles, words: dict[int, Word]) -> Iterator[Group]:
    """Yield the first gate of every qubit, then the second, and so on: the same gates together."""
    for place in range(max(map(len, words.values()), default=0)):
        rows: dict[str, list[tuple[int, sympy.Expr | None]]] = {}
        for qubit, word in words.items():
            if place < len(word):
                gate, angle = word[place]
                rows.setdefault(gate, []).append((qubit, angle))
        for gate, row in rows.items():
            qubits = _write_places([qubit for qubit, _ in row])
            turned = [angle for _, angle in row if angle is not None]
            values = [_write_angles(angles, turned)] if turned else []
            yield call("steps.Gates", json.dumps(gate), qubits, *values)


def _write_phases(writer: Writer, step: Phase) -> Iterator[Group]:
    """Yield a call for the terms whose angles stand in one vector and have the same factor."""
    for factor, terms in writer.phases.groups(step):
        table = writer.tables.phases(term.string for term in terms)
        angles = [term.angle if factor else term.angle * term.factor for term in terms]
        scale = [repr(factor)] if factor not in (0, 1) else []
        yield call("steps.Phase", _write_angles(writer.angles, angles), table, *scale)


def _write_measure(writer: Writer, step: Measure) -> Group:
    table = writer.tables.readout(str(observable) for observable in step.observables)
    flip = writer.tables.flip((qubit,) for qubit in step.flipped) if step.flipped else ""
    more = [f"flip={flip}"] * bool(flip) + ["odd=True"] * step.odd
    return call("steps.Measure", table, _write_places(step.outputs), *more)


def _write_places(places: Sequence[int]) -> Source:
    run = find_run(places)
    if run is None or len(run) < 3:
        return tuple_of(*map(str, places))
    start, step = [f"{run.start}"] * (run != range(run.stop)), [f"{run.step}"] * (run.step > 1)
    return f"range({', '.join([*start, str(run.stop), *step])})"


def _write_angles(angles: Angles, values: Sequence[sympy.Expr]) -> Source:
    """Write a slice of the weights or the features where it can be, or an expression for each."""
    kinds = {angles.kind(value) for value in values}
    if not (kinds == {"theta"} or kinds == {"features"}):
        return tuple_of(*(angles.source(value) for value in values))
    kind = kinds.pop()
    places = [angles.place(value) for value in values]
    run = find_run(places)
    if run is None:
        return text(f"{kind}[{', '.join(map(str, places))}]", kind)
    return write_slice(kind, run)
