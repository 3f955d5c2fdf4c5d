"""Draw one gate of a circuit diagram."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from qslc.ir.gates import GATES
from qslc.report.drawing.svg import write_element, write_label, write_line

_SHORT = 6
"""Letters of an angle in full size, at most; longer ones are written smaller."""

_WIDEST = 8
"""Letters of an angle, at most."""

_NAME = re.compile(r"[^\W\d]\w*")
_INPUT = re.compile(r"x\d+")

Source = Literal["input", "weight", "constant"]


@dataclass(frozen=True, slots=True)
class Scale:
    """Sizes in pixels: between wires, between columns, left of the wires; dense: no angles."""

    pitch: int
    column: int
    gutter: int
    dense: bool

    def find_wire(self, index: int) -> float:
        """Return the height of a wire."""
        return (index + 0.5) * self.pitch


def draw_gate(operation: Sequence[Any], x: float, scale: Scale) -> str:
    """Draw ``[gate, [wire, ...], angle]`` in the column around ``x``."""
    gate, wires, angle = operation
    ys = [scale.find_wire(wire) for wire in wires]
    note = f"{gate}({angle})" if angle else gate
    parts = [write_element("title", text=note)]
    if len(ys) > 1:
        parts.append(write_line(x, min(ys), x, max(ys), "link"))
    for symbol, y in zip(GATES[gate].symbols, ys, strict=True):
        draw = _MARKS.get(symbol)
        parts.append(draw(x, y, scale) if draw else _draw_box(x, y, symbol, angle, scale))
    return write_element("g", *parts)


def find_source(angle: str) -> Source:
    """Find what an angle depends on; an angle with inputs and weights counts as an input."""
    names = set(_NAME.findall(angle)) - {"pi"}
    if any(_INPUT.fullmatch(name) for name in names):
        return "input"
    return "weight" if names else "constant"


def shorten_angle(angle: str) -> str:
    """Write ``theta_12`` as θ12 and ``pi/2`` as π/2; "…" for what is too wide."""
    text = re.sub(r"\btheta_(?=\d+\b)", "θ", angle)
    text = re.sub(r"\bpi\b", "π", text).replace(" ", "").replace("*", "·")
    return text if len(text) <= _WIDEST else "…"


def _draw_box(x: float, y: float, name: str, angle: str, scale: Scale) -> str:
    """Draw a box with the gate's name and, where there is room, its angle."""
    width, height = scale.column - 6, scale.pitch - (4 if scale.dense else 6)
    kind = find_source(angle) if angle else "plain"
    box = write_element(
        "rect",
        x=x - width / 2,
        y=y - height / 2,
        width=width,
        height=height,
        rx=3,
        class_=f"chip {kind}",
    )
    if scale.dense:
        return box + write_label(x, y, name, "gate small")
    if not angle:
        return box + write_label(x, y, name, "gate")
    text = shorten_angle(angle)
    size = "angle long" if len(text) > _SHORT else "angle"
    return box + write_label(x, y - 5.5, name, "gate") + write_label(x, y + 7, text, size)


def _draw_dot(x: float, y: float, scale: Scale) -> str:
    return write_element("circle", cx=x, cy=y, r=3 if scale.dense else 4.5, class_="dot")


def _draw_target(x: float, y: float, scale: Scale) -> str:
    r = 6.0 if scale.dense else 9.0
    ring = write_element("circle", cx=x, cy=y, r=r, class_="target")
    across, down = (x - r, y, x + r, y), (x, y - r, x, y + r)
    return ring + write_line(*across, "link") + write_line(*down, "link")


def _draw_cross(x: float, y: float, scale: Scale) -> str:
    r = 4.0 if scale.dense else 6.0
    falling, rising = (x - r, y - r, x + r, y + r), (x - r, y + r, x + r, y - r)
    return write_line(*falling, "swap") + write_line(*rising, "swap")


_MARKS = MappingProxyType({"dot": _draw_dot, "target": _draw_target, "cross": _draw_cross})
"""Symbols of gates that are not written in a box."""
