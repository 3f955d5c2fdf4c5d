"""What the compiler aims at: the cost by which it chooses between equal native programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from qslc.ir.metrics import levels, used_qubits
from qslc.ir.program import Program
from qslc.lower.placement.relocation import least_loss
from qslc.spec.model import Objective
from qslc.targets.device import Device
from qslc.targets.fidelity import bound_log_loss

Cost = tuple[float, ...]


def cost(program: Program, device: Device, objective: Objective) -> Cost:
    """The cost of a native program on a device; of two programs, the smaller is the better.

    Args:
        program: native to the device.
        device: has a calibration if the objective is "fidelity".
        objective: what counts first. "depth": two-qubit depth; see ``balance``. "gates":
            two-qubit gates, then two-qubit depth. "fidelity": -log of the estimated fidelity where
            the program runs best (it can be moved there), then depth and gates. At last, always,
            the number of qubits.

    Raises:
        InputError: the objective is "fidelity" and the device has no calibration.
    """
    return COSTS[objective](program, device)


def bound(program: Program, device: Device, objective: Objective) -> Cost:
    """The cost of a program in native gates if its pairs were on couplers, and on the best ones.

    Raises:
        InputError: the objective is "fidelity" and the device has no calibration.
    """
    if objective == "fidelity":
        return bound_log_loss(program, device), *_depth(program, device)
    return cost(program, device, objective)


def balance(depth: int, gates: int, objective: Objective) -> Cost:
    """The cost of a circuit with this two-qubit depth and so many two-qubit gates.

    Depth first, but not at any price, for gates are noise too: one percent of depth is worth two
    percent of gates, and of circuits that are equal in that the one with less depth is taken.
    """
    return (gates, depth) if objective == "gates" else (depth**2 * gates, depth)


def _depth(program: Program, _: Device) -> Cost:
    cost = balance(two_qubit_depth(program), two_qubit_gates(program), "depth")
    return *cost, len(used_qubits(program))


def _gates(program: Program, _: Device) -> Cost:
    cost = balance(two_qubit_depth(program), two_qubit_gates(program), "gates")
    return *cost, len(used_qubits(program))


def _fidelity(program: Program, device: Device) -> Cost:
    return least_loss(program, device), *_depth(program, device)


COSTS: Mapping[Objective, Callable[[Program, Device], Cost]] = MappingProxyType(
    {"depth": _depth, "gates": _gates, "fidelity": _fidelity}
)
"""The cost of each objective."""


def two_qubit_depth(program: Program) -> int:
    """The longest chain of two-qubit gates, in units of CZ."""
    return levels(program.operations, lambda op: op.kind.cost)


def two_qubit_gates(program: Program) -> int:
    """How many two-qubit gates a program has, in units of CZ."""
    return sum(op.kind.cost for op in program.operations)
