"""Read each observable off pytket's measurements and the classical gates after them."""

from __future__ import annotations

import random

from pytket.circuit import Bit, Circuit, OpType
from pytket.transform import separate_classical

from benchmarks.depth.exchange import PauliString, Task

_SAMPLES = 32


def read_observables(task: Task, circuit: Circuit) -> tuple[PauliString, ...]:
    """Return the observables on the measured qubits, through the classical gates that follow.

    Raises:
        ValueError: If the classical gates are not affine over GF(2).
    """
    quantum, classical = separate_classical(circuit)
    source = {
        command.bits[0]: command.qubits[0].index[0]
        for command in quantum.get_commands()
        if command.op.type == OpType.Measure
    }
    outputs = _find_affine(classical, tuple(source))
    return tuple(_find_string(observable, outputs, source) for observable in task.observables)


def _find_string(
    observable: PauliString, outputs: dict[int, tuple[int, set[Bit]]], source: dict[Bit, int]
) -> PauliString:
    sign, paulis = observable
    odd: set[Bit] = set()
    for qubit, _ in paulis:
        constant, bits = outputs[qubit]
        sign *= -1 if constant else 1
        odd ^= bits
    return sign, tuple((source[bit], "Z") for bit in sorted(odd))


def _find_affine(classical: Circuit, bits: tuple[Bit, ...]) -> dict[int, tuple[int, set[Bit]]]:
    """Return for each output bit ``c[i]`` a constant and the measured bits whose sum it is."""
    zero = _evaluate(classical, set())
    columns = {bit: _evaluate(classical, {bit}) for bit in bits}
    form = {
        out.index[0]: (value, {bit for bit in bits if columns[bit][out] != value})
        for out, value in zero.items()
        if out.reg_name == "c"
    }
    rng = random.Random(0)
    for _ in range(_SAMPLES):
        ones = {bit for bit in bits if rng.random() < 0.5}
        values = _evaluate(classical, ones)
        if any(values[Bit(i)] != (c + len(on & ones)) % 2 for i, (c, on) in form.items()):
            raise ValueError("the classical gates after the measurements are not affine")
    return form


def _evaluate(classical: Circuit, ones: set[Bit]) -> dict[Bit, int]:
    values = {bit: bit in ones for bit in classical.bits}
    return {bit: int(value) for bit, value in classical._classical_eval(values).items()}
