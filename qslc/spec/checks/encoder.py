"""Checks of the encoder and of the name."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from qslc.spec.model import AmplitudeEncoder, NoEncoder, Slice, Spec
from qslc.spec.problems import Problem
from qslc.spec.wording import counted, shown

RESERVED_NAMES = frozenset({"none", "true", "false", "quantum_sublayer"})
"""Their class names mean something else in the generated module."""


def name_is_free(spec: Spec) -> Iterator[Problem]:
    """The class named after the spec hides nothing that the generated module needs."""
    if spec.name in RESERVED_NAMES:
        yield Problem(("name",), f"the name {shown(spec.name)} is reserved", "choose another name")


def features_fit(spec: Spec) -> Iterator[Problem]:
    """The features fit the qubits: an amplitude or a qubit each."""
    match spec.encoder:
        case AmplitudeEncoder(pad=pad):
            limit, extra = _room(pad, spec.qubits)
        case NoEncoder():
            return
        case _:
            limit, extra = spec.qubits, ""
    features = spec.encoder.features or 0
    if features > limit:
        yield Problem(
            ("encoder", "features"),
            f"{counted(spec.qubits, 'qubit')} encode{'s' if spec.qubits == 1 else ''} "
            f"at most {counted(limit, 'feature')}{extra}; got {features}",
            _enough_qubits(spec, features),
        )


def _room(pad: str, qubits: int) -> tuple[int, str]:
    """How many features fit, and what else is encoded, in words."""
    match pad:
        case "bias":
            return 2**qubits - 1, " and the bias"
        case "reference":
            return 2 ** (qubits - 1), " beside the reference"
    return 2**qubits, ""


def _enough_qubits(spec: Spec, features: int) -> str:
    if not isinstance(spec.encoder, AmplitudeEncoder):
        return f"use {features} qubits, or fewer features and `project`"
    needed = next(n for n in count(1) if _room(spec.encoder.pad, n)[0] >= features)
    return f"use {needed} qubits, or fewer features and `project`"


def slice_fits(spec: Spec) -> Iterator[Problem]:
    """A slice is as wide as the features."""
    if isinstance(spec.encoder, NoEncoder) or not isinstance(spec.encoder.project, Slice):
        return
    start, stop = spec.encoder.project.slice
    features = spec.encoder.features or spec.qubits
    path = ("encoder", "project", "slice")
    if stop <= start:
        yield Problem(path, f"the slice [{start}, {stop}] is empty", "it is [start, stop]")
    elif stop - start != features:
        yield Problem(
            path,
            f"the slice [{start}, {stop}] is {stop - start} wide, but features is {features}",
            f"write [{start}, {start + features}]",
        )
