"""Gates in terms of those that the generated layer has steps for, up to a global phase.

What remains: the gates of ``steps.WORD_GATES`` on one qubit, CNOT, and diagonal gates. An angle
that depends on the input stays only in diagonal gates and in the gates that act on a qubit first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from qslc.diagnostics import CompilerFaultError
from qslc.ir.decompositions import check_circuits, expand
from qslc.ir.gates import SDG
from qslc.ir.program import Operation
from qslc.simulate.steps import WORD_GATES

_DIAGONAL_FORMS = {
    "rx": "h a; rz(t) a; h a",
    "ry": "sdg a; h a; rz(t) a; h a; s a",
}
"""Rotations as RZ between fixed gates: S takes X to Y, and its inverse acts first."""


def expand_for_steps(op: Operation) -> Iterator[Operation]:
    """Yield the operations that a layer has steps for and that make up one operation.

    Raises:
        CompilerFaultError: The table of gates does not say how to simulate the gate.
    """
    kind = op.kind
    if op.gate in WORD_GATES or op.gate == "cnot" or (kind.diagonal and kind.arity == 2):
        yield op
        return
    text = kind.steps or kind.definition
    if not text:
        message = f"no step of a layer simulates the gate {op.gate!r}, which has no definition"
        raise CompilerFaultError(message)
    check_circuits(kind)
    for part in expand(text, op.qubits, op.angle):
        yield from (part,) if part.gate == op.gate else expand_for_steps(part)


def make_diagonal(op: Operation) -> tuple[Operation, ...]:
    """Return a rotation RX or RY as RZ between fixed gates; other operations as they are."""
    text = _DIAGONAL_FORMS.get(op.gate)
    return expand(text, op.qubits, op.angle) if text else (op,)


def cancel_pairs(operations: Iterable[Operation]) -> list[Operation]:
    """Return the operations without pairs of inverse fixed gates that meet on a qubit.

    Two rotations about X share a qubit only through such a pair, which would keep them apart.
    """
    kept: dict[int, Operation] = {}
    last: dict[int, list[int]] = defaultdict(list)
    for place, op in enumerate(operations):
        before = last[op.qubits[0]]
        if len(op.qubits) == 1 and before and kept[before[-1]] == _invert(op):
            del kept[before.pop()]
            continue
        kept[place] = op
        for qubit in op.qubits:
            last[qubit].append(place)
    return list(kept.values())


def _invert(op: Operation) -> Operation | None:
    """Return the inverse of a fixed gate on one qubit, if a layer has a matrix for it."""
    inverses = {"s": SDG.name, SDG.name: "s"}
    if op.gate in inverses:
        return Operation(inverses[op.gate], op.qubits)
    return op if op.angle is None and op.kind.self_inverse else None
