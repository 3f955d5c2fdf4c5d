"""Graphs and programs for the tests of synthesis, and expectations of forms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, pairwise, product

import numpy as np
from hypothesis import strategies as st

from qslc.ir.program import Program
from qslc.lower.placement.graph import Graph
from qslc.pauli.frame import RotationForm
from qslc.targets.device import Device
from tests.lower.exact_simulation import expectation, pauli_image, placed, random_state, run

VALUES = {"a": 0.917, "b": -2.23, "x0": 0.41}


def graph(size: int, edges: Iterable[tuple[int, int]]) -> Graph:
    return Graph(size, tuple(sorted({(min(e), max(e)) for e in edges})))


def line(n: int) -> Graph:
    return graph(n, pairwise(range(n)))


def ring(n: int) -> Graph:
    return graph(n, pairwise([*range(n), 0]))


def couplers(device: Device) -> Graph:
    return Graph(len(device.coordinates), device.edges)


def complete(n: int) -> Graph:
    return graph(n, combinations(range(n), 2))


def grid(rows: int, columns: int) -> Graph:
    cells = list(product(range(rows), range(columns)))
    near = [(a, b) for a, b in combinations(cells, 2) if abs(a[0] - b[0]) + abs(a[1] - b[1]) == 1]
    return graph(len(cells), [(cells.index(a), cells.index(b)) for a, b in near])


@st.composite
def trees(draw, least: int = 2, most: int = 9) -> Graph:
    n = draw(st.integers(least, most))
    return graph(n, [(draw(st.integers(0, q - 1)), q) for q in range(1, n)])


@st.composite
def connected(draw, least: int = 2, most: int = 8) -> Graph:
    tree = draw(trees(least, most))
    possible = list(combinations(range(tree.size), 2))
    return graph(tree.size, {*tree.edges, *draw(st.sets(st.sampled_from(possible), max_size=8))})


def start_state(program: Program, seed: int = 0) -> np.ndarray:
    """|0...0> or, if the program takes any, a random complex state."""
    state = random_state(program.qubits, np.random.default_rng(seed))
    return state if program.start == "any" else np.eye(1, state.size).reshape(state.shape)


def program_expectations(
    program: Program, state: np.ndarray, values: Mapping[str, float] = VALUES
) -> list[float]:
    final = run(program, state, values)
    return [expectation(observable, final) for observable in program.observables]


def assert_measures_the_same(
    circuit: Program, written: Program, places: Sequence[int] | None = None
) -> None:
    """From |0...0>, or any state, of the program's qubits at some places; the others are in |0>."""
    values = {name: 0.37 * k - 1 for k, name in enumerate(written.weights)} | VALUES
    state = start_state(written)
    there = placed(state, range(written.qubits) if places is None else places, circuit.qubits)
    np.testing.assert_allclose(
        program_expectations(circuit, there, values),
        program_expectations(written, state, values),
        atol=1e-9,
    )


def pairs_of(circuit: Program) -> list[tuple[int, ...]]:
    """The pair of each two-qubit gate, the smaller qubit first."""
    return [tuple(sorted(op.qubits)) for op in circuit.operations if len(op.qubits) == 2]


def assert_runs_on(circuit: Program, device: Device) -> None:
    assert circuit.qubits == len(device.coordinates)
    assert {*pairs_of(circuit)} <= {*device.edges}
    assert {op.gate for op in circuit.operations if len(op.qubits) == 2} <= {*device.gates}


def form_expectations(
    form: RotationForm, state: np.ndarray, values: Mapping[str, float] = VALUES
) -> list[float]:
    """Each rotation as cos(t / 2) - i sin(t / 2) P, layer after layer."""
    for rotation in (rotation for layer in form.layers for rotation in layer):
        half = float(rotation.angle.subs(values)) / 2
        state = np.cos(half) * state - 1j * np.sin(half) * pauli_image(rotation.axis, state)
    return [expectation(observable, state) for observable in form.observables]
