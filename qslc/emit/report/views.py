"""Reports to read: Markdown and one self-contained HTML file, both from the report's JSON alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from qslc.emit.drawing.circuit import circuit_drawing
from qslc.emit.drawing.device import device_drawing
from qslc.emit.report.contents import Contents, contents

_OPEN_ROWS = 3
"""Rows of a circuit that a reader sees at once; the others unfold."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """One SVG, or one for each row of a circuit, the last ones folded; the sentence under it."""

    rows: tuple[Markup, ...]
    caption: str
    folded: tuple[Markup, ...] = ()


@dataclass(frozen=True, slots=True)
class HtmlView:
    """What ``report.html.jinja`` shows."""

    report: Contents
    device: Drawing
    logical: Drawing
    physical: Drawing


def markdown(report: Mapping[str, Any]) -> str:
    """The report as Markdown. Text from the input is escaped."""
    template = _environment().get_template("report.md.jinja")
    return template.render(view=contents(report))


def html(report: Mapping[str, Any]) -> str:
    """The report as one HTML file that loads nothing. Text from the input is escaped."""
    drawings = report["drawings"]
    view = HtmlView(
        report=contents(report),
        device=_device(drawings["device"]),
        logical=_circuit(drawings["logical"], "Circuit as written"),
        physical=_circuit(drawings["physical"], "Circuit as compiled"),
    )
    return _environment().get_template("report.html.jinja").render(view=view)


def _device(data: Mapping[str, Any]) -> Drawing:
    caption = "" if data["complete"] else "Only the couplers that the circuit uses are drawn."
    return Drawing((_escaped(device_drawing(data, "Device")),), caption)


def _circuit(data: Mapping[str, Any] | None, title: str) -> Drawing:
    if data is None:
        return Drawing((), "Too many qubits to draw; physical.qasm holds the circuit.")
    shown, total = len(data["moments"]), data["total_moments"]
    caption = f"The first {shown} of {total} moments." if shown < total else f"{total} moments."
    rows = tuple(map(_escaped, circuit_drawing(data, title)))
    return Drawing(rows[:_OPEN_ROWS], caption, rows[_OPEN_ROWS:])


def _escaped(svg: str) -> Markup:
    return Markup(svg)  # noqa: S704 - every text in a drawing went through svg.element


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("qslc_templates", ""),
        autoescape=select_autoescape(("html.jinja",)),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    environment.filters["md"] = _markdown_text
    return environment


def _markdown_text(text: str) -> str:
    """Text that Markdown shows as it is, on one line, in a table too."""
    single = re.sub(r"\s+", " ", text)
    entities = single.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*\[\]|#~]|\b_|_\b)", r"\\\1", entities)
