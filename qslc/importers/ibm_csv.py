"""Import the calibration data that IBM Quantum offers as CSV: a line for each qubit."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import NoReturn

from qslc.diagnostics import Diagnostic, InputError, Span
from qslc.importers.measurements import Measurements, sort_pair
from qslc.importers.qiskit import GATES, PAULI_OF_AVERAGE

_QUBIT, _T1, _T2 = "qubit", "t1 (us)", "t2 (us)"
_READOUT, _P10, _P01 = "readout assignment error", "prob meas0 prep1", "prob meas1 prep0"
_READOUT_NS, _READOUT_US = "readout length (ns)", "readout length (us)"
_ONE_QUBIT = ("√x (sx) error", "sx error")
_ONE_QUBIT_NS = "single-qubit gate length (ns)"
_TWO_QUBIT = {f"{gate} error": gate for gate in GATES} | {"cnot error": "cx"}
_TWO_QUBIT_NS = ("gate length (ns)", "gate time (ns)")
_OPERATIONAL = "operational"
_MISSING = "undefined"
"""What IBM Quantum writes where there is no number."""

_ENTRY = re.compile(r"\s*(?:(\d{1,6})_)?(\d{1,6})\s*:\s*([^:;]+?)\s*")


@dataclass(frozen=True)
class _Row:
    """A line of the file: its cells by the names of their columns, in lower case."""

    file: str
    line: int
    text: str
    cells: dict[str, str]

    def fail(self, cell: str, message: str, advice: str = "") -> NoReturn:
        column = max(0, self.text.find(cell)) if cell else 0
        span = Span(self.file, self.line, column + 1, max(1, len(cell)), self.text)
        raise InputError(Diagnostic(message, span, help=advice))

    def read_number(self, key: str) -> float | None:
        """Return a number, or None where there is none."""
        text = self.cells.get(key, "")
        return self.parse(text, key) if text else None

    def parse(self, text: str, key: str) -> float:
        """Return the number that a text is; errors are probabilities."""
        try:
            number = float(text)
        except ValueError:
            number = float("nan")
        if not isfinite(number) or number < 0:
            self.fail(text, f"expected a number that is not negative as {key}, got {text!r}")
        if number > 1 and (key.startswith("prob ") or key.endswith(" error")):
            self.fail(text, f"expected a probability, 0 to 1, as {key}, got {text!r}")
        return number

    def read_pairs(self, key: str, qubit: int) -> Iterator[tuple[tuple[int, int], float]]:
        """Yield the numbers of the couplers of a qubit: "0_1:0.002;0_14:0.003", or "1:0.002"."""
        for part in filter(str.strip, self.cells.get(key, "").split(";")):
            match = _ENTRY.fullmatch(part)
            pair = match and sort_pair((int(match[1] or qubit), int(match[2])))
            if not match or not pair or qubit not in pair or pair[0] == pair[1]:
                advice = f"couplers are written as {qubit}_{qubit + 1}:0.002"
                self.fail(part, f"expected a coupler of qubit {qubit}, got {part!r}", advice)
            yield pair, self.parse(match[3], key)


def read_csv(text: str, file: str, name: str, date: str | None = None) -> Measurements:
    """Read the CSV file of a backend.

    Args:
        text: The file's text.
        file: The file's name for diagnostics.
        name: Name of the device.
        date: When it was calibrated.

    Raises:
        InputError: A column that is needed is missing, or a cell is not what it should be.
    """
    rows = _read_rows(text, file)
    columns = rows[0].cells
    gates = [column for column in _TWO_QUBIT if any(row.cells.get(column) for row in rows)]
    if not gates:
        rows[0].fail(
            "", "no two-qubit gate is known", f"a column is named {' or '.join(_TWO_QUBIT)}"
        )
    sx = next((column for column in _ONE_QUBIT if column in columns), "")
    lasting = next((column for column in _TWO_QUBIT_NS if column in columns), "")
    gate, source = GATES[_TWO_QUBIT[gates[0]]], f"IBM calibration of {name}"
    source += f", {date}" if date else ""
    measured = Measurements(name, gate, source, {}, date=date)
    lengths: dict[str, list[float]] = {_ONE_QUBIT_NS: [], _READOUT_NS: [], _READOUT_US: []}
    read = set[int]()
    for row in rows:
        qubit = _read_qubit(measured, row, sx)
        if qubit in read:
            row.fail(row.cells[_QUBIT], f"qubit {qubit} has a line before", "remove one of them")
        read.add(qubit)
        off = row.cells.get(_OPERATIONAL, "").lower() in ("no", "false")
        for pair, error in row.read_pairs(gates[0], qubit):
            pauli = 1.0 if off else min(1.0, PAULI_OF_AVERAGE[2] * error)
            measured.two_qubit[pair] = max(pauli, measured.two_qubit.get(pair, 0.0))
        for pair, nanos in row.read_pairs(lasting, qubit):
            measured.two_qubit_ns[pair] = max(nanos, measured.two_qubit_ns.get(pair, 0.0))
        for key, values in lengths.items():
            values += [value] if (value := row.read_number(key)) else []
    measured.one_qubit_ns = max(lengths[_ONE_QUBIT_NS], default=None)
    readout = [*lengths[_READOUT_NS], *(1000 * length for length in lengths[_READOUT_US])]
    if readout:
        measured.more["readout_ns"] = max(readout)
    return measured


def _read_rows(text: str, file: str) -> list[_Row]:
    """Return the lines of the file below that of the columns' names."""
    lines = text.splitlines()
    reader = csv.reader(lines, strict=True)
    header: list[str] = []
    rows: list[_Row] = []
    try:
        for cells in reader:
            number = reader.line_num
            line = lines[number - 1]
            if not header:
                header = [
                    cell.strip().lower().replace("μ", "u").replace("µ", "u") for cell in cells
                ]
                if _QUBIT not in header:
                    span = Span(file, number, 1, 1, line)
                    advice = "its columns are those of IBM Quantum: Qubit, T1 (us), T2 (us), ..."
                    raise InputError(Diagnostic("no column is named Qubit", span, help=advice))
                if twice := [name for name in header if name and header.count(name) > 1]:
                    span = Span(file, number, 1, 1, line)
                    raise InputError(Diagnostic(f"two columns are named {twice[0]!r}", span))
            elif any(map(str.strip, cells)):
                values = (cell.strip().replace(_MISSING, "") for cell in cells)
                found = dict(zip(header, values, strict=False))
                rows.append(_Row(file, number, line, found))
                if len(cells) != len(header):
                    message = (
                        f"the line has {len(cells)} cells, and {len(header)} columns are named"
                    )
                    rows[-1].fail("", message)
    except csv.Error as error:
        span = Span(file, reader.line_num, 1, 1, lines[reader.line_num - 1])
        raise InputError(Diagnostic(f"this is not CSV: {error}", span)) from None
    if not rows:
        raise InputError(Diagnostic("the file holds no qubits", Span(file, 1, 1)))
    return rows


def _read_qubit(measured: Measurements, row: _Row, sx: str) -> int:
    """Read what was measured on a qubit, and return its number."""
    text = row.cells[_QUBIT]
    if not re.fullmatch(r"\d{1,6}", text):
        row.fail(text, f"expected the number of a qubit, got {text!r}")
    qubit = int(text)
    for key, times in ((_T1, measured.t1_us), (_T2, measured.t2_us)):
        if time := row.read_number(key):
            times[qubit] = time
    p01, p10, error = (row.read_number(key) for key in (_P01, _P10, _READOUT))
    if p01 is not None and p10 is not None:
        measured.readout[qubit] = (p01, p10)
    elif error is not None:
        measured.readout[qubit] = (error, error)
    if (average := row.read_number(sx)) is not None:
        measured.one_qubit[qubit] = PAULI_OF_AVERAGE[1] * average
    return qubit
