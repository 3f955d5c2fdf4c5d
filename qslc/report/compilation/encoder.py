"""Count what it costs to bring a vector into a circuit."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from qslc.ir.decompositions import count_two_qubit_gates
from qslc.ir.metrics import count_levels, count_metrics
from qslc.ir.program import Operation
from qslc.lower.preparation import Preparation
from qslc.spec.model import Spec


@dataclass(frozen=True, slots=True)
class EncoderCost:
    """The cost of bringing a vector into the circuit.

    Without a preparation, on a device that couples all qubits.

    Args:
        kind: Name of the encoder.
        two_qubit_gates: Two-qubit gates, in units of CZ.
        two_qubit_depth: Levels of two-qubit gates, in units of CZ.
        in_circuit: Whether the metrics of the circuit hold them already.
        method: How the vector is encoded, in a few words.
        preparation: Counts of the preparation on the device; None where there is none.
    """

    kind: str
    two_qubit_gates: int
    two_qubit_depth: int
    in_circuit: bool
    method: str
    preparation: dict[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as in ``report.json``, where a preparation stands only if there is one."""
        return {key: value for key, value in asdict(self).items() if value is not None}


def cost_encoder(spec: Spec, made: Preparation | None = None) -> EncoderCost:
    """Return the cost of the spec's encoder: on the device, if its preparation was made for one.

    Otherwise it is without the SWAPs that a device may add.
    """
    encoder, inputs = spec.encoder, spec.encoder.inputs(spec.qubits)
    if made is not None:
        counts = count_metrics(made.placed)
        gates, levels = counts.two_qubit_gates, counts.two_qubit_depth
    elif inputs.are_amplitudes:
        gates = levels = _count_preparation(inputs.width + inputs.bias)
    else:
        needed = [Operation(name, qubits) for name, qubits, _ in encoder.gates(spec.qubits)]
        coupling = [op for op in needed if len(op.qubits) > 1]
        gates = sum(count_two_qubit_gates(op.gate) for op in coupling)
        levels = count_levels(coupling, lambda op: count_two_qubit_gates(op.gate))
    in_circuit = made is not None or not inputs.are_amplitudes
    prepared = _describe_preparation(made) if made else None
    method = encoder.method(spec.qubits)
    return EncoderCost(encoder.name, gates, levels, in_circuit, method, prepared)


def _describe_preparation(made: Preparation) -> dict[str, Any]:
    counts = count_metrics(made.placed)
    cost = count_two_qubit_gates("cz", made.placed.native)
    return {
        "method": made.method,
        "depth": len(made.levels) or None,
        "qubits": len(made.qubits),
        "two_qubit_gates": counts.two_qubit_gates,
        "two_qubit_depth": counts.two_qubit_depth,
        "one_qubit_gates": counts.one_qubit_gates,
        "angles": len(made.symbols),
        "exact_two_qubit_gates": made.exact_gates * cost,
    }


def _count_preparation(amplitudes: int) -> int:
    """Count the CNOTs of real amplitudes on m qubits by uniformly controlled RY.

    Möttönen et al. 2005 (arXiv:quant-ph/0407010): a rotation with k controls takes 2**k CNOTs, all
    on the rotated qubit, hence one after the other; k is 1 to m-1.
    """
    return max(0, (1 << (amplitudes - 1).bit_length()) - 2)
