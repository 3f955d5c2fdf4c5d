"""The subject of an analysis: a spec, its program, its inputs and the settings."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np

from qslc.analyze import resize
from qslc.analyze.simulation import Array, Points
from qslc.ir.program import Program
from qslc.spec.encoders import NO_INPUTS, Inputs
from qslc.spec.model import Spec

Ensemble = Literal["zero", "features", "given"]
"""|0...0> as in the literature, or features through the spec's encoder: random or the user's."""

MAX_QUBITS = 12
"""Largest number of qubits whose states are simulated."""

WORK = 1_000_000_000
"""Amplitudes times gates of one figure: some ten seconds on one core."""

GRADIENT_WORK = WORK // 4
"""Amplitudes times gates of the gradients of one case, of which a figure compares several."""

FEWEST = 8
"""Samples of a figure, at least."""

_JSON_KEYS = {"initialization": "initialisation"}
"""Keys of analysis.json that were published in another spelling, and keep it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of an analysis.

    Args:
        samples: Random angles and inputs of each figure, at most; large circuits get fewer.
        seed: Random seed.
        width: Width of the model in which the sublayer is compared with LoRA.
        ranks: Ranks of LoRA.
        max_qubits: Largest number of qubits of the curve over qubits.
    """

    samples: int
    seed: int
    width: int
    ranks: tuple[int, ...]
    max_qubits: int


@dataclass(frozen=True, slots=True)
class Case:
    """A program with an ensemble of its inputs.

    Args:
        program: The program; for "zero" without the encoder's gates.
        ensemble: Distribution of the inputs. Random features are standard normal and independent.
        inputs: What the circuit takes; nothing for "zero".
        given: The user's features (N, features), each as likely as the others.
    """

    program: Program
    ensemble: Ensemble
    inputs: Inputs = NO_INPUTS
    given: Array | None = None

    @property
    def amplitudes(self) -> int:
        """Number of features that are encoded in the amplitudes; 0 if none are."""
        return self.inputs.features if self.inputs.are_amplitudes else 0

    @property
    def dimension(self) -> int:
        """Dimension of the vectors that are encoded in amplitudes; 0 if none are."""
        return self.amplitudes + (self.inputs.bias or self.inputs.reference)

    def draw_points(self, theta: Array, rng: np.random.Generator) -> Points:
        """Draw a random input for each row of ``theta`` (S, P)."""
        count = len(theta)
        if self.given is None:
            features = rng.normal(size=(count, self.inputs.features))
        else:
            features = self.given[rng.integers(0, len(self.given), count)]
        start = np.zeros((1 << self.program.qubits, count))
        if self.amplitudes:
            return Points(theta, features[:, :0], self._encode(features, start))
        start[0] = 1.0
        return Points(theta, features, start)

    def _encode(self, features: Array, start: Array) -> Array:
        """Fill in the start states (2**qubits, S) of some features."""
        start[: self.amplitudes] = features.T
        if self.inputs.bias:
            start[self.amplitudes] = 1.0
        if self.inputs.reference:
            half = len(start) // 2
            start[half:] = np.linalg.norm(features, axis=1) / np.sqrt(half)
        start /= np.linalg.norm(start, axis=0)
        return start


@dataclass(frozen=True, slots=True)
class Subject:
    """A spec to analyze.

    Args:
        spec: A checked spec.
        build: Function from a spec to its logical program.
        settings: Settings of the analysis.
        inputs: The user's features (N, features), if there are any.
    """

    spec: Spec
    build: Callable[[Spec], Program]
    settings: Settings
    inputs: Array | None = None

    def replace_spec(self, spec: Spec) -> Subject:
        """Return the subject with another spec; its encoder must be the same to take inputs."""
        same = spec.encoder == self.spec.encoder and spec.qubits == self.spec.qubits
        return replace(self, spec=spec, inputs=self.inputs if same else None)

    @property
    def program(self) -> Program:
        """The logical program."""
        return self.build(self.spec)

    @property
    def cases(self) -> tuple[Case, ...]:
        """The ansatz on |0...0>, and the spec on random features and the user's, if any.

        An ansatz that reads features is not analyzed without them.
        """
        if not self._inputs.width:
            return (self.own,)
        given = (self.own,) if self.inputs is not None else ()
        if resize.reads_features(self.spec):
            return (self.on_random_features, *given)
        zero = Case(self.build(resize.remove_encoder(self.spec)), "zero")
        return (zero, self.on_random_features, *given)

    @property
    def own(self) -> Case:
        """The spec as it is, on the inputs that come closest to its own."""
        if not self._inputs.width:
            return Case(self.program, "zero")
        if self.inputs is None:
            return self.on_random_features
        return replace(self.on_random_features, ensemble="given", given=self.inputs)

    @property
    def on_random_features(self) -> Case:
        """The spec, which has an encoder, on independent normal features."""
        return Case(self.program, "features", self._inputs)

    @property
    def _inputs(self) -> Inputs:
        return self.spec.encoder.inputs(self.spec.qubits)

    def make_rng(self, figure: str) -> np.random.Generator:
        """Return the random generator of a figure, which no other figure draws from."""
        return np.random.default_rng([self.settings.seed, zlib.crc32(figure.encode())])


def limit_samples(program: Program, samples: int, copies: int = 1, work: int = WORK) -> int:
    """Return the number of samples that a figure can afford, at most as many as are asked for.

    Args:
        program: Program that is simulated.
        samples: Samples that are asked for.
        copies: States that each sample takes through the circuit.
        work: Amplitudes times gates.
    """
    each = (1 << program.qubits) * max(1, len(program.operations)) * copies
    return max(FEWEST, min(samples, work // each))


def limit_gradient_samples(program: Program, samples: int) -> int:
    """Return the number of samples that the gradients of a case can afford, at most ``samples``."""
    return limit_samples(program, samples, count_gradient_copies(program), GRADIENT_WORK)


def count_gradient_copies(program: Program) -> int:
    """Count the states of the adjoint method: there and back, and a dual for each observable."""
    return 3 * (len(program.observables) + 2)


def convert_to_json(value: Any) -> dict[str, Any]:
    """Return the fields of a dataclass under their keys in analysis.json."""
    return {_JSON_KEYS.get(key, key): each for key, each in asdict(value).items()}
