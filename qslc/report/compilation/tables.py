"""Fill the tables of a report, and write its spec."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from qslc.report.numbers import MINUS, format_probability
from qslc.report.sections import Table
from qslc.spec.noise import list_effects
from qslc.targets.noise import Effect, Place

Report = Mapping[str, Any]
"""A report as it stands in report.json, or a part of it."""

COUNTS: Mapping[str, str] = MappingProxyType(
    {
        "two_qubit_gates": "two-qubit gates",
        "two_qubit_depth": "two-qubit depth",
        "depth": "depth",
        "one_qubit_gates": "one-qubit gates",
        "qubits": "qubits",
        "parameters": "effective parameters",
    }
)
"""Names of the counts of a program in tables."""

MAX_ROWS = 120
"""Rows of a table, at most; longer ones end with a sentence that says where the rest is."""

_PASS_COUNTS = ("two_qubit_gates", "two_qubit_depth", "depth", "one_qubit_gates")
_WIDTH = 76
_ONE_LINE = 62
"""Characters of a mapping or a list up to which it stays on one line."""


@dataclass(frozen=True, slots=True)
class PassRow:
    """One pass: for each count its name, and its value before and after.

    ``share_before`` and ``share_after`` are two-qubit gates in percent of the table's largest.
    """

    name: str
    note: str
    counts: tuple[tuple[str, int, int], ...]
    share_before: float
    share_after: float


def find_costed(report: Report) -> Report:
    """Find the counts of what the device runs: with the preparation, if there is one."""
    prepared = "preparation" in report["encoder"]
    costed: Report = report["device_circuit" if prepared else "physical"]
    return costed


def tabulate_stages(report: Report) -> Table:
    """Tabulate the counts of the circuit as written, after the passes and on the device."""
    stages = [report[stage] for stage in ("logical", "optimised", "physical")]
    names = ["as written", "after passes", "on the device"]
    if "preparation" in report["encoder"]:
        stages.append(report["device_circuit"])
        names.append("with its preparation")
    return Table(
        ("", *names),
        tuple((name, *(str(stage[key]) for stage in stages)) for key, name in COUNTS.items()),
    )


def list_passes(passes: Sequence[Report]) -> tuple[PassRow, ...]:
    """List the rows of the table of passes."""
    gates = [step[when]["two_qubit_gates"] for step in passes for when in ("before", "after")]
    largest = max([1, *gates])
    return tuple(_fill_pass(step, largest) for step in passes)


def tabulate_layout(layout: Report) -> Table:
    """Tabulate the device qubit of each logical one before the first and after the last gate."""
    start, end = layout["start"], layout["end"]
    rows = [(logical, start[logical], end[logical]) for logical in start]
    return _cut(("logical", "start", "end"), rows)


def tabulate_observables(report: Report) -> Table:
    """Tabulate the observables as asked, and as they are measured on the device."""
    sums = (each for each in report.get("outputs", ()) if [*each["terms"].values()] != [1])
    rows = [(each["observable"], "added up of what is measured") for each in sums]
    rows += [(each["logical"], _write_observable(each)) for each in report["observables"]]
    return _cut(("asked", "measured"), rows)


def tabulate_noise(report: Report) -> Table | None:
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
    return _cut(("qubit or pair", *columns), rows)


def write_spec(spec: Report) -> str:
    """Write a spec in its JSON form as YAML: what a user could write to have the same circuit."""
    yaml = YAML()
    yaml.width = _WIDTH
    out = io.StringIO()
    yaml.dump(CommentedMap((key, _make_node(value)) for key, value in spec.items()), out)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def _cut(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Table:
    return Table(head, tuple(rows[:MAX_ROWS]), hidden=max(0, len(rows) - MAX_ROWS))


def _fill_pass(step: Report, largest: int) -> PassRow:
    before, after = step["before"], step["after"]
    return PassRow(
        name=step["name"],
        note=step["note"],
        counts=tuple((COUNTS[key], before[key], after[key]) for key in _PASS_COUNTS),
        share_before=round(100 * before["two_qubit_gates"] / largest, 1),
        share_after=round(100 * after["two_qubit_gates"] / largest, 1),
    )


def _write_observable(observable: Report) -> str:
    factors = " ".join(f"{pauli} {qubit}" for qubit, pauli in observable["physical"].items())
    return f"{MINUS} {factors or '1'}" if observable["sign"] < 0 else factors or "1"


def _fill_noise(
    noise: Report, place: str, effects: Sequence[Effect], columns: Sequence[str]
) -> tuple[str, ...]:
    cells = {e.column: _format_rate(noise[e.name], place, e.unit) for e in effects}
    return (place, *(cells.get(column, "") for column in columns))


def _format_rate(rates: Mapping[str, float | Sequence[float]], place: str, unit: str) -> str:
    """Write the number at a place, or several; where none is given they are 0."""
    some = rates.get(place, next(iter(rates.values()), 0.0))
    numbers = some if isinstance(some, Sequence) else [some]
    write = format_probability if unit == "probability" else _format_angle
    return " / ".join(write(number if place in rates else 0.0) for number in numbers)


def _format_angle(value: float) -> str:
    return f"{value:.3g}".replace("-", MINUS)


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
