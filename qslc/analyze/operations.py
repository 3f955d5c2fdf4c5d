"""What a token costs, forward, and how many parameters are trained: the sublayer and LoRA.

LoRA: Hu et al. 2021, arXiv:2106.09685. All counts are for one adapted projection of a model of a
width d, from d to d.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operations:
    """Multiply-adds of one token, forward, and trainable parameters."""

    method: str
    parameters: int
    multiply_adds: int


@dataclass(frozen=True, slots=True)
class Sublayer:
    """The numbers that a sublayer's cost follows from.

    Args:
        weights: angles.
        observables: outputs of the circuit.
        circuit: additions and multiplications of simulating the circuit for one token.
        features: that are encoded.
        project: "none", "learned" or "orthogonal": how a hidden state becomes the features.
        amplitude: whether the features are amplitudes.
        reference: whether they are so beside a reference state.
    """

    weights: int
    observables: int
    circuit: int
    features: int
    project: str
    amplitude: bool
    reference: bool = False


def operations(sublayer: Sublayer, width: int, ranks: Sequence[int]) -> tuple[Operations, ...]:
    """The sublayer with its linear map trained, fixed with a gain per output, or made by the same
    circuit with angles of its own (``up_projection`` of the generated layer); LoRA.

    The first row is what the generated layer does by default.
    """
    trained, *others = _sublayers(sublayer, width)
    rows = (*others[::-1], trained) if sublayer.reference else (trained, *others)
    return (*rows, *(lora(width, rank) for rank in ranks))


def lora(width: int, rank: int) -> Operations:
    """Two matrices, (d, r) and (r, d)."""
    size = 2 * width * rank
    return Operations(f"LoRA, rank {rank}", size, size)


def _sublayers(sublayer: Sublayer, width: int) -> Iterator[Operations]:
    down = width * sublayer.features if sublayer.project in ("learned", "orthogonal") else 0
    up = sublayer.observables * width
    trained = sublayer.weights + (down if sublayer.project == "learned" else 0)
    cost = down + sublayer.circuit // 2 + up
    yield Operations("quantum sublayer, trained map", trained + up, cost)
    yield Operations("quantum sublayer, fixed map", trained + sublayer.observables, cost)
    if sublayer.amplitude:
        angles = trained + sublayer.weights
        yield Operations("quantum sublayer, map of a circuit", angles + sublayer.observables, cost)
