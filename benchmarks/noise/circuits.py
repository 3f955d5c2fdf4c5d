"""Circuits from elsewhere: random ones, QAOA, VQE, Fourier transforms and Trotter steps."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise, product

import cirq
import numpy as np
import sympy

Pair = tuple[cirq.Qid, cirq.Qid]
Made = tuple[cirq.Circuit, list[cirq.PauliString]]
"""A circuit, and what is measured."""


def make_random(qubits: int, gates: int, seed: int) -> Made:
    """Return random Clifford gates between rotations by symbols."""
    rng, line = random.Random(seed), cirq.LineQubit.range(qubits)
    ops = [cirq.ry(sympy.Symbol(f"t{k}"))(q) for k, q in enumerate(line)]
    for k in range(gates):
        a, b = rng.sample(line, 2)
        ops.append(rng.choice((cirq.CNOT, cirq.CZ))(a, b))
        ops.append(rng.choice((cirq.H, cirq.S, cirq.T))(rng.choice(line)))
        turn = rng.choice((cirq.rx, cirq.ry, cirq.rz))
        ops.append(turn(sympy.Symbol(f"s{k}"))(rng.choice(line)))
    return cirq.Circuit(ops), [cirq.Z(q) for q in line]


def make_qaoa(qubits: int, steps: int, seed: int) -> Made:
    """Return QAOA for the largest cut of a random graph (Farhi et al. 2014, arXiv:1411.4028)."""
    line = cirq.LineQubit.range(qubits)
    pairs = random.Random(seed).sample([*combinations(line, 2)], 3 * qubits // 2)
    ops = [cirq.H(q) for q in line]
    for step in range(steps):
        gamma, beta = sympy.symbols(f"gamma_{step} beta_{step}")
        for a, b in pairs:
            ops += _couple(a, b, gamma)
        ops += [cirq.rx(beta)(q) for q in line]
    return cirq.Circuit(ops), [cirq.Z(a) * cirq.Z(b) for a, b in pairs]


def make_uccsd(orbitals: int, read: str = "diagonal") -> Made:
    """Return unitary coupled cluster of two electrons, in Jordan-Wigner's form.

    H2 in a minimal basis has four orbitals, LiH six without its core (Hempel et al. 2018, Physical
    Review X 8, 031022). Electrons of both spins are excited alone, by two strings and an angle
    each, and together, by eight strings and an angle (Peruzzo et al. 2014, Nature Communications
    5, 4213).

    Args:
        orbitals: Number of orbitals with spin, of alternating spins.
        read: "diagonal" for the products of up to two Z, as in the Hamiltonian, or one string.
    """
    line = cirq.LineQubit.range(orbitals)
    ups, downs = range(2, orbitals, 2), range(3, orbitals, 2)
    ops = [cirq.X(line[0]), cirq.X(line[1])]
    for a, b in (*((0, up) for up in ups), *((1, down) for down in downs)):
        ops += _excite(line, {"XY": 1, "YX": -1}, (a, b), sympy.Symbol(f"single_{b}"))
    signs = {"XXXY": 1, "XXYX": 1, "XYXX": -1, "YXXX": -1, "XYYY": 1, "YXYY": 1}
    signs |= {"YYXY": -1, "YYYX": -1}
    for up, down in product(ups, downs):
        angle = sympy.Symbol(f"double_{up}_{down}") / 4
        ops += _excite(line, signs, (0, 1, *sorted((up, down))), angle)
    if read != "diagonal":
        return cirq.Circuit(ops), [cirq.DensePauliString(read).on(*line)]
    return cirq.Circuit(ops), [
        *(cirq.Z(q) for q in line),
        *(cirq.Z(a) * cirq.Z(b) for a, b in combinations(line, 2)),
    ]


def _excite(
    line: Sequence[cirq.Qid], signs: Mapping[str, int], places: Sequence[int], angle: sympy.Expr
) -> Iterator[cirq.Operation]:
    """Yield rotations by strings on some orbitals, with Z on those between each pair of them."""
    pairs = zip(places[::2], places[1::2], strict=True)
    between = dict.fromkeys((q for a, b in pairs for q in range(a + 1, b)), "Z")
    for letters, sign in signs.items():
        string = between | dict(zip(places, letters, strict=True))
        yield from _exponentiate(line, string, sign * angle)


def make_fourier(qubits: int) -> Made:
    """Return the quantum Fourier transform of product states, without its last SWAPs."""
    line = cirq.LineQubit.range(qubits)
    ops = [cirq.ry(sympy.Symbol(f"t{k}"))(q) for k, q in enumerate(line)]
    for k, target in enumerate(line):
        ops.append(cirq.H(target))
        for distance, control in enumerate(line[k + 1 :], 1):
            angle = np.pi / 2**distance
            ops += [cirq.rz(angle / 2)(control), cirq.rz(angle / 2)(target)]
            ops += _couple(control, target, -angle / 2)
    return cirq.Circuit(ops), [cirq.Z(q) for q in line]


def make_ising(qubits: int, steps: int) -> Made:
    """Return Trotter steps of the Ising chain in a transverse field."""
    line = cirq.LineQubit.range(qubits)
    coupling, field = sympy.symbols("coupling field")
    ops: list[cirq.Operation] = []
    for _ in range(steps):
        ops += [cirq.rx(field)(q) for q in line]
        for a, b in pairwise(line):
            ops += _couple(a, b, coupling)
    return cirq.Circuit(ops), [cirq.Z(q) for q in line]


def make_heisenberg(qubits: int, steps: int) -> Made:
    """Return Trotter steps of the Heisenberg ring, from a Neel state."""
    line = cirq.LineQubit.range(qubits)
    ops = [cirq.X(q) for q in line[::2]]
    for step in range(steps):
        for a, b in ((k, (k + 1) % qubits) for k in range(qubits)):
            for letter in "XYZ":
                angle = sympy.Symbol(f"{letter.lower()}{step}")
                ops += _exponentiate(line, {a: letter, b: letter}, angle)
    return cirq.Circuit(ops), [cirq.Z(q) for q in line]


def _couple(a: cirq.Qid, b: cirq.Qid, angle: sympy.Expr | float) -> list[cirq.Operation]:
    """Return exp(-i angle ZZ / 2)."""
    return [cirq.CNOT(a, b), cirq.rz(angle)(b), cirq.CNOT(a, b)]


def _exponentiate(
    line: Sequence[cirq.Qid], letters: Mapping[int, str], angle: sympy.Expr
) -> Iterator[cirq.Operation]:
    """Yield exp(-i angle P / 2) by a ladder of CNOTs."""
    before = [cirq.H(line[q]) for q, letter in letters.items() if letter == "X"]
    before += [cirq.rx(np.pi / 2)(line[q]) for q, letter in letters.items() if letter == "Y"]
    on = [line[q] for q in sorted(letters)]
    ladder = [cirq.CNOT(a, b) for a, b in pairwise(on)]
    yield from (*before, *ladder, cirq.rz(angle)(on[-1]), *ladder[::-1], *map(cirq.inverse, before))


CIRCUITS: Mapping[str, Callable[[], Made]] = {
    "random_5x12": lambda: make_random(5, 12, 1),
    "random_6x16": lambda: make_random(6, 16, 2),
    "qaoa_6x1": lambda: make_qaoa(6, 1, 1),
    "qaoa_5x2": lambda: make_qaoa(5, 2, 2),
    "uccsd_h2_diagonal": lambda: make_uccsd(4),
    "uccsd_h2_xxyy": lambda: make_uccsd(4, "XXYY"),
    "uccsd_lih": lambda: make_uccsd(6),
    "fourier_5": lambda: make_fourier(5),
    "ising_6x3": lambda: make_ising(6, 3),
    "heisenberg_4x2": lambda: make_heisenberg(4, 2),
}
"""Circuits by name."""
