"""Read the user's own features from a file of numpy."""

from __future__ import annotations

from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from qslc.analyze.simulation import Array
from qslc.diagnostics import Diagnostic, InputError
from qslc.spec.model import Spec


def read_inputs(path: Path, spec: Spec) -> Array:
    """Read features (N, features), float64: what the encoder gets, so behind any projection.

    Raises:
        InputError: There is no such file, or it does not hold what the encoder takes.
    """
    width = spec.encoder.inputs(spec.qubits).features
    if width == 0:
        raise _refuse(path, "the spec has no encoder, so it takes no features")
    try:
        if path.exists() and not path.is_file():
            raise _refuse(path, "is not a file")
        # It compares the size that a file declares with the file's own.
        values: NDArray[Any] = open_memmap(path, mode="r")  # type: ignore[no-untyped-call]
    except OSError as error:
        raise _refuse(path, f"cannot be read: {error.strerror or error}") from None
    except (ValueError, EOFError, OverflowError, SyntaxError, TypeError, TokenError):
        raise _refuse(path, "is not a .npy file of numbers") from None
    if values.dtype.kind not in "fiu":
        raise _refuse(path, "is not a .npy file of real numbers")
    if values.ndim != 2 or values.shape[1] != width or not len(values):
        raise _refuse(path, f"expected the shape (N, {width}), got {values.shape}")
    features = values.astype(np.float64)
    with np.errstate(over="ignore"):
        lengths = np.linalg.norm(features, axis=1)
    if not (np.isfinite(lengths) & (lengths > 0)).all():
        raise _refuse(path, "holds a row with NaN or infinity, or only zeros")
    return features


def _refuse(path: Path, what: str) -> InputError:
    help_ = "one row for each token, one column for each feature: numpy.save(path, features)"
    return InputError(Diagnostic(f"{path}: {what}", help=help_))
