"""Checks of what is measured."""

from __future__ import annotations

from collections.abc import Iterator

from qslc.spec.model import Spec
from qslc.spec.observables import (
    KEYWORDS,
    ObservableError,
    PauliTerms,
    observables,
    parse,
    reading,
)
from qslc.spec.problems import Problem
from qslc.spec.wording import counted, did_you_mean, shown

MAX_OBSERVABLES = 10_000


def observables_are_right(spec: Spec) -> Iterator[Problem]:
    """Every entry is a keyword or a Pauli string."""
    for i, entry in enumerate(_entries(spec)):
        reason = "" if entry in KEYWORDS else _refusal(entry)
        if reason:
            yield Problem(("measure", i), f"{shown(entry)} {reason}", _spelling(entry))


def observables_exist(spec: Spec) -> Iterator[Problem]:
    """Every observable is on qubits that exist, and is measured once."""
    if _number(spec) > MAX_OBSERVABLES:
        return
    seen: set[PauliTerms] = set()
    for i, entry in enumerate(_entries(spec)):
        terms = _terms(entry, spec.qubits)
        if any(qubit >= spec.qubits for term in terms for qubit, _ in term):
            message = f"observable {entry}, but qubits are 0 to {spec.qubits - 1}"
            yield Problem(("measure", i), message)
        elif not seen.isdisjoint(terms):
            message = f"observable {entry} is measured twice"
            yield Problem(("measure", i), message, "remove one of them")
        seen.update(terms)


def _entries(spec: Spec) -> tuple[str, ...]:
    return (spec.measure,) if isinstance(spec.measure, str) else spec.measure


def _terms(entry: str, qubits: int) -> tuple[PauliTerms, ...]:
    try:
        return observables((entry,), qubits)
    except ObservableError:
        return ()


def _refusal(text: str) -> str:
    """Why a text is no Pauli string, or nothing if it is one."""
    try:
        parse(text)
    except ObservableError as error:
        return str(error)
    return ""


def _spelling(entry: str) -> str:
    """What to write instead."""
    word = entry.strip()
    found = None if word in KEYWORDS else reading(word)
    if found is None:
        usual = 'an observable is z, zz, or letters X, Y, Z with a qubit, such as "Z0*X3"'
        names_qubits = any(character.isdigit() for character in word)
        return usual if names_qubits else did_you_mean(word, KEYWORDS) or usual
    meant = f'did you mean "{found.text}"?'
    if not found.positional:
        return meant
    advice = f"{meant} Each letter takes its qubit, here from 0 on"
    keyword = word.lower()
    if keyword not in KEYWORDS:
        return advice
    return f'{advice}; "{keyword}" is {KEYWORDS[keyword].meaning}'


def measurement_has_a_size(spec: Spec) -> Iterator[Problem]:
    """There is an observable, and not more of them than a layer has use for."""
    number = _number(spec)
    if number == 0:
        name = _entries(spec)[0]
        what = f"{name} measures {KEYWORDS[name].subject}"
        verb = "is" if spec.qubits == 1 else "are"
        there = f"there {verb} {counted(spec.qubits, 'qubit')}"
        yield Problem(("measure",), f"{what}, but {there}")
    if number > MAX_OBSERVABLES:
        message = f"{number} observables; at most {MAX_OBSERVABLES} are measured"
        yield Problem(("measure",), message)


def _number(spec: Spec) -> int:
    return sum(
        KEYWORDS[entry].count(spec.qubits) if entry in KEYWORDS else 1 for entry in _entries(spec)
    )
