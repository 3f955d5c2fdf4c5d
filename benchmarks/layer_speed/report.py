"""Tabulate the results of a case: time per token, and ratios to the fastest of qslc."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.layer_speed.cases import ENGINES, NATIVE, Case
from benchmarks.layer_speed.platforms import Platform
from benchmarks.layer_speed.race import Result
from benchmarks.layer_speed.roofline import (
    Machine,
    gate_operations,
    matrix_operations,
    microseconds,
)

HEADS = ("", "µs per token", "ratio", "processor µs per token", "peak MiB")
OURS = frozenset({*NATIVE, *ENGINES, "gpt2_qslc"})


@dataclass(frozen=True)
class Section:
    """One case: its title, and a row of text for each contender, fastest first."""

    title: str
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        rule = ("---", *["---:"] * (len(HEADS) - 1))
        lines = (f"| {' | '.join(row)} |" for row in (HEADS, rule, *self.rows))
        return f"## {self.title}\n\n" + "\n".join(lines) + "\n"


def machine(results: Sequence[Result], platform: Platform) -> Machine:
    """Return the rates that were measured in the same rounds."""
    times = {r.entry.contender: r.entry.tokens * r.microseconds for r in results}
    return Machine(
        operations=2 * platform.edge**3 / times[platform.matrix_rate],
        bytes=8 * platform.length / times[platform.memory_rate],
    )


def section(case: Case, results: Sequence[Result], platform: Platform) -> Section:
    """Return the section of a case. Ratios are to the fastest of qslc."""
    own = platform.contenders(case)
    contenders = sorted(
        (r for r in results if r.entry.contender in own), key=lambda r: r.microseconds
    )
    ours = next(r for r in contenders if r.entry.contender in OURS)
    rows = [_make_row(result, ours) for result in contenders]
    if len(contenders) < len(results):
        rates = machine(results, platform)
        floors = (
            ("roofline, matrices", microseconds(matrix_operations(case), case, rates)),
            ("roofline, gates", microseconds(gate_operations(case), case, rates)),
        )
        rows = [*(_find_floor(name, floor, ours) for name, floor in floors), *rows]
    return Section(_make_title(case), tuple(rows))


def _make_title(case: Case) -> str:
    heads = f", {case.heads} heads" if case.heads > 1 else ""
    return f"{case.name}: {case.qubits} qubits, {case.layers} layers, {case.encoder}{heads}"


def _find_floor(name: str, floor: float, ours: Result) -> tuple[str, ...]:
    return name, _format_number(floor), _format_number(floor / ours.microseconds), "", ""


def _format_number(value: float) -> str:
    """Format with two decimals, or two digits where it is small."""
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def _make_row(result: Result, ours: Result) -> tuple[str, ...]:
    return (
        result.entry.contender,
        _format_number(result.microseconds),
        _format_number(result.microseconds / ours.microseconds),
        _format_number(result.processor_microseconds),
        f"{result.peak_bytes / 2**20:.0f}",
    )
