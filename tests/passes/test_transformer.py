from __future__ import annotations

import cirq
import pytest
import sympy

from qslc.export.transformer import as_transformer, rewrite
from qslc.passes.levels import ABSORB_CLIFFORDS, CANCEL_INVERSES, FUSE_ROTATIONS, LIGHT_CONE

A = sympy.Symbol("a")
Q = cirq.GridQubit.rect(1, 3)
CIRCUIT = cirq.Circuit(
    cirq.H(Q[0]),
    cirq.H(Q[0]),
    cirq.rz(A)(Q[1]),
    cirq.CZ(Q[1], Q[2]),
    cirq.S(Q[1]),
    cirq.CNOT(Q[0], Q[1]),
)


@pytest.mark.parametrize("pass_", [CANCEL_INVERSES, FUSE_ROTATIONS])
def test_a_transformer_keeps_the_unitary(pass_):
    after = as_transformer(pass_)(CIRCUIT)
    assert len(list(after.all_operations())) < len(list(CIRCUIT.all_operations()))
    cirq.testing.assert_circuits_have_same_unitary_given_final_permutation(
        *(
            cirq.resolve_parameters(circuit, {"a": 0.4}) + cirq.Circuit(map(cirq.I, Q))
            for circuit in (after, CIRCUIT)
        ),
        {qubit: qubit for qubit in Q},
    )


def test_the_convention_of_cirq():
    logger = cirq.TransformerLogger()
    after = as_transformer(CANCEL_INVERSES)(CIRCUIT, context=cirq.TransformerContext(logger=logger))
    expected = cirq.Circuit(
        cirq.rz(A)(Q[1]), cirq.CZ(Q[1], Q[2]), cirq.S(Q[1]), cirq.CNOT(Q[0], Q[1])
    )
    assert after == expected


def test_observables_bound_what_a_light_cone_keeps():
    transformer = as_transformer(LIGHT_CONE, [cirq.Z(Q[0])])
    assert transformer(CIRCUIT) == cirq.Circuit([cirq.H(Q[0])] * 2)
    with pytest.raises(ValueError, match="needs the observables"):
        as_transformer(LIGHT_CONE)


def test_absorbed_gates_turn_up_in_the_observables():
    circuit, measured = rewrite(ABSORB_CLIFFORDS, CIRCUIT, [-cirq.PauliString(cirq.Z(Q[1]))])
    assert cirq.CNOT(Q[0], Q[1]) not in set(circuit.all_operations())
    assert measured == (-cirq.PauliString(cirq.Z(Q[0]), cirq.Z(Q[1])),)
    with pytest.raises(ValueError, match="rewrite"):
        as_transformer(ABSORB_CLIFFORDS, [cirq.Z(Q[1])])(CIRCUIT)


def test_a_device_qubit_that_is_only_measured():
    other = cirq.GridQubit(5, 5)
    _, measured = rewrite(ABSORB_CLIFFORDS, cirq.Circuit(cirq.X(Q[0])), [cirq.Z(other)])
    assert measured == (cirq.PauliString(cirq.Z(other)),)


def test_what_it_refuses():
    tagged = cirq.Circuit(cirq.H(Q[0]).with_tags("keep"))
    with pytest.raises(ValueError, match="leave single operations out"):
        as_transformer(CANCEL_INVERSES)(
            tagged, context=cirq.TransformerContext(tags_to_ignore=("keep",))
        )
    with pytest.raises(ValueError, match="coefficient"):
        rewrite(LIGHT_CONE, CIRCUIT, [2 * cirq.PauliString(cirq.Z(Q[0]))])
    with pytest.raises(ValueError, match="not one of the gates"):
        as_transformer(CANCEL_INVERSES)(cirq.Circuit(cirq.ISWAP(Q[0], Q[1])))
