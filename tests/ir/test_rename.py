from __future__ import annotations

import pytest

from qslc.ir.program import Operation, PauliString, Program, rename_qubits

PROGRAM = Program(
    2, (Operation("cnot", (0, 1)), Operation("h", (1,))), (PauliString(((0, "X"), (1, "Z")), -1),)
)


@pytest.mark.parametrize("new", [(3, 1), {0: 3, 1: 1}])
def test_gates_and_observables_follow_their_qubits(new):
    renamed = rename_qubits(PROGRAM, new, 4)
    assert renamed.qubits == 4
    assert [op.qubits for op in renamed.operations] == [(3, 1), (1,)]
    assert renamed.observables == (PauliString(((1, "Z"), (3, "X")), -1),)
