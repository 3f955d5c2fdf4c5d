"""State in the manifest of a compile what the runtime cannot read off the circuits.

The reader is ``qslc_runtime.artifact``, which also reads folders of earlier formats.
"""

from __future__ import annotations

from typing import Any

from qslc.spec.model import Spec

FORMAT = 2
"""The number of the contract. Raise it when what stands here or in the report changes meaning."""


def make_contract(spec: Spec) -> dict[str, Any]:
    """Return the entries of the manifest that the runtime reads, as JSON values."""
    taken = spec.encoder.inputs(spec.qubits)
    inputs = {
        "angles": list(taken.angles),
        "amplitudes": taken.are_amplitudes,
        "bias": taken.bias,
    }
    return {"format": FORMAT, "inputs": inputs}
