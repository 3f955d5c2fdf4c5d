"""What is analysed: a spec, how it becomes a program, and what is asked."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from qslc.analyze import resize
from qslc.analyze.simulation import Array
from qslc.analyze.starts import Case
from qslc.ir.program import Program
from qslc.spec.encoders import Inputs
from qslc.spec.model import Spec


@dataclass(frozen=True, slots=True)
class Settings:
    """What an analysis is asked for.

    Args:
        samples: random angles and inputs of each figure, at most; large circuits get fewer.
        seed: of all random draws.
        width: of the model that the sublayer is compared in with LoRA.
        ranks: of LoRA.
        max_qubits: of the curve over qubits.
    """

    samples: int
    seed: int
    width: int
    ranks: tuple[int, ...]
    max_qubits: int


@dataclass(frozen=True, slots=True)
class Subject:
    """A spec to analyse.

    Args:
        spec: a checked one.
        build: from a spec to its logical program.
        settings: what is asked.
        inputs: the user's features (N, features), if there are any.
    """

    spec: Spec
    build: Callable[[Spec], Program]
    settings: Settings
    inputs: Array | None = None

    def of(self, spec: Spec) -> Subject:
        """The same questions about another spec; its encoder must be the same to take inputs."""
        same = spec.encoder == self.spec.encoder and spec.qubits == self.spec.qubits
        return replace(self, spec=spec, inputs=self.inputs if same else None)

    @property
    def program(self) -> Program:
        return self.build(self.spec)

    @property
    def cases(self) -> tuple[Case, ...]:
        """The ansatz on |0...0>; the spec on random features if it has an encoder, and on the
        user's if there are any.
        """
        if not self._inputs.width:
            return (self.own,)
        zero = Case(self.build(resize.without_encoder(self.spec)), "zero")
        given = (self.own,) if self.inputs is not None else ()
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

    def rng(self, figure: str) -> np.random.Generator:
        """Of one figure, whatever other figures there are."""
        return np.random.default_rng([self.settings.seed, zlib.crc32(figure.encode())])
