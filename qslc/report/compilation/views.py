"""Show a report as Markdown, as one HTML file and in the terminal, from its JSON alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from qslc.report.compilation.contents import describe_evidence, make_contents
from qslc.report.compilation.forecast import format_signal
from qslc.report.compilation.gain import describe_gain
from qslc.report.compilation.tables import find_costed
from qslc.report.compilation.verdict import describe_verdict
from qslc.report.drawing.circuit import draw_circuit
from qslc.report.drawing.device import draw_device, find_shown_qubits
from qslc.report.numbers import format_number, format_survival
from qslc.templates import mark_safe, render

_OPEN_STRIPS = 12
"""Strips of a circuit that a reader sees at once; the others are folded."""

_OPEN_OBSERVABLES = 24


@dataclass(frozen=True, slots=True)
class Drawing:
    """One SVG, or one for each strip of a circuit, the last ones folded; the sentence under it."""

    strips: tuple[Markup, ...]
    caption: str
    folded: tuple[Markup, ...] = ()


def render_markdown(report: Mapping[str, Any]) -> str:
    """Render the report as Markdown. Text from the input is escaped."""
    return render("report.md.jinja", **make_contents(report))


def render_html(report: Mapping[str, Any]) -> str:
    """Render the report as one HTML file that loads nothing. Text from the input is escaped."""
    drawings = report["drawings"]
    return render(
        "report.html.jinja",
        **make_contents(report),
        open_observables=_OPEN_OBSERVABLES,
        device=_draw_device(drawings["device"]),
        circuits=(
            ("As written", _draw_circuit(drawings["logical"], "Circuit as written")),
            ("On the device", _draw_circuit(drawings["physical"], "Circuit as compiled")),
        ),
    )


def render_summary(report: Mapping[str, Any], circuit: str, layout: str) -> str:
    """Render what a notebook shows of a compile: its costs, and drawings of it as SVG."""
    gain, verdict = describe_gain(report), describe_verdict(report)
    return render(
        "summary.html.jinja",
        name=report["name"],
        device=report["device"]["name"],
        headline=gain.headline,
        verdict=verdict and verdict.headline,
        table=gain.table,
        circuit=mark_safe(circuit),
        layout=mark_safe(layout),
        verification=describe_evidence(report),
    )


def print_report(report: Mapping[str, Any]) -> Iterator[RenderableType]:
    """Yield for the terminal the gain over the plain compile, the metrics, and the check."""
    found = describe_gain(report)
    yield Text(f"{report['name']} on {report['device']['name']}", style="bold")
    yield Text(found.headline)
    yield _tabulate_stages(report, plain=found.compared)
    budget, encoder = report["error_budget"], report["encoder"]
    if "preparation" in encoder:
        yield Text(
            f"state preparation ({encoder['preparation']['method']}): "
            f"{encoder['two_qubit_gates']} two-qubit gates of these, "
            f"{encoder['two_qubit_depth']} levels"
        )
    if not encoder["in_circuit"] and encoder["two_qubit_gates"]:
        yield Text(
            f"state preparation ({encoder['kind']} encoder): {encoder['two_qubit_gates']} more "
            "two-qubit gates on hardware"
        )
        if budget:
            yield Text(
                f"estimated fidelity with state preparation: {format_survival(budget['total'])}"
            )
    evidence = report["verification"]
    yield (
        f"verified: {evidence['verdict']} at {evidence['points']} points ({evidence['method']}), "
        f"largest deviation {evidence['max_deviation']:.1e}"
    )


def _draw_device(data: Mapping[str, Any]) -> Drawing:
    shown, total = len(find_shown_qubits(data)), len(data["qubits"])
    part = (
        f"The part of the device around them, {shown} of {total} qubits." if shown < total else ""
    )
    used = "" if data["complete"] else "Only the couplers that the circuit uses are drawn."
    return Drawing((mark_safe(draw_device(data, "Device")),), f"{part} {used}".strip())


def _draw_circuit(data: Mapping[str, Any] | None, title: str) -> Drawing:
    if data is None:
        return Drawing((), "Too many qubits to draw; physical.qasm holds the circuit.")
    shown, total = len(data["moments"]), data["total_moments"]
    caption = f"The first {shown} of {total} moments." if shown < total else f"{total} moments."
    strips = tuple(map(mark_safe, draw_circuit(data, title)))
    return Drawing(strips[:_OPEN_STRIPS], caption, strips[_OPEN_STRIPS:])


def _tabulate_stages(report: Mapping[str, Any], *, plain: bool) -> Table:
    """Tabulate the metrics as written, which the device need not be able to run, and compiled."""
    names = ["as written", *(["plain compile"] if plain else []), "compiled"]
    table = Table("", *names, box=None)
    stages = [report["logical"], *([report["baseline"]] if plain else []), find_costed(report)]
    for key in report["logical"]:
        table.add_row(key.replace("_", " "), *(str(stage[key]) for stage in stages))
    budget, found = report["error_budget"], report.get("forecast")
    if found and (found["plain"] or not plain):
        for key, name, write in (
            ("signal", "signal left", format_signal),
            ("error", "error to expect", format_number),
        ):
            others = [write(found["plain"][key])] if plain else []
            table.add_row(name, "", *others, write(found[key]))
    if budget:
        there = [format_survival(report["baseline"]["estimated_fidelity"])] if plain else []
        table.add_row("estimated fidelity", "", *there, format_survival(budget["circuit"]))
    return table
