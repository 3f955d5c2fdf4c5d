"""Fill the report's larger tables, and write its spec."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from qslc.report.numbers import format_probability, format_survival
from qslc.spec.noise import list_effects
from qslc.targets.noise import Effect, Place

_PASS_COLUMNS = (
    ("two-qubit gates", "two_qubit_gates"),
    ("two-qubit depth", "two_qubit_depth"),
    ("depth", "depth"),
    ("one-qubit gates", "one_qubit_gates"),
)

_WIDTH = 76
_ONE_LINE = 62
"""Characters of a mapping or a list up to which it stays on one line."""


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
    """Error probabilities of a device qubit or a coupled pair.

    Args:
        place: Name of the qubit or the pair.
        cells: Text for each column of the table, "" where the place has no such error.
    """

    place: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoiseTable:
    """The noise of a report.

    Args:
        source: Where the numbers come from.
        error_free: Share of the runs in which no gate errs.
        columns: Headings of the rows' cells.
        rows: One for each qubit and each pair.
        hidden: How many rows are left out.
    """

    source: str
    error_free: str
    columns: tuple[str, ...]
    rows: tuple[NoiseRow, ...]
    hidden: int


def list_passes(passes: Sequence[Mapping[str, Any]]) -> tuple[PassRow, ...]:
    """List the rows of the table of passes."""
    gates = [step[when]["two_qubit_gates"] for step in passes for when in ("before", "after")]
    largest = max([1, *gates])
    return tuple(_fill_pass(step, largest) for step in passes)


def tabulate_noise(report: Mapping[str, Any], limit: int) -> NoiseTable | None:
    """Tabulate the noise of the qubits and couplers in use; None for an ideal device."""
    noise, drawing = report["noise"], report["drawings"]["device"]
    if noise is None:
        return None
    names = [name for name, _, _ in drawing["qubits"]]
    qubits = [names[i] for i in drawing["active"]]
    pairs = [f"{names[a]} {names[b]}" for a, b, _ in drawing["used"]]
    effects = list_effects(name for name in noise if name != "source")
    columns = tuple(dict.fromkeys(effect.column for effect in effects))
    on_pairs = [effect for effect in effects if effect.place is Place.TWO_QUBIT_GATE]
    on_qubits = [effect for effect in effects if effect.place is not Place.TWO_QUBIT_GATE]
    rows = [_fill_noise(noise, place, on_qubits, columns) for place in qubits]
    rows += [_fill_noise(noise, place, on_pairs, columns) for place in pairs]
    return NoiseTable(
        noise["source"],
        format_survival(report["error_free"]),
        columns,
        tuple(rows[:limit]),
        max(0, len(rows) - limit),
    )


def write_spec(spec: Mapping[str, Any]) -> str:
    """Write a spec in its JSON form as YAML: what a user could write to have the same circuit."""
    yaml = YAML()
    yaml.width = _WIDTH
    out = io.StringIO()
    yaml.dump(CommentedMap((key, _make_node(value)) for key, value in spec.items()), out)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def _fill_pass(step: Mapping[str, Any], largest: int) -> PassRow:
    before, after = step["before"], step["after"]
    return PassRow(
        name=step["name"],
        note=step["note"],
        cells=tuple(Cell(name, before[key], after[key]) for name, key in _PASS_COLUMNS),
        share_before=round(100 * before["two_qubit_gates"] / largest, 1),
        share_after=round(100 * after["two_qubit_gates"] / largest, 1),
    )


def _fill_noise(
    noise: Mapping[str, Any], place: str, effects: Sequence[Effect], columns: Sequence[str]
) -> NoiseRow:
    cells = {effect.column: _format_rate(noise[effect.name], place) for effect in effects}
    return NoiseRow(place, tuple(cells.get(column, "") for column in columns))


def _format_rate(rates: Mapping[str, float | Sequence[float]], place: str) -> str:
    """Write the probability at a place, or several; where none is given they are 0."""
    some = rates.get(place, next(iter(rates.values()), 0.0))
    numbers = some if isinstance(some, Sequence) else [some]
    return " / ".join(format_probability(number if place in rates else 0.0) for number in numbers)


def _make_node(value: Any) -> Any:
    """Make a YAML node of a value; what is short, and a list of numbers or names, in brackets."""
    if not isinstance(value, (Mapping, list)):
        return value
    if isinstance(value, Mapping):
        node: Any = CommentedMap((key, _make_node(each)) for key, each in value.items())
        flat = False
    else:
        node = CommentedSeq(map(_make_node, value))
        flat = not any(isinstance(each, (Mapping, list)) for each in value)
    if flat or len(json.dumps(value, ensure_ascii=False)) <= _ONE_LINE:
        node.fa.set_flow_style()
    else:
        node.fa.set_block_style()
    return node
