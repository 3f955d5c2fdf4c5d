"""Say what to install where a command needs more than the compiler."""

from __future__ import annotations

from importlib.util import find_spec

from qslc.diagnostics import Diagnostic, InputError

_NAMES = {"keras": "Keras", "keras_hub": "KerasHub", "tensorflow": "TensorFlow"}


def require(purpose: str, extra: str, *packages: str) -> None:
    """Check that packages are installed, without importing them.

    Args:
        purpose: What needs them, a clause such as "a layer needs it".
        extra: The extra of qslc that installs them.
        packages: Names to import.

    Raises:
        InputError: One is not installed.
    """
    missing = next((name for name in packages if find_spec(name) is None), None)
    if missing is not None:
        message = f"{_NAMES.get(missing, missing)} is not installed, and {purpose}"
        raise InputError(Diagnostic(message, help=f'pip install "qslc[{extra}]"'))
