"""Simulate the compiled circuit under its noise exactly, with gradients: the engine "noisy".

Observables are carried back through gates and errors, once per step for all tokens, up to the last
gate whose angle differs from token to token (the Heisenberg picture). For amplitude encoding that
is the whole circuit: the noisy layer is a quadratic form of the encoded vector, as the ideal one.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any, TypeAlias

import cirq
import numpy as np
from keras import ops
from numpy.typing import NDArray

from qslc_runtime.artifact import Artifact
from qslc_runtime.backends import map_chunks
from qslc_runtime.circuit.states import normalize
from qslc_runtime.engines.device_circuit import find_qubits
from qslc_runtime.engines.engine import Engine
from qslc_runtime.engines.measurement import Readout, SignedString
from qslc_runtime.engines.rotations import Polynomials, make_polynomials, name_angles
from qslc_runtime.engines.transfer import TransferCircuit
from qslc_runtime.noise import Place

Tensor: TypeAlias = Any
"""A tensor of the Keras backend."""

MAX_QUBITS = 10
"""An observable of 2**20 Pauli coefficients, 4 MiB."""

_CHUNK = 2**23
"""Numbers that the gradient of a chunk of tokens keeps, 32 MiB."""

_TO_BLOCKS = np.array(
    [[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1], [1, 0]], [[1, 0], [0, -1]]], np.float32
)
"""The matrices of I, X, Y / i and Z."""


class NoisyEngine(Engine):
    """Exact expectations of the physical circuit under the noise of its device.

    What engine "qsim" estimates by trajectories, without their spread and with gradients for the
    weights and the inputs, on any Keras backend. Errors of gates and idle qubits, and readout
    errors, are those of the spec. A vector of amplitudes is put on the chip without error: its
    preparation is not part of the circuit. What its noise leaves of each readout on average comes
    in by ``calibrate(to=...)``.

    Time and memory of a step grow as 4**qubits times observables, whatever the number of tokens
    with amplitude encoding; where inputs are angles each token takes as much time, and 4**qubits
    numbers for each pair of qubits that is coupled before the last of its angles.

    Args:
        artifact: The compile to evaluate.
        layer_class: The generated layer, of the same compile.

    Raises:
        ValueError: The spec has no noise, the compiled circuit has too many qubits, or the layer
            is of another compile.

    Example:
        >>> layer = compiled.layer(engine="noisy")
        >>> layer(hidden).shape[-1]
        3
    """

    name = "noisy"
    exact = False
    differentiable = True
    exportable = True
    backends = frozenset({"tensorflow", "jax", "torch"})
    noise = frozenset(Place)
    reads_artifact = True
    supports_jit = True

    def __init__(self, artifact: Artifact, layer_class: type) -> None:
        if artifact.noise is None:
            raise ValueError(
                f"the spec in {artifact.folder} has no noise; set `noise:` in the spec and compile "
                'it again, or use engine="native"'
            )
        artifact.check_layer(layer_class)
        qubits = find_qubits(artifact)
        _check_size(len(qubits))
        labels = [str(qubit) for qubit in qubits]
        circuit, names, expressions = name_angles(artifact.physical_circuit)
        angles = dict(zip(names, expressions, strict=True))
        inputs = set(artifact.inputs)
        own = {n for n, e in angles.items() if inputs & {str(s) for s in e.free_symbols}}
        noisy = artifact.noise.add_to(circuit, qubits)
        first, rest = _split_operations([*noisy.all_operations()], own)
        self._first, self._rest = (TransferCircuit(part, qubits) for part in (first, rest))
        self._first_angles, self._rest_angles = (
            make_polynomials([angles[name] for name in part.angles], variables)
            for part, variables in (
                (self._first, artifact.weights + artifact.inputs),
                (self._rest, artifact.weights),
            )
        )
        strings = [
            SignedString(
                {labels.index(label): pauli for label, pauli in o.physical.items()}, o.sign
            )
            for o in artifact.observables
        ]
        self._observables = _make_observables(
            strings, Readout(*artifact.noise.find_readout_errors(labels))
        )
        self._qubits = len(qubits)
        self._taken = artifact.taken
        self._places = [labels.index(label) for label in artifact.start if label in labels]

    def expectations(self, inputs: Any, theta: Any) -> Any:
        """Return the expectation of each observable for each token, under the noise.

        A token that holds NaN or infinity has NaN in every expectation. With amplitude encoding a
        token of zeros has 0 in every expectation.

        Args:
            inputs: (tokens, features) float32.
            theta: (P,) float32, in radians.

        Returns:
            (tokens, observables) float32
        """
        inputs, theta = ops.convert_to_tensor(inputs), ops.convert_to_tensor(theta)
        observables = self._carry_back(theta)
        if self._taken.amplitudes:
            size = inputs.shape[-1] + self._taken.bias
            forms = _make_forms(observables, self._qubits, self._places, size)
            chunk = max(1, _CHUNK // (size * len(self._observables)))
            return map_chunks(self._evaluate_forms, inputs, (forms,), chunk)
        chunk = max(1, _CHUNK // self._first.count_numbers(len(self._observables)))
        return map_chunks(self._evaluate_states, inputs, (theta, observables), chunk)

    def _carry_back(self, theta: Tensor) -> Tensor:
        """Return the Pauli coefficients of the observables before the second part: (M, 4**n)."""
        matrices = self._rest.compute_matrices(_evaluate(self._rest_angles, theta[None]))
        return self._rest.carry_back(matrices, ops.convert_to_tensor(self._observables))

    def _evaluate_forms(self, inputs: Tensor, forms: Tensor) -> Tensor:
        inputs, finite = _replace_infinite(inputs)
        vectors = normalize(inputs, bias=self._taken.bias)
        products = ops.einsum("ta,mab->tmb", vectors, forms)
        values = ops.einsum("tmb,tb->tm", products, vectors)
        return ops.where(finite, values, float("nan"))

    def _evaluate_states(self, inputs: Tensor, theta: Tensor, observables: Tensor) -> Tensor:
        inputs, finite = _replace_infinite(inputs)
        weights = ops.broadcast_to(theta, (ops.shape(inputs)[0], theta.shape[0]))
        variables = ops.concatenate([weights, inputs], axis=1) if self._taken.angles else weights
        matrices = self._first.compute_matrices(_evaluate(self._first_angles, variables))
        values = self._first.evaluate(matrices, observables)
        return ops.where(finite, values, float("nan"))


def _check_size(qubits: int) -> None:
    if qubits > MAX_QUBITS:
        raise ValueError(
            f'engine "noisy" simulates at most {MAX_QUBITS} device qubits, but the circuit '
            f'uses {qubits}; engine="qsim" takes up to 26, without a gradient'
        )


def _replace_infinite(inputs: Tensor) -> tuple[Tensor, Tensor]:
    """Return inputs with zeros for tokens that are not finite, and which are: (tokens, 1)."""
    finite = ops.all(ops.isfinite(inputs), axis=-1, keepdims=True)
    return ops.where(finite, inputs, 0.0), finite


def _split_operations(
    operations: Sequence[cirq.Operation], own: Container[str]
) -> tuple[list[cirq.Operation], list[cirq.Operation]]:
    """Return what comes before or is an operation with a symbol in ``own``, and the rest."""
    first: list[cirq.Operation] = []
    rest: list[cirq.Operation] = []
    past: set[cirq.Qid] = set()
    for op in reversed(operations):
        if past.isdisjoint(op.qubits) and not any(s in own for s in cirq.parameter_names(op)):
            rest.append(op)
        else:
            first.append(op)
            past.update(op.qubits)
    return first[::-1], rest[::-1]


def _make_observables(strings: Sequence[SignedString], readout: Readout) -> NDArray[np.float32]:
    """Return the factor of each string on each qubit as it is read: (M, n, 4)."""
    factors = np.zeros((len(strings), len(readout.p01), 4))
    factors[:, :, 0] = 1
    for row, string in zip(factors, strings, strict=True):
        for qubit, pauli in string.paulis.items():
            p01, p10 = readout.p01[qubit], readout.p10[qubit]
            row[qubit] = 0
            row[qubit, 0], row[qubit, "IXYZ".index(pauli)] = p10 - p01, 1 - p01 - p10
        row[0] *= string.sign
    return factors.astype(np.float32)


def _make_forms(observables: Tensor, qubits: int, places: Sequence[int], size: int) -> Tensor:
    """Return the quadratic forms of observables on vectors of real amplitudes: (M, size, size).

    Args:
        observables: Pauli coefficients (M, 4**qubits).
        qubits: Number of device qubits.
        places: Device qubit of each logical qubit; the others are in |0>.
        size: Number of amplitudes, the first ones, that are not 0.
    """
    for q in reversed(range(qubits)):
        if q not in places:
            parts = ops.reshape(observables, (-1, 4**q, 4, observables.shape[1] // 4 ** (q + 1)))
            observables = ops.reshape(
                parts[:, :, 0] + parts[:, :, 3], (-1, parts.shape[1] * parts.shape[3])
            )
    ranks = np.argsort(np.argsort(places))
    count = len(places)
    tensor = ops.reshape(observables, (-1, *(4 for _ in places)))
    forms = ops.reshape(ops.transpose(tensor, (0, *(1 + ranks))), (-1, 1, 1, 4**count))
    forms = forms * _make_phases(count)
    for q in range(count):
        parts = ops.reshape(forms, (-1, 2**q, 2**q, 4, 4 ** (count - q - 1)))
        blocks = ops.einsum("mxypr,pab->mxaybr", parts, _TO_BLOCKS)
        forms = ops.reshape(blocks, (-1, 2 ** (q + 1), 2 ** (q + 1), 4 ** (count - q - 1)))
    return forms[:, :size, :size, 0]


def _make_phases(qubits: int) -> NDArray[np.float32]:
    """Return the real part of i**k for the number k of letters Y in each string: (4**qubits,)."""
    counts = np.zeros(1, np.int64)
    for _ in range(qubits):
        counts = np.add.outer(counts, [0, 0, 1, 0]).reshape(-1)
    return np.array([1, 0, -1, 0], np.float32)[counts % 4]


def _evaluate(polynomials: Polynomials, variables: Tensor) -> Tensor:
    """Return ``polynomials(variables)`` differentiably: (rows, V) to (rows, angles)."""
    extended = ops.concatenate([variables, ops.ones_like(variables[:, :1])], axis=1)
    monomials = ops.prod(ops.take(extended, polynomials.factors, axis=1), axis=-1)
    return monomials @ polynomials.coefficients.astype(np.float32)
