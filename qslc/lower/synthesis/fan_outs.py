"""Circuits for fan-outs: CNOTs between one qubit, the centre, and all others, block after block.

The centre walks along a path and meets the neighbours of its vertices, the legs, in passing: a
CNOT for each leaf, and one more where it takes the place of a leaf. A leg may have a foot. Leaves A
and B whose rotations are about Y are put into the frame

    X_A X_B -> X on the leg,    Y_A -> Y on the leg,    Y_B -> Y on the leg and Y on the foot

by one gate. A CNOT from the centre to the leg then reaches both of them, and C(X, Y) on leg and
foot, which leaves X on the leg as it is, exchanges whose rotation is on the leg alone. So a foot
costs one gate in each block, as if it were next to the centre, and one more in all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from qslc.ir.program import Program
from qslc.lower.candidate import Candidate
from qslc.lower.placement.graph import Graph
from qslc.lower.synthesis.moves import Letters, Move
from qslc.lower.synthesis.portfolio import Problem, keeps_setting
from qslc.lower.synthesis.replay import replayed
from qslc.lower.synthesis.walk import Walk, shortest_walk
from qslc.pauli.frame import complete_last_layer


@dataclass(frozen=True, slots=True)
class FanOuts:
    """What a program of fan-outs is.

    Args:
        centre: the qubit that all two-qubit gates are with.
        blocks: how many gates it has with another qubit, at most.
        letters: of a gate, at the centre and at a leaf.
    """

    centre: int
    blocks: int
    letters: Letters


def fan_outs(program: Program) -> FanOuts | None:
    """The program as fan-outs, if it is one and leaves are rotated about Y only."""
    gates = [op for op in program.operations if len(op.qubits) == 2]
    if {op.gate for op in gates} != {"cnot"}:
        return None
    shared = set.intersection(*({*op.qubits} for op in gates))
    leaves = Counter(qubit for op in gates for qubit in {*op.qubits} - shared)
    if len(shared) != 1 or len(leaves) != program.qubits - 1:
        return None
    (centre,) = shared
    roles = {op.qubits.index(centre) for op in gates}
    rotations = {op.gate for op in program.operations if op.qubits[0] in leaves} - {"cnot"}
    if len(roles) != 1 or rotations - {"ry"}:
        return None
    return FanOuts(centre, max(leaves.values()), ("Z", "X") if roles == {0} else ("X", "Z"))


def walked(problem: Problem, host: Graph) -> list[Candidate]:
    """A program of fan-outs with its centre walking, if it is one and there is a way."""
    program = problem.program
    fans = fan_outs(program)
    walk = shortest_walk(host, program.qubits, fans.blocks) if fans else None
    if not fans or not walk:
        return []
    centre, *leaves = walk.places
    start = (*leaves[: fans.centre], centre, *leaves[fans.centre :])
    form = complete_last_layer(program, problem.form)
    try:
        circuit, placement = replayed(program, form, tuple(_moves(fans, walk)), start, host.size)
    except ValueError:
        return []
    note = f"steps: {len(walk.path) - 1}, feet: {len(walk.feet)}"
    found = [Candidate(circuit, placement, "walk", note)]
    return found if keeps_setting(program, circuit) else []


def _moves(fans: FanOuts, walk: Walk) -> Iterator[Move]:
    """The gates of all blocks; in every second one the centre walks back."""
    s, t = fans.letters
    path, legs = walk.path, dict(zip(walk.path, walk.legs, strict=True))
    yield from ((foot, leg, (t, "Y")) for leg, foot in walk.feet.items())
    for block in range(1, fans.blocks + 1):
        for k, here in enumerate(path):
            if k:
                yield path[k - 1], here, (t, s)
                yield path[k - 1], here, (s, t)
            for leg in legs[here]:
                yield here, leg, (s, t)
                if leg in walk.feet:
                    a, b = leg, walk.feet[leg]
                    # The last gate takes the pair back to where its qubits are apart.
                    yield *((a, b) if block < fans.blocks else (b, a)), (t, "Y")
        path = path[::-1]
