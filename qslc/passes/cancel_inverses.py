"""Cancel equal self-inverse gates that meet."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from qslc.ir.program import Operation, Program
from qslc.passes.fold import fold


def cancel_inverses(program: Program) -> Program:
    """Remove pairs of equal self-inverse gates with only commuting gates between them."""
    return replace(
        program, operations=fold(program.operations, _make_key, lambda _first, _second: None)
    )


def _make_key(op: Operation) -> Hashable | None:
    if not op.kind.self_inverse:
        return None
    return op.gate, tuple(sorted(op.qubits)) if op.kind.symmetric else op.qubits
