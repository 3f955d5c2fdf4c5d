"""Passes, and running them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from qslc.ir.metrics import Metrics, metrics
from qslc.ir.program import Program
from qslc.ir.steps import Step


@dataclass(frozen=True, slots=True)
class Pass:
    """A transformation that keeps every expectation value.

    Args:
        name: as reports show it.
        apply: program -> program, never with more or deeper two-qubit gates.
        reads_observables: whether it relies on nothing else being measured.
        once: whether it runs in the first round only.
    """

    name: str
    apply: Callable[[Program], Program]
    reads_observables: bool = False
    once: bool = False


def run(program: Program, passes: tuple[Pass, ...]) -> tuple[Program, tuple[Step, ...]]:
    """Applies the passes in order, round after round until one changes nothing.

    Returns:
        The program, and what was done, in order. A last round without a change is left out.
    """
    program, steps = _round(program, metrics(program), passes)
    again = tuple(pass_ for pass_ in passes if not pass_.once)
    changed = steps
    while changed and again:
        after, changed = _round(program, steps[-1].after, again)
        changed = changed if after != program else ()
        steps += changed
        program = after
    return program, steps


def cleaned(program: Program, passes: tuple[Pass, ...]) -> Program:
    """The program that ``run`` gives, without measuring the steps."""
    again = tuple(pass_ for pass_ in passes if not pass_.once)
    before, program = program, _applied(program, passes)
    while program != before and again:
        before, program = program, _applied(program, again)
    return program


def _applied(program: Program, passes: tuple[Pass, ...]) -> Program:
    for pass_ in passes:
        program = pass_.apply(program)
    return program


def _round(
    program: Program, before: Metrics, passes: tuple[Pass, ...]
) -> tuple[Program, tuple[Step, ...]]:
    steps = []
    for pass_ in passes:
        started = time.perf_counter()
        after = pass_.apply(program)
        seconds = time.perf_counter() - started
        measured = before if after == program else metrics(after)
        steps.append(Step(pass_.name, before, measured, seconds))
        program, before = after, measured
    return program, tuple(steps)
