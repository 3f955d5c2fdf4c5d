"""What it costs to bring a vector into the circuit."""

from __future__ import annotations

from dataclasses import dataclass

from qslc.ir.metrics import levels
from qslc.ir.program import Operation
from qslc.spec.model import Spec


@dataclass(frozen=True, slots=True)
class EncoderCost:
    """Two-qubit gates and levels, in CZ-equivalents, on a device that couples all qubits.

    ``in_circuit`` says whether the metrics of the circuit hold them already.
    """

    kind: str
    two_qubit_gates: int
    two_qubit_depth: int
    in_circuit: bool
    method: str


def encoder_cost(spec: Spec) -> EncoderCost:
    """Return the cost of the spec's encoder, without the SWAPs that a device may add."""
    encoder, inputs = spec.encoder, spec.encoder.inputs(spec.qubits)
    method = encoder.method(spec.qubits)
    if inputs.are_amplitudes:
        gates = _preparation(inputs.width + inputs.bias)
        return EncoderCost(encoder.name, gates, gates, False, method)
    coupling = [
        Operation(name, qubits) for name, qubits, _ in encoder.gates(spec.qubits) if len(qubits) > 1
    ]
    return EncoderCost(
        kind=encoder.name,
        two_qubit_gates=sum(op.kind.cost for op in coupling),
        two_qubit_depth=levels(coupling, lambda op: op.kind.cost),
        in_circuit=True,
        method=method,
    )


def _preparation(amplitudes: int) -> int:
    """Count the CNOTs of real amplitudes on m qubits by uniformly controlled RY.

    Möttönen et al. 2005 (arXiv:quant-ph/0407010): a rotation with k controls takes 2**k CNOTs, all
    on the rotated qubit, hence one after the other; k is 1 to m-1.
    """
    return max(0, (1 << (amplitudes - 1).bit_length()) - 2)
