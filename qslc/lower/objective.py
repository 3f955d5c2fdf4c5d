"""The cost of a native program, by which the compiler chooses between equal ones."""

from __future__ import annotations

from qslc.ir.decompositions import count_two_qubit_gates
from qslc.ir.metrics import count_levels, find_used_qubits
from qslc.ir.program import Program
from qslc.lower.placement.relocation import least_loss
from qslc.spec.objectives import Cost, Figures, Objective
from qslc.targets.device import Device
from qslc.targets.fidelity import bound_log_loss


def cost(program: Program, device: Device, objective: Objective) -> Cost:
    """Return the cost of a native program, at its best place on the device.

    The smaller one of two costs is the better. After what the objective counts, the program on
    fewer qubits is preferred.

    Args:
        program: Program in the native gates of the device.
        device: Device; calibrated if the objective needs that.
        objective: Objective of the compile.

    Raises:
        InputError: The objective needs a calibration, and the device has none.
    """
    loss = least_loss(program, device) if objective.needs_calibration else 0.0
    return _rank(program, objective, loss)


def bound(program: Program, device: Device, objective: Objective) -> Cost:
    """Return the cost that a program would have with its pairs on couplers, and on the best ones.

    Args:
        program: Program in native gates, on any pairs of qubits.
        device: Device; calibrated if the objective needs that.
        objective: Objective of the compile.

    Raises:
        InputError: The objective needs a calibration, and the device has none.
    """
    loss = bound_log_loss(program, device) if objective.needs_calibration else 0.0
    return _rank(program, objective, loss)


def _rank(program: Program, objective: Objective, log_loss: float) -> Cost:
    figures = Figures(two_qubit_depth(program), two_qubit_gates(program), log_loss)
    return *objective.rank(figures), len(find_used_qubits(program))


def two_qubit_depth(program: Program) -> int:
    """Return the length of the longest chain of two-qubit gates, in gates of the device."""
    return count_levels(
        program.operations, lambda op: count_two_qubit_gates(op.gate, program.native)
    )


def two_qubit_gates(program: Program) -> int:
    """Return the number of two-qubit gates, in gates of the device."""
    return sum(count_two_qubit_gates(op.gate, program.native) for op in program.operations)
