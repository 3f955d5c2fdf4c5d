"""The class in a compiled folder."""

from __future__ import annotations

import hashlib
import importlib.abc
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from qslc_runtime.folder import (
    ArtifactError,
    ArtifactNotFoundError,
    check_path,
    escape,
    read_checked,
    read_file,
)
from qslc_runtime.layer import QuantumSublayer, share_name

LAYER = "layer.py"


def load(folder: str | Path, *, allow_changed: bool = False) -> type[QuantumSublayer]:
    """Load the layer class that ``qslc compile`` wrote into a folder, and register it with Keras.

    A folder is code, like a pickle: loading it runs its ``layer.py``. That file is compared with
    the folder's manifest first, which finds damage and edits, not an attacker, who would change
    both: load only folders whose origin you trust. The same file gives the same class each time.

    Args:
        folder: A folder with ``layer.py`` and the files beside it.
        allow_changed: Whether to run a ``layer.py`` that was edited, or has no manifest beside it.

    Raises:
        FileNotFoundError: There is no ``layer.py``, or no manifest.
        ArtifactError: ``layer.py`` is not the file that the compile wrote.
        ImportError: It is not a generated layer, or it was written by another version of qslc.
    """
    path = check_path(folder) / LAYER
    module = _import_module(path, _read_source(path, allow_changed))
    layer = getattr(module, next(iter(getattr(module, "__all__", ())), ""), None)
    if not (isinstance(layer, type) and issubclass(layer, QuantumSublayer)):
        raise ImportError(
            f"{escape(path)} is not a layer that qslc generated; compile the spec again"
        )
    missing = [name for name in QuantumSublayer.STATED if not hasattr(layer, name)]
    if missing:
        raise ImportError(
            f"{escape(path)} was written by another version of qslc: {layer.__name__} has no "
            f"{', '.join(missing)}; compile the spec again"
        )
    share_name(layer)
    return layer


def _read_source(path: Path, allow_changed: bool) -> bytes:
    source = read_file(path.parent, LAYER)
    if allow_changed:
        return source
    hint = f"or load(..., allow_changed=True) runs {LAYER} as it is"
    try:
        _, (source,) = read_checked(path.parent, LAYER)
    except ArtifactNotFoundError as error:
        raise ArtifactNotFoundError(f"{error}, {hint}") from None
    except ArtifactError as error:
        raise ArtifactError(f"{error}, {hint}") from None
    return source


class _Source(importlib.abc.SourceLoader):
    """Gives Python the bytes that were read, whatever happens to the file; writes no cache."""

    def __init__(self, path: Path, source: bytes) -> None:
        self._path = path
        self._source = source

    def get_filename(self, _: str) -> str:
        return str(self._path)

    def get_data(self, _: str | bytes) -> bytes:
        return self._source


def _import_module(path: Path, source: bytes) -> ModuleType:
    """Import the source under a name made from where the file is and what it says."""
    key = hashlib.sha256(bytes(path) + b"\0" + source).hexdigest()[:16]
    name = f"qslc_layer_{key}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_loader(name, _Source(path, source))
    if spec is None or spec.loader is None:
        raise ImportError(f"{escape(path)} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise ImportError(f"{escape(path)} cannot be imported: {escape(error)}") from error
    return module
