"""Run an analysis: spec, programs, figures, files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from qslc import __version__
from qslc.analyze import resize
from qslc.analyze.inputs import read_inputs
from qslc.analyze.simulation import Array
from qslc.analyze.subject import MAX_QUBITS, Settings, Subject
from qslc.analyze.weights import MAX_ROTATIONS
from qslc.artifact import write_indented
from qslc.lower.logical import lower_to_logical
from qslc.output import refuse_foreign, write_folder
from qslc.progress import Progress, ignore
from qslc.publication import ANALYSIS_FILES as FILES
from qslc.report.analysis.page import list_figures, render_page
from qslc.spec.model import Spec, digest

GPT2_WIDTH = 768
"""Width of the model in which costs are compared, where the spec does not say."""

RANKS = (1, 4, 8, 16)
"""Ranks of LoRA that costs are compared with by default."""


def choose_settings(
    spec: Spec,
    samples: int,
    seed: int | None,
    width: int | None,
    ranks: Sequence[int] | None,
    max_qubits: int,
) -> Settings:
    """Fill in from the spec what was not asked for.

    The width is that of the features where they are the whole hidden state, otherwise GPT-2's.
    """
    inputs = spec.encoder.inputs(spec.qubits)
    whole = inputs.are_amplitudes and spec.encoder.projection == "none"
    default = inputs.features if whole else GPT2_WIDTH
    return Settings(
        samples=samples,
        seed=spec.optimize.seed if seed is None else seed,
        width=default if width is None else width,
        ranks=tuple(ranks or RANKS),
        max_qubits=max_qubits,
    )


def count_steps(spec: Spec) -> int:
    """Count the steps that an analysis tells of."""
    small = spec.qubits <= MAX_QUBITS
    return sum(small or not figure.of_states for figure in list_figures().values()) + 1


def analyze_to(
    spec: Spec,
    folder: str | os.PathLike[str],
    settings: Settings,
    inputs: Path | None = None,
    progress: Progress = ignore,
) -> dict[str, Any]:
    """Analyze a spec, write analysis.json and analysis.html, and return the analysis.

    Args:
        spec: A checked spec.
        folder: Folder for the files.
        settings: Settings of the analysis.
        inputs: A .npy file of the user's own features; see ``read_inputs``.
        progress: Function that is told the name of each figure before it is made.

    Raises:
        InputError: The folder cannot be written, or holds such files that qslc did not write; or
            the inputs are not what the encoder takes.
    """
    refuse_foreign(Path(folder), FILES, FILES[0])
    features = None if inputs is None else read_inputs(inputs, spec)
    analysis = analyze_spec(spec, settings, features, progress)
    progress("page")
    files = {FILES[0]: write_indented(analysis), FILES[1]: render_page(analysis)}
    write_folder(Path(folder), files, FILES[0])
    return analysis


def analyze_spec(
    spec: Spec,
    settings: Settings,
    inputs: Array | None = None,
    progress: Progress = ignore,
) -> dict[str, Any]:
    """Compute every figure as JSON values. The same spec and settings give the same figures.

    Args:
        spec: A checked spec.
        settings: Settings of the analysis.
        inputs: The user's own features (N, features), if there are any.
        progress: Function that is told the name of each figure before it is made.
    """
    subject = Subject(spec, lower_to_logical, settings, inputs)
    analysis: dict[str, Any] = {
        "qslc": __version__,
        "name": spec.name,
        "digest": digest(spec),
        "settings": asdict(settings) | {"inputs": 0 if inputs is None else len(inputs)},
        "circuit": {
            "qubits": spec.qubits,
            "layers": resize.count_layers(spec),
            "encoder": spec.encoder.name,
            "pad": spec.encoder.inputs(spec.qubits).pad,
            "weights": len(subject.program.weights),
            "gates": len(subject.program.operations),
            "observables": [str(string) for string in subject.program.observables],
        },
        "skipped": _explain_skipped(subject),
    }
    for name, figure in list_figures().items():
        if figure.of_states and spec.qubits > MAX_QUBITS:
            analysis[name] = None
            continue
        progress(name)
        analysis[name] = figure.compute(subject)
    return analysis


def _explain_skipped(subject: Subject) -> list[str]:
    """Say what was left out, and why."""
    qubits, scales = subject.spec.qubits, resize.is_scalable(subject.spec)
    large = qubits > MAX_QUBITS
    long = len(subject.program.operations) > MAX_ROTATIONS
    reasons = (
        (
            large,
            "Expressibility, entanglement, the gradients of this very circuit, ranks, the map and "
            f"initializations: states of {qubits} qubits are not sampled, only of up to "
            f"{MAX_QUBITS}.",
        ),
        (
            not scales,
            "Gradients against qubits: the ansatz lists its gates or pairs, so it is not defined "
            "on other numbers of qubits.",
        ),
        (
            large and not scales,
            "Gradients against layers: there are too many qubits, and fewer are not defined.",
        ),
        (long, f"Proofs of dead weights: there are more than {MAX_ROTATIONS} gates."),
    )
    return [reason for holds, reason in reasons if holds]
