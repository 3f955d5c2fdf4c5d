"""Tabulate the results of a case: time per token, and ratios to the fastest of qslc.

The rooflines are the least time that the machine needs for one token, from its measured rates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.layer_speed.cases import ENGINES, NATIVE, Case, Platform
from benchmarks.layer_speed.race import Result
from benchmarks.report import Table

HEADS = ("", "µs per token", "ratio", "processor µs per token", "peak MiB")
OURS = frozenset({*NATIVE, *ENGINES, "gpt2_qslc"})


BLOCK = 5
"""Qubits of a rotation block: 32 by 32."""


@dataclass(frozen=True)
class Machine:
    """Measured rates: float32 operations and bytes per microsecond."""

    operations: float
    bytes: float


def count_matrix_operations(case: Case) -> int:
    """Count a token's multiplications, forward and backward, with one matrix for a block of qubits.

    The gradients for the state and for the matrix are a product each, as the product itself.
    Permutations cost nothing, and nothing is computed twice.
    """
    blocks = -(-case.qubits // BLOCK)
    width = -(-case.qubits // blocks)
    return 3 * case.heads * case.layers * blocks * 2 * 2**width * 2**case.qubits


def count_gate_operations(case: Case) -> int:
    """Count a token's operations gate by gate: fewer, but no matrix products.

    A rotation takes 6 operations for each pair of amplitudes, the gradient for the state as many,
    that for the angle 4.
    """
    pairs = 2 ** (case.qubits - 1)
    return (6 + 6 + 4) * case.heads * case.layers * case.qubits * pairs


def count_moved_bytes(case: Case) -> int:
    """Count a token's bytes: the input is read forward and backward, its gradient is written."""
    return 3 * 4 * case.heads * case.features


def find_floor(operations: int, case: Case, machine: Machine) -> float:
    """Return the longer of what arithmetic and what memory take for one token."""
    return max(operations / machine.operations, count_moved_bytes(case) / machine.bytes)


def measure_machine(results: Sequence[Result], platform: Platform) -> Machine:
    """Return the rates that were measured in the same rounds."""
    times = {r.entry.contender: r.entry.tokens * r.microseconds for r in results}
    return Machine(
        operations=2 * platform.edge**3 / times[platform.matrix_rate],
        bytes=8 * platform.length / times[platform.memory_rate],
    )


def tabulate_case(case: Case, results: Sequence[Result], platform: Platform) -> Table:
    """Return the table of a case, the fastest first. Ratios are to the fastest of qslc."""
    own = platform.list_contenders(case)
    contenders = sorted(
        (r for r in results if r.entry.contender in own), key=lambda r: r.microseconds
    )
    ours = next(r for r in contenders if r.entry.contender in OURS)
    rows = [_make_row(result, ours) for result in contenders]
    if len(contenders) < len(results):
        rates = measure_machine(results, platform)
        counts = {"matrices": count_matrix_operations(case), "gates": count_gate_operations(case)}
        floors = {name: find_floor(count, case, rates) for name, count in counts.items()}
        rows = [*(_make_floor_row(*floor, ours) for floor in floors.items()), *rows]
    heads = f", {case.heads} heads" if case.heads > 1 else ""
    title = f"{case.name}: {case.qubits} qubits, {case.layers} layers, {case.encoder}{heads}"
    return Table(HEADS, tuple(rows), title, texts=1)


def _make_floor_row(name: str, floor: float, ours: Result) -> tuple[str, ...]:
    times = (floor, floor / ours.microseconds)
    return f"roofline, {name}", *map(_format_number, times), "", ""


def _format_number(value: float) -> str:
    """Format with two decimals, or two digits where it is small."""
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def _make_row(result: Result, ours: Result) -> tuple[str, ...]:
    ratio = result.microseconds / ours.microseconds
    times = (result.microseconds, ratio, result.processor_microseconds)
    peak = f"{result.peak_bytes / 2**20:.0f}"
    return result.entry.contender, *map(_format_number, times), peak
