"""The class in a compiled folder."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from qslc_runtime.layer import QuantumSublayer, share_name


def load(folder: str | Path) -> type[QuantumSublayer]:
    """The layer class that ``qslc compile`` wrote into a folder, registered with Keras.

    The same file gives the same class each time.

    Args:
        folder: with ``layer.py`` and the files beside it.

    Raises:
        FileNotFoundError: there is no ``layer.py``.
        ImportError: it is not a generated layer, or it was written for another runtime.
    """
    path = Path(folder).resolve() / "layer.py"
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} does not exist; `qslc compile SPEC -o {path.parent}` writes it"
        )
    module = _module(path)
    layer = getattr(module, next(iter(getattr(module, "__all__", ())), ""), None)
    if not (isinstance(layer, type) and issubclass(layer, QuantumSublayer)):
        raise ImportError(f"{path} is not a layer that qslc generated; compile the spec again")
    share_name(layer)
    return layer


def _module(path: Path) -> ModuleType:
    """The module under a name made from where the file is and what it says."""
    key = hashlib.sha256(str(path).encode() + b"\0" + path.read_bytes()).hexdigest()[:16]
    name = f"qslc_layer_{key}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise ImportError(f"{path} cannot be imported: {error}") from error
    return module
