"""Pictures that stand alone, in a notebook or in a file, with their stylesheet."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import cirq

from qslc.diagnostics import Diagnostic, InputError
from qslc.output import write_file
from qslc.report.drawing.circuit import draw_whole_circuit
from qslc.report.drawing.device import draw_device
from qslc.spec.wording import pluralize
from qslc.templates import render


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing of a circuit that notebooks show, and ``print`` in letters.

    Args:
        title: What it shows.
        svg: The drawing; None where the circuit is too large for one.
        circuit: The circuit.
    """

    title: str
    svg: str | None = field(repr=False)
    circuit: cirq.AbstractCircuit = field(repr=False)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the drawing to an SVG file.

        Raises:
            InputError: The circuit is too large to be drawn, or the file cannot be written or does
                not end in ".svg".
        """
        return _save(self.svg, path)

    def __str__(self) -> str:
        return str(self.circuit)

    def _repr_svg_(self) -> str | None:
        return self.svg


@dataclass(frozen=True, slots=True, repr=False)
class Layout:
    """Device qubits of the logical qubits, which notebooks show on the device.

    Args:
        start: Device qubit of each logical qubit before the first gate of the layer.
        end: The same after its last gate.
        svg: The drawing.
    """

    start: tuple[cirq.Qid, ...]
    end: tuple[cirq.Qid, ...]
    svg: str = field(compare=False)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the drawing to an SVG file.

        Raises:
            InputError: The file cannot be written, or does not end in ".svg".
        """
        return _save(self.svg, path)

    def __repr__(self) -> str:
        moved = sum(a != b for a, b in zip(self.start, self.end, strict=True))
        first, last = self.start[0], self.start[-1]
        return (
            f"<layout of {pluralize(len(self.start), 'logical qubit')} on {first} to {last}, "
            f"{moved} elsewhere at the end>"
        )

    def __str__(self) -> str:
        pairs = enumerate(zip(self.start, self.end, strict=True))
        return "\n".join(f"{i}: {a}" if a == b else f"{i}: {a} -> {b}" for i, (a, b) in pairs)

    def _repr_svg_(self) -> str:
        return self.svg


def picture_circuit(
    data: Mapping[str, Any] | None, title: str, circuit: cirq.AbstractCircuit
) -> Picture:
    """Make a picture of what ``data.describe_circuit`` made of a circuit."""
    svg = None if data is None else draw_whole_circuit(data, title, _read_style())
    return Picture(title, svg, circuit)


def draw_layout(data: Mapping[str, Any], title: str) -> str:
    """Draw what ``data.describe_device`` made of a device, as an SVG that stands alone."""
    return draw_device(data, title, _read_style())


def _save(svg: str | None, path: str | os.PathLike[str]) -> Path:
    if svg is None:
        raise InputError(Diagnostic("the circuit is too large to be drawn"))
    if Path(path).suffix != ".svg":
        raise InputError(Diagnostic(f"{path}: drawings are SVG", help="end the name in .svg"))
    write_file(Path(path), svg)
    return Path(path)


@cache
def _read_style() -> str:
    return render("picture.css")
