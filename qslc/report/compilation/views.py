"""Reports to read: Markdown and one self-contained HTML file, both from the report's JSON alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from qslc.report.compilation.contents import Contents, contents
from qslc.report.drawing.circuit import circuit_drawing
from qslc.report.drawing.device import device_drawing, shown_qubits
from qslc.report.templates import mark_safe, render

_OPEN_STRIPS = 12
"""Strips of a circuit that a reader sees at once; the others unfold."""

_OPEN_OBSERVABLES = 24


@dataclass(frozen=True, slots=True)
class Drawing:
    """One SVG, or one for each strip of a circuit, the last ones folded; the sentence under it."""

    strips: tuple[Markup, ...]
    caption: str
    folded: tuple[Markup, ...] = ()


@dataclass(frozen=True, slots=True)
class HtmlView:
    """What ``report.html.jinja`` shows."""

    report: Contents
    open_observables: int
    device: Drawing
    logical: Drawing
    physical: Drawing


def markdown(report: Mapping[str, Any]) -> str:
    """The report as Markdown. Text from the input is escaped."""
    return render("report.md.jinja", view=contents(report))


def html(report: Mapping[str, Any]) -> str:
    """The report as one HTML file that loads nothing. Text from the input is escaped."""
    drawings = report["drawings"]
    view = HtmlView(
        report=contents(report),
        open_observables=_OPEN_OBSERVABLES,
        device=_device(drawings["device"]),
        logical=_circuit(drawings["logical"], "Circuit as written"),
        physical=_circuit(drawings["physical"], "Circuit as compiled"),
    )
    return render("report.html.jinja", view=view)


def _device(data: Mapping[str, Any]) -> Drawing:
    shown, total = len(shown_qubits(data)), len(data["qubits"])
    part = (
        f"The part of the device around them, {shown} of {total} qubits." if shown < total else ""
    )
    used = "" if data["complete"] else "Only the couplers that the circuit uses are drawn."
    return Drawing((mark_safe(device_drawing(data, "Device")),), f"{part} {used}".strip())


def _circuit(data: Mapping[str, Any] | None, title: str) -> Drawing:
    if data is None:
        return Drawing((), "Too many qubits to draw; physical.qasm holds the circuit.")
    shown, total = len(data["moments"]), data["total_moments"]
    caption = f"The first {shown} of {total} moments." if shown < total else f"{total} moments."
    strips = tuple(map(mark_safe, circuit_drawing(data, title)))
    return Drawing(strips[:_OPEN_STRIPS], caption, strips[_OPEN_STRIPS:])
