from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qslc.lower.synthesis.beam import search
from qslc.lower.synthesis.frames import pack_strings
from qslc.lower.synthesis.moves import (
    CNOTS,
    DIAGONAL,
    EVERY,
    choose_alphabet,
    find_anticommuting,
    multiply,
)
from qslc.lower.synthesis.settings import Settings
from qslc.pauli.frame import make_rotation_form
from tests.lower.synthesis.samples import line
from tests.lower.synthesis.slow_lengths import as_bits, images
from tests.passes.pass_programs import A, B, op, program

PAULIS = ("I", "X", "Y", "Z")


@given(st.sampled_from(EVERY))
def test_a_move_is_its_controlled_pauli(letters):
    s, t = letters
    pairs = [(p, q) for p in PAULIS for q in PAULIS]
    x, z = (bits[0, :, 0] for bits in as_bits([[[axis(pair) for pair in pairs]]], 2))
    there = multiply(x[0], z[0], s, find_anticommuting(x[1], z[1], t))
    here = multiply(x[1], z[1], t, find_anticommuting(x[0], z[0], s))
    x_after, z_after = as_bits([[[axis(images(letters)[pair]) for pair in pairs]]], 2)
    np.testing.assert_array_equal(there, (x_after[0, 0, 0], z_after[0, 0, 0]))
    np.testing.assert_array_equal(here, (x_after[0, 1, 0], z_after[0, 1, 0]))


def axis(pair: tuple[str, str]) -> dict[int, str]:
    return {vertex: pauli for vertex, pauli in enumerate(pair) if pauli != "I"}


@pytest.mark.parametrize(
    ("gates", "measure", "moves"),
    [
        (("cnot 0 1", "swap 1 2", "x 0", "z 1"), "Z0 Z1*Z2", CNOTS),
        ((), "Z0", CNOTS),
        (("cnot 0 1", "cz 1 2"), "Z0", DIAGONAL),
        (("s 0", "cnot 0 1"), "Z0", DIAGONAL),
        (("h 0", "cnot 0 1"), "Z0", EVERY),
        (("cnot 0 1",), "X0*Z1", EVERY),
    ],
)
def test_moves_are_of_the_kinds_of_gates_that_a_program_has(gates, measure, moves):
    written = program(op("ry 0", A), *map(op, gates), op("ry 1", B), measure=measure)
    # The form has no gates any more.
    assert choose_alphabet(make_rotation_form(written), written.operations) == moves


@pytest.mark.parametrize(
    ("rotation", "moves"),
    [("rxx 0 1", CNOTS), ("rzz 0 1", CNOTS), ("ryy 0 1", DIAGONAL), ("crx 0 1", DIAGONAL)],
)
def test_there_are_enough_moves_for_every_rotation(rotation, moves):
    written = program(op("rx 0", A), op("ry 1", A), op(rotation, B), op("rx 1", A), op("ry 0", A))
    form = make_rotation_form(written)
    assert choose_alphabet(form, written.operations) == moves
    axes = pack_strings(form, range(3), 3)
    graph = line(3)
    assert search(graph, moves, axes, Settings(width=8), 10**9).moves is not None
    if moves == DIAGONAL:
        assert search(graph, CNOTS, axes, Settings(width=8), 10**9).moves is None
