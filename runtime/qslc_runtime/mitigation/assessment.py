"""Compute what each method of mitigation is worth on a compile's own circuit and tokens."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from qslc_runtime.artifact import Artifact
from qslc_runtime.circuit.states import normalize
from qslc_runtime.engines.device_circuit import find_qubits
from qslc_runtime.engines.measurement import Readout, SignedString, group_settings
from qslc_runtime.engines.rotations import make_polynomials, name_angles
from qslc_runtime.engines.states import place_vectors
from qslc_runtime.engines.transfer import make_pauli_coefficients
from qslc_runtime.mitigation.calibration import Rescale, fit_calibration
from qslc_runtime.mitigation.circuits import make_variants, measure_variant
from qslc_runtime.mitigation.combination import combine, propagate
from qslc_runtime.mitigation.options import Mitigation
from qslc_runtime.mitigation.readout import make_confusion_circuit
from qslc_runtime.mitigation.twirling import Variant
from qslc_runtime.sampling.distributions import compute_distributions
from qslc_runtime.sampling.measured import MeasuredCircuit, split_measurement
from qslc_runtime.sampling.program import find_preparation

Array: TypeAlias = NDArray[np.float64]

MAX_QUBITS = 10
"""A state of 2**20 Pauli coefficients, 8 MiB, for each token."""

_CHUNK = 2**22
"""Numbers of the states that are simulated together, 32 MiB."""

_PLAIN = Mitigation(rescale="none")

METHODS: Mapping[str, Mitigation] = MappingProxyType(
    {
        "none": _PLAIN,
        "readout": replace(_PLAIN, readout="confusion"),
        "global": replace(_PLAIN, rescale="global"),
        "per readout": replace(_PLAIN, rescale="per_readout"),
        "per readout, offset": replace(_PLAIN, rescale="per_readout_offset"),
        "readout, global": Mitigation(readout="confusion", rescale="global"),
        "readout, per readout, offset": Mitigation(readout="confusion"),
        "dynamical decoupling": replace(_PLAIN, dynamical_decoupling=True),
        "twirling": replace(_PLAIN, twirling=8),
        "twirling, per readout, offset": Mitigation(twirling=8),
        "twirling, readout, per readout, offset": Mitigation(twirling=8, readout="confusion"),
        "zne linear": replace(_PLAIN, zne="linear"),
        "zne exponential": replace(_PLAIN, zne="exponential"),
        "readout, zne exponential": replace(_PLAIN, zne="exponential", readout="confusion"),
    }
)
"""The methods that are compared unless others are asked for."""


@dataclass(frozen=True, slots=True)
class Row:
    """Bias and variance that a method of mitigation leaves.

    Args:
        name: Its name.
        mitigation: What it does.
        bias: Error of the readouts without the spread of shots, relative to their root mean square.
        variance: Variance by shots over that without mitigation, at equal shots in all.
        circuits: Number of circuits that are run in the place of one.
    """

    name: str
    mitigation: Mitigation
    bias: float
    variance: float
    circuits: int


@dataclass(frozen=True, slots=True)
class Assessment:
    """Methods of mitigation compared on a circuit, on tokens that nothing was fitted on.

    Args:
        rows: The methods, in the order in which they were asked for.
        signal: Root mean square of the ideal readouts.
        spread: Error that one shot leaves without mitigation, relative to ``signal``.
        tokens: Number of tokens that were scored; as many were fitted on.

    Example:
        >>> from qslc_runtime import mitigation
        >>> methods = {"factors": {}, "none": {"rescale": "none"}}
        >>> table = mitigation.assess("build/my_layer", tokens, methods)
        >>> table.predict_error("factors", shots=1000) < table.predict_error("none", shots=1000)
        True
    """

    rows: tuple[Row, ...]
    signal: float
    spread: float
    tokens: int

    def predict_error(self, name: str, shots: int) -> float:
        """Return the total relative error of a method's readouts with so many shots a setting.

        Raises:
            ValueError: There is no such method, or fewer than one shot.
        """
        rows = {row.name: row for row in self.rows}
        if name not in rows or shots < 1:
            names = ", ".join(map(repr, rows))
            raise ValueError(f"expected one of {names} and 1 shot or more, not {name!r}, {shots}")
        row = rows[name]
        return float(np.sqrt(row.bias**2 + row.variance * self.spread**2 / shots))

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain JSON."""
        return asdict(self)

    def __str__(self) -> str:
        width = max(len(row.name) for row in self.rows)
        lines = [f"{'':{width}}   bias  variance  circuits"]
        lines += [
            f"{row.name:{width}}  {row.bias:.3f}  {row.variance:8.2f}  {row.circuits:8}"
            for row in self.rows
        ]
        return "\n".join(lines)


def assess(
    folder: str | os.PathLike[str],
    tokens: Any,
    methods: Mapping[str, Mitigation | Mapping[str, Any]] = METHODS,
    *,
    theta: Any = None,
    seed: int = 0,
) -> Assessment:
    """Compute bias and variance of methods of mitigation exactly, under the noise of a compile.

    Distributions of bits are computed exactly (``sampling.distributions``), and from them the mean
    and the variance of what a shot says. Errors of reading are taken to be known where they are
    inverted. Factors are fitted on every other token and scored on the rest.

    Args:
        folder: A compile with noise.
        tokens: What the circuit takes, (tokens, FEATURES); beside a reference state, the features
            alone will do.
        methods: The methods by name: ``Mitigation``, or its options.
        theta: The angles (P,) in radians; None: initial angles of a layer.
        seed: Random seed of the initial angles and of twirls.

    Raises:
        ValueError: The compile has no noise, or too many qubits; there are too few tokens; or a
            method does not fit the circuit.
    """
    if not isinstance(methods, Mapping) or not methods:
        raise ValueError(f"methods are named: a mapping of names to options, not {methods!r}")
    circuits = _Circuits(Path(folder), np.asarray(tokens, np.float32), theta, seed)
    wanted = {
        name: method if isinstance(method, Mitigation) else Mitigation.parse(method)
        for name, method in methods.items()
    }
    plain = circuits.measure(_PLAIN)
    fitted, scored = slice(0, None, 2), slice(1, None, 2)
    ideal = circuits.ideal
    signal = float(np.sqrt(np.mean(ideal[scored] ** 2)))
    rows = []
    for name, mitigation in wanted.items():
        means, variances, count = circuits.measure(replace(mitigation, rescale="none"))
        rescale = cast(Rescale, mitigation.rescale)
        fit = fit_calibration(means[fitted], ideal[fitted], source="noise", rescale=rescale)
        errors = fit.apply(means[scored]) - ideal[scored]
        spread = np.mean(fit.variance * variances[scored]) / np.mean(plain[1][scored])
        bias = float(np.sqrt(np.mean(errors**2))) / signal
        rows.append(Row(name, mitigation, bias, float(spread), count))
    one_shot = float(np.sqrt(np.mean(plain[1][scored]))) / signal
    return Assessment(tuple(rows), signal, one_shot, len(ideal[scored]))


class _Circuits:
    """A compile's circuit, from |0...0> or from encoded vectors, at the angles of some tokens."""

    def __init__(self, folder: Path, tokens: NDArray[np.float32], theta: Any, seed: int) -> None:
        import qslc_runtime
        from qslc_runtime import engines
        from qslc_runtime.layer.weights import choose_deviation, draw_angles

        artifact = Artifact.read(folder)
        if artifact.noise is None:
            raise ValueError(f"the spec in {folder} has no noise: there is nothing to mitigate")
        layer = qslc_runtime.load(folder)(seed=seed)
        if tokens.ndim != 2 or tokens.shape[1] not in (layer.FEATURES, layer.REFERENCE):
            raise ValueError(f"tokens are of shape (tokens, {layer.FEATURES}), not {tokens.shape}")
        if tokens.shape[1] == layer.REFERENCE:
            tokens = np.asarray(layer._selection.add_reference(tokens))
        if theta is None:
            per_qubit, reference = len(layer.WEIGHTS) / layer.QUBITS, layer.REFERENCE > 0
            deviation = choose_deviation(per_qubit, reference=reference)
            theta = draw_angles(len(layer.WEIGHTS), deviation, seed)
        theta = np.asarray(theta, np.float32)
        if theta.shape != (len(layer.WEIGHTS),) or not np.isfinite(theta).all():
            raise ValueError(f"theta is {len(layer.WEIGHTS)} finite angles, not {theta}")
        exact = engines.create("native", type(layer), {})
        self.ideal = np.asarray(exact.expectations(tokens, theta), np.float64)
        self._noise, self._seed = artifact.noise, seed
        preparation = find_preparation(artifact)
        whole = preparation.circuit if preparation else artifact.physical_circuit
        self._circuit, self._names, expressions = name_angles(whole, entangling=True)
        self._qubits = sorted({*find_qubits(artifact), *self._circuit.all_qubits()})
        if len(self._qubits) > MAX_QUBITS:
            raise ValueError(
                f"the circuit has {len(self._qubits)} qubits; up to {MAX_QUBITS} are simulated"
            )
        labels = [str(qubit) for qubit in self._qubits]
        self._readout = Readout(*artifact.noise.find_readout_errors(labels))
        self._strings = [
            SignedString({labels.index(q): pauli for q, pauli in o.physical.items()}, o.sign)
            for o in artifact.observables
        ]
        self._starts = None
        parts = [np.broadcast_to(theta, (len(tokens), len(theta)))]
        if artifact.taken.angles:
            parts.append(tokens)
        if preparation is not None:
            parts.append(preparation(tokens))
        elif artifact.taken.amplitudes:
            vectors = np.asarray(normalize(tokens, bias=artifact.taken.bias))
            padded = np.zeros((len(vectors), 2**artifact.qubits), np.float32)
            padded[:, : vectors.shape[1]] = vectors
            places = [labels.index(label) for label in artifact.start]
            self._starts = place_vectors(padded, places, len(labels)).real.astype(np.float64)
        prepared = preparation.symbols if preparation else ()
        variables = artifact.weights + artifact.inputs + tuple(prepared)
        self._angles = make_polynomials(expressions, variables)(np.hstack(parts).astype(float))
        self._known: dict[Mitigation, tuple[Array, Array, int]] = {}

    def measure(self, mitigation: Mitigation) -> tuple[Array, Array, int]:
        """Return means and variances of a shot's share, (tokens, M), and the number of circuits."""
        if mitigation not in self._known:
            variants = make_variants(self._circuit, mitigation, self._seed)
            parts = [self._measure(circuit, mitigation.readout) for circuit in variants]
            means, variances = (np.array(part) for part in zip(*parts, strict=True))
            # A share of the shots for each circuit.
            spread = propagate(means, len(parts) * variances, mitigation)
            self._known[mitigation] = combine(means, mitigation), spread, len(parts)
        return self._known[mitigation]

    def _measure(self, variant: Variant, readout: str) -> tuple[Array, Array]:
        means, variances = np.empty((2, *self.ideal.shape))
        for setting in group_settings(self._strings):
            measured = measure_variant(variant, self._names, self._qubits, self._strings, setting)
            read = self._compute_bits(measured)
            for place, string in zip(setting.members, measured.strings, strict=True):
                values = self._list_values(self._strings[place], readout)
                mean = read @ values
                means[:, place] = string.sign * mean
                variances[:, place] = read @ values**2 - mean**2
        return means, variances

    def _compute_bits(self, measured: MeasuredCircuit) -> Array:
        """Return the distribution of what is read of all qubits: (tokens, 2**qubits)."""
        body, tail = split_measurement(measured.circuit)
        noisy = self._noise.add_to(body, self._qubits) + tail[:-1]
        count = len(self._qubits)
        size = max(1, _CHUNK >> 2 * count)
        shared = self._starts is not None and not np.ptp(self._angles, axis=0).any()
        parts = []
        for first in range(0, len(self.ideal), size):
            chunk = slice(first, first + size)
            angles = self._angles[:1] if shared else self._angles[chunk]
            starts = None
            if self._starts is not None:
                starts = make_pauli_coefficients(self._starts[chunk])
            resolvers = [measured.resolve(row) for row in angles]
            parts.append(compute_distributions(noisy, self._qubits, resolvers, starts))
        return self._misread(np.concatenate(parts))

    def _misread(self, bits: Array) -> Array:
        """Return the distributions of what is read, by those of what is there."""
        bits = bits / bits.sum(axis=1, keepdims=True)
        for q, matrix in enumerate(self._confusions):
            split = bits.reshape(len(bits), 2**q, 2, -1)
            bits = np.einsum("rb,tabc->tarc", matrix, split).reshape(len(bits), -1)
        return bits

    @cached_property
    def _confusions(self) -> list[Array]:
        """For each qubit what is read, by row, of what is there, by column."""
        pairs = zip(self._readout.p01, self._readout.p10, strict=True)
        return [np.array([[1 - p01, p10], [p01, 1 - p10]]) for p01, p10 in pairs]

    @cached_property
    def _inverses(self) -> list[Array]:
        """Inverses of the confusion matrices as the chip's calibration finds them.

        The error of the pulse that makes the ones is counted as one of reading.
        """
        circuit = make_confusion_circuit(self._qubits)
        body, _ = split_measurement(circuit.circuit)
        noisy, count = self._noise.add_to(body, self._qubits), len(self._qubits)
        resolvers = [circuit.resolve(np.full(count, angle)) for angle in (0.0, np.pi)]
        read = self._misread(compute_distributions(noisy, self._qubits, resolvers))
        columns = [read.reshape(2, 2**q, 2, -1).sum(axis=(1, 3)).T for q in range(count)]
        return [np.linalg.inv(matrix) for matrix in columns]

    def _list_values(self, string: SignedString, readout: str) -> Array:
        """Return what a string is read as, by the bits of all qubits: (2**qubits,)."""
        values = np.ones(1)
        for q in range(len(self._qubits)):
            own = np.ones(2)
            if q in string.paulis:
                own = np.array([1.0, -1.0])
                if readout == "confusion":
                    own = own @ self._inverses[q]
            values = np.multiply.outer(values, own).reshape(-1)
        return values
