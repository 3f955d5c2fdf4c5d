"""SWAPs with spare qubits, which are known to be |0>."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from qslc.ir.program import Operation


def moved_cheaply(operations: Iterable[Operation], start: Sequence[int]) -> Iterator[Operation]:
    """The operations with two CNOTs in place of a SWAP between a qubit and a spare one.

    The first CNOT writes the basis state of the qubit into the spare one, the second clears the
    qubit by it.

    Args:
        operations: in which spare qubits have no other gate than SWAPs with one that is not.
        start: where the qubits that are not spare are at first.
    """
    taken = set(start)
    for op in operations:
        if op.gate != "swap" or taken.issuperset(op.qubits):
            yield op
            continue
        (here,) = taken.intersection(op.qubits)
        (there,) = {*op.qubits} - {here}
        taken ^= {here, there}
        yield Operation("cnot", (here, there))
        yield Operation("cnot", (there, here))
