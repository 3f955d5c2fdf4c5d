"""Choose how many levels a variational preparation has."""

from __future__ import annotations

from collections.abc import Sequence

from qslc.ir.program import Program
from qslc.targets.device import Device


def choose_depth(
    qubits: int, couplers: Sequence[tuple[int, int]], layer: Program, device: Device
) -> int:
    """Return the number of levels that ``depth: auto`` stands for: as many as any vector needs.

    Args:
        qubits: Number of prepared qubits.
        couplers: Pairs of them on couplers that work.
        layer: Native program of the layer, on the device's qubits.
        device: Device.
    """
    from qslc_runtime.preparation import make_brick

    del layer, device
    return len(make_brick(qubits, couplers).levels)
