"""What it costs to bring a vector into the circuit."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from qslc.ir.metrics import levels
from qslc.ir.program import Operation
from qslc.spec.model import AmplitudeEncoder, IqpEncoder, Spec


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
    """The cost of the spec's encoder, without the SWAPs that a device may add."""
    encoder = spec.encoder
    if isinstance(encoder, AmplitudeEncoder):
        return _amplitude(encoder.amplitudes(spec.qubits))
    if isinstance(encoder, IqpEncoder):
        return _iqp(encoder.features or spec.qubits, encoder.repeats)
    method = "one rotation on each qubit" if encoder.kind == "angle" else "no input"
    return EncoderCost(encoder.kind, 0, 0, True, method)


def _amplitude(amplitudes: int) -> EncoderCost:
    """Real amplitudes on m qubits by uniformly controlled RY: sum of 2**k for k = 1 to m-1.

    Möttönen et al. 2005 (arXiv:quant-ph/0407010): a rotation with k controls takes 2**k CNOTs, all
    on the rotated qubit, hence one after the other.
    """
    qubits = (amplitudes - 1).bit_length()
    cnots = max(0, 2**qubits - 2)
    method = (
        f"state preparation of {amplitudes} real amplitudes on {qubits} qubits by uniformly "
        "controlled RY (Möttönen et al. 2005), for every vector anew"
    )
    return EncoderCost("amplitude", cnots, cnots, False, method)


def _iqp(features: int, repeats: int) -> EncoderCost:
    pairs = [Operation("rzz", pair) for pair in combinations(range(features), 2)] * repeats
    return EncoderCost(
        kind="iqp",
        two_qubit_gates=sum(op.kind.cost for op in pairs),
        two_qubit_depth=levels(pairs, lambda op: op.kind.cost),
        in_circuit=True,
        method=f"{len(pairs)} RZZ rotations at two CZ each",
    )
