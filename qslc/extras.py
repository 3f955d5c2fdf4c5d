"""Say what to install where a command needs more than the compiler."""

from __future__ import annotations

from importlib.util import find_spec

from qslc.diagnostics import Diagnostic, InputError

_NAMES = {"jax": "JAX", "keras": "Keras", "keras_hub": "KerasHub", "tensorflow": "TensorFlow"}


def require(purpose: str, extra: str | None, *packages: str) -> None:
    """Check that packages are installed, without importing them.

    Args:
        purpose: What needs them, a clause such as "a layer needs it".
        extra: The extra of qslc that installs them; none does if it is None.
        packages: Names to import.

    Raises:
        InputError: One is not installed.
    """
    missing = next((name for name in packages if find_spec(name) is None), None)
    if missing is not None:
        message = f"{_NAMES.get(missing, missing)} is not installed, and {purpose}"
        install = f'"qslc[{extra}]"' if extra else missing
        raise InputError(Diagnostic(message, help=f"pip install {install}"))
