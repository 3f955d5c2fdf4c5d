"""Passes, and running them until nothing changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from qslc.diagnostics import CompilerFaultError
from qslc.ir.metrics import count_metrics
from qslc.ir.program import Program
from qslc.ir.steps import Step

LEVELS = range(4)
"""The optimization levels."""


@dataclass(frozen=True, slots=True)
class Pass:
    """A transformation that keeps every expectation value.

    Args:
        name: Name in reports.
        apply: Function from program to program, never with more or deeper two-qubit gates.
        level: Optimization level from which on it runs on logical programs.
        native_level: Level from which on it also runs on programs of native gates, which then
            stay native; None if it does not.
        reads_observables: Whether it relies on nothing else being measured.
        once: Whether it runs in the first round only.

    Raises:
        ValueError: There is no such level, so that the pass would never run.
    """

    name: str
    apply: Callable[[Program], Program]
    level: int
    native_level: int | None = None
    reads_observables: bool = False
    once: bool = False

    def __post_init__(self) -> None:
        for level in (self.level, self.native_level):
            if level is not None and level not in LEVELS:
                message = f"there is no level {level}; levels are 0 to {LEVELS[-1]}"
                raise ValueError(f"the pass {self.name!r}: {message}")


Passes: TypeAlias = tuple[Pass, ...]

MAX_ROUNDS = 1000
"""Number of rounds after which passes are taken to undo each other; circuits take a handful."""


def run(program: Program, passes: Passes) -> tuple[Program, tuple[Step, ...]]:
    """Apply passes in order, round after round until one changes nothing.

    Args:
        program: Program to transform.
        passes: Passes of each round.

    Returns:
        The program, and what was done, in order. A last round without a change is left out.

    Raises:
        CompilerFaultError: The passes undo each other, or one returns no program.
    """
    steps: list[Step] = []
    for pass_, after, seconds in _apply_in_rounds(program, passes):
        before = steps[-1].after if steps else count_metrics(program)
        measured = before if after == program else count_metrics(after)
        steps.append(Step(pass_.name, before, measured, seconds))
        program = after
    return program, tuple(steps)


def clean_up(program: Program, passes: Passes) -> Program:
    """Return the program that ``run`` returns, without measuring the steps."""
    for _, after, _ in _apply_in_rounds(program, passes):
        program = after
    return program


def _apply_in_rounds(program: Program, passes: Passes) -> Iterator[tuple[Pass, Program, float]]:
    """Yield what each pass makes of the program and its wall time, in the rounds that count."""
    for number in range(MAX_ROUNDS):
        before, done = program, []
        for pass_ in passes:
            started = time.perf_counter()
            program = apply(pass_, program)
            done.append((pass_, program, time.perf_counter() - started))
        if program != before or not number:
            yield from done
        passes = tuple(each for each in passes if not each.once)
        if program == before or not passes:
            return
    names = ", ".join(each.name for each in passes)
    raise CompilerFaultError(f"the passes come to no end: {names} undo each other")


def apply(pass_: Pass, program: Program) -> Program:
    """Apply a pass once.

    Raises:
        CompilerFaultError: It does not return a program.
    """
    found = pass_.apply(program)
    if not isinstance(found, Program):
        raise CompilerFaultError(f"the pass {pass_.name!r} returns {found!r:.80}, not a program")
    return found
