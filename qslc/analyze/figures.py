"""The figures of an analysis, as JSON values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from qslc.analyze import resize
from qslc.analyze.budget import (
    GRADIENT_WORK,
    MAX_QUBITS,
    MAX_ROTATIONS,
    affordable,
    gradient_copies,
)
from qslc.analyze.curves import INITIAL, LAYERS, Curve, curves
from qslc.analyze.dead_weights import proven_dead
from qslc.analyze.entanglement import entanglement
from qslc.analyze.expressibility import BINS, expressibility
from qslc.analyze.feature_map import feature_map
from qslc.analyze.fisher import DATA_SIZES, INPUTS, directions
from qslc.analyze.gradients import flat_weights, spread
from qslc.analyze.initialisations import (
    DEFAULT,
    DEFAULT_BESIDE_REFERENCE,
    INITIALISATIONS,
    Initialisation,
    cancelling_pairs,
    deviations,
    scaled_deviation,
)
from qslc.analyze.starts import Case, Ensemble
from qslc.analyze.subject import Subject
from qslc.analyze.trainability import DEVIATIONS, beginning, recommended, scores, sweep
from qslc.pauli.frame import pauli_frame

Figure: TypeAlias = Callable[[Subject], Any]

CURVE_SAMPLES = 400
LAYER_QUBITS = 8
"""Of the curve over layers, at most."""

MAX_TANGENTS = 1 << 19
"""Amplitudes of the derivatives of a state by all weights, at most."""


def _expressibility(subject: Subject) -> dict[str, Any]:
    rng, samples = subject.rng("expressibility"), subject.settings.samples
    found = [
        {"ensemble": case.ensemble}
        | asdict(expressibility(case, affordable(case.program, samples, 2), rng))
        for case in subject.cases
    ]
    return {"bins": BINS, "cases": found}


def _entanglement(subject: Subject) -> list[dict[str, Any]]:
    rng, samples = subject.rng("entanglement"), subject.settings.samples
    return [
        {"ensemble": case.ensemble}
        | asdict(entanglement(case, affordable(case.program, samples), rng))
        for case in subject.cases
    ]


def _gradients(subject: Subject) -> list[dict[str, Any]]:
    if not subject.program.weights:
        return []
    rng = subject.rng("gradients")
    return [
        {"ensemble": case.ensemble, "initialisation": initialisation, "samples": samples}
        | asdict(spread(case, initialisation, samples, rng))
        for case, samples in _sized(subject)
        for initialisation in INITIAL
    ]


def _curves(subject: Subject) -> list[dict[str, Any]]:
    if not subject.program.weights:
        return []
    return [asdict(curve) for curve in (*_over_qubits(subject), *_over_layers(subject))]


def _over_qubits(subject: Subject) -> Sequence[Curve]:
    spec, settings = subject.spec, subject.settings
    if not resize.scales(spec):
        return ()

    def cases(qubits: int) -> Sequence[Case]:
        return subject.of(resize.with_qubits(spec, qubits)).cases

    samples = min(CURVE_SAMPLES, settings.samples)
    sizes = range(2, settings.max_qubits + 1)
    return curves("qubits", sizes, cases, samples, subject.rng("qubits"))


def _over_layers(subject: Subject) -> Sequence[Curve]:
    small = subject.spec
    if small.qubits > LAYER_QUBITS and resize.scales(small):
        small = resize.with_qubits(small, LAYER_QUBITS)
    if small.qubits > MAX_QUBITS:
        return ()

    def cases(layers: int) -> Sequence[Case]:
        return subject.of(resize.with_layers(small, layers)).cases

    samples = min(CURVE_SAMPLES, subject.settings.samples)
    return curves("layers", LAYERS, cases, samples, subject.rng("layers"))


def _proofs(subject: Subject) -> list[str] | None:
    program = subject.program
    return list(proven_dead(program)) if len(program.operations) <= MAX_ROTATIONS else None


def _weights(subject: Subject) -> dict[str, Any] | None:
    case, program = subject.own, subject.program
    if not program.weights:
        return None
    rng = subject.rng("weights")
    samples = min(64, _gradient_samples(case, subject))
    points = affordable(program, 32, INPUTS * gradient_copies(program))
    quantum = len(program.weights) << program.qubits <= MAX_TANGENTS
    return {
        "flat": list(flat_weights(case, samples, rng)),
        "points": points,
        "inputs": INPUTS,
        "data_sizes": list(DATA_SIZES),
        **asdict(directions(case, points, rng, quantum=quantum)),
    }


def _map(subject: Subject) -> dict[str, Any] | None:
    if subject.own.ensemble == "zero":
        return None
    case = subject.on_random_features
    size = case.dimension
    wanted = min(1000, size * (size + 1) // 2 + 50) if size else 300
    samples = int(np.sqrt(affordable(case.program, wanted**2, 4)))
    return {"samples": samples} | asdict(feature_map(case, samples, subject.rng("map")))


def _initialisation(subject: Subject) -> dict[str, Any] | None:
    if not subject.program.weights:
        return None
    rng, sized = subject.rng("initialisation"), _sized(subject)
    rows = [
        beginning(case, initialisation, samples, rng)
        for initialisation in INITIALISATIONS
        for case, samples in sized
    ]
    scored = scores([row for row in rows if row.ensemble in _taken(subject)])
    sweeps = [
        {"ensemble": case.ensemble, "squared_gradients": sweep(case, max(1, samples // 4), rng)}
        for case, samples in sized
    ]
    return {
        "rows": [asdict(row) for row in rows],
        "pairs": len(cancelling_pairs(pauli_frame(subject.program), subject.program.weights)),
        "scored_on": _taken(subject),
        "scores": scored,
        **_recommendation(subject, scored),
        "scaled_deviation": scaled_deviation(subject.program),
        "deviations": list(DEVIATIONS),
        "sweeps": sweeps,
    }


def _recommendation(subject: Subject, scored: Mapping[Initialisation, float]) -> dict[str, str]:
    """How to start, and the argument of the layer that does it; "" where it does so of itself."""
    reference = subject.own.inputs.reference
    own = DEFAULT_BESIDE_REFERENCE if reference else DEFAULT
    possible = deviations(subject.program)
    best = recommended(scored, possible, own)
    argument = "" if best == own else f"angle_deviation={possible[best]:.4g}"
    return {"recommended": best, "default": own, "argument": argument}


def _taken(subject: Subject) -> list[Ensemble]:
    """The ensembles that stand for the layer's own inputs.

    Where they are not known, amplitudes are between two extremes: independent features, and one
    that outweighs the others.
    """
    own = subject.own
    unknown = own.amplitudes and own.ensemble == "features"
    return ["zero", "features"] if unknown else [own.ensemble]


def _sized(subject: Subject) -> list[tuple[Case, int]]:
    """The cases, with the samples that gradients of each can afford."""
    return [(case, _gradient_samples(case, subject)) for case in subject.cases]


def _gradient_samples(case: Case, subject: Subject) -> int:
    program, samples = case.program, subject.settings.samples
    return affordable(program, samples, gradient_copies(program), GRADIENT_WORK)


SCALABLE: Mapping[str, Figure] = MappingProxyType({"proven_dead": _proofs, "curves": _curves})
"""Figures of circuits of any size."""

DENSE: Mapping[str, Figure] = MappingProxyType(
    {
        "expressibility": _expressibility,
        "entanglement": _entanglement,
        "gradients": _gradients,
        "weights": _weights,
        "map": _map,
        "initialisation": _initialisation,
    }
)
"""Figures from the states of the circuit itself, up to ``MAX_QUBITS``."""
