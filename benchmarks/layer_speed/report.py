"""The results of a case as rows: time per token, and ratios to the fastest of qslc."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.layer_speed.cases import RATES, Case
from benchmarks.layer_speed.contenders import matrix_rate, memory_rate
from benchmarks.layer_speed.race import Result
from benchmarks.layer_speed.roofline import (
    Machine,
    gate_operations,
    matrix_operations,
    microseconds,
)

HEADS = ("", "µs per token", "ratio", "processor µs per token", "peak MiB")


@dataclass(frozen=True)
class Section:
    """One case: its title, and a row of text for each contender, fastest first."""

    title: str
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        rule = ("---", *["---:"] * (len(HEADS) - 1))
        lines = (f"| {' | '.join(row)} |" for row in (HEADS, rule, *self.rows))
        return f"## {self.title}\n\n" + "\n".join(lines) + "\n"


def machine(results: Sequence[Result]) -> Machine:
    """The rates that were measured in the same rounds."""
    times = {r.entry.contender: r.microseconds for r in results}
    return Machine(
        operations=matrix_rate.OPERATIONS / times["matrix_rate"],
        bytes=memory_rate.BYTES / times["memory_rate"],
    )


def section(case: Case, results: Sequence[Result]) -> Section:
    """The section of a case. Ratios are to the fastest of qslc."""
    contenders = sorted(
        (r for r in results if r.entry.contender not in RATES), key=lambda r: r.microseconds
    )
    ours = next(r for r in contenders if "qslc" in r.entry.contender)
    rows = [_row(result, ours) for result in contenders]
    if any(r.entry.contender in RATES for r in results):
        rates = machine(results)
        floors = (
            ("roofline, matrices", microseconds(matrix_operations(case), case, rates)),
            ("roofline, gates", microseconds(gate_operations(case), case, rates)),
        )
        rows = [*(_floor(name, floor, ours) for name, floor in floors), *rows]
    return Section(_title(case), tuple(rows))


def _title(case: Case) -> str:
    heads = f", {case.heads} heads" if case.heads > 1 else ""
    return f"{case.name}: {case.qubits} qubits, {case.layers} layers, {case.encoder}{heads}"


def _floor(name: str, floor: float, ours: Result) -> tuple[str, ...]:
    return name, f"{floor:.2f}", f"{floor / ours.microseconds:.2f}", "", ""


def _row(result: Result, ours: Result) -> tuple[str, ...]:
    return (
        result.entry.contender,
        f"{result.microseconds:.2f}",
        f"{result.microseconds / ours.microseconds:.2f}",
        f"{result.processor_microseconds:.2f}",
        f"{result.peak_bytes / 2**20:.0f}",
    )
