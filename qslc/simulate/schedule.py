"""A program as a few steps on the whole state: blocks, permutations, signs and phases.

Gates are taken in rounds. A round takes what can go first: words on one qubit, then everything
that permutes the basis, then everything that is diagonal. Each step holds as much as it can.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, takewhile

import sympy

from qslc.diagnostics import CompilerFaultError
from qslc.ir.angles import TURN, collect_monomials, reduce_constant, reduce_to_period
from qslc.ir.decompositions import decompose_to_rotations
from qslc.ir.program import Operation, PauliString, Program
from qslc.simulate import steps
from qslc.simulate.basis import cancel_pairs, expand_for_steps, make_diagonal
from qslc.simulate.cost import join_steps
from qslc.simulate.queues import Queues

MAX_BLOCK = 5
"""Qubits of a block: at 32 by 32 the matrix product is as fast as memory."""

_PERMUTING = frozenset({"cnot", "x"})
_SIGNS = frozenset({"z", "cz"})


def schedule(program: Program, *, bias: bool = False) -> tuple[steps.Step, ...]:
    """Return the steps that simulate a logical program, from its start to its observables.

    Exact up to a global phase.

    Args:
        program: With the encoder's gates, if it has any.
        bias: For amplitude encoding, whether a constant amplitude follows the features.

    Raises:
        CompilerFaultError: No step is made for one of the gates.
    """
    basis = (basic for op in program.operations for basic in expand_for_steps(op))
    operations = cancel_pairs(reduce_to_period(op) for op in basis)
    inputs = frozenset(program.inputs)
    start: steps.Amplitudes | steps.ProductState = steps.Amplitudes(bias)
    if program.start == "zero":
        start, operations = _take_product_state(operations, program.qubits)
    diagonal = (make_diagonal(op) if _depends(op, inputs) else (op,) for op in operations)
    queues = Queues(chain.from_iterable(diagonal), program.qubits)
    sequence: tuple[steps.Step, ...] = tuple(_take_rounds(queues, program.qubits, inputs))
    varying = [place for place, step in enumerate((start, *sequence)) if _varies(step, inputs)]
    if varying:
        sequence = (*sequence[: varying[-1]], *join_steps(sequence[varying[-1] :], program.qubits))
    if isinstance(start, steps.Amplitudes):
        start, sequence = _encode_last_block(start, sequence, program.qubits)
    return (start, *sequence, *_group_observables(program.observables))


def _varies(step: steps.Step, inputs: frozenset[str]) -> bool:
    """Return whether a step is another one for each token."""
    symbols = (symbol for angle in steps.list_angles(step) for symbol in angle.free_symbols)
    return isinstance(step, steps.Amplitudes) or any(symbol.name in inputs for symbol in symbols)


def _encode_last_block(
    start: steps.Amplitudes, sequence: tuple[steps.Step, ...], qubits: int
) -> tuple[steps.Amplitudes, tuple[steps.Step, ...]]:
    """Move a real block on the last qubits that comes before all else there into the encoding."""
    # Neighboring amplitudes are neighboring features: no reordering, and no work on zeros.
    first_round = takewhile(lambda step: isinstance(step, steps.Block), sequence)
    for place, block in enumerate(first_round):
        if isinstance(block, steps.Block) and block.real and block.last == qubits - 1:
            return replace(start, block=block), (*sequence[:place], *sequence[place + 1 :])
    return start, sequence


def _take_product_state(
    operations: Sequence[Operation], qubits: int
) -> tuple[steps.ProductState, list[Operation]]:
    """Return each qubit's gates before its first two-qubit gate, and the operations that remain."""
    words: list[list[Operation]] = [[] for _ in range(qubits)]
    touched: set[int] = set()
    rest = []
    for op in operations:
        if len(op.qubits) == 1 and op.qubits[0] not in touched:
            words[op.qubits[0]].append(op)
        else:
            touched.update(op.qubits)
            rest.append(op)
    return steps.ProductState(tuple(_make_word(word) for word in words)), rest


def _depends(op: Operation, inputs: frozenset[str]) -> bool:
    return op.angle is not None and any(s.name in inputs for s in op.angle.free_symbols)


def _take_rounds(queues: Queues, qubits: int, inputs: frozenset[str]) -> Iterator[steps.Step]:
    while waiting := len(queues):
        yield from _take_blocks(queues, qubits, inputs)
        yield from _make_permutations(queues.take(lambda op: op.gate in _PERMUTING), qubits)
        yield from _make_diagonals(queues.take(_is_diagonal))
        if len(queues) == waiting:
            raise _make_error(queues.first())


def _take_blocks(queues: Queues, qubits: int, inputs: frozenset[str]) -> Iterator[steps.Block]:
    words: dict[int, steps.Word] = {}
    for qubit in range(qubits):
        run = _keep_dense(queues.run(qubit, lambda op: not _depends(op, inputs)))
        queues.pop(qubit, len(run))
        if word := _make_word(run):
            words[qubit] = word
    for first, last in cover_windows(tuple(words)):
        yield steps.Block(first, tuple(words.get(qubit, ()) for qubit in range(first, last + 1)))


def _keep_dense(run: tuple[Operation, ...]) -> tuple[Operation, ...]:
    """Return the part of a run that is worth a matrix, real if it is so without diagonal gates."""
    core = run
    while core and _is_diagonal(core[-1]):
        core = core[:-1]
    if all(op.gate == "x" for op in core):
        return ()
    if all(op.gate in steps.REAL_GATES for op in core):
        return core
    real_but_first = all(op.gate in steps.REAL_GATES or _is_diagonal(op) for op in core)
    return () if real_but_first and _is_diagonal(core[0]) else run


def _is_diagonal(op: Operation) -> bool:
    return op.kind.diagonal


def _make_error(op: Operation) -> CompilerFaultError:
    return CompilerFaultError(f"no step of a layer simulates the gate {op.gate!r}")


def _make_word(operations: Sequence[Operation]) -> steps.Word:
    for op in operations:
        if op.gate not in steps.WORD_GATES:
            raise _make_error(op)
    return tuple((op.gate, op.angle) for op in operations)


def cover_windows(active: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """Return the fewest, then narrowest, ranges of ``MAX_BLOCK`` qubits that cover the active."""
    return min((_cover(active, width) for width in range(1, MAX_BLOCK + 1)), key=len)


def _cover(active: tuple[int, ...], width: int) -> tuple[tuple[int, int], ...]:
    ranges: list[tuple[int, int]] = []
    for qubit in active:
        if ranges and qubit - ranges[-1][0] < width:
            ranges[-1] = (ranges[-1][0], qubit)
        else:
            ranges.append((qubit, qubit))
    return tuple(ranges)


def _make_permutations(
    operations: tuple[Operation, ...], qubits: int
) -> Iterator[steps.Permutation]:
    """Yield one permutation, or several where one table would be longer than an n by n matrix."""
    size = qubits**2
    for start in range(0, len(operations), size):
        gates = tuple(op.qubits for op in operations[start : start + size])
        if not _is_identity(gates, qubits):
            yield steps.Permutation(gates)


def _is_identity(gates: Iterable[tuple[int, ...]], qubits: int) -> bool:
    """Return whether CNOT and X do nothing, with each qubit a sum of qubits and of 1, modulo 2."""
    start = [1 << qubit for qubit in range(qubits)]
    sums = list(start)
    for *control, target in gates:
        sums[target] ^= sums[control[0]] if control else 1 << qubits
    return sums == start


def _make_diagonals(operations: tuple[Operation, ...]) -> Iterator[steps.Parity | steps.Phase]:
    terms: dict[tuple[tuple[int, ...], sympy.Expr], sympy.Expr] = {}
    flips: dict[tuple[int, ...], None] = {}
    for op in operations:
        if op.gate in _SIGNS:
            pair = tuple(sorted(op.qubits))
            flips.pop(pair) if pair in flips else flips.update({pair: None})
            continue
        for paulis, angle in decompose_to_rotations(op):
            string = tuple(sorted(qubit for qubit, _ in paulis))
            for symbols, factor in collect_monomials(angle).items():
                terms[string, symbols] = terms.get((string, symbols), sympy.Integer(0)) + factor
    if flips:
        yield steps.Parity(tuple(flips))
    for string, symbols in terms:
        if symbols == 1:
            terms[string, symbols] = reduce_constant(terms[string, symbols], TURN)
    kept = tuple(
        steps.PhaseTerm(*key, float(factor)) for key, factor in terms.items() if factor != 0
    )
    if kept:
        yield steps.Phase(kept)


def _group_observables(observables: tuple[PauliString, ...]) -> Iterator[steps.Measure]:
    groups: dict[tuple[tuple[int, ...], bool], list[int]] = {}
    for place, observable in enumerate(observables):
        group = steps.Measure((observable,), (place,))
        groups.setdefault((group.flipped, group.odd), []).append(place)
    for places in groups.values():
        yield steps.Measure(tuple(observables[place] for place in places), tuple(places))
