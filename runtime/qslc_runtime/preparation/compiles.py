"""Prepare vectors for the circuit of a compile."""

from __future__ import annotations

from inspect import signature
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from qslc_runtime.artifact import Artifact, ArtifactError, Prepared
from qslc_runtime.folder import escape
from qslc_runtime.preparation.brick import Brick
from qslc_runtime.preparation.encoding import Padding
from qslc_runtime.preparation.multiplexed import compute_multiplexed_angles
from qslc_runtime.preparation.prepare import Preparation, prepare_states
from qslc_runtime.preparation.problem import Bank


def prepare(
    folder: str | Path | Artifact,
    vectors: ArrayLike,
    *,
    fidelity: float | None = None,
    bank: Bank | None = None,
    **options: Any,
) -> Preparation:
    """Find the angles with which the circuit of a compile prepares vectors.

    The columns of the angles are in the order of the symbols prep_0, prep_1, ... of
    ``device.json``. Where the compile's preparation is multiplexed, all fidelities are 1.

        angles, fidelities = qslc_runtime.prepare("build/gpt2_qsl", vectors)

    Args:
        folder: Folder of the compile, or what was read of it.
        vectors: What the circuit encodes of each token, behind the projection of its layer:
            (tokens, features), of any norm.
        fidelity: Fidelity that is asked for. Tokens that do not reach it have angles of
            ``fallback.json`` beside, which are exact; ``Preparation.fallbacks`` names them. None
            for the best that is found.
        bank: Tokens that were prepared before by the same circuit: ``make_bank``.
        options: Other arguments of ``prepare_states``: starts, steps, seed, threads, kernel.

    Raises:
        ArtifactNotFoundError: The folder or one of its files is missing.
        ArtifactError: A file is damaged, or not the one that the compile wrote.
        ValueError: The compile prepares no vectors; the vectors have another width, are not
            finite, or one is zero where no constant stands beside it; the message names the
            tokens. Or an argument is out of range.
    """
    artifact = folder if isinstance(folder, Artifact) else Artifact.read(folder)
    made = require_preparation(artifact)
    rows = np.asarray(vectors)
    if rows.ndim == 2 and rows.shape[1] != made.features:
        raise ValueError(
            f"the circuit in {escape(artifact.folder)} encodes {made.features} features; the "
            f"vectors have {rows.shape[1]}"
        )
    padding = cast(Padding, made.padding)
    if made.method == "multiplexed":
        _check_fidelity(fidelity)
        signature(prepare_states).bind(None, rows, bank=bank, **options)  # as the search would
        angles = compute_multiplexed_angles(rows, made.qubits, padding)
        none, ones = np.zeros(0, np.intp), np.ones(len(angles))
        return Preparation(angles, ones, none, np.zeros((0, angles.shape[1])))
    return prepare_states(
        make_compiled_brick(artifact),
        rows,
        padding=padding,
        fidelity=fidelity,
        bank=bank,
        **options,
    )


def make_bank(folder: str | Path | Artifact, angles: ArrayLike) -> Bank:
    """Make a bank of angles that ``prepare`` found, from which later searches start.

    Raises:
        ArtifactError: As ``prepare``.
        ValueError: The compile has no variational preparation, or the angles are not its own.
    """
    artifact = folder if isinstance(folder, Artifact) else Artifact.read(folder)
    return Bank(make_compiled_brick(artifact), np.asarray(angles, np.float64))


def make_compiled_brick(artifact: Artifact) -> Brick:
    """Return the brick of a compile's variational preparation.

    Raises:
        ArtifactError: The manifest does not describe one.
        ValueError: The compile has no variational preparation.
    """
    made = require_preparation(artifact)
    where = escape(artifact.folder)
    if made.method != "variational":
        raise ValueError(f"the preparation in {where} is {made.method}, which needs no search")
    try:
        brick = Brick(made.qubits, made.levels)
    except ValueError as error:
        raise ArtifactError(f"{where}: {error}; compile the spec again") from None
    if len(brick.rotations) != len(made.symbols):
        raise ArtifactError(
            f"{where}: the preparation has {len(brick.rotations)} angles and {len(made.symbols)} "
            "symbols; compile the spec again"
        )
    return brick


def require_preparation(artifact: Artifact) -> Prepared:
    """Return how a compile prepares vectors.

    Raises:
        ValueError: It does not.
    """
    if artifact.preparation is None:
        kind = artifact.encoder.get("kind")
        advice = (
            "set encoder.preparation in the spec to multiplexed or variational, and compile again"
            if artifact.taken.amplitudes
            else f"the encoder {kind} needs none"
        )
        raise ValueError(f"the circuit in {escape(artifact.folder)} prepares no vectors; {advice}")
    return artifact.preparation


def _check_fidelity(fidelity: float | None) -> None:
    if fidelity is not None and not 0 <= fidelity <= 1:
        raise ValueError(f"a fidelity lies between 0 and 1: {fidelity}")
