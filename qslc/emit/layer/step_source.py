"""The steps of a simulation as statements of the generated layer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from qslc.emit.layer.angle_source import Angles, Kind
from qslc.emit.layer.python_source import Group, Source, call, flat, layout
from qslc.emit.layer.table_source import Tables
from qslc.emit.schedule.steps import (
    Amplitudes,
    Block,
    Factor,
    GateStep,
    Measure,
    Parity,
    Permutation,
    Phase,
    PhaseTerm,
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
        tables: the module's constants.
        real: whether the state is one real tensor or a pair.
        per_token: whether the tokens have states of their own.
    """

    qubits: int
    angles: Angles
    tables: Tables
    real: bool
    per_token: bool

    @property
    def module(self) -> str:
        return "kernel" if self.real else "pairs"

    @property
    def state_shape(self) -> str:
        return f"({2**self.qubits}, {'tokens' if self.per_token else 1})"


def statements(writer: Writer, step: GateStep) -> list[str]:
    """The lines of one step, indented as the body of a method."""
    match step:
        case Amplitudes():
            return _amplitudes(writer, step)
        case ProductState():
            return _product_state(writer, step)
        case Block():
            return _block(writer, step)
        case Permutation():
            return _permutation(writer, step)
        case Parity():
            return _parity(writer, step)
        case Phase():
            return _phase(writer, step)


def assignment(name: str, source: Source, comment: str = "") -> list[str]:
    """A statement with a comment at its end, or above it where the line has no room."""
    lines = layout(f"{name} = ", source, INDENT)
    if not comment:
        return lines
    if len(lines) == 1 and len(lines[0]) + len(comment) + 4 <= 100:
        return [f"{lines[0]}  # {comment}"]
    return [f"{' ' * INDENT}# {comment}", *lines]


def _amplitudes(writer: Writer, step: Amplitudes) -> list[str]:
    source = call("kernel.amplitudes", "x", str(writer.qubits), *(["bias=True"] * step.bias))
    if not writer.real:
        source = call("pairs.real", source)
    return assignment("state", source, writer.state_shape)


def _product_state(writer: Writer, step: ProductState) -> list[str]:
    gates = [
        _gates(writer, words, writer.module, per_token=True)
        for words in _uniform(writer, step.words)
    ]
    return assignment("state", call(f"{writer.module}.product_state", *gates), writer.state_shape)


def _block(writer: Writer, step: Block) -> list[str]:
    module = "kernel" if step.real else "pairs"
    gates = [_gates(writer, words, module) for words in _uniform(writer, step.words)]
    apply = f"{writer.module}.apply" if step.real == writer.real else "pairs.apply_real"
    size = 2 ** len(step.words)
    last = step.first + len(step.words) - 1
    where = f"qubits {step.first} to {last}" if last > step.first else f"qubit {last}"
    return [
        *assignment("block", call(f"{module}.kron", *gates), f"({size}, {size})"),
        *assignment("state", call(apply, "block", "state", str(step.first)), where),
    ]


def _permutation(writer: Writer, step: Permutation) -> list[str]:
    table = writer.tables.permutation(step.gates)
    if writer.real:
        return assignment("state", call("ops.take", "state", table, "axis=0"))
    return assignment("state", call("pairs.take", "state", table))


def _parity(writer: Writer, step: Parity) -> list[str]:
    table = writer.tables.parity(step.gates)
    if writer.real:
        return assignment("state", f"state * {table}")
    return assignment("state", call("pairs.scale", "state", table))


def _phase(writer: Writer, step: Phase) -> list[str]:
    """One call for the terms whose angles stand in the same vector and have the same factor."""

    def key(term: PhaseTerm) -> tuple[Kind, float, int]:
        kind = writer.angles.kind(term.angle)
        return kind, 0.0 if kind == "constant" else term.factor, writer.angles.place(term.angle)

    phases = []
    for (kind, factor), group in groupby(sorted(step.terms, key=key), lambda t: key(t)[:2]):
        terms = list(group)
        table = writer.tables.phases(term.string for term in terms)
        if kind == "constant":
            columns = writer.angles.columns([term.angle * term.factor for term in terms])
        else:
            columns = _times(factor, writer.angles.columns([term.angle for term in terms]))
        phases.append(call("pairs.phases", columns, table))
    first, *rest = phases
    return [
        *assignment("phase", first),
        *(line for phase in rest for line in assignment("phase", _before("phase + ", phase))),
        *assignment("state", call("pairs.rotate", "state", "phase")),
    ]


def _times(factor: float, source: Source) -> Source:
    return source if factor == 1 else _before(f"{factor!r} * ", source)


def _before(text: str, source: Source) -> Source:
    if isinstance(source, str):
        return text + source
    return Group(text + source.head, source.items, source.brackets)


def measurement(writer: Writer, step: Measure, name: str) -> list[str]:
    """The lines that compute the expectations of a group of observables under ``name``."""
    lines: list[str] = []
    products: Source
    if not step.flipped:
        products = (
            call("ops.square", "state") if writer.real else call("pairs.probabilities", "state")
        )
    elif writer.real and step.odd:
        products = call("ops.zeros_like", "state")
    else:
        lines, products = _overlaps(writer, step)
    strings = tuple(str(observable) for observable in step.observables)
    values = call("kernel.measure", products, writer.tables.readout(strings))
    shape = f"({len(strings)}, {'tokens' if writer.per_token else 1})"
    return [*lines, *assignment(name, values, shape)]


def _overlaps(writer: Writer, step: Measure) -> tuple[list[str], Source]:
    flip = writer.tables.flip(tuple((qubit,) for qubit in step.flipped))
    if writer.real:
        return [], f"state * {flat(call('ops.take', 'state', flip, 'axis=0'))}"
    function = "pairs.cross_overlaps" if step.odd else "pairs.overlaps"
    return assignment("flipped", call("pairs.take", "state", flip)), call(
        function, "state", "flipped"
    )


def _uniform(writer: Writer, words: Iterable[Word]) -> Iterator[tuple[Word, ...]]:
    """Runs of words with the same gates, whose angles are of the same kinds."""

    def form(word: Word) -> tuple[tuple[str, Kind | None], ...]:
        return tuple(
            (gate, None if angle is None else writer.angles.kind(angle)) for gate, angle in word
        )

    return (tuple(run) for _, run in groupby(words, key=form))


def _gates(
    writer: Writer, words: tuple[Word, ...], module: str, *, per_token: bool = False
) -> Source:
    """The stacked gates of words of the same form."""
    if not words[0]:
        return _factor(writer, [("i", None)] * len(words), module, per_token)
    factors = [_factor(writer, column, module, per_token) for column in zip(*words, strict=True)]
    return factors[0] if len(factors) == 1 else call(f"{module}.then", *factors)


def _factor(writer: Writer, factors: Iterable[Factor], module: str, per_token: bool) -> Source:
    gates, angles = zip(*factors, strict=True)
    gate = gates[0]
    if angles[0] is None:
        constant = call(f"{module}.constant", f'"{gate}"', str(len(gates)))
        return call(f"{module}.per_token", constant) if per_token else constant
    vector = writer.angles.columns(angles) if per_token else writer.angles.vector(angles)
    return call(f"{module}.{gate}", vector)
