"""Count what a token costs, forward, and the trained parameters: the sublayer beside LoRA.

LoRA: Hu et al. 2021, arXiv:2106.09685. All counts are for one adapted projection of a model of a
width d, from d to d.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from qslc.analyze.subject import Subject
from qslc.passes import PASSES, run
from qslc.simulate.cost import estimate_cost
from qslc.simulate.schedule import schedule


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
        weights: Number of angles.
        observables: Number of outputs of the circuit.
        circuit: Additions and multiplications of simulating the circuit for one token.
        features: Number of features that are encoded.
        project: How a hidden state becomes the features: "none", "learned" or "orthogonal".
        amplitude: Whether the features are amplitudes.
        reference: Whether they are amplitudes beside a reference state.
    """

    weights: int
    observables: int
    circuit: int
    features: int
    project: str
    amplitude: bool
    reference: bool = False


def compute_operations(subject: Subject) -> dict[str, Any]:
    """Return the figure "operations" as JSON values, of the program that the layer computes."""
    spec, settings = subject.spec, subject.settings
    program, _ = run(subject.program, PASSES[spec.optimize.level])
    inputs, project = spec.encoder.inputs(spec.qubits), spec.encoder.projection
    steps = schedule(program, bias=inputs.bias)
    sublayer = Sublayer(
        weights=len(program.weights),
        observables=len(program.observables),
        circuit=estimate_cost(steps, program.qubits, inputs.width).operations,
        features=inputs.features,
        project=project if isinstance(project, str) else "none",
        amplitude=inputs.are_amplitudes,
        reference=inputs.reference,
    )
    rows = compare_operations(sublayer, settings.width, settings.ranks)
    return {"width": settings.width, "rows": [asdict(row) for row in rows]}


def compare_operations(
    sublayer: Sublayer, width: int, ranks: Sequence[int]
) -> tuple[Operations, ...]:
    """Count the operations of the sublayer and of LoRA, the generated layer's default first.

    The sublayer's linear map is trained, fixed with a gain per output, or made by the same circuit
    with angles of its own (``up_projection`` of the generated layer).
    """
    trained, *others = _count_sublayers(sublayer, width)
    rows = (*others[::-1], trained) if sublayer.reference else (trained, *others)
    return (*rows, *(count_lora(width, rank) for rank in ranks))


def count_lora(width: int, rank: int) -> Operations:
    """Count the operations of two matrices, (d, r) and (r, d)."""
    size = 2 * width * rank
    return Operations(f"LoRA, rank {rank}", size, size)


def _count_sublayers(sublayer: Sublayer, width: int) -> Iterator[Operations]:
    match sublayer.project:
        case "none":
            down = 0
        case "learned" | "orthogonal":
            down = width * sublayer.features
        case unknown:
            raise ValueError(f"the cost of the projection {unknown!r} is unknown")
    up = sublayer.observables * width
    trained = sublayer.weights + (down if sublayer.project == "learned" else 0)
    cost = down + sublayer.circuit // 2 + up
    yield Operations("quantum sublayer, trained map", trained + up, cost)
    yield Operations("quantum sublayer, fixed map", trained + sublayer.observables, cost)
    if sublayer.amplitude:
        angles = trained + sublayer.weights
        yield Operations("quantum sublayer, map of a circuit", angles + sublayer.observables, cost)
