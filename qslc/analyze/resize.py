"""Put an ansatz on other qubits, or give it other layers."""

from __future__ import annotations

from qslc.spec.ansatz import BlockAnsatz, LayeredAnsatz
from qslc.spec.encoders import NoEncoder
from qslc.spec.expression import INPUT, find_symbols, parse
from qslc.spec.model import Measure, Spec
from qslc.spec.observables import KEYWORDS, parse_sum


def count_layers(spec: Spec) -> int:
    """Count the layers of the short form, or the repetitions of a block."""
    ansatz = spec.ansatz
    return ansatz.depth if isinstance(ansatz, LayeredAnsatz) else ansatz.repeat


def is_scalable(spec: Spec) -> bool:
    """Tell whether the ansatz says what it is on any number of qubits."""
    ansatz = spec.ansatz
    if not isinstance(ansatz, LayeredAnsatz):
        return False
    return ansatz.entangler == "none" or isinstance(ansatz.entangler.pattern, str)


def change_layers(spec: Spec, count: int) -> Spec:
    """Return the spec with so many layers or repetitions."""
    key = "depth" if isinstance(spec.ansatz, LayeredAnsatz) else "repeat"
    return spec.model_copy(update={"ansatz": spec.ansatz.model_copy(update={key: count})})


def change_qubits(spec: Spec, count: int) -> Spec:
    """Return the spec, which ``is_scalable``, on so many qubits; as it is if it has so many.

    All amplitudes are features, but for the constants of ``pad``; angles are encoded on as
    many qubits as there are features for. Observables that do not fit are left out; Z on each
    qubit stands in for none.
    """
    if count == spec.qubits:
        return spec
    update = {
        "qubits": count,
        "encoder": spec.encoder.resize(count),
        "measure": _fit_measure(spec.measure, count),
        "device": "all_to_all",
    }
    return spec.model_copy(update=update)


def reads_features(spec: Spec) -> bool:
    """Tell whether features occur in the ansatz, so that nothing is left without them."""
    entries = spec.ansatz.block if isinstance(spec.ansatz, BlockAnsatz) else ()
    angles = (getattr(entry.placement, "angle", None) for entry in entries)
    names = (name for angle in angles if angle for name in find_symbols(parse(angle)))
    return any(INPUT.fullmatch(name) for name in names)


def remove_encoder(spec: Spec) -> Spec:
    """Return the spec, whose ansatz reads no features, with its ansatz on |0...0>."""
    return spec.model_copy(update={"encoder": NoEncoder(kind="none")})


def _fit_measure(measure: Measure, qubits: int) -> Measure:
    if isinstance(measure, str):
        return measure if KEYWORDS[measure].count(qubits) else "z"
    kept = (
        entry
        for entry in measure
        if entry in KEYWORDS
        or all(qubit < qubits for _, terms in parse_sum(entry) for qubit, _ in terms)
    )
    return tuple(kept) or "z"
