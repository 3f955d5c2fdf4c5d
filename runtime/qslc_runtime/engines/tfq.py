"""The engine "tfq": qsim inside the TensorFlow graph, through TensorFlow Quantum.

It evaluates the circuit as the user wrote it, before any pass, so that its agreement with the
engine "native" checks the compile.
"""

from __future__ import annotations

from typing import Any, ClassVar

from qslc_runtime.artifact import Artifact
from qslc_runtime.engines.engine import Engine
from qslc_runtime.engines.native import MAX_QUBITS as NATIVE_QUBITS
from qslc_runtime.engines.rotations import decompose, make_polynomials, name_angles
from qslc_runtime.noise import Place

MAX_QUBITS = 20
"""One state of 8 MiB for each token of a batch, and twice that for its gradient."""

MAX_UNITARY_QUBITS = 11
"""The matrix of a part of the circuit takes 32 MiB, and a gradient keeps one of each part."""


class TfqEngine(Engine):
    """Expectations of the logical circuit, with gradients for the weights and the inputs.

    Where the inputs are angles, each token has its own circuit and the gradient is qsim's adjoint
    method. Where they are amplitudes, all tokens share one circuit, whose matrix is simulated once
    per step.

    Args:
        artifact: The compile to evaluate.
        layer_class: The generated layer, of the same compile.

    Raises:
        ImportError: TensorFlow Quantum is missing.
        ValueError: Keras does not run on TensorFlow, the circuit has too many qubits, or the layer
            is of another compile.

    Example:
        >>> layer = compiled.layer(engine="tfq")
        >>> layer(hidden).shape[-1]
        3
    """

    name = "tfq"
    exact = True
    differentiable = True
    exportable = False
    backends = frozenset({"tensorflow"})
    noise: ClassVar[frozenset[Place]] = frozenset()
    reads_artifact = True
    supports_jit = False

    def __init__(self, artifact: Artifact, layer_class: type) -> None:
        self.check_backend()
        _check_package()
        _check_size(artifact)
        artifact.check_layer(layer_class)
        from qslc_runtime.engines.tfq_circuits import SharedCircuit, TokenCircuits

        circuit = decompose(artifact.logical_circuit, artifact.qubits)
        circuit, names, expressions = name_angles(circuit)
        self._angles = make_polynomials(expressions, artifact.weights + artifact.inputs)
        self._same_for_all = not artifact.inputs
        kind = SharedCircuit if artifact.taken.amplitudes else TokenCircuits
        self._compute_values = kind(artifact, circuit, names)

    def expectations(self, inputs: Any, theta: Any) -> Any:
        """Return the expectation of each observable for each token, as ``Engine.expectations``.

        Raises:
            RuntimeError: The call is traced under ``jit_compile=True``.
        """
        import tensorflow as tf

        from qslc_runtime.engines.host import refuse_xla

        refuse_xla("tfq")
        inputs, theta = tf.convert_to_tensor(inputs), tf.convert_to_tensor(theta)
        finite = tf.reduce_all(tf.math.is_finite(inputs), axis=1, keepdims=True)
        inputs = tf.where(finite, inputs, 0.0)
        values = self._compute_values(inputs, self._compute_angles(inputs, theta))
        return tf.where(finite, values, float("nan"))

    def _compute_angles(self, inputs: Any, theta: Any) -> Any:
        """Return (tokens, angles), or (1, angles) where all tokens share them."""
        import tensorflow as tf

        if self._same_for_all:
            variables = theta[None]
        else:
            weights = tf.broadcast_to(theta, (tf.shape(inputs)[0], theta.shape[0]))
            variables = tf.concat([weights, inputs], axis=1)
        extended = tf.concat([variables, tf.ones_like(variables[:, :1])], axis=1)
        monomials = tf.reduce_prod(tf.gather(extended, self._angles.factors, axis=1), axis=-1)
        return tf.matmul(monomials, tf.constant(self._angles.coefficients, tf.float32))


def _check_package() -> None:
    try:
        import tensorflow_quantum  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f'engine "tfq" needs the package tensorflow-quantum ({error}): '
            'pip install "qslc[tfq]" on Linux x86-64 with Python 3.10 to 3.12, or use '
            'engine="native"'
        ) from None


def _check_size(artifact: Artifact) -> None:
    amplitude = artifact.taken.amplitudes
    limit = MAX_UNITARY_QUBITS if amplitude else MAX_QUBITS
    if artifact.qubits > limit:
        what = "the matrix of a circuit" if amplitude else "one state per token"
        instead = (
            'use engine="native"'
            if artifact.qubits <= NATIVE_QUBITS
            else 'engine="qsim" takes up to 26 device qubits, without a gradient'
        )
        raise ValueError(
            f'engine "tfq" simulates {what} of at most {limit} qubits, but this layer has '
            f"{artifact.qubits}; {instead}"
        )
