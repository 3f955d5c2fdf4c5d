"""Check the preparation of encoded vectors."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qslc.spec import expression
from qslc.spec.checks.ansatz import find_sites
from qslc.spec.model import Spec
from qslc.spec.places import Problem
from qslc.spec.wording import quote

MOST_PREPARED = 12
"""Most qubits that hold a prepared vector, as in ``qslc_runtime.preparation``."""

_PREPARED = re.compile(r"prep_\d+")


def check_preparation(spec: Spec) -> Iterator[Problem]:
    """Require that the amplitudes are few enough, and that the levels are not too many."""
    prepared, path = spec.encoder.prepared, ("encoder", "preparation")
    if prepared is None:
        return
    inputs = spec.encoder.inputs(spec.qubits)
    qubits, amplitudes = inputs.amplitude_qubits, inputs.width + inputs.bias
    if qubits > MOST_PREPARED:
        yield Problem(
            path,
            f"{amplitudes} amplitudes take {qubits} qubits; vectors are prepared on at most "
            f"{MOST_PREPARED}",
            "use fewer features, or `preparation: none`",
        )
    elif isinstance(prepared.depth, int) and prepared.depth > 1 << qubits:
        yield Problem(
            (*path, "depth"),
            f"{amplitudes} amplitudes never need {prepared.depth} levels",
            f"write auto, or 1 to {1 << qubits}",
        )


def check_prepared_names(spec: Spec) -> Iterator[Problem]:
    """Require that no weight is named like an angle of the preparation."""
    if spec.encoder.prepared is None:
        return
    named = [
        ((*site.path[:-1], "angle"), _list_names(site.angle)) for site in find_sites(spec.ansatz)
    ]
    listed = enumerate(getattr(spec.ansatz, "weights", ()))
    named += [(("ansatz", "weights", i), (name,)) for i, name in listed]
    for path, names in named:
        taken = next(filter(_PREPARED.fullmatch, names), None)
        if taken is not None:
            message = f"{quote(taken)} is the name of an angle of the preparation"
            yield Problem(path, message, "choose another name")


def _list_names(angle: str | None) -> tuple[str, ...]:
    try:
        return () if angle is None else tuple(expression.find_symbols(expression.parse(angle)))
    except expression.ExpressionError:
        return ()
