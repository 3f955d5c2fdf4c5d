"""Read OpenQASM 2 and 3 as operations of Cirq: registers, definitions, includes, modifiers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cirq
import sympy

from qslc.circuits.qasm_gates import BUILT_IN, STANDARD, GlobalPhase, Part, control, invert
from qslc.circuits.qasm_syntax import parse
from qslc.circuits.qasm_text import (
    Apply,
    Declare,
    Define,
    Include,
    Measure,
    Modifier,
    Operand,
    Statement,
    SyntaxFault,
)
from qslc.circuits.qasm_values import Names, fail, require_size
from qslc.circuits.reading import MAX_GATES, MAX_QUBITS, Place, Placed
from qslc.diagnostics import Diagnostic, InputError

_INCLUDES = frozenset({"qelib1.inc", "stdgates.inc", "hqslib1.inc"})
"""Files that come with every implementation of OpenQASM, and are not read."""
_DEEPEST = 50
_MOST_CONTROLS = 10


@dataclass(frozen=True, slots=True)
class QasmCircuit:
    """A circuit, and the names of its inputs that are declared."""

    operations: tuple[Placed, ...]
    qubits: tuple[cirq.Qid, ...]
    symbols: tuple[str, ...]


def read_qasm(text: str, file: str, folder: Path) -> QasmCircuit:
    """Read the text of a circuit. Nothing in it is executed.

    Args:
        text: OpenQASM 2 or 3.
        file: Its name in diagnostics.
        folder: The folder to which its includes are relative.

    Raises:
        InputError: The text is wrong; the error tells all statements that are.
    """
    reader = _Reader(folder)
    reader.read(text, file, 0)
    if reader.found:
        raise InputError(*reader.found)
    qubits = cirq.LineQubit.range(reader.count)
    order = list(range(reader.count))
    for place, number in zip(
        sorted(reader.hardware.values()), sorted(reader.hardware), strict=True
    ):
        order[reader.hardware[number]] = place  # hardware qubits by their numbers
    operations = tuple(
        (gate.on(*(qubits[order[i]] for i in on)), place) for gate, on, place in reader.gates
    )
    return QasmCircuit(operations, tuple(qubits), tuple(reader.names.inputs))


@dataclass(slots=True)
class _Reader:
    folder: Path
    names: Names = field(default_factory=Names)
    count: int = 0
    registers: dict[str, range] = field(default_factory=dict)
    hardware: dict[int, int] = field(default_factory=dict)
    bits: set[str] = field(default_factory=set)
    defined: dict[str, Define] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    included: bool = False
    gates: list[tuple[cirq.Gate, tuple[int, ...], Place]] = field(default_factory=list)
    found: list[Diagnostic] = field(default_factory=list)

    def read(self, text: str, file: str, depth: int) -> None:
        """Take in the statements of a text, and collect what is wrong with them."""
        parsed = parse(text, file)
        self.names.version = parsed.version if depth == 0 else self.names.version
        for statement in parsed.statements:
            self._try_to_take(statement, depth)

    def _try_to_take(self, statement: Statement, depth: int) -> None:
        try:
            self._take(statement, depth)
        except SyntaxFault as fault:
            self.found.append(fault.diagnostic)

    def _take(self, statement: Statement, depth: int) -> None:
        match statement:
            case Include():
                self._include(statement, depth)
            case Declare():
                self._declare(statement)
            case Define(name=name, span=span):
                if name in self.defined:
                    fail(span, f'the gate "{name}" is defined twice', "remove one of them")
                self._define(statement)
            case Measure(operand=operand, span=span):
                for qubit in self._find_qubits(operand):
                    self.gates.append((cirq.MeasurementGate(1, "c"), (qubit,), Place(span)))
            case Apply():
                self._apply(statement)

    def _define(self, definition: Define) -> None:
        size = sum(self.sizes.get(inner.gate, 1) for inner in definition.body)
        if size > MAX_GATES:
            fail(definition.span, f'"{definition.name}" has more than {MAX_GATES} gates')
        self.sizes[definition.name] = size
        self.defined[definition.name] = definition

    def _include(self, include: Include, depth: int) -> None:
        if include.name in _INCLUDES:
            self.included = True
            return
        path = self.folder / include.name
        if depth >= _DEEPEST:
            fail(include.span, f'the include "{include.name}" includes itself')
        try:
            text = path.read_text("utf-8-sig")
        except (OSError, ValueError):
            known = " and ".join(sorted(_INCLUDES - {"hqslib1.inc"}))
            advice = f"{known} are known; other files are read beside the circuit's"
            fail(include.span, f'there is no file "{include.name}" to include', advice)
        self.read(text, str(path), depth + 1)

    def _declare(self, declared: Declare) -> None:
        name, span = declared.name, declared.span
        if name in self.registers or name in self.bits or name in self.names.inputs:
            fail(span, f'"{name}" is declared twice', "remove one of them")
        if declared.kind == "input":
            self.names.inputs[name] = sympy.Symbol(name)
        elif declared.kind == "const":
            assert declared.value is not None  # noqa: S101 - the parser asks for it
            self.names.constants[name] = self.names.evaluate(declared.value, {})
        elif declared.kind == "bit":
            self.bits.add(name)
        else:
            size = 1 if declared.size is None else self.names.count(declared.size)
            if size < 1:
                fail(span, f'the register "{name}" has no qubit')
            if self.count + size > MAX_QUBITS:
                total = self.count + size
                message = f"the circuit has {total} qubits; qslc compiles at most {MAX_QUBITS}"
                raise InputError(Diagnostic(message, span, help="use fewer qubits"))
            self.registers[name] = range(self.count, self.count + size)
            self.count += size

    # Gates

    def _apply(self, apply: Apply) -> None:
        angles = [
            require_size(self.names.evaluate(angle, {}), angle.span) for angle in apply.angles
        ]
        rows = [self._find_qubits(operand) for operand in apply.operands]
        sizes = {len(row) for row in rows if len(row) > 1}
        if len(sizes) > 1:
            message = f'"{apply.gate}" is on registers of {" and ".join(map(str, sorted(sizes)))}'
            fail(apply.span, f"{message} qubits", "they must be of one size")
        parts = self._modify(apply, angles, len(rows), 0)
        for i in range(max(sizes, default=1)):
            on = [row[i] if len(row) > 1 else row[0] for row in rows]
            if len({*on}) < len(on):
                fail(apply.span, f'"{apply.gate}" is on one qubit twice')
            for gate, places in parts:
                if not isinstance(gate, GlobalPhase):
                    placed = tuple(on[place] for place in places)
                    self.gates.append((gate, placed, Place(apply.span)))
        if len(self.gates) > MAX_GATES:
            message = f"the circuit has more than {MAX_GATES} gates"
            raise InputError(Diagnostic(message, apply.span, help="use fewer gates"))

    def _modify(
        self, apply: Apply, angles: Sequence[sympy.Expr], qubits: int, depth: int
    ) -> list[Part]:
        """Return the parts of a gate with its modifiers, on so many qubits."""
        controls = [
            (modifier, self.names.count(modifier.argument) if modifier.argument else 1)
            for modifier in apply.modifiers
            if modifier.kind in ("ctrl", "negctrl")
        ]
        number = sum(count for _, count in controls)
        if number > _MOST_CONTROLS:
            fail(apply.span, f"{number} controls; at most {_MOST_CONTROLS} are taken apart")
        parts = self._expand(apply, angles, qubits - number, depth)
        for modifier in reversed(apply.modifiers):
            parts = self._modify_once(modifier, parts)
        return parts

    def _modify_once(self, modifier: Modifier, parts: list[Part]) -> list[Part]:
        if modifier.kind == "inv":
            return invert(parts)
        if modifier.kind == "pow":
            assert modifier.argument is not None  # noqa: S101 - see the parser
            return self._raise_to(parts, modifier)
        count = self.names.count(modifier.argument) if modifier.argument else 1
        for _ in range(count):
            parts = control(parts, int(modifier.kind == "ctrl"))
        return parts

    def _raise_to(self, parts: list[Part], modifier: Modifier) -> list[Part]:
        assert modifier.argument is not None  # noqa: S101 - see the parser
        power = self.names.evaluate(modifier.argument, {})
        if power.is_Integer and abs(power) * max(1, len(parts)) <= MAX_GATES:
            return (invert(parts) if power < 0 else parts) * abs(int(power))
        gate, places = parts[0] if len(parts) == 1 else (GlobalPhase(0), ())
        if not isinstance(gate, GlobalPhase):
            exponent: Any = power if power.free_symbols else float(power)
            return [(gate**exponent, places)]
        return fail(modifier.span, "this power of a gate is not known", "use a whole number")

    def _expand(
        self, apply: Apply, angles: Sequence[sympy.Expr], qubits: int, depth: int
    ) -> list[Part]:
        """Return the parts of a gate without its modifiers."""
        if apply.gate == "gphase" and len(angles) == 1 and qubits == 0:
            return [(GlobalPhase(angles[0]), ())]
        definition = self.defined.get(apply.gate)
        if definition is not None:
            self._check_counts(apply, len(definition.angles), len(definition.qubits), qubits)
            return self._expand_definition(definition, angles, depth)
        known = {**(STANDARD if self.included else {}), **BUILT_IN}
        if apply.gate not in known:
            needed = "qelib1.inc" if self.names.version == 2 else "stdgates.inc"
            advice = f'include "{needed}";' if apply.gate in STANDARD else "define it with gate"
            fail(apply.span, f'there is no gate "{apply.gate}"', advice)
        gate = known[apply.gate]
        self._check_counts(apply, gate.angles, gate.qubits, qubits)
        return gate.make(*angles)

    def _check_counts(self, apply: Apply, angles: int, wanted: int, qubits: int) -> None:
        if len(apply.angles) != angles:
            message = f'"{apply.gate}" takes {angles} angles, not {len(apply.angles)}'
            fail(apply.span, message)
        if qubits != wanted:
            fail(apply.span, f'"{apply.gate}" is on {wanted} qubits, not {max(qubits, 0)}')

    def _expand_definition(
        self, definition: Define, angles: Sequence[sympy.Expr], depth: int
    ) -> list[Part]:
        if depth > _DEEPEST:
            fail(definition.span, f'the gate "{definition.name}" is defined by itself')
        values = dict(zip(definition.angles, angles, strict=True))
        places = {name: i for i, name in enumerate(definition.qubits)}
        parts: list[Part] = []
        for inner in definition.body:
            unknown = next((o for o in inner.operands if o.name not in places or o.index), None)
            if unknown is not None:
                fail(unknown.span, f'the gate "{definition.name}" has no qubit "{unknown.name}"')
            on = [places[operand.name] for operand in inner.operands]
            given = [self.names.evaluate(angle, values) for angle in inner.angles]
            made = self._modify(inner, given, len(on), depth + 1)
            parts += [(gate, tuple(on[i] for i in own)) for gate, own in made]
            if len(parts) > MAX_GATES:
                fail(definition.span, f'"{definition.name}" has more than {MAX_GATES} gates')
        return parts

    def _find_qubits(self, operand: Operand) -> range | tuple[int, ...]:
        if operand.name.startswith("$"):
            number = int(operand.name[1:8])
            if number not in self.hardware:
                self.hardware[number] = self.count
                self.count += 1
            return (self.hardware[number],)
        if operand.name not in self.registers:
            there = ", ".join(self.registers) or "none"
            what = "bits" if operand.name in self.bits else "no register of qubits"
            fail(operand.span, f'"{operand.name}" is {what}', f"registers of qubits: {there}")
        register = self.registers[operand.name]
        if operand.index is None:
            return register
        index = self.names.count(operand.index)
        if not 0 <= index < len(register):
            message = f'"{operand.name}" has qubits 0 to {len(register) - 1}, not {index}'
            fail(operand.span, message)
        return (register[index],)
