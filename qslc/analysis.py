"""All stages of an analysis: spec, programs, figures, files."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from qslc import __version__
from qslc.analyze import resize
from qslc.analyze.budget import MAX_QUBITS, MAX_ROTATIONS
from qslc.analyze.figures import DENSE, SCALABLE
from qslc.analyze.inputs import read_inputs
from qslc.analyze.operations import Sublayer, operations
from qslc.analyze.simulation import Array
from qslc.analyze.subject import Settings, Subject
from qslc.lower.logical import logical_program
from qslc.output import refuse_foreign, write_folder
from qslc.passes import PASSES, run
from qslc.publication import ANALYSIS_FILES
from qslc.report.analysis.page import page
from qslc.simulate.cost import cost
from qslc.simulate.schedule import schedule
from qslc.spec.model import Spec, digest

FILES = ANALYSIS_FILES

GPT2_WIDTH = 768
RANKS = (1, 4, 8, 16)

Progress = Callable[[str], None]


def settings(
    spec: Spec,
    samples: int,
    seed: int | None,
    width: int | None,
    ranks: Sequence[int] | None,
    max_qubits: int,
) -> Settings:
    """Settings, with what was not asked for taken from the spec.

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


def analyze_to(
    spec: Spec,
    folder: str | os.PathLike[str],
    settings: Settings,
    inputs: Path | None = None,
    progress: Progress = lambda _: None,
) -> dict[str, Any]:
    """Analyses a spec and writes analysis.json and analysis.html; gives the analysis.

    Args:
        spec: a checked one.
        folder: where to write.
        settings: what is asked.
        inputs: a .npy file of the user's own features; see ``read_inputs``.
        progress: is told the name of each figure before it is made.

    Raises:
        InputError: the folder cannot be written, or holds such files that qslc did not write; or
            the inputs are not what the encoder takes.
    """
    refuse_foreign(Path(folder), FILES, FILES[0])
    features = None if inputs is None else read_inputs(inputs, spec)
    data = analysis(spec, settings, features, progress)
    progress("page")
    text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write_folder(Path(folder), {FILES[0]: text, FILES[1]: page(data)}, FILES[0])
    return data


def analysis(
    spec: Spec,
    settings: Settings,
    inputs: Array | None = None,
    progress: Progress = lambda _: None,
) -> dict[str, Any]:
    """Every figure, as JSON values. The same spec and settings give the same figures.

    Args:
        spec: a checked one.
        settings: what is asked.
        inputs: the user's own features (N, features), if there are any.
        progress: is told the name of each figure before it is made.
    """
    subject = Subject(spec, logical_program, settings, inputs)
    figures = {**SCALABLE, **(DENSE if spec.qubits <= MAX_QUBITS else {})}
    data = {
        "qslc": __version__,
        "name": spec.name,
        "digest": digest(spec),
        "settings": asdict(settings) | {"inputs": 0 if inputs is None else len(inputs)},
        "circuit": _circuit(subject),
        "operations": _operations(subject),
        "skipped": _skipped(subject),
    } | dict.fromkeys(DENSE)
    for name, figure in figures.items():
        progress(name)
        data[name] = figure(subject)
    return data


def _circuit(subject: Subject) -> dict[str, Any]:
    spec, program = subject.spec, subject.program
    return {
        "qubits": spec.qubits,
        "layers": resize.layers(spec),
        "encoder": spec.encoder.name,
        "pad": getattr(spec.encoder, "pad", None),
        "weights": len(program.weights),
        "gates": len(program.operations),
        "observables": [str(string) for string in program.observables],
    }


def _operations(subject: Subject) -> dict[str, Any]:
    """Of the program that the generated layer computes, as its schedule predicts them."""
    spec, settings = subject.spec, subject.settings
    program, _ = run(subject.program, PASSES[spec.optimize.level])
    inputs, project = spec.encoder.inputs(spec.qubits), spec.encoder.projection
    steps = schedule(program, bias=inputs.bias)
    sublayer = Sublayer(
        weights=len(program.weights),
        observables=len(program.observables),
        circuit=cost(steps, program.qubits, inputs.width).operations,
        features=inputs.features,
        project=project if isinstance(project, str) else "none",
        amplitude=inputs.are_amplitudes,
        reference=inputs.reference,
    )
    rows = operations(sublayer, settings.width, settings.ranks)
    return {"width": settings.width, "rows": [asdict(row) for row in rows]}


def _skipped(subject: Subject) -> list[str]:
    """What was left out, and why."""
    qubits, scales = subject.spec.qubits, resize.scales(subject.spec)
    large = qubits > MAX_QUBITS
    long = len(subject.program.operations) > MAX_ROTATIONS
    reasons = (
        (
            large,
            "Expressibility, entanglement, the gradients of this very circuit, ranks, the map and "
            f"initialisations: states of {qubits} qubits are not sampled, only of up to "
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
