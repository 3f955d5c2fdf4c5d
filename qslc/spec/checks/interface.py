"""Check what goes into a layer and what comes out: its name, encoder and observables."""

from __future__ import annotations

from collections.abc import Iterator

from qslc.spec.encoders import Slice
from qslc.spec.model import Spec
from qslc.spec.observables import (
    KEYWORDS,
    ObservableError,
    Output,
    expand_outputs,
    interpret,
    parse_sum,
)
from qslc.spec.places import Problem
from qslc.spec.wording import pluralize, quote, suggest

RESERVED_NAMES = frozenset({"none", "true", "false", "quantum_sublayer"})
"""Names whose class names mean something else in the generated module."""


def check_name(spec: Spec) -> Iterator[Problem]:
    """Require that the class named after the spec hides nothing that its module needs."""
    if spec.name in RESERVED_NAMES:
        yield Problem(("name",), f"the name {quote(spec.name)} is reserved", "choose another name")


def check_features(spec: Spec) -> Iterator[Problem]:
    """Require that the features fit on the qubits."""
    encoder, qubits = spec.encoder, spec.qubits
    features, limit = encoder.inputs(qubits).features, encoder.capacity(qubits)
    if features > limit:
        enough = next((n for n in range(1, features + 1) if encoder.capacity(n) >= features), None)
        more = f"use {enough} qubits, or " if enough else ""
        yield Problem(
            ("encoder", "features"),
            f"{pluralize(qubits, 'qubit')} encode{'s' if qubits == 1 else ''} "
            f"at most {pluralize(limit, 'feature')}{encoder.beside}; got {features}",
            f"{more}fewer features and `project`",
        )


def check_slice(spec: Spec) -> Iterator[Problem]:
    """Require that a slice is as wide as the features."""
    project = spec.encoder.projection
    if not isinstance(project, Slice):
        return
    start, stop = project.slice
    features = spec.encoder.inputs(spec.qubits).features
    path = ("encoder", "project", "slice")
    if stop <= start:
        yield Problem(path, f"the slice [{start}, {stop}] is empty", "it is [start, stop]")
    elif stop - start != features:
        yield Problem(
            path,
            f"the slice [{start}, {stop}] is {stop - start} wide, but features is {features}",
            f"write [{start}, {start + features}]",
        )


MAX_OBSERVABLES = 10_000


def check_observable_texts(spec: Spec) -> Iterator[Problem]:
    """Require that every entry is a keyword or a Pauli string."""
    for i, entry in enumerate(_list_entries(spec)):
        reason = "" if entry in KEYWORDS else _explain_refusal(entry)
        if reason:
            yield Problem(("measure", i), f"{quote(entry)} {reason}", _advise_spelling(entry))


def check_observable_qubits(spec: Spec) -> Iterator[Problem]:
    """Require that every observable is on qubits that exist, and is measured once."""
    if _count_observables(spec) > MAX_OBSERVABLES:
        return
    seen: set[Output] = set()
    for i, entry in enumerate(_list_entries(spec)):
        outputs = _expand_entry(entry, spec.qubits)
        named = (terms for output in outputs for _, terms in output)
        if any(qubit >= spec.qubits for terms in named for qubit, _ in terms):
            message = f"observable {entry}, but qubits are 0 to {spec.qubits - 1}"
            yield Problem(("measure", i), message)
        elif not seen.isdisjoint(outputs):
            message = f"observable {entry} is measured twice"
            yield Problem(("measure", i), message, "remove one of them")
        seen.update(outputs)


def _list_entries(spec: Spec) -> tuple[str, ...]:
    return (spec.measure,) if isinstance(spec.measure, str) else spec.measure


def _expand_entry(entry: str, qubits: int) -> tuple[Output, ...]:
    try:
        return expand_outputs((entry,), qubits)
    except ObservableError:
        return ()


def _explain_refusal(text: str) -> str:
    """Return why a text is no Pauli string, or an empty text if it is one."""
    try:
        parse_sum(text)
    except ObservableError as error:
        return str(error)
    return ""


def _advise_spelling(entry: str) -> str:
    """Return what to write instead."""
    word = entry.strip()
    found = None if word in KEYWORDS else interpret(word)
    names_qubits = any(character.isdigit() for character in word)
    if found is None:
        usual = 'an observable is z, zz, or letters X, Y, Z with a qubit, such as "Z0*X3"'
        return usual if names_qubits else suggest(word, KEYWORDS) or usual
    meant = f'did you mean "{found}"?'
    if names_qubits:
        return meant
    advice = f"{meant} Each letter takes its qubit, here from 0 on"
    low = word.lower()
    for keyword in (low, low[:1]):
        if keyword in KEYWORDS and {*keyword} == {*low}:
            return f'{advice}; "{keyword}" is {KEYWORDS[keyword].meaning}'
    return advice


def check_observable_count(spec: Spec) -> Iterator[Problem]:
    """Require an observable, and not more of them than a layer has use for."""
    number = _count_observables(spec)
    if number == 0:
        name, there = _list_entries(spec)[0], pluralize(spec.qubits, "qubit")
        what = f"{name} measures {KEYWORDS[name].subject}"
        verb = "is" if spec.qubits == 1 else "are"
        yield Problem(("measure",), f"{what}, but there {verb} {there}")
    if number > MAX_OBSERVABLES:
        message = f"{number} observables; at most {MAX_OBSERVABLES} are measured"
        yield Problem(("measure",), message)


def _count_observables(spec: Spec) -> int:
    entries = _list_entries(spec)
    return sum(KEYWORDS[e].count(spec.qubits) if e in KEYWORDS else 1 for e in entries)
