"""The compiled circuit as it is sent: symbolic in its angles, and what they are for each token."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, repeat
from operator import attrgetter
from typing import cast

import cirq
import numpy as np
from numpy.typing import NDArray

from qslc_runtime.artifact import Artifact
from qslc_runtime.engines.device_circuit import list_qubits
from qslc_runtime.engines.measurement import SignedString, group_settings
from qslc_runtime.engines.rotations import make_polynomials, name_angles
from qslc_runtime.mitigation.circuits import make_variants, measure_variant
from qslc_runtime.mitigation.options import Mitigation
from qslc_runtime.preparation.compiles import prepare, require_preparation
from qslc_runtime.preparation.encoding import Padding
from qslc_runtime.preparation.multiplexed import compute_multiplexed_angles
from qslc_runtime.preparation.problem import EXACT
from qslc_runtime.sampling.measured import split_measurement

MOST_KEPT = 256_000_000
"""Bytes of angles that are kept, at most."""

_PLAIN = Mitigation()


class Preparation:
    """Puts encoded vectors on the chip, by rotations in front of the layer.

    Angles of tokens that were prepared are kept, as many as fit into ``MOST_KEPT`` bytes.

    Args:
        artifact: A compile that prepares vectors.
        fallback: Whether by the exact circuit of ``fallback.json``.

    Attributes:
        symbols: The symbols ``prep_0``, ``prep_1``, ... of the circuit.
        circuit: The circuit from |0...0>, without its measurement.
    """

    def __init__(self, artifact: Artifact, *, fallback: bool = False) -> None:
        made = require_preparation(artifact)
        self._artifact, self._features = artifact, made.features
        self._exact = (made.qubits, cast(Padding, made.padding)) if fallback else None
        self.symbols = made.fallback_symbols if fallback else made.symbols
        whole = artifact.fallback_circuit if fallback else artifact.device_circuit
        self.circuit, _ = split_measurement(whole)
        self._kept: dict[bytes, tuple[NDArray[np.float64], float]] = {}

    def __call__(self, inputs: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the angles of the symbols in radians: (tokens, FEATURES) to (tokens, P)."""
        found = [angles for angles, _ in self._prepare(inputs)]
        return np.array(found).reshape(len(inputs), len(self.symbols))

    def compute_fidelities(self, inputs: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return how well tokens (tokens, FEATURES) are prepared, (tokens,)."""
        return np.array([fidelity for _, fidelity in self._prepare(inputs)], np.float64)

    def _prepare(self, inputs: NDArray[np.float32]) -> list[tuple[NDArray[np.float64], float]]:
        rows = np.ascontiguousarray(
            inputs[:, : self._features]
        )  # a reference state is prepared too
        keys = [row.tobytes() for row in rows]
        known = {key: self._kept[key] for key in keys if key in self._kept}
        new = {key: i for i, key in enumerate(keys) if key not in known}
        if new:
            found = self._search(rows[list(new.values())])
            known |= dict(zip(new, found, strict=True))
            size = 8 * len(self.symbols) + rows[0].nbytes
            if (len(self._kept) + len(new)) * size > MOST_KEPT:
                self._kept.clear()
            self._kept |= known
        return [known[key] for key in keys]

    def _search(self, rows: NDArray[np.float32]) -> Iterator[tuple[NDArray[np.float64], float]]:
        if self._exact is not None:
            return zip(compute_multiplexed_angles(rows, *self._exact), repeat(1.0))
        angles, fidelities = prepare(self._artifact, rows)
        return zip(angles, fidelities.tolist(), strict=True)


def find_preparation(artifact: Artifact, *, fallback: bool = False) -> Preparation | None:
    """Return how a compile prepares its vectors, or None."""
    return None if artifact.preparation is None else Preparation(artifact, fallback=fallback)


class Program:
    """A compile's circuit, with one measurement for each setting.

    Args:
        artifact: The compile.
        mitigation: What is done about errors, for which variants of the circuit are measured.
        seed: Random seed of the variants.
        fallback: Whether vectors are prepared by its exact circuit.

    Attributes:
        circuit: The circuit, each rotation with a symbol of its own.
        qubits: Its device qubits.
        gates: The symbolic gates, in the order of the angles.
        variants: Number of circuits that are measured for each setting.
        measured: The circuits of each setting, one after the other.
        sweeps: The same, those together that are one circuit at other angles.
        observables: Number of observables.
        weights: Number of weights.
        wanted: Number of variables, the first ones, that may have derivatives: weights and inputs.
        polynomials: The angles as polynomials in the variables: weights, inputs that are angles,
            and angles of the preparation.
        prepare: The preparation of encoded vectors, or None.

    Raises:
        ValueError: The circuit starts from an encoded vector that is not prepared.
    """

    def __init__(
        self,
        artifact: Artifact,
        mitigation: Mitigation = _PLAIN,
        seed: int = 0,
        *,
        fallback: bool = False,
    ) -> None:
        self.prepare = find_preparation(artifact, fallback=fallback)
        self._taken = artifact.taken
        if self._taken.amplitudes and self.prepare is None:
            raise ValueError(
                'engine "sampler" starts from |0...0>, but this circuit starts from the encoded '
                "vector of an amplitude encoder, which no chip can load; set encoder.preparation "
                "in the spec to multiplexed or variational and compile it again, or use "
                'engine="qsim", which simulates it'
            )
        whole = self.prepare.circuit if self.prepare else artifact.physical_circuit
        self.circuit, names, expressions = name_angles(whole, entangling=True)
        self.qubits = sorted({*list_qubits(artifact), *self.circuit.all_qubits()})
        self.gates = [op.gate for op in self.circuit.all_operations() if cirq.is_parameterized(op)]
        places = {str(qubit): i for i, qubit in enumerate(self.qubits)}
        strings = [
            SignedString({places[label]: pauli for label, pauli in o.physical.items()}, o.sign)
            for o in artifact.observables
        ]
        variants = make_variants(self.circuit, mitigation, seed)
        self.variants = len(variants)
        self.measured = [
            measure_variant(variant, names, self.qubits, strings, setting)
            for setting in group_settings(strings)
            for variant in variants
        ]
        grouped = groupby(self.measured, attrgetter("digest"))
        self.sweeps = [tuple(sweep) for _, sweep in grouped]
        self.observables = len(strings)
        variables = artifact.weights + artifact.inputs
        self.weights, self.wanted = len(artifact.weights), len(variables)
        prepared = self.prepare.symbols if self.prepare else ()
        self.polynomials = make_polynomials(expressions, variables + prepared)

    def list_states(self, inputs: NDArray[np.float32]) -> NDArray[np.intp]:
        """Return the numbers of the tokens (tokens, FEATURES) that hold a state."""
        holds_state = np.isfinite(inputs).all(axis=1)
        if self._taken.amplitudes and not self._taken.bias:
            holds_state &= inputs.any(axis=1)
        return np.flatnonzero(holds_state)

    def gather(
        self, inputs: NDArray[np.float32], theta: NDArray[np.float32]
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return which tokens hold a state, and their variables (tokens, V)."""
        tokens = self.list_states(inputs)
        parts = [np.broadcast_to(theta, (len(tokens), len(theta)))]
        if self._taken.angles:
            parts.append(inputs[tokens])
        if self.prepare is not None:
            parts.append(self.prepare(inputs[tokens]))
        return tokens, np.hstack(parts).astype(np.float64)

    def find_misses(self, inputs: NDArray[np.float32], fidelity: float) -> NDArray[np.bool_]:
        """Return which tokens are prepared worse than asked: (tokens, FEATURES) to (tokens,)."""
        missed = np.zeros(len(inputs), bool)
        if self.prepare is not None:
            tokens = self.list_states(inputs)
            missed[tokens] = self.prepare.compute_fidelities(inputs[tokens]) < min(fidelity, EXACT)
        return missed

    def split_derivatives(
        self, derivatives: NDArray[np.float64], tokens: NDArray[np.intp], shape: tuple[int, ...]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return derivatives by inputs of a shape, and by weights (P,), of those by variables.

        Inputs that are prepared have NaN: their derivatives cannot be measured.
        """
        by_inputs = np.full(shape, np.nan if self.prepare else 0.0, np.float32)
        if self._taken.angles:
            by_inputs[tokens] = derivatives[:, self.weights : self.weights + shape[1]]
        return by_inputs, derivatives[:, : self.weights].sum(axis=0).astype(np.float32)
