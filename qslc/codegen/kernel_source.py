"""The steps of a circuit as the generated layer names them for the compiled kernel.

They are those of the schedule, but that gates stand one by one and not as matrices of blocks.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import sympy

from qslc.codegen.angle_source import Angles
from qslc.codegen.python_source import Group, Source, call, layout, tuple_of
from qslc.codegen.step_source import INDENT, Writer
from qslc.simulate import steps
from qslc.simulate.steps import (
    Amplitudes,
    Block,
    Measure,
    Parity,
    Permutation,
    Phase,
    ProductState,
    Step,
    Word,
)


def kernel_lines(writer: Writer, schedule: Iterable[Step]) -> list[str]:
    """The body of ``circuit(theta, features)``.

    Args:
        writer: of the circuit; a table is named as it is for ``simulate``.
        schedule: all steps, with those that stand for several.
    """
    items = [item for step in _separate(schedule) for item in _items(writer, step)]
    body = layout("return ", Group("", tuple(items)), INDENT)
    text = "\n".join(body)
    unused = [name for name in ("theta", "features") if f"{name}[" not in text]
    margin = " " * INDENT
    return [f"{margin}del {', '.join(unused)}"] * bool(unused) + body


def _separate(schedule: Iterable[Step]) -> Iterator[Step | tuple[Block, ...]]:
    """The steps, blocks that follow each other together."""
    for is_block, run in groupby(steps.flat(schedule), lambda step: isinstance(step, Block)):
        if is_block:
            yield tuple(step for step in run if isinstance(step, Block))
        else:
            yield from run


def _items(writer: Writer, step: Step | tuple[Block, ...]) -> Iterator[Source]:
    match step:
        case tuple():
            yield from _gates(writer.angles, _words(step))
        case Amplitudes(bias):
            yield call("steps.Amplitudes", *(["bias=True"] * bias))
        case ProductState(words):
            yield call("steps.Product", *_gates(writer.angles, dict(enumerate(words))))
        case Permutation(gates):
            yield call("steps.Permutation", writer.tables.permutation(gates))
        case Parity(gates):
            yield call("steps.Parity", writer.tables.parity(gates))
        case Phase():
            yield from _phases(writer, step)
        case Measure():
            yield _measure(writer, step)


def _words(blocks: Iterable[Block]) -> dict[int, Word]:
    """The gates of each qubit, in order, by qubit."""
    words: dict[int, Word] = {}
    for block in blocks:
        for qubit, word in enumerate(block.words, block.first):
            words[qubit] = words.get(qubit, ()) + word
    return dict(sorted(words.items()))


def _gates(angles: Angles, words: dict[int, Word]) -> Iterator[Group]:
    """The first gate of every qubit, then the second, and so on: the same gates together."""
    for place in range(max(map(len, words.values()), default=0)):
        rows: dict[str, list[tuple[int, sympy.Expr | None]]] = {}
        for qubit, word in words.items():
            if place < len(word):
                gate, angle = word[place]
                rows.setdefault(gate, []).append((qubit, angle))
        for gate, row in rows.items():
            qubits = _places([qubit for qubit, _ in row])
            turned = [angle for _, angle in row if angle is not None]
            values = [_values(angles, turned)] if turned else []
            yield call("steps.Gates", json.dumps(gate), qubits, *values)


def _phases(writer: Writer, step: Phase) -> Iterator[Group]:
    """A call for the terms whose angles stand in one vector and have the same factor."""
    for factor, terms in writer.phases.groups(step):
        table = writer.tables.phases(term.string for term in terms)
        angles = [term.angle if factor else term.angle * term.factor for term in terms]
        scale = [repr(factor)] if factor not in (0, 1) else []
        yield call("steps.Phase", _values(writer.angles, angles), table, *scale)


def _measure(writer: Writer, step: Measure) -> Group:
    table = writer.tables.readout(str(observable) for observable in step.observables)
    flip = writer.tables.flip((qubit,) for qubit in step.flipped) if step.flipped else ""
    more = [f"flip={flip}"] * bool(flip) + ["odd=True"] * step.odd
    return call("steps.Measure", table, _places(step.outputs), *more)


def _places(places: Sequence[int]) -> Source:
    run = _run(places)
    if run is None or len(run) < 3:
        return tuple_of(*map(str, places))
    start, step = [f"{run.start}"] * (run != range(run.stop)), [f"{run.step}"] * (run.step > 1)
    return f"range({', '.join([*start, str(run.stop), *step])})"


def _values(angles: Angles, values: Sequence[sympy.Expr]) -> Source:
    """A slice of the weights or the features where it can be, or an expression for each."""
    kinds = {angles.kind(value) for value in values}
    if not (kinds == {"theta"} or kinds == {"features"}):
        return tuple_of(*(angles.source(value) for value in values))
    places = [angles.place(value) for value in values]
    run = _run(places)
    if run is None:
        return f"{kinds.pop()}[{', '.join(map(str, places))}]"
    return f"{kinds.pop()}[{run.start}:{run.stop}{f':{run.step}' if run.step > 1 else ''}]"


def _run(places: Sequence[int]) -> range | None:
    """The places as a range, if they rise evenly."""
    step = places[1] - places[0] if len(places) > 1 else 1
    run = range(places[0], places[-1] + 1, step) if step > 0 else None
    return run if run and list(run) == list(places) else None
