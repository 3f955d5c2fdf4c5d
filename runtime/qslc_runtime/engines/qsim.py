"""Evaluate the compiled circuit on its device qubits, with noise and finite shots.

It scores a trained layer as the chip would run it, and has no gradient.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np
from keras import ops
from numpy.typing import NDArray

from qslc_runtime.artifact import Artifact
from qslc_runtime.circuit.states import encode_amplitudes, normalize
from qslc_runtime.engines import measurement
from qslc_runtime.engines.device_circuit import DeviceCircuit
from qslc_runtime.engines.engine import Engine
from qslc_runtime.engines.host import call_on_host
from qslc_runtime.engines.streams import Stream, Streams
from qslc_runtime.noise import Place

TRAJECTORIES = 100
"""Number for a noisy circuit whose expectations are averaged without sampling shots."""


class QsimEngine(Engine):
    """Expectations of the physical circuit, by qsim.

    Noise is simulated by trajectories: runs in which every error happens or does not, at random.
    Without shots the expectations of a state are exact and averaged over the trajectories; their
    standard error falls with the square root of ``trajectories``. With shots, each setting of
    the measurement (``measurement.group_settings``) is read ``shots`` times. A vector of amplitudes
    is put on the chip without error: its preparation is not part of the circuit.

    Each token has random numbers of its own, which depend on the seed, on the token's numbers, on
    the weights, and on how many times the engine has seen this token under these weights. So what
    tokens come together, in which order, in how many calls or processes, changes no result; equal
    tokens and repeated calls have independent errors. Two engines of one seed, in two processes
    say, give equal tokens equal errors. Without noise, tokens that share the circuit behind their
    encoding are simulated together, up to 2**16 amplitudes in a call of qsim.

    Args:
        artifact: The compile to evaluate.
        layer_class: The generated layer, of the same compile.
        noise: Noise to simulate. True: that of the spec; False: none; "auto": that of the spec if
            it has any.
        trajectories: Number per token. By default one per shot, or 100 without shots; a circuit
            without noise needs, and gets, only one. With fewer trajectories than shots, shots
            share errors.
        shots: Number per token and setting; None: exact expectations of each trajectory.
        seed: Random seed of trajectories, shots and readout errors.
        threads: Number that qsim uses in a call; one is best below about 18 qubits.

    Raises:
        ValueError: An option is out of range, ``noise=True`` for a spec without noise, too many
            qubits, or a layer of another compile.

    Example:
        >>> layer = compiled.layer(engine="qsim", engine_options={"trajectories": 5})
        >>> layer(hidden).shape[-1]
        3
    """

    name = "qsim"
    exact = False
    differentiable = False
    exportable = False
    backends = frozenset({"tensorflow", "jax", "torch"})
    noise = frozenset(Place)
    reads_artifact = True
    supports_jit = False

    def __init__(
        self,
        artifact: Artifact,
        layer_class: type,
        *,
        noise: bool | Literal["auto"] = "auto",
        trajectories: int | None = None,
        shots: int | None = None,
        seed: int = 0,
        threads: int = 1,
    ) -> None:
        _check_noise(artifact, noise)
        _check_counts(threads=threads, seed=seed, trajectories=trajectories, shots=shots)
        artifact.check_layer(layer_class)
        self._circuit = DeviceCircuit(artifact, noisy=bool(noise), threads=threads)
        self._taken = artifact.taken
        self._qubits = artifact.qubits
        self._strings = self._circuit.strings
        self._settings = measurement.group_settings(self._strings)
        self._means = [
            measurement.Means([self._strings[i] for i in setting.members], self._circuit.readout)
            for setting in self._settings
        ]
        self._shots = shots
        is_random = self._circuit.is_random or shots is not None
        self._streams = Streams(seed) if is_random else None
        wanted = trajectories or shots or TRAJECTORIES
        self._trajectories = min(wanted, shots or wanted) if self._circuit.is_random else 1

    def expectations(self, inputs: Any, theta: Any) -> Any:
        """Return the expectation, or its estimate, of each observable for each token.

        An array for arrays, a tensor for tensors; otherwise as ``Engine.expectations``.

        Raises:
            RuntimeError: A gradient is asked for, or JAX traces the call.
        """
        return call_on_host(self._evaluate, inputs, theta, len(self._strings))

    def estimate_variances(self, values: Any) -> Any:
        """Return the variance of values (tokens, M) by shots, or at most that by trajectories."""
        count = self._shots or self._trajectories
        if self._shots is None and not self._circuit.is_random:
            return 0.0
        return (1 - np.square(np.clip(values, -1, 1))) / count

    def _evaluate(self, inputs: NDArray[np.float32], theta: NDArray[np.float32]) -> Any:
        rows = np.full((len(inputs), len(self._strings)), np.nan, np.float32)
        finite = np.flatnonzero(np.isfinite(inputs).all(axis=1))
        for first in range(0, len(finite), self._circuit.most_tokens):
            tokens = finite[first : first + self._circuit.most_tokens]
            rows[tokens] = self._evaluate_tokens(inputs[tokens], theta)
        return rows

    def _evaluate_tokens(
        self, inputs: NDArray[np.float32], theta: NDArray[np.float32]
    ) -> list[NDArray[np.float64]]:
        vectors = self._encode(inputs)
        empty = np.zeros(len(inputs), bool) if vectors is None else ~vectors.any(axis=1)
        streams: Sequence[Stream | None] = (
            [None] * len(inputs) if self._streams is None else [*self._streams.draw(inputs, theta)]
        )
        tokens = self._circuit.simulate(inputs, theta, vectors, self._trajectories, streams)
        return [
            np.zeros(len(self._strings)) if is_empty else self._estimate(states, stream)
            for states, stream, is_empty in zip(tokens, streams, empty, strict=True)
        ]

    def _encode(self, inputs: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """Return the encoded states (tokens, 2**n), or None where the qubits start in |0...0>."""
        if not self._taken.amplitudes:
            return None
        rows = normalize(inputs, bias=self._taken.bias)
        vectors: NDArray[np.float32] = ops.convert_to_numpy(encode_amplitudes(rows, self._qubits)).T
        return vectors

    def _estimate(
        self, states: Iterable[NDArray[np.complex64]], stream: Stream | None
    ) -> NDArray[np.float64]:
        if self._shots is None or stream is None:
            return self._average(states)
        return self._sample(states, self._shots, stream.make_shots())

    def _average(self, states: Iterable[NDArray[np.complex64]]) -> NDArray[np.float64]:
        totals = np.zeros((len(self._settings), 2 ** len(self._circuit.qubits)))
        for state in states:
            for total, setting in zip(totals, self._settings, strict=True):
                total += measurement.find_probabilities(state, setting)
        row = np.zeros(len(self._strings))
        for total, setting, means in zip(totals, self._settings, self._means, strict=True):
            row[list(setting.members)] = means(total / self._trajectories)
        return row

    def _sample(
        self, states: Iterable[NDArray[np.complex64]], shots: int, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        counts = np.bincount(np.arange(shots) % self._trajectories)
        bits: list[list[NDArray[np.bool_]]] = [[] for _ in self._settings]
        for state, count in zip(states, counts, strict=True):
            for drawn, setting in zip(bits, self._settings, strict=True):
                distribution = measurement.find_probabilities(state, setting)
                drawn.append(measurement.sample(distribution, count, rng))
        row = np.zeros(len(self._strings))
        for drawn, setting in zip(bits, self._settings, strict=True):
            read = self._circuit.readout.flip(np.concatenate(drawn), rng)
            for i in setting.members:
                row[i] = measurement.average(read, self._strings[i])
        return row


def _check_noise(artifact: Artifact, noise: object) -> None:
    if noise not in (True, False, "auto"):
        raise ValueError(f'noise is True, False or "auto", not {noise!r}')
    if noise is True and artifact.noise is None:
        raise ValueError(
            f"noise=True, but the spec in {artifact.folder} has no noise; set `noise:` in the spec "
            'and compile it again, or pass noise="auto"'
        )


def _check_counts(*, threads: int, seed: int, **optional: int | None) -> None:
    given = {name: value for name, value in optional.items() if value is not None}
    for name, value in {**given, "threads": threads}.items():
        if type(value) is not int or value < 1:
            raise ValueError(f"{name} is a whole number, at least 1, not {value!r}")
    if type(seed) is not int or not 0 <= seed < 2**32:
        raise ValueError(f"seed is a whole number from 0 to 2**32 - 1, not {seed!r}")
