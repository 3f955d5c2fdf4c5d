"""Checks of the ansatz."""

from __future__ import annotations

from collections.abc import Iterator

from qslc.spec import expression
from qslc.spec.gate_sites import Site, gates_in_circuit, sites
from qslc.spec.model import BlockAnsatz, Spec
from qslc.spec.nodes import Path
from qslc.spec.problems import Problem, repeated
from qslc.spec.wording import shown

MAX_OPERATIONS = 200_000


def qubits_exist(spec: Spec) -> Iterator[Problem]:
    """Every qubit that is written out exists, and no gate takes one twice."""
    for site in sites(spec.ansatz):
        yield from _written_pairs(site, spec.qubits)
        yield from _written_qubits(site, spec.qubits)


def _written_pairs(site: Site, qubits: int) -> Iterator[Problem]:
    if isinstance(site.pairs, str):
        return
    for i, (a, b) in enumerate(site.pairs):
        for j, qubit in enumerate((a, b)):
            yield from _exists(qubit, qubits, (*site.path, i, j))
        if a == b:
            yield Problem((*site.path, i), f"qubit {a} is paired with itself")


def _written_qubits(site: Site, qubits: int) -> Iterator[Problem]:
    if isinstance(site.qubits, str):
        return
    for i, qubit in enumerate(site.qubits):
        yield from _exists(qubit, qubits, (*site.path, i))
    for i, qubit in repeated(site.qubits):
        yield Problem((*site.path, i), f"qubit {qubit} is listed twice", "remove one of them")


def _exists(qubit: int, qubits: int, path: Path) -> Iterator[Problem]:
    if qubit >= qubits:
        yield Problem(path, f"qubit {qubit}, but qubits are 0 to {qubits - 1}")


def angles_are_expressions(spec: Spec) -> Iterator[Problem]:
    """Every angle is an expression that the whitelist reads."""
    for site in sites(spec.ansatz):
        if site.angle is None:
            continue
        try:
            expression.parse(site.angle)
        except expression.ExpressionError as error:
            yield Problem(
                (*site.path[:-1], "angle"),
                f"the angle {shown(site.angle)} {error}",
                "an angle is made of numbers, pi, theta, names of shared weights, + - * / and **",
            )


def circuit_is_small(spec: Spec) -> Iterator[Problem]:
    """The circuit has a size that can be compiled."""
    number = gates_in_circuit(spec)
    if number > MAX_OPERATIONS:
        key = "repeat" if isinstance(spec.ansatz, BlockAnsatz) else "depth"
        message = f"the circuit has {number} gates; qslc compiles at most {MAX_OPERATIONS}"
        yield Problem(("ansatz", key), message, "use fewer qubits, layers or pairs")
