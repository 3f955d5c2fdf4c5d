"""An entangling pattern from outside: one entry of ``PATTERNS`` goes the whole way."""

from __future__ import annotations

from typing import Any

import pytest

import qslc
from qslc.diagnostics import CompilerFaultError
from qslc.lower.logical import lower_to_logical
from qslc.spec import gates
from qslc.spec.patterns import PATTERNS, EntanglingPattern, list_pairs
from tests.extension.stages import WholeWay


class TestPattern(WholeWay):
    table = PATTERNS
    entry = EntanglingPattern(
        "second_neighbors", lambda qubits, _: tuple((i, i + 2) for i in range(qubits - 2))
    )
    text = """qslc: 1
name: skip
qubits: 4
encoder: {kind: angle}
ansatz: {depth: 1, entangler: {gate: cz, pattern: second_neighbors}}
device: line
"""
    part = "second_neighbors"
    wrong = (
        ("second_neighbours", 'did you mean "second_neighbors"'),
        ("rings_of_rings", "shifted_ring or second_neighbors, got the text"),
    )
    shown = (("layer.py", "CZ (second neighbors)"),)

    def built(self):
        begun = qslc.sublayer("skip", qubits=4).angle().on("line")
        return begun.layers(depth=1, entangler="cz", pattern="second_neighbors")

    def test_a_block_may_name_it(self) -> None:
        begun = qslc.sublayer("skip", qubits=4).angle().on("line")
        block = begun.block(gates.ry(), gates.cz("second_neighbors")).spec()
        assert lower_to_logical(block) == lower_to_logical(qslc.parse(self.text))


def test_an_unknown_pattern_is_named() -> None:
    with pytest.raises(KeyError, match="unknown entangling pattern 'spiral'"):
        list_pairs("spiral", 4, 0)


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        (lambda n, _: ((0, n),), r"lists \(0, 4\), which is no pair of 4 qubits"),
        (lambda *_: ((1, 1),), r"lists \(1, 1\), which is no pair of 4 qubits"),
        (lambda *_: ((0, -1),), r"lists \(0, -1\), which is no pair of 4 qubits"),
        (lambda *_: ((0, 1, 2),), r"lists \(0, 1, 2\), which is no pair of 4 qubits"),
        (lambda *_: ([0, 1],), r"lists \[0, 1\], which is no pair of 4 qubits"),
        (lambda _, layer: ((0, 1 + layer),), "lists other pairs in layer 1 than in layer 0"),
    ],
)
def test_what_is_no_list_of_pairs_is_named(pairs: Any, message: str) -> None:
    with (
        PATTERNS.temporarily(EntanglingPattern("faulty", pairs)),
        pytest.raises(CompilerFaultError, match=f"the entangling pattern 'faulty' {message}"),
    ):
        list_pairs("faulty", 4, 1)
