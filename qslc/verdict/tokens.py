"""Read tokens and trained weights from files of numpy."""

from __future__ import annotations

from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from qslc.diagnostics import Diagnostic, InputError
from qslc.feasibility.verdict import Tokens
from qslc.spec.encoders import Slice
from qslc.spec.model import Spec

Array = NDArray[np.float64]

LEAST = 8
"""Fewer tokens say little of two fitted numbers a readout."""

_WEIGHTS_HELP = "the trained angles: numpy.save(path, layer.theta)"
_HELP = "one row for each token, one column for each feature or dimension: numpy.save(path, tokens)"


def read_tokens(path: Path, spec: Spec, count: int) -> tuple[Tokens, bool]:
    """Read some tokens of a file at even distances, as ``read_features`` reads all.

    Args:
        count: Number of tokens that are wanted.

    Raises:
        InputError: As for ``read_features``; or there are too few different tokens, or one is zero.
    """
    values, wider, about = read_features(path, spec, LEAST)
    rows = np.linspace(0, len(values) - 1, min(len(values), count)).astype(int)
    chosen = values[rows]
    if not (np.abs(chosen).max(axis=1) > 0).all():
        raise _refuse(path, "holds a row of zeros")
    distinct = len(np.unique(chosen, axis=0))
    if distinct < LEAST:
        raise _refuse(path, f"holds {distinct} different rows; {LEAST} or more are needed")
    return Tokens(chosen, about), wider


def read_features(path: Path, spec: Spec, least: int = 1) -> tuple[Array, bool, str]:
    """Read tokens: features, or hidden states that the layer projects or slices.

    Args:
        path: A .npy file of shape (tokens, features), or (tokens, d) with d > features.
        spec: Spec of the layer.
        least: Fewest tokens.

    Returns:
        The tokens (tokens, features), or (tokens, d) where they have yet to be projected by a
        matrix of the layer; whether they have; and what they are, for people.

    Raises:
        InputError: There is no such file, or it does not hold what the layer takes.
    """
    width = spec.encoder.inputs(spec.qubits).features
    if width == 0:
        raise _refuse(path, "the spec has no encoder, so it takes no tokens")
    values = _read_numbers(path)
    projection = spec.encoder.projection
    if values.ndim != 2 or len(values) < least:
        raise _refuse(path, f"expected the shape ({least} or more, {width}), got {values.shape}")
    wider = values.shape[1] > width
    if values.shape[1] < width or (wider and projection == "none"):
        raise _refuse(path, f"expected {width} columns, got {values.shape[1]}")
    about = f"of {len(values)} in {path.name}"
    if isinstance(projection, Slice) and wider:
        first, last = projection.slice
        if last > values.shape[1]:
            raise _refuse(
                path, f"the spec slices up to {last}, and it has {values.shape[1]} columns"
            )
        return values[:, first:last], False, about
    if wider and projection == "principal":
        from qslc_runtime.preparation import find_principal_axes

        axes = find_principal_axes(values, width)
        return values @ axes, False, f"{about}, along their principal axes"
    return values, wider, about


def read_weights(path: Path, names: tuple[str, ...]) -> dict[str, float]:
    """Read trained weights in radians, in the order of the report's ``weights``.

    Raises:
        InputError: There is no such file, or it does not hold as many numbers.
    """
    values = _read_numbers(path, _WEIGHTS_HELP)
    if values.shape != (len(names),):
        message = f"expected the shape ({len(names)},) of theta, got {values.shape}"
        raise _refuse(path, message, _WEIGHTS_HELP)
    return dict(zip(names, values.tolist(), strict=True))


def _read_numbers(path: Path, advice: str = _HELP) -> Array:
    try:
        if path.exists() and not path.is_file():
            raise _refuse(path, "is not a file", advice)
        # It compares the size that a file declares with the file's own.
        values: NDArray[Any] = open_memmap(path, mode="r")  # type: ignore[no-untyped-call]
    except OSError as error:
        raise _refuse(path, f"cannot be read: {error.strerror or error}", advice) from None
    except (ValueError, EOFError, OverflowError, SyntaxError, TypeError, TokenError):
        raise _refuse(path, "is not a .npy file of numbers", advice) from None
    if values.dtype.kind not in "fiu":
        raise _refuse(path, "is not a .npy file of real numbers", advice)
    numbers = values.astype(np.float64)
    if not np.isfinite(numbers).all():
        raise _refuse(path, "holds NaN or infinity", advice)
    return numbers


def _refuse(path: Path, what: str, advice: str = _HELP) -> InputError:
    return InputError(Diagnostic(f"{path}: {what}", help=advice))
