"""Twirl the errors of CZ gates by random Paulis that cost no gate.

Between two rotations of a qubit its state is the ideal one but for a Pauli, its frame. A rotation
by pi more adds its own axis to the frame; a rotation about another axis than that of the frame runs
backwards; a CZ carries X and Y of one qubit on as Z of the other; at the end the frame flips what
is read. So each circuit has other Paulis about each CZ (Knill 2005, arXiv:quant-ph/0410199), which
averages its error to random Paulis (Wallman and Emerson 2016, arXiv:1512.01098), and all are one
circuit at other angles. Cirq's gauge compiling (``cirq.transformers.gauge_compiling``) does so with
Paulis that are gates of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import cirq
import numpy as np

from qslc_runtime.engines.rotations import find_rotation

Frame = tuple[bool, bool]
"""Whether the Pauli of a qubit holds X, and whether it holds Z."""

_NONE: Frame = (False, False)
_PAULIS: Mapping[str, Frame] = {"X": (True, False), "Y": (True, True), "Z": (False, True)}
_GATES: Mapping[Frame, cirq.Gate] = {
    (True, False): cirq.X,
    (True, True): cirq.Y,
    (False, True): cirq.Z,
}


@dataclass(frozen=True)
class Variant:
    """A circuit that is run in the place of another.

    Args:
        circuit: The circuit, with the same symbols.
        signs: By symbol, the sign of its angle; 1 where it is left out.
        shifts: By symbol, what is added to the angle, in radians; 0 where it is left out.
        frames: By qubit, the Pauli that it differs by at the end.
        number: Its number among the variants; equal ones are measured each for itself.
    """

    circuit: cirq.Circuit
    signs: Mapping[str, float] = field(default_factory=dict)
    shifts: Mapping[str, float] = field(default_factory=dict)
    frames: Mapping[cirq.Qid, Frame] = field(default_factory=dict)
    number: int = 0

    def flips(self, qubit: cirq.Qid, pauli: str) -> bool:
        """Return whether the frame of a qubit flips the reading of a Pauli."""
        return _anticommute(self.frames.get(qubit, _NONE), _PAULIS[pauli])


def twirl(circuit: cirq.Circuit, rng: np.random.Generator) -> Variant:
    """Return a circuit with random frames.

    Args:
        circuit: Gates on one qubit, and CZ; each symbol is the angle of one rotation. Frames end
            before a gate without symbol that is not Clifford, as gates of their own.
        rng: Random numbers.
    """
    walk = _Walk(rng)
    moments = [part for moment in circuit for part in walk.pass_moment(moment)]
    return Variant(cirq.Circuit(moments), walk.signs, walk.shifts, walk.frames)


class _Walk:
    """Frames of all qubits, from the beginning of a circuit to its end."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self.frames: dict[cirq.Qid, Frame] = {}
        self.signs: dict[str, float] = {}
        self.shifts: dict[str, float] = {}

    def pass_moment(self, moment: cirq.Moment) -> Iterator[cirq.Moment]:
        """Yield the moment, after one of Paulis that end frames if some must end."""
        ended = [op for gate in moment for op in self._pass_gate(gate)]
        if ended:
            yield cirq.Moment(ended)
        yield moment

    def _pass_gate(self, op: cirq.Operation) -> Iterator[cirq.Operation]:
        if len(op.qubits) == 2:
            a, b = op.qubits
            one, two = self.frames.get(a, _NONE), self.frames.get(b, _NONE)
            self.frames[a] = (one[0], one[1] ^ two[0])
            self.frames[b] = (two[0], two[1] ^ one[0])
            return
        (qubit,) = op.qubits
        frame = self.frames.get(qubit, _NONE)
        if cirq.is_parameterized(op):
            self.frames[qubit] = self._pass_rotation(op, frame)
            return
        passed = _conjugate(op.gate, frame)
        if passed is None:
            yield _GATES[frame].on(qubit)
        self.frames[qubit] = passed or _NONE

    def _pass_rotation(self, op: cirq.Operation, frame: Frame) -> Frame:
        """Turn a rotation, with a half turn more or not, and return the frame behind it."""
        (name,), rotation = cirq.parameter_names(op), find_rotation(op.gate)
        if rotation is None:
            raise ValueError(f"{op} is no rotation that twirling knows")
        axis = _PAULIS[rotation[-1].upper()]
        self.signs[name] = -1.0 if _anticommute(frame, axis) else 1.0
        adds = bool(self._rng.integers(2))
        self.shifts[name] = np.pi if adds else 0.0
        return (frame[0] ^ axis[0], frame[1] ^ axis[1]) if adds else frame


def _anticommute(one: Frame, other: Frame) -> bool:
    return (one[0] and other[1]) ^ (one[1] and other[0])


@lru_cache(maxsize=1024)
def _conjugate(gate: cirq.Gate, frame: Frame) -> Frame | None:
    """Return the Pauli behind a gate of the Pauli before it; None if it is no Pauli."""
    if frame == _NONE:
        return _NONE
    unitary = cirq.unitary(gate)
    image = unitary @ cirq.unitary(_GATES[frame]) @ unitary.conj().T
    for candidate, pauli in _GATES.items():
        if abs(abs(np.trace(cirq.unitary(pauli) @ image)) - 2) < 1e-6:
            return candidate
    return None
