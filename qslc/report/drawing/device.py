"""Draw a device as SVG: its coupling graph, the qubits placed on it and the couplers used."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from qslc.report.drawing.svg import write_element, write_label, write_picture

_SPACING = 52.0
_MARGIN = 30.0
_RADIUS = 17.0
_AROUND = 1.3
"""How far around the qubits in use the device is drawn, in lengths of a coupler."""

Point = tuple[float, float]


def draw_device(device: Mapping[str, Any], title: str, style: str = "") -> str:
    """Draw what ``data.describe_device`` made: the part of the device that is in use.

    A placed qubit bears the logical qubit that starts there; "▸3" under it is the one that ends
    there, where that is another. Couplers that lead out of the part end at its border.
    """
    part = find_shown_qubits(device)
    left = min(device["qubits"][i][1] for i in part)
    top = min(device["qubits"][i][2] for i in part)
    points = [
        (_MARGIN + (x - left) * _SPACING, _MARGIN + (y - top) * _SPACING)
        for _, x, y in device["qubits"]
    ]
    parts = [*_draw_couplers(device, points, part), *_draw_qubits(device, points, part)]
    width = max(points[i][0] for i in part) + _MARGIN
    height = max(points[i][1] for i in part) + _MARGIN
    return write_picture(width, height, title, parts, style)


def find_shown_qubits(device: Mapping[str, Any]) -> frozenset[int]:
    """Find the qubits in use and those around them; all, if none is in use."""
    qubits = device["qubits"]
    used = {*device["active"], *device["start"], *device["end"]} or set(range(len(qubits)))
    xs, ys = zip(*(qubits[i][1:] for i in used), strict=True)
    return frozenset(
        i
        for i, (_, x, y) in enumerate(qubits)
        if min(xs) - _AROUND <= x <= max(xs) + _AROUND
        and min(ys) - _AROUND <= y <= max(ys) + _AROUND
    )


def _draw_couplers(
    device: Mapping[str, Any], points: Sequence[Point], part: Collection[int]
) -> Iterator[str]:
    used = {(a, b): gates for a, b, gates in device["used"]}
    for a, b in device["edges"]:
        if (a, b) not in used and (a in part or b in part):
            yield _draw_coupler(points[a], points[b], "coupler", 1.5)
    busiest = max(used.values(), default=1)
    for (a, b), gates in used.items():
        note = write_element("title", text=f"{gates} two-qubit gates")
        width = 3 + 4 * gates / busiest
        yield write_element("g", note, _draw_coupler(points[a], points[b], "coupler used", width))


def _draw_coupler(start: Point, end: Point, class_: str, width: float) -> str:
    (x1, y1), (x2, y2) = start, end
    return write_element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_, stroke_width=width)


def _draw_qubits(
    device: Mapping[str, Any], points: Sequence[Point], part: Collection[int]
) -> Iterator[str]:
    start = {qubit: i for i, qubit in enumerate(device["start"])}
    end = {qubit: i for i, qubit in enumerate(device["end"])}
    for qubit in sorted(part):
        x, y = points[qubit]
        name = write_element("title", text=device["qubits"][qubit][0])
        passing = "passing" if qubit in device["active"] else "idle"
        kind = "placed" if qubit in start or qubit in end else passing
        r = 7.0 if kind == "idle" else _RADIUS
        circle = write_element("circle", cx=x, cy=y, r=r, class_=kind)
        roles = _draw_roles(x, y, start.get(qubit), end.get(qubit))
        yield write_element("g", name, circle, *roles)


def _draw_roles(x: float, y: float, first: int | None, last: int | None) -> Iterator[str]:
    moved = first != last
    if first is not None:
        yield write_label(x, y - 5 if moved and last is not None else y, str(first), "qubit")
    if moved and last is not None:
        yield write_label(x, y + 7 if first is not None else y, f"▸{last}", "qubit end")
