"""Draw a circuit as SVG: wires and gates, in strips of moments that a page wraps like words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from qslc.report.drawing.gate import Scale, draw_gate
from qslc.report.drawing.svg import write_element, write_label, write_line, write_picture

_WIDTH = 350
"""Width of a strip, in pixels: as wide as the screen of a phone, or half a sheet of paper."""
_PAGE = 900
"""Width of a picture of a whole circuit."""
_GAP = 22.0
"""Pixels between its strips."""
_ROOMY = Scale(pitch=34, column=46, gutter=0, dense=False)
_DENSE = Scale(pitch=17, column=24, gutter=0, dense=True)
_LETTER = 6.4
"""Pixels that a letter of a wire's name takes."""
_MANY_WIRES = 20
_MANY_CELLS = 1000
"""Wires times moments from which on a drawing is dense."""


_Column = tuple[int, Sequence[Sequence[Any]]]
"""Number of a moment, and operations of it that do not cross each other."""


@dataclass(frozen=True, slots=True)
class _Strips:
    """A circuit cut into strips, each as wide and as high as the others, in pixels."""

    width: float
    height: float
    parts: tuple[tuple[str, ...], ...]


def draw_circuit(circuit: Mapping[str, Any], title: str) -> tuple[str, ...]:
    """Draw what ``data.describe_circuit`` made, as one SVG for each strip of moments.

    A strip begins with the names of the wires. Side by side, strips join to one circuit.
    """
    strips = _cut(circuit, _WIDTH)
    return tuple(write_picture(strips.width, strips.height, title, part) for part in strips.parts)


def draw_whole_circuit(circuit: Mapping[str, Any], title: str, style: str) -> str:
    """Draw what ``data.describe_circuit`` made as one SVG, with strips of moments as its lines.

    Args:
        circuit: The circuit.
        title: What a screen reader says of it.
        style: Stylesheet that the picture carries.
    """
    strips = _cut(circuit, _PAGE)
    line = strips.height + _GAP
    parts = (
        write_element("g", *part, transform=f"translate(0 {i * line:g})")
        for i, part in enumerate(strips.parts)
    )
    height = len(strips.parts) * line - _GAP
    return write_picture(strips.width, height, title, parts, style)


def _cut(circuit: Mapping[str, Any], width: int) -> _Strips:
    """Draw strips of moments, each at most so wide where one moment is not wider."""
    wires = circuit["wires"]
    scale = _choose_scale(circuit)
    columns = [
        (i, layer)
        for i, moment in enumerate(circuit["moments"])
        for layer in _spread_layers(moment)
    ]
    size = max(1, (width - scale.gutter) // scale.column)
    rows = [columns[i : i + size] for i in range(0, len(columns), size)] or [[]]
    return _Strips(
        width=float(scale.gutter + max(map(len, rows)) * scale.column),
        height=float(len(wires) * scale.pitch),
        parts=tuple(tuple(_draw_row(row, wires, scale)) for row in rows),
    )


def _choose_scale(circuit: Mapping[str, Any]) -> Scale:
    wires = circuit["wires"]
    crowded = len(wires) > _MANY_WIRES or len(wires) * len(circuit["moments"]) >= _MANY_CELLS
    gutter = 14 + round(_LETTER * max(map(len, wires), default=0))
    return replace(_DENSE if crowded else _ROOMY, gutter=gutter)


def _spread_layers(moment: Sequence[Sequence[Any]]) -> list[list[Sequence[Any]]]:
    """Spread the operations of a moment so that no two cover the same wire."""
    layers: list[list[Sequence[Any]]] = []
    reach: list[int] = []
    for operation in sorted(moment, key=lambda op: min(op[1])):
        free = next((i for i, last in enumerate(reach) if last < min(operation[1])), len(layers))
        if free == len(layers):
            layers.append([])
            reach.append(-1)
        layers[free].append(operation)
        reach[free] = max(operation[1])
    return layers


def _draw_row(columns: Sequence[_Column], wires: Sequence[str], scale: Scale) -> Iterator[str]:
    """Draw a tint behind every other moment, the wires, and the gates."""
    left, width = scale.gutter, scale.column
    for i, (moment, _) in enumerate(columns):
        if moment % 2:
            x, height = left + i * width, len(wires) * scale.pitch
            yield write_element("rect", x=x, y=0, width=width, height=height, class_="moment")
    for i, name in enumerate(wires):
        y = scale.find_wire(i)
        yield write_label(left - 8.0, y, name, "wire-name small" if scale.dense else "wire-name")
        yield write_line(float(left), y, float(left + len(columns) * width), y, "wire")
    for i, (_, operations) in enumerate(columns):
        for operation in operations:
            yield draw_gate(operation, left + (i + 0.5) * width, scale)
