"""The report in the terminal: what the compile gained, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from qslc.report.compilation.gain import gain
from qslc.report.numbers import format_survival


def summary(report: Mapping[str, Any]) -> Iterator[RenderableType]:
    """The name, the gain over the plain compile, and the circuit at three stages."""
    found = gain(report)
    yield Text(f"{report['name']} on {report['device']['name']}", style="bold")
    yield Text(found.headline)
    yield _stages(report, plain=found.compared)
    budget, encoder = report["error_budget"], report["encoder"]
    if not encoder["in_circuit"] and encoder["two_qubit_gates"]:
        yield Text(
            f"state preparation ({encoder['kind']} encoder): {encoder['two_qubit_gates']} more "
            "two-qubit gates on hardware"
        )
        if budget:
            yield Text(
                f"estimated fidelity with state preparation: {format_survival(budget['total'])}"
            )


def _stages(report: Mapping[str, Any], *, plain: bool) -> Table:
    """The metrics as written, which the device need not be able to run, and on the device."""
    names = ["as written", *(["plain compile"] if plain else []), "compiled"]
    table = Table("", *names, box=None)
    stages = [report["logical"], *([report["baseline"]] if plain else []), report["physical"]]
    for key in report["logical"]:
        table.add_row(key.replace("_", " "), *(str(stage[key]) for stage in stages))
    budget = report["error_budget"]
    if budget:
        there = [format_survival(report["baseline"]["estimated_fidelity"])] if plain else []
        table.add_row("estimated fidelity", "", *there, format_survival(budget["circuit"]))
    return table
