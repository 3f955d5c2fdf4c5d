"""The rows of the report's larger tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qslc.report.compilation.numbers import probability, survival

_PASS_COLUMNS = (
    ("two-qubit gates", "two_qubit_gates"),
    ("two-qubit depth", "two_qubit_depth"),
    ("depth", "depth"),
    ("one-qubit gates", "one_qubit_gates"),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A count before and after a pass."""

    name: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class PassRow:
    """One pass: counts of two-qubit gates, two-qubit depth, depth, one-qubit gates.

    ``share_before`` and ``share_after`` are two-qubit gates in percent of the table's largest.
    """

    name: str
    note: str
    cells: tuple[Cell, ...]
    share_before: float
    share_after: float


@dataclass(frozen=True, slots=True)
class NoiseRow:
    """Error probabilities of a device qubit or a coupled pair; "" where it has none of a kind."""

    place: str
    gate: str
    damping: str
    readout: str


@dataclass(frozen=True, slots=True)
class NoiseTable:
    source: str
    error_free: str
    rows: tuple[NoiseRow, ...]
    hidden: int


def pass_rows(passes: Sequence[Mapping[str, Any]]) -> tuple[PassRow, ...]:
    gates = [step[when]["two_qubit_gates"] for step in passes for when in ("before", "after")]
    largest = max([1, *gates])
    return tuple(_pass_row(step, largest) for step in passes)


def noise_table(report: Mapping[str, Any], limit: int) -> NoiseTable | None:
    """The noise of the qubits and couplers that the circuit uses, or None for an ideal device."""
    noise, drawing = report["noise"], report["drawings"]["device"]
    if noise is None:
        return None
    names = [name for name, _, _ in drawing["qubits"]]
    qubits = [names[i] for i in drawing["active"]]
    pairs = [f"{names[a]} {names[b]}" for a, b, _ in drawing["used"]]
    rows = [_qubit_noise(noise, q) for q in qubits] + [_pair_noise(noise, p) for p in pairs]
    return NoiseTable(
        noise["source"],
        survival(report["error_free"]),
        tuple(rows[:limit]),
        max(0, len(rows) - limit),
    )


def _pass_row(step: Mapping[str, Any], largest: int) -> PassRow:
    before, after = step["before"], step["after"]
    return PassRow(
        name=step["name"],
        note=step["note"],
        cells=tuple(Cell(name, before[key], after[key]) for name, key in _PASS_COLUMNS),
        share_before=round(100 * before["two_qubit_gates"] / largest, 1),
        share_after=round(100 * after["two_qubit_gates"] / largest, 1),
    )


def _qubit_noise(noise: Mapping[str, Any], qubit: str) -> NoiseRow:
    p01, p10 = noise["readout"].get(qubit, (0.0, 0.0))
    return NoiseRow(
        place=qubit,
        gate=probability(noise["one_qubit"].get(qubit, 0.0)),
        damping=probability(noise["amplitude_damping"].get(qubit, 0.0)),
        readout=f"{probability(p01)} / {probability(p10)}",
    )


def _pair_noise(noise: Mapping[str, Any], pair: str) -> NoiseRow:
    return NoiseRow(pair, probability(noise["two_qubit"].get(pair, 0.0)), "", "")
