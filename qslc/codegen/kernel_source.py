"""Write the steps of a circuit as the generated layer states them for the compiled kernel.

They are those of the schedule, but that gates stand one by one and not as matrices of blocks.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby

import sympy
from typing_extensions import assert_never

from qslc.codegen.angle_source import Angles, find_run, write_slice
from qslc.codegen.python_source import INDENT, find_names, lay_out, write_call, write_tuple
from qslc.codegen.step_source import Writer
from qslc.simulate import steps


def write_circuit(writer: Writer, schedule: Iterable[steps.Step]) -> list[str]:
    """Write the body of ``circuit(theta, features)``.

    Args:
        writer: Writer of the circuit; a table is named as it is for ``simulate``.
        schedule: All steps, with those that stand for several.
    """
    items: list[str] = []
    for kind, run in groupby(steps.flatten(schedule), type):
        if kind is steps.Block:
            blocks = (step for step in run if isinstance(step, steps.Block))
            items += _write_gates(writer.angles, _join_words(blocks))
        else:
            items += chain.from_iterable(_write_step(writer, step) for step in run)
    unused = [name for name in ("theta", "features") if name not in find_names(items)]
    deletions = [f"{' ' * INDENT}del {', '.join(unused)}"] * bool(unused)
    return [*deletions, *lay_out("return ", write_tuple(items), INDENT)]


def _write_step(writer: Writer, step: steps.Step) -> Iterator[str]:
    match step:
        case steps.Amplitudes(bias):
            yield f"steps.Amplitudes({'bias=True' * bias})"
        case steps.ProductState(words):
            yield write_call("steps.Product", *_write_gates(writer.angles, dict(enumerate(words))))
        case steps.Permutation(gates):
            yield f"steps.Permutation({writer.tables.permutation(gates)})"
        case steps.Parity(gates):
            yield f"steps.Parity({writer.tables.parity(gates)})"
        case steps.Phase():
            yield from _write_phases(writer, step)
        case steps.Measure():
            yield _write_measure(writer, step)
        case steps.Block() | steps.Circuit():
            raise TypeError(f"{type(step).__name__} is made of other steps")
        case _:
            assert_never(step)


def _join_words(blocks: Iterable[steps.Block]) -> dict[int, steps.Word]:
    """Return the gates of each qubit in blocks that follow each other, in order, by qubit."""
    words: dict[int, steps.Word] = {}
    for block in blocks:
        for qubit, word in enumerate(block.words, block.first):
            words[qubit] = words.get(qubit, ()) + word
    return dict(sorted(words.items()))


def _write_gates(angles: Angles, words: dict[int, steps.Word]) -> Iterator[str]:
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
            yield write_call("steps.Gates", json.dumps(gate), qubits, *values)


def _write_phases(writer: Writer, step: steps.Phase) -> Iterator[str]:
    """Yield a call for the terms whose angles stand in one vector and have the same factor."""
    groups = chain(*(writer.phases.groups(step, shared=shared) for shared in (True, False)))
    for table, angles, factor in groups:
        scale = [] if factor == 1 else [repr(factor)]
        yield write_call("steps.Phase", _write_angles(writer.angles, angles), table, *scale)


def _write_measure(writer: Writer, step: steps.Measure) -> str:
    more = ["odd=True"] * step.odd
    table = writer.tables.readout(map(str, step.observables))
    if step.flipped:
        flip = writer.tables.permutation(((qubit,) for qubit in step.flipped), "FLIP")
        more = [f"flip={flip}", *more]
    return write_call("steps.Measure", table, _write_places(step.outputs), *more)


def _write_places(places: Sequence[int]) -> str:
    run = find_run(places)
    if run is None or len(run) < 3:
        return write_tuple(map(str, places))
    return f"range({run.stop})" if run == range(run.stop) else repr(run)


def _write_angles(angles: Angles, values: Sequence[sympy.Expr]) -> str:
    """Write a slice of the weights or the features where it can be, or an expression for each."""
    kind, *others = {angles.kind(value) for value in values}
    if others or kind not in {"theta", "features"}:
        return write_tuple(map(angles.write, values))
    places = [angles.place(value) for value in values]
    run = find_run(places)
    return write_slice(kind, run) if run else f"{kind}[{', '.join(map(str, places))}]"
