"""Checks of the encoder and of the name."""

from __future__ import annotations

from collections.abc import Iterator

from qslc.spec.model import Slice, Spec
from qslc.spec.problems import Problem
from qslc.spec.wording import counted, shown

RESERVED_NAMES = frozenset({"none", "true", "false", "quantum_sublayer"})
"""Their class names mean something else in the generated module."""


def name_is_free(spec: Spec) -> Iterator[Problem]:
    """The class named after the spec hides nothing that the generated module needs."""
    if spec.name in RESERVED_NAMES:
        yield Problem(("name",), f"the name {shown(spec.name)} is reserved", "choose another name")


def features_fit(spec: Spec) -> Iterator[Problem]:
    """The features fit the qubits."""
    encoder, qubits = spec.encoder, spec.qubits
    features, limit = encoder.inputs(qubits).features, encoder.capacity(qubits)
    if features > limit:
        yield Problem(
            ("encoder", "features"),
            f"{counted(qubits, 'qubit')} encode{'s' if qubits == 1 else ''} "
            f"at most {counted(limit, 'feature')}{encoder.beside}; got {features}",
            f"use {_enough_qubits(spec, features)} qubits, or fewer features and `project`",
        )


def _enough_qubits(spec: Spec, features: int) -> int:
    """The fewest qubits on which so many features fit; no encoder puts less than one on each."""
    return next(n for n in range(1, features + 1) if spec.encoder.capacity(n) >= features)


def slice_fits(spec: Spec) -> Iterator[Problem]:
    """A slice is as wide as the features."""
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
