"""Angles prepare what was asked for, alike for every batch, thread and kernel."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
from qslc_runtime.compiled import BuildError
from qslc_runtime.preparation import (
    Bank,
    Brick,
    compiled,
    compute_multiplexed_angles,
    encode_vectors,
    make_brick,
    prepare_states,
    simulate,
)
from qslc_runtime.preparation.encoding import Padding, count_capacity

from tests.preparation.graphs import GRAPHS, make_line


def make_line_brick(qubits: int, gates: int | None = None) -> Brick:
    return make_brick(qubits, make_line(qubits), gates=gates)


def measure_fidelities(
    brick: Brick, angles: np.ndarray, vectors: np.ndarray, padding: Padding = "zero"
) -> np.ndarray:
    states = encode_vectors(vectors, brick.qubits, padding)
    return np.square((simulate(brick, angles) * states).sum(axis=1))


@pytest.mark.parametrize("padding", ["zero", "bias", "reference"])
@pytest.mark.parametrize("name", GRAPHS)
def test_couplers_and_paddings(rng: np.random.Generator, name: str, padding: Padding) -> None:
    qubits, couplers = GRAPHS[name]
    brick = make_brick(qubits, couplers)
    width = count_capacity(qubits, padding)
    vectors = rng.normal(size=(10, width))
    angles, fidelities = prepare_states(brick, vectors, padding=padding)
    assert angles.shape == (10, len(brick.rotations))
    assert (np.abs(angles) <= np.pi).all()
    measured = measure_fidelities(brick, angles, vectors, padding)
    np.testing.assert_allclose(fidelities, measured, atol=1e-12)
    assert (fidelities > 1 - 1e-5).sum() >= 9


@pytest.mark.parametrize("features", [33, 64])
def test_a_line_of_six_qubits_is_exact_with_31_gates(
    rng: np.random.Generator, features: int
) -> None:
    brick = make_line_brick(6)
    assert brick.gates == 31
    vectors = rng.normal(size=(40, features))
    _, fidelities = prepare_states(brick, vectors)
    assert (fidelities > 1 - 1e-5).mean() >= 0.95


def test_a_fidelity_of_one_is_reached_but_for_rounding(rng: np.random.Generator) -> None:
    brick, vectors = make_line_brick(3), rng.normal(size=(20, 8))
    result = prepare_states(brick, vectors, fidelity=1, starts=10)
    assert not len(result.fallbacks)
    np.testing.assert_allclose(result.fidelities, 1, atol=1e-12)


@pytest.mark.parametrize("gates", [6, 12, 20])
def test_fewer_gates_are_less_exact_and_the_fidelity_is_told(
    rng: np.random.Generator, gates: int
) -> None:
    brick = make_line_brick(6, gates)
    vectors = rng.normal(size=(5, 64)) * 0.97 ** np.arange(64)
    result = prepare_states(brick, vectors, steps=60)
    measured = measure_fidelities(brick, result.angles, vectors)
    np.testing.assert_allclose(result.fidelities, measured, atol=1e-12)
    assert 0.3 < result.fidelities.min() < result.fidelities.max() < 1 - 1e-4
    assert not len(result.fallbacks)


def test_a_start_more_is_never_worse(rng: np.random.Generator) -> None:
    brick, vectors = make_line_brick(6, 20), rng.normal(size=(10, 64))
    one, four = (prepare_states(brick, vectors, starts=n).fidelities for n in (1, 4))
    assert (four >= one).all()
    assert (four > one + 1e-3).any()


DEGENERATE = {
    "basis states": np.eye(16),
    "negative basis states": -np.eye(16),
    "equal amplitudes": np.ones((1, 16)),
    "duplicates": np.tile(np.random.default_rng(0).normal(size=16), (3, 1)),
    "tiny and huge": np.array([[1e-200], [1e200]]) * np.random.default_rng(0).normal(size=(2, 16)),
    "two entries": np.eye(16)[:15] - np.eye(16)[1:],
    "one feature": np.array([[-3.0]]),
    "integers": np.arange(16)[None],
}


@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_vectors(name: str) -> None:
    vectors = DEGENERATE[name]
    brick = make_line_brick(4)
    result = prepare_states(brick, vectors, fidelity=1 - 1e-5, starts=8)
    measured = measure_fidelities(brick, result.angles, vectors)
    np.testing.assert_allclose(result.fidelities, measured, atol=1e-12)
    assert len(result.fallbacks) <= len(vectors) // 8
    if name == "duplicates":
        assert len(np.unique(result.angles, axis=0)) == 1


@pytest.mark.parametrize("kernel", ["compiled", "numpy"])
def test_no_tokens(kernel: str) -> None:
    brick = make_line_brick(3)
    result = prepare_states(brick, np.zeros((0, 8)), fidelity=0.9, kernel=kernel)
    assert result.angles.shape == (0, len(brick.rotations))
    assert result.fidelities.shape == (0,)
    assert result.fallback_angles.shape == (0, 7)


def test_a_token_is_the_same_in_every_batch_order_and_number_of_threads(
    rng: np.random.Generator,
) -> None:
    brick, vectors = make_line_brick(5, 12), rng.normal(size=(23, 32))
    bank = Bank(brick, prepare_states(brick, vectors[:4]).angles)
    expected = prepare_states(brick, vectors, bank=bank, threads=1)
    order = rng.permutation(23)
    for threads in (1, 2, 7, 100):
        shuffled = prepare_states(brick, vectors[order], bank=bank, threads=threads)
        np.testing.assert_array_equal(shuffled.angles, expected.angles[order])
        np.testing.assert_array_equal(shuffled.fidelities, expected.fidelities[order])
    parts = [prepare_states(brick, vectors[i : i + 5], bank=bank) for i in range(0, 23, 5)]
    np.testing.assert_array_equal(np.concatenate([p.angles for p in parts]), expected.angles)


def test_the_sign_of_a_vector_is_free(rng: np.random.Generator) -> None:
    brick, vectors = make_line_brick(4, 4), rng.normal(size=(5, 16))
    plus, minus = (prepare_states(brick, sign * vectors) for sign in (1, -1))
    np.testing.assert_array_equal(plus.fidelities, minus.fidelities)


@pytest.mark.parametrize("padding", ["bias", "reference"])
def test_the_sign_beside_a_constant_is_not(rng: np.random.Generator, padding: Padding) -> None:
    brick, vectors = make_line_brick(3), rng.normal(size=(5, 4))
    angles, _ = prepare_states(brick, vectors, padding=padding, starts=8)
    assert (measure_fidelities(brick, angles, vectors, padding) > 1 - 1e-5).all()
    assert (measure_fidelities(brick, angles, -vectors, padding) < 0.9).all()


def test_a_prepared_token_is_found_again_at_once(rng: np.random.Generator) -> None:
    brick, vectors = make_line_brick(6), rng.normal(size=(6, 64))
    first = prepare_states(brick, vectors)
    bank = Bank(brick, first.angles)
    again = prepare_states(brick, -2 * vectors, bank=bank, steps=1, starts=1, fidelity=1 - 1e-9)
    assert not len(again.fallbacks)
    turns = (again.angles - first.angles) / (2 * np.pi)
    np.testing.assert_allclose(turns, np.round(turns), atol=1e-12)


def test_a_near_token_is_a_better_start(rng: np.random.Generator) -> None:
    brick, vectors = make_line_brick(6, 20), rng.normal(size=(10, 64))
    bank = Bank(brick, prepare_states(brick, vectors, starts=2).angles)
    near = vectors + 0.1 * rng.normal(size=vectors.shape)
    warm = prepare_states(brick, near, bank=bank, steps=2, starts=0)
    cold = prepare_states(brick, near, steps=2, starts=1)
    assert warm.fidelities.mean() > 0.8 > 0.5 > cold.fidelities.mean()


@pytest.mark.parametrize("padding", ["zero", "bias", "reference"])
def test_what_is_not_reached_falls_back_to_the_exact_method(
    rng: np.random.Generator, padding: Padding
) -> None:
    brick, vectors = make_line_brick(4, 2), rng.normal(size=(6, 8))
    vectors[2] = np.eye(8)[0] * (padding != "reference") * 1e9
    vectors[2] += padding == "reference"
    result = prepare_states(brick, vectors, padding=padding, fidelity=0.9999)
    np.testing.assert_array_equal(result.fallbacks, [0, 1, 3, 4, 5])
    expected = compute_multiplexed_angles(vectors[result.fallbacks], 4, padding)
    np.testing.assert_array_equal(result.fallback_angles, expected)
    assert (result.fidelities[result.fallbacks] < 0.9999).all()


def test_the_numpy_search_takes_the_same_steps(rng: np.random.Generator) -> None:
    brick, vectors = make_line_brick(4, 6), rng.normal(size=(4, 16))
    bank = Bank(brick, rng.uniform(-3, 3, (5, len(brick.rotations))))
    both = [
        prepare_states(brick, vectors, bank=bank, starts=2, steps=12, kernel=kernel)
        for kernel in ("compiled", "numpy")
    ]
    np.testing.assert_allclose(both[0].fidelities, both[1].fidelities, atol=1e-9)
    turns = (both[0].angles - both[1].angles) / (2 * np.pi)
    np.testing.assert_allclose(turns, np.round(turns), atol=1e-9)


def test_the_numpy_search_reaches_the_same_fidelity(rng: np.random.Generator) -> None:
    brick, vectors = make_line_brick(4), rng.normal(size=(5, 16))
    for kernel in ("compiled", "numpy"):
        _, fidelities = prepare_states(brick, vectors, kernel=kernel, starts=8)
        assert (fidelities > 1 - 1e-9).all()


def test_without_a_compiler_numpy_searches_and_says_so_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    compiled._load.cache_clear()
    brick, vectors = make_line_brick(2), [[1, -2, 3, 4]]
    try:
        with caplog.at_level(logging.WARNING, "qslc_runtime"):
            results = [prepare_states(brick, vectors) for _ in range(2)]
        with pytest.raises(BuildError, match="there is no C compiler 'no-such-compiler'"):
            prepare_states(brick, vectors, kernel="compiled")
    finally:
        compiled._load.cache_clear()
    assert [record.message for record in caplog.records] == [
        "preparing without the compiled search, slower: there is no C compiler "
        "'no-such-compiler' (set CC to one)"
    ]
    assert results[0].fidelities[0] > 1 - 1e-9


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"starts": 0}, "starts and steps are 1 to 1000000, not 0 and 300"),
        ({"steps": 0}, "starts and steps are 1 to 1000000, not 4 and 0"),
        ({"steps": 10**12}, "not 4 and 1000000000000"),  # more than an int of C
        ({"fidelity": 1.5}, "a fidelity lies between 0 and 1: 1.5"),
        ({"fidelity": float("nan")}, "a fidelity lies between 0 and 1: nan"),
        ({"threads": -1}, "threads are 0 to 1024, not -1"),
        ({"kernel": "fortran"}, "a kernel is .* not 'fortran'"),
        ({"padding": "ones"}, "the padding is one of zero, bias, reference"),
        ({"starts": 0, "bank": Bank(make_line_brick(3), np.zeros((0, 9)))}, "starts may be 0"),
        ({"bank": Bank(make_line_brick(2), np.zeros((1, 4)))}, "prepared with another brick"),
    ],
)
def test_arguments_out_of_range(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        prepare_states(make_line_brick(3), np.ones((1, 8)), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("angles", [np.zeros(4), np.zeros((2, 3)), np.full((1, 4), np.inf)])
def test_banks_that_are_none(angles: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"a bank has finite angles \(count, 4\) for this brick"):
        Bank(make_line_brick(2), angles)
