"""Write the steps of a simulation as statements of the generated layer."""

from __future__ import annotations

from dataclasses import dataclass

from typing_extensions import assert_never

from qslc.codegen.angle_source import Angles
from qslc.codegen.python_source import Statement, write_call
from qslc.codegen.shared_source import Matrices, Phases, Tables, choose_module, stack_runs
from qslc.simulate import steps


@dataclass(frozen=True, slots=True)
class Writer:
    """State that the statements of one circuit share.

    Args:
        qubits: Number of qubits of the state.
        angles: Where each angle stands.
        matrices: Where each block's matrix stands.
        phases: What each phase is.
        tables: The module's constants.
        per_token: Whether the tokens have states of their own.
    """

    qubits: int
    angles: Angles
    matrices: Matrices
    phases: Phases
    tables: Tables
    per_token: bool

    @property
    def state_shape(self) -> str:
        return f"({2**self.qubits}, {'tokens' if self.per_token else 1})"


def write_step(writer: Writer, step: steps.GateStep, *, real: bool) -> list[Statement]:
    """Write the statements of one step.

    Args:
        writer: What the statements of the circuit share.
        step: What is done to the state.
        real: Whether the state before it is one real tensor, not a pair.
    """
    module = choose_module(real)
    match step:
        case steps.Amplitudes():
            return _write_amplitudes(writer, step)
        case steps.ProductState():
            gates = stack_runs(writer.angles, [step.words], real=step.real)
            state = write_call(f"{choose_module(step.real)}.product_state", *gates)
            return [Statement("state", state, writer.state_shape)]
        case steps.Block():
            matrix = writer.matrices.name(step)
            state = f"{_choose_apply(step.real, real)}({matrix}, state, {step.first})"
            return [Statement("state", state, _describe_qubits(step))]
        case steps.Circuit():
            return [Statement("state", f"{_choose_apply(step.real, real)}(circuit, state, 0)")]
        case steps.Permutation():
            table = writer.tables.permutation(step.gates)
            return [Statement("state", f"{module}.permute(state, {table})")]
        case steps.Parity():
            table = writer.tables.parity(step.gates)
            return [Statement("state", f"{module}.scale(state, {table})")]
        case steps.Phase():
            rotate = "rotate_real" if real else "rotate"
            return [Statement("state", f"pairs.{rotate}(state, {writer.phases.name(step)})")]
        case _:
            assert_never(step)


def write_measurement(
    writer: Writer, step: steps.Measure, name: str, *, real: bool
) -> list[Statement]:
    """Write the statements that compute the expectations of a group of observables as ``name``."""
    statements: list[Statement] = []
    if not step.flipped:
        products = f"{'ops.square' if real else 'pairs.probabilities'}(state)"
    elif real and step.odd:
        products = "ops.zeros_like(state)"
    else:
        flip = writer.tables.permutation(((qubit,) for qubit in step.flipped), "FLIP")
        flipped = f"{choose_module(real)}.permute(state, {flip})"
        products = f"state * {flipped}"
        if not real:
            statements = [Statement("flipped", flipped)]
            products = f"pairs.{'cross_overlaps' if step.odd else 'overlaps'}(state, flipped)"
    readout = writer.tables.readout(map(str, step.observables))
    shape = f"({len(step.observables)}, {'tokens' if writer.per_token else 1})"
    return [*statements, Statement(name, f"kernel.measure({products}, {readout})", shape)]


def _write_amplitudes(writer: Writer, step: steps.Amplitudes) -> list[Statement]:
    rows = f"kernel.normalised(x{', bias=True' * step.bias})"
    shape, block = writer.state_shape, ""
    if step.block:
        block = f", {writer.matrices.name(step.block)}"
        shape = f"{shape}; {_describe_qubits(step.block)}"
    state = f"kernel.amplitudes(rows, {writer.qubits}{block})"
    return [Statement("rows", rows), Statement("state", state, shape)]


def _choose_apply(real_matrix: bool, real_state: bool) -> str:
    """Return the function that applies a matrix to a state."""
    return {
        (True, True): "kernel.apply",
        (True, False): "pairs.apply_real",
        (False, True): "pairs.apply_to_real",
        (False, False): "pairs.apply",
    }[real_matrix, real_state]


def _describe_qubits(block: steps.Block) -> str:
    if block.first == block.last:
        return f"qubit {block.last}"
    return f"qubits {block.first} to {block.last}"
