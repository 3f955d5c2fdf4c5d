"""Write the steps of a simulation as statements of the generated layer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from typing_extensions import assert_never

from qslc.codegen.angle_source import Angles
from qslc.codegen.python_source import Source, Statement, Text, call, flat, names_in, text
from qslc.codegen.shared_source import Matrices, Phases, form_of, module_for, stack_gates
from qslc.codegen.table_source import Tables
from qslc.simulate.steps import (
    Amplitudes,
    Block,
    Circuit,
    GateStep,
    Measure,
    Parity,
    Permutation,
    Phase,
    ProductState,
    Word,
)


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


def write_step(writer: Writer, step: GateStep, *, real: bool) -> list[Statement]:
    """Write the statements of one step.

    Args:
        writer: What the statements of the circuit share.
        step: What is done to the state.
        real: Whether the state before it is one real tensor, not a pair.
    """
    module = module_for(real)
    match step:
        case Amplitudes():
            return _write_amplitudes(writer, step)
        case ProductState():
            runs = _cut_runs(writer, step.words)
            gates = [stack_gates(writer.angles, [run], real=step.real) for run in runs]
            state = call(f"{module_for(step.real)}.product_state", *gates)
            return [Statement("state", state, writer.state_shape)]
        case Block():
            apply, matrix = _choose_apply(step.real, real), writer.matrices.name(step)
            state = call(apply, matrix, "state", str(step.first))
            return [Statement("state", state, _describe_qubits(step))]
        case Circuit():
            matrix = text("circuit", "circuit")
            state = call(_choose_apply(step.real, real), matrix, "state", "0")
            return [Statement("state", state)]
        case Permutation():
            table = writer.tables.permutation(step.gates)
            return [Statement("state", call(f"{module}.permute", "state", table))]
        case Parity():
            table = writer.tables.parity(step.gates)
            return [Statement("state", call(f"{module}.scale", "state", table))]
        case Phase():
            rotate = "pairs.rotate_real" if real else "pairs.rotate"
            return [Statement("state", call(rotate, "state", writer.phases.name(step)))]
        case _:
            assert_never(step)


def write_measurement(writer: Writer, step: Measure, name: str, *, real: bool) -> list[Statement]:
    """Write the statements that compute the expectations of a group of observables as ``name``."""
    statements: list[Statement] = []
    products: Source
    if not step.flipped:
        products = call("ops.square" if real else "pairs.probabilities", "state")
    elif real and step.odd:
        products = call("ops.zeros_like", "state")
    else:
        statements, products = _write_overlaps(writer, step, real)
    strings = tuple(str(observable) for observable in step.observables)
    values = call("kernel.measure", products, writer.tables.readout(strings))
    shape = f"({len(strings)}, {'tokens' if writer.per_token else 1})"
    return [*statements, Statement(name, values, shape)]


def _write_amplitudes(writer: Writer, step: Amplitudes) -> list[Statement]:
    rows = call("kernel.normalised", "x", *(["bias=True"] * step.bias))
    shape, block = writer.state_shape, []
    if step.block:
        block = [writer.matrices.name(step.block)]
        shape = f"{shape}; {_describe_qubits(step.block)}"
    state = call("kernel.amplitudes", "rows", str(writer.qubits), *block)
    return [Statement("rows", rows), Statement("state", state, shape)]


def _write_overlaps(writer: Writer, step: Measure, real: bool) -> tuple[list[Statement], Source]:
    flip = writer.tables.flip(tuple((qubit,) for qubit in step.flipped))
    if real:
        flipped = call("kernel.permute", "state", flip)
        return [], Text(f"state * {flat(flipped)}", names_in(flipped))
    function = "pairs.cross_overlaps" if step.odd else "pairs.overlaps"
    flipped = call("pairs.permute", "state", flip)
    return [Statement("flipped", flipped)], call(function, "state", "flipped")


def _choose_apply(real_matrix: bool, real_state: bool) -> str:
    """Return the function that applies a matrix to a state."""
    return {
        (True, True): "kernel.apply",
        (True, False): "pairs.apply_real",
        (False, True): "pairs.apply_to_real",
        (False, False): "pairs.apply",
    }[real_matrix, real_state]


def _describe_qubits(block: Block) -> str:
    if block.first == block.last:
        return f"qubit {block.last}"
    return f"qubits {block.first} to {block.last}"


def _cut_runs(writer: Writer, words: Iterable[Word]) -> Iterator[tuple[Word, ...]]:
    """Yield runs of words with the same gates, whose angles are of the same kinds."""
    for _, run in groupby(words, key=lambda word: form_of(word, writer.angles)):
        yield tuple(run)
