"""Passes as Cirq transformers, for circuits that did not come from a spec."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import cirq

from qslc.export.cirq_circuit import from_circuit, to_circuit
from qslc.ir.program import Pauli, PauliString
from qslc.passes.run import Pass, apply

_LETTERS: Mapping[Any, Pauli] = MappingProxyType({cirq.X: "X", cirq.Y: "Y", cirq.Z: "Z"})
_GATES = MappingProxyType({letter: gate for gate, letter in _LETTERS.items()})


def as_transformer(
    pass_: Pass, observables: Sequence[cirq.PauliString[Any]] = ()
) -> Callable[..., cirq.Circuit]:
    """Make a transformer of a pass: ``transformer(circuit, context=...)`` is the new circuit.

    The circuit may start in any state. Without observables its unitary stays the same, up to a
    global phase; with them their expectation values do.

    Args:
        pass_: From ``qslc.passes.levels``.
        observables: What is measured at the end, for a pass that reads it.

    Raises:
        ValueError: The pass reads observables and there are none. The transformer raises it for a
            circuit with other gates than the DSL's, with operations that the context says to
            ignore, and where the pass changes the observables (then take ``rewrite``).
    """
    if pass_.reads_observables and not observables:
        raise ValueError(f"the pass {pass_.name!r} needs the observables that are measured")

    def transform(
        circuit: cirq.AbstractCircuit, *, context: cirq.TransformerContext | None = None
    ) -> cirq.Circuit:
        ignored = set(context.tags_to_ignore) if context else set()
        if any(ignored.intersection(op.tags) for op in circuit.all_operations()):
            raise ValueError("qslc passes cannot leave single operations out")
        after, measured = rewrite(pass_, circuit, observables)
        if measured != tuple(observables):
            raise ValueError(f"the pass {pass_.name!r} changed the observables: use rewrite()")
        return after

    transform.__name__ = pass_.name.replace(" ", "_")
    transformer: Callable[..., cirq.Circuit] = cirq.transformer(transform)
    return transformer


def rewrite(
    pass_: Pass, circuit: cirq.AbstractCircuit, observables: Sequence[cirq.PauliString[Any]]
) -> tuple[cirq.Circuit, tuple[cirq.PauliString[Any], ...]]:
    """Apply a pass to a circuit, and return what is measured in place of each observable.

    Raises:
        ValueError: A gate is not one of the DSL's, or the coefficient of an observable not 1 or -1.
    """
    measured = {qubit for observable in observables for qubit in observable.qubits}
    qubits = sorted(circuit.all_qubits() | measured)
    index = {qubit: i for i, qubit in enumerate(qubits)}
    strings = [_from_cirq(observable, index) for observable in observables]
    after = apply(pass_, replace(from_circuit(circuit, strings, qubits), start="any"))
    moved = to_circuit(after).transform_qubits(
        dict(zip(cirq.LineQubit.range(len(qubits)), qubits, strict=True))
    )
    return moved, tuple(_to_cirq(observable, qubits) for observable in after.observables)


def _from_cirq(observable: cirq.PauliString[Any], index: Mapping[cirq.Qid, int]) -> PauliString:
    if observable.coefficient not in (1, -1):
        raise ValueError(f"{observable!r}: the coefficient must be 1 or -1")
    factors = sorted((index[qubit], _LETTERS[pauli]) for qubit, pauli in observable.items())
    return PauliString(tuple(factors), int(observable.coefficient.real))


def _to_cirq(observable: PauliString, qubits: Sequence[cirq.Qid]) -> cirq.PauliString[Any]:
    factors = (_GATES[pauli](qubits[qubit]) for qubit, pauli in observable.paulis)
    return cirq.PauliString(*factors, coefficient=observable.sign)
