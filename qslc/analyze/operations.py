"""Count what a token costs, forward, and the trained parameters: the sublayer beside LoRA.

LoRA: Hu et al. 2021, arXiv:2106.09685. All counts are for one adapted projection of a model of a
width d, from d to d.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from qslc.analyze.subject import Subject
from qslc.ir.program import Program
from qslc.passes import PASSES, run
from qslc.simulate.cost import estimate_cost
from qslc.simulate.schedule import schedule
from qslc.spec.encoders import Inputs
from qslc.spec.observables import expand_outputs


@dataclass(frozen=True, slots=True)
class Operations:
    """Multiply-adds of one token, forward, and trainable parameters."""

    method: str
    parameters: int
    multiply_adds: int


def compute_operations(subject: Subject) -> dict[str, Any]:
    """Return the figure "operations" as JSON values, of the program that the layer computes."""
    spec, settings = subject.spec, subject.settings
    program, _ = run(subject.program, PASSES[spec.optimize.level])
    inputs, project = spec.encoder.inputs(spec.qubits), spec.encoder.projection
    steps = schedule(program, bias=inputs.bias)
    circuit = estimate_cost(steps, program.qubits, inputs.width).operations
    project = project if isinstance(project, str) else "none"
    outputs = expand_outputs(spec.measure, spec.qubits)
    rows = [
        *count_sublayers(program, inputs, project, circuit, settings.width, len(outputs)),
        *(count_lora(settings.width, rank) for rank in settings.ranks),
    ]
    return {"width": settings.width, "rows": [asdict(row) for row in rows]}


def count_lora(width: int, rank: int) -> Operations:
    """Count the operations of two matrices, (d, r) and (r, d)."""
    size = 2 * width * rank
    return Operations(f"LoRA, rank {rank}", size, size)


def count_sublayers(
    program: Program,
    inputs: Inputs,
    project: str,
    circuit: int,
    width: int,
    outputs: int | None = None,
) -> tuple[Operations, ...]:
    """Count the operations of the sublayer with each of its linear maps, the default first.

    The map is trained, fixed with a gain per output, or made by the same circuit with angles of its
    own (``up_projection`` of the generated layer).

    Args:
        program: Program that the layer computes.
        inputs: What the circuit takes for each token.
        project: How a hidden state becomes the features: "none", "learned", "orthogonal" or
            "principal".
        circuit: Additions and multiplications of simulating the circuit for one token.
        width: Width of the model.
        outputs: Number of outputs, where some are sums of what is measured.

    Raises:
        ValueError: The projection is unknown.
    """
    match project:
        case "none":
            down = 0
        case "learned" | "orthogonal" | "principal":
            down = width * inputs.features
        case unknown:
            raise ValueError(f"the cost of the projection {unknown!r} is unknown")
    weights, measured = len(program.weights), len(program.observables)
    gains = measured if outputs is None else outputs
    cost = down + circuit // 2 + measured * width
    own = weights + (down if project == "learned" else 0)
    trained = Operations("quantum sublayer, trained map", own + gains * width, cost)
    fixed = Operations("quantum sublayer, fixed map", own + gains, cost)
    if not inputs.are_amplitudes:
        return trained, fixed
    back = Operations("quantum sublayer, map of a circuit", own + weights + gains, cost)
    return (back, fixed, trained) if inputs.reference else (trained, fixed, back)
