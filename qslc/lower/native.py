"""Native gates: every two-qubit gate becomes gates that the device has.

One-qubit gates are native everywhere. What each native gate makes of the others stands in the
table of gates (``qslc.ir.gates``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qslc.ir.decompositions import Operations, expand, to_entanglers, to_native
from qslc.ir.program import Operation, Program, rename_operations
from qslc.targets.device import Device


def lower_to_native(program: Program, device: Device) -> Program:
    """Return the program in the device's two-qubit gates, equal up to a global phase.

    Where CNOT takes one gate, a rotation of two qubits takes two and a SWAP three; a SWAP next to a
    two-qubit gate on the same pair takes one more than that gate alone (Vatan and Williams 2004: no
    more than three). With sqrt-iSWAP, CNOT takes two, alone or beside a SWAP, and a SWAP three.

    Two-qubit gates are aligned: they stand in as few moments as possible.

    Args:
        program: Its two-qubit gates act on coupled pairs.
        device: Has native two-qubit gates.

    Raises:
        CompilerFaultError: A gate has no decomposition into these.
    """
    operations = tuple(_lower(program.operations, device.gates))
    return replace(program, operations=operations, packing="aligned", native=device.gates)


def _lower(operations: Sequence[Operation], gates: tuple[str, ...]) -> list[Operation]:
    groups: list[Operations] = []
    last: dict[int, int] = {}
    for op in operations:
        before = {last.get(qubit, -1) for qubit in op.qubits}
        neighbor = groups[min(before)] if len(before) == 1 and -1 not in before else ()
        merged = _merge(neighbor, op, gates) if len(op.qubits) == 2 else ()
        if merged:
            groups[min(before)] = merged
            continue
        last.update(dict.fromkeys(op.qubits, len(groups)))
        groups.append(to_entanglers(op, gates))
    return [op for group in groups for op in to_native(group, gates)]


def _merge(neighbor: Operations, op: Operation, gates: tuple[str, ...]) -> Operations:
    """Join a SWAP and the gate before or after it on the same pair to one group, if possible."""
    if len({qubit for gate in neighbor for qubit in gate.qubits}) != 2:
        return ()
    swaps = [gate.gate for gate in neighbor].count("swap")
    if op.gate == "swap" and not swaps:
        return _append_swap(neighbor, op.qubits)
    if op.gate != "swap" and len(neighbor) == swaps == 1:
        exchanged = replace(op, qubits=op.qubits[::-1])
        return _append_swap(to_entanglers(exchanged, gates), op.qubits)
    return ()


def _append_swap(group: Operations, pair: tuple[int, ...]) -> Operations:
    """Return a group on a pair and a SWAP, by one CNOT more, or nothing if it ends otherwise."""
    at = max(i for i, op in enumerate(group) if len(op.qubits) == 2)
    texts = {
        "cnot": "cnot b a; cnot a b",
        "cz": "ry(pi/2) b; cnot b a; cnot a b; ry(-pi/2) a",
    }
    if group[at].gate not in texts:
        return ()
    tail = rename_operations(group[at + 1 :], dict(zip(pair, reversed(pair), strict=True)))
    return (*group[:at], *expand(texts[group[at].gate], group[at].qubits), *tail)
