"""Say what to install where a package of an extra of qslc is missing."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Any

_EXTRAS = {
    "h5py": "keras",
    "huggingface_hub": "keras",
    "keras": "keras",
    "keras_hub": "keras",
    "qsimcirq": "qsim",
    "safetensors": "keras",
    "tensorflow": "keras",
    "tensorflow_quantum": "tfq",
    "torch": "torch",
    "transformers": "torch",
}
"""The extra that installs each package."""


def explain_missing(error: ImportError) -> ImportError:
    """Return an error that says what to install, or the error itself if no extra would help."""
    package = (error.name or "").partition(".")[0]
    if not isinstance(error, ModuleNotFoundError) or package not in _EXTRAS:
        return error
    message = f'{package} is not installed: pip install "qslc[{_EXTRAS[package]}]"'
    return ModuleNotFoundError(message + _suggest_backend(package), name=package)


def _suggest_backend(package: str) -> str:
    """Return what to set where Keras finds no TensorFlow, its default, but another backend is."""
    others = [name for name in ("torch", "jax") if find_spec(name)]
    if package != "tensorflow" or "keras" in sys.modules or not others:
        return ""
    return f", or set the environment variable KERAS_BACKEND={others[0]} before Keras is imported"


def import_qsim() -> Any:
    """Import qsimcirq.

    Raises:
        ModuleNotFoundError: It is not installed; the message says how to install it.
    """
    try:
        import qsimcirq
    except ModuleNotFoundError as error:
        raise explain_missing(error) from None
    return qsimcirq
