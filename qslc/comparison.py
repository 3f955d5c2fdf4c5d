"""Compare two compiles: what was asked for, what it costs, and where it lies."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import RenderableType
from rich.table import Table as TerminalTable
from rich.text import Text

from qslc.compiled import Compiled
from qslc.publication import MANIFEST
from qslc.report.compilation.tables import COUNTS
from qslc.report.numbers import format_change, format_ratio, format_survival

_SHOWN = 60
"""Characters of a value of a spec that a table shows."""


@dataclass(frozen=True, slots=True)
class Change:
    """A value before and after; None where it is not there."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Comparison:
    """Differences between two compiles, A and B.

    Args:
        names: Name and device of each.
        same: Whether all files are the same, wall times aside.
        spec: Keys of the spec that differ, as "ansatz.depth".
        costs: Counts of what the device runs, and figures of its errors; the same ones too.
        versions: Packages that differ.
        circuits: Names of the circuits that differ: "circuit", "device_circuit".
        readouts: Whether other observables are measured on the device.
        layout: Whether the logical qubits lie elsewhere.
    """

    names: tuple[str, str]
    same: bool
    spec: tuple[Change, ...]
    costs: tuple[Change, ...]
    versions: tuple[Change, ...]
    circuits: tuple[str, ...]
    readouts: bool
    layout: bool

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return asdict(self)


def compare(before: Compiled, after: Compiled) -> Comparison:
    """Compare two compiles."""
    first, second = before.report, after.report
    specs = [_flatten(json.loads(each.files["report.json"])["spec"]) for each in (before, after)]
    layouts = [(each.layout.start, each.layout.end) for each in (first, second)]
    return Comparison(
        names=tuple(f"{each.name} on {each.device.name}" for each in (first, second)),  # type: ignore[arg-type]
        same=before.files[MANIFEST] == after.files[MANIFEST],
        spec=tuple(_find_changes(*specs)),
        costs=tuple(
            Change(name, one, other)
            for (name, one), other in zip(
                _list_costs(before).items(), _list_costs(after).values(), strict=True
            )
            if (one, other) != (None, None)
        ),
        versions=tuple(_find_changes(first.versions, second.versions)),
        circuits=tuple(
            name
            for name in ("circuit", "device_circuit")
            if getattr(before, name) != getattr(after, name)
        ),
        readouts=[o.physical for o in first.observables] != [o.physical for o in second.observables]
        or [o.sign for o in first.observables] != [o.sign for o in second.observables],
        layout=layouts[0] != layouts[1],
    )


def print_comparison(found: Comparison) -> Iterator[RenderableType]:
    """Yield for the terminal what differs."""
    one, other = found.names
    yield Text(f"A: {one}\nB: {other}", style="bold")
    if found.same:
        yield Text("the same files, wall times aside")
    if found.spec:
        yield _tabulate("spec", ((c.name, _show(c.before), _show(c.after), "") for c in found.spec))
    else:
        yield Text("the same spec")
    yield _tabulate("cost", (_write_cost(cost) for cost in found.costs))
    yield Text("\n".join(_say_rest(found)))


def _say_rest(found: Comparison) -> Iterator[str]:
    named = {"circuit": "circuit as written", "device_circuit": "circuit on the device"}
    for name, words in named.items():
        yield f"{words}: {'another' if name in found.circuits else 'the same'}"
    yield f"layout: {'other qubits' if found.layout else 'the same qubits'}"
    yield f"readouts: {'others' if found.readouts else 'the same'}"
    for change in found.versions:
        yield f"{change.name}: {_show(change.before)}, then {_show(change.after)}"


def _tabulate(head: str, rows: Iterator[tuple[str, str, str, str]]) -> TerminalTable:
    table = TerminalTable(head, "A", "B", "", box=None)
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _list_costs(compiled: Compiled) -> dict[str, Any]:
    """List the figures of a compile; None for those that it has not."""
    report = compiled.report
    counts = asdict(report.cost)
    budget, verdict, forecast = report.error_budget, report.verdict, report.forecast
    return {
        **{key: counts[key] for key in COUNTS},
        "signal": forecast and forecast.signal,
        "error": forecast and forecast.error,
        "estimated_fidelity": budget and budget.circuit,
        "predicted_error": verdict and verdict.error,
        "shots": verdict and verdict.shots,
        "settings": len(compiled.measured_circuits),
        "weights": len(report.weights),
        "outputs": len(compiled.observables),
    }


def _write_cost(change: Change) -> tuple[str, str, str, str]:
    name = COUNTS.get(change.name, change.name.replace("_", " "))
    before, after = change.before, change.after
    write = format_survival if change.name == "estimated_fidelity" else _write_figure
    shown = ["-" if each is None else write(each) for each in (before, after)]
    ratio = ""
    if None not in (before, after):
        whole = isinstance(before, int)
        ratio = format_change(before, after) if whole else format_ratio(after, before)
    return name, shown[0], shown[1], ratio


def _write_figure(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.3g}"


def _find_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for name in dict.fromkeys((*before, *after)):
        if before.get(name) != after.get(name):
            yield Change(name, before.get(name), after.get(name))


def _flatten(value: Any, prefix: str = "") -> dict[str, Any]:
    """Return the values of nested mappings by their paths."""
    if not isinstance(value, Mapping):
        return {prefix: value}
    found: dict[str, Any] = {}
    for key, item in value.items():
        found |= _flatten(item, f"{prefix}.{key}" if prefix else str(key))
    return found


def _show(value: Any) -> str:
    if value is None:
        return "-"
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
