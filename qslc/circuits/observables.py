"""Write observables of Cirq as the texts that a spec holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import cirq

from qslc.diagnostics import Diagnostic, InputError

_LETTERS: Mapping[Any, str] = {cirq.X: "X", cirq.Y: "Y", cirq.Z: "Z"}


def write_observables(observables: Any, qubits: Sequence[cirq.Qid]) -> list[str]:
    """Return the text of each observable.

    Args:
        observables: Pauli strings or sums of Cirq, or texts such as "0.5*Z0*X1"; one or several.
        qubits: The qubits of the circuit, which the texts number.

    Raises:
        InputError: One is no observable, or is on a qubit that is not there; all are told.
    """
    places = {qubit: i for i, qubit in enumerate(qubits)}
    listed = enumerate(_list(observables))
    written = [_try_to_write(observable, places, f"observables[{i}]") for i, observable in listed]
    found = [each for each in written if isinstance(each, Diagnostic)]
    if not written:
        found.append(Diagnostic("there is no observable", where="observables"))
    if found:
        raise InputError(*found)
    return [each for each in written if isinstance(each, str)]


def _try_to_write(observable: Any, places: Mapping[cirq.Qid, int], where: str) -> str | Diagnostic:
    try:
        return _write(observable, places)
    except ValueError as error:
        return Diagnostic(str(error), where=where)


def _list(observables: Any) -> Iterable[Any]:
    """Return one observable, or several in any nesting, as a list."""
    one = isinstance(observables, str | cirq.PauliString | cirq.PauliSum | cirq.Operation)
    if one or not isinstance(observables, Iterable):
        return [observables]
    return [each for item in observables for each in _list(item)]


def _write(observable: Any, places: Mapping[cirq.Qid, int]) -> str:
    if isinstance(observable, str):
        return observable
    if not isinstance(observable, cirq.PauliString | cirq.PauliSum):
        given = type(observable).__name__
        raise ValueError(f"expected a cirq.PauliString or a cirq.PauliSum, got a {given}")
    whole: cirq.PauliSum = cirq.PauliSum.wrap(observable)
    terms = [_write_term(term, places) for term in whole]
    if not terms:
        raise ValueError("measures nothing: its sum is empty")
    return " + ".join(terms).replace("+ -", "- ")


def _write_term(term: Any, places: Mapping[cirq.Qid, int]) -> str:
    if cirq.is_parameterized(term):
        raise ValueError(f"the coefficient of {term} has a symbol; it must be a number")
    value = complex(term.coefficient)
    if abs(value.imag) > 1e-12 or value.real != value.real:
        raise ValueError(f"the coefficient {value:g} is no real number")
    missing = next((qubit for qubit in term.qubits if qubit not in places), None)
    if missing is not None:
        raise ValueError(f"{term} is on {missing}, which the circuit does not have")
    factors = sorted((places[qubit], _LETTERS[pauli]) for qubit, pauli in term.items())
    number = repr(value.real)
    return "*".join([number, *(f"{letter}{place}" for place, letter in factors)])
