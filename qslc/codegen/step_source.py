"""The steps of a simulation as statements of the generated layer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from qslc.codegen.angle_source import Angles, Kind
from qslc.codegen.matrix_source import Matrices
from qslc.codegen.phase_source import Phases
from qslc.codegen.python_source import Source, call, flat, layout
from qslc.codegen.table_source import Tables
from qslc.simulate.steps import (
    Amplitudes,
    Block,
    Circuit,
    Factor,
    GateStep,
    Measure,
    Parity,
    Permutation,
    Phase,
    ProductState,
    Word,
)

INDENT = 8


@dataclass(frozen=True, slots=True)
class Writer:
    """What the statements of one circuit share.

    Args:
        qubits: of the state.
        angles: where each angle stands.
        matrices: where each block's matrix stands.
        phases: what each phase is.
        tables: the module's constants.
        per_token: whether the tokens have states of their own.
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


def statements(writer: Writer, step: GateStep, *, real: bool) -> list[str]:
    """The lines of one step, indented as the body of a method.

    Args:
        writer: of the circuit.
        step: what is done to the state.
        real: whether the state before it is one real tensor, not a pair.
    """
    match step:
        case Amplitudes():
            return _amplitudes(writer, step)
        case ProductState():
            return _product_state(writer, step)
        case Block():
            return _block(writer, step, real)
        case Circuit():
            return assignment("state", call(_apply(step.real, real), "circuit", "state", "0"))
        case Permutation():
            table = writer.tables.permutation(step.gates)
            return assignment("state", call(f"{_module(real)}.permute", "state", table))
        case Parity():
            table = writer.tables.parity(step.gates)
            return assignment("state", call(f"{_module(real)}.scale", "state", table))
        case Phase():
            rotate = "pairs.rotate_real" if real else "pairs.rotate"
            return assignment("state", call(rotate, "state", writer.phases.name(step)))


def assignment(name: str, source: Source, comment: str = "") -> list[str]:
    """A statement with a comment at its end, or above it where the line has no room."""
    lines = layout(f"{name} = ", source, INDENT)
    if not comment:
        return lines
    if len(lines) == 1 and len(lines[0]) + len(comment) + 4 <= 100:
        return [f"{lines[0]}  # {comment}"]
    return [f"{' ' * INDENT}# {comment}", *lines]


def _module(real: bool) -> str:
    return "kernel" if real else "pairs"


def _amplitudes(writer: Writer, step: Amplitudes) -> list[str]:
    lines = assignment("rows", call("kernel.normalised", "x", *(["bias=True"] * step.bias)))
    shape = writer.state_shape
    block = []
    if step.block:
        block = [writer.matrices.name(step.block)]
        shape = f"{shape}; {_where(step.block)}"
    state = call("kernel.amplitudes", "rows", str(writer.qubits), *block)
    return [*lines, *assignment("state", state, shape)]


def _product_state(writer: Writer, step: ProductState) -> list[str]:
    module = _module(step.real)
    gates = [_gates(writer, words, module) for words in _uniform(writer, step.words)]
    return assignment("state", call(f"{module}.product_state", *gates), writer.state_shape)


def _block(writer: Writer, step: Block, real: bool) -> list[str]:
    source = call(_apply(step.real, real), writer.matrices.name(step), "state", str(step.first))
    return assignment("state", source, _where(step))


def _apply(real_matrix: bool, real_state: bool) -> str:
    """The function that applies a matrix to a state."""
    return {
        (True, True): "kernel.apply",
        (True, False): "pairs.apply_real",
        (False, True): "pairs.apply_to_real",
        (False, False): "pairs.apply",
    }[real_matrix, real_state]


def _where(block: Block) -> str:
    if block.first == block.last:
        return f"qubit {block.last}"
    return f"qubits {block.first} to {block.last}"


def measurement(writer: Writer, step: Measure, name: str, *, real: bool) -> list[str]:
    """The lines that compute the expectations of a group of observables under ``name``."""
    lines: list[str] = []
    products: Source
    if not step.flipped:
        products = call("ops.square" if real else "pairs.probabilities", "state")
    elif real and step.odd:
        products = call("ops.zeros_like", "state")
    else:
        lines, products = _overlaps(writer, step, real)
    strings = tuple(str(observable) for observable in step.observables)
    values = call("kernel.measure", products, writer.tables.readout(strings))
    shape = f"({len(strings)}, {'tokens' if writer.per_token else 1})"
    return [*lines, *assignment(name, values, shape)]


def _overlaps(writer: Writer, step: Measure, real: bool) -> tuple[list[str], Source]:
    flip = writer.tables.flip(tuple((qubit,) for qubit in step.flipped))
    if real:
        return [], f"state * {flat(call('kernel.permute', 'state', flip))}"
    function = "pairs.cross_overlaps" if step.odd else "pairs.overlaps"
    return assignment("flipped", call("pairs.permute", "state", flip)), call(
        function, "state", "flipped"
    )


def _uniform(writer: Writer, words: Iterable[Word]) -> Iterator[tuple[Word, ...]]:
    """Runs of words with the same gates, whose angles are of the same kinds."""

    def form(word: Word) -> tuple[tuple[str, Kind | None], ...]:
        return tuple(
            (gate, None if angle is None else writer.angles.kind(angle)) for gate, angle in word
        )

    return (tuple(run) for _, run in groupby(words, key=form))


def _gates(writer: Writer, words: tuple[Word, ...], module: str) -> Source:
    """The stacked gates of words of the same form, each with the angles of each token."""
    if not words[0]:
        return _factor(writer, [("i", None)] * len(words), module)
    factors = [_factor(writer, column, module) for column in zip(*words, strict=True)]
    return factors[0] if len(factors) == 1 else call(f"{module}.then", *factors)


def _factor(writer: Writer, factors: Iterable[Factor], module: str) -> Source:
    gates, angles = zip(*factors, strict=True)
    if angles[0] is None:
        return call(f"{module}.constant", f'"{gates[0]}"', str(len(gates)))
    return call(f"{module}.{gates[0]}", writer.angles.columns(angles))
