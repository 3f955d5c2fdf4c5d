"""States are those that the layers encode, and vectors that have none are named."""

from __future__ import annotations

import numpy as np
import pytest
from qslc_runtime.preparation import encode_vectors
from qslc_runtime.preparation.encoding import Padding


def test_padding_with_zeros() -> None:
    np.testing.assert_allclose(encode_vectors([[3, -4]], 2), [[0.6, -0.8, 0, 0]])


def test_padding_with_a_one() -> None:
    np.testing.assert_allclose(encode_vectors([[2, -2]], 2, "bias"), [[2 / 3, -2 / 3, 1 / 3, 0]])


def test_padding_with_a_reference() -> None:
    root = np.sqrt(0.5)
    expected = [[0.6 * root, -0.8 * root, 0, 0, *[root / 2] * 4]]
    np.testing.assert_allclose(encode_vectors([[3, -4]], 3, "reference"), expected)


@pytest.mark.slow
@pytest.mark.parametrize(("padding", "features"), [("zero", 6), ("bias", 6), ("reference", 3)])
def test_states_are_those_that_a_layer_simulates(
    rng: np.random.Generator, padding: Padding, features: int
) -> None:
    from qslc_runtime.circuit.states import normalize
    from qslc_runtime.layer.projections import Selection

    vectors = rng.normal(size=(5, features)).astype(np.float32)
    rows = vectors
    if padding == "reference":
        rows = Selection(features, "none", 3).select(vectors, None)
    encoded = np.asarray(normalize(rows, bias=padding == "bias"))
    expected = np.pad(encoded, ((0, 0), (0, 8 - encoded.shape[1])))
    np.testing.assert_allclose(encode_vectors(vectors, 3, padding), expected, atol=1e-6)


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1, 1e160, 1e300])
def test_norms_do_not_overflow(rng: np.random.Generator, scale: float) -> None:
    vectors = rng.normal(size=(3, 4))
    states = encode_vectors(scale * vectors, 2)
    np.testing.assert_allclose(states, encode_vectors(vectors, 2), rtol=1e-12)


def test_a_vector_of_zeros_is_the_constants_alone() -> None:
    root = np.sqrt(0.5)
    np.testing.assert_array_equal(encode_vectors([[0, 0]], 2, "bias"), [[0, 0, 1, 0]])
    np.testing.assert_allclose(encode_vectors([[0, 0]], 2, "reference"), [[0, 0, root, root]])


@pytest.mark.parametrize("dtype", ["float16", "float32", "int8", "bool"])
def test_number_types(dtype: str) -> None:
    states = encode_vectors(np.ones((1, 4), dtype), 2)
    np.testing.assert_array_equal(states, [[0.5, 0.5, 0.5, 0.5]])


@pytest.mark.parametrize(
    ("vectors", "padding", "message"),
    [
        (np.ones(4), "zero", r"the shape \(tokens, features\), not \(4,\)"),
        (np.ones((2, 0)), "zero", 'the padding "zero" hold 1 to 4 features, not 0'),
        (np.ones((2, 5)), "zero", 'the padding "zero" hold 1 to 4 features, not 5'),
        (np.ones((2, 4)), "bias", 'the padding "bias" hold 1 to 3 features, not 4'),
        (np.ones((2, 3)), "reference", 'the padding "reference" hold 1 to 2 features, not 3'),
        (np.ones((2, 4)), "ones", "the padding is one of zero, bias, reference, not 'ones'"),
        (np.ones((2, 4), complex), "zero", "vectors are real numbers, not complex128"),
        ([["a"]], "zero", "vectors are real numbers, not <U1"),
        ([[1, 2], [0, 0], [0, 0]], "zero", r"the vectors of 2 tokens \(1, 2\) are zero"),
        ([[1, np.nan], [1, 1]], "zero", "the vector of token 0 is not finite"),
        ([[1, 1], [np.inf, 1]], "reference", "the vector of token 1 is not finite"),
        (np.zeros((9, 2)), "zero", r"9 tokens \(0, 1, 2, 3, 4, 5, 6, 7, \.\.\.\) are zero"),
    ],
)
def test_vectors_without_a_state(vectors: object, padding: Padding, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        encode_vectors(np.asarray(vectors), 2, padding)
