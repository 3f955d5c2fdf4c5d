"""Adapters in folders that others can use, and on Hugging Face's hub."""

from __future__ import annotations

import inspect
import json
import math
import os
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from qslc_runtime.adapters.attachments import DEFAULT, find_backbone
from qslc_runtime.adapters.card import Facts, write_card
from qslc_runtime.adapters.insert import load_adapter
from qslc_runtime.adapters.insertion import get_generated_name
from qslc_runtime.atomic_file import replace_file
from qslc_runtime.folder import MANIFEST, REPORT, escape, read_checked, read_file
from qslc_runtime.huggingface import config
from qslc_runtime.modules import find_module_functions

if TYPE_CHECKING:
    from qslc_runtime.adapters.adapter import Adapter

WEIGHTS, LAYER, CARD = "adapter.safetensors", "layer", "README.md"
"""The files of such a folder: what was trained, the compile, the model card."""

_WEIGHTS = (WEIGHTS, config.WEIGHTS)
"""Names of adapter files: of Keras models, and of PyTorch's."""

_UPLOADED = (*_WEIGHTS, config.CONFIG, CARD, f"{LAYER}/*")


def save_folder(
    adapter: Adapter,
    folder: str | os.PathLike[str],
    *,
    base_model: str | None = None,
    source: str | None = None,
) -> Path:
    """Write an adapter, the compile of its layer and a model card into a folder.

    Args:
        adapter: An adapter whose sublayers are of a generated class that was loaded from a folder.
        folder: Where; made if it is missing. Files of these names in it are replaced.
        base_model: Name of the base model, for the card.
        source: Where the folder will be found, for the card; its path, if not given.

    Raises:
        ValueError: The sublayers are of no generated class, or a weight is not finite.
        ArtifactError: The folder of the class is gone or was changed.
        OSError: The folder cannot be written.
    """
    path = Path(folder)
    report = copy_compile(adapter, path)
    adapter.save(path / WEIGHTS)
    facts = _collect(adapter, report, base_model)
    replace_file(path / CARD, write_card(facts, source or os.fspath(folder)).encode())
    return path


def copy_compile(adapter: Any, folder: Path) -> dict[str, Any]:
    """Copy the compile of an adapter's layer into a folder, and return its report.

    Raises:
        ValueError: The sublayers are of no generated class.
        ArtifactError: The folder of the class is gone or was changed.
    """
    source = _find_compile(adapter)
    manifest, _ = read_checked(source)
    names = [name for name in manifest["files"] if Path(name).name == name]
    _, contents = read_checked(source, *names)
    files = dict(zip(names, contents, strict=True))
    files[MANIFEST] = read_file(source, MANIFEST)
    (folder / LAYER).mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        replace_file(folder / LAYER / name, content)
    report: dict[str, Any] = json.loads(files[REPORT])
    return report


def push_to_hub(
    adapter: Adapter,
    repository: str,
    *,
    base_model: str | None = None,
    private: bool = False,
    token: str | None = None,
    message: str = "Upload adapter",
) -> str:
    """Upload what ``save_folder`` writes to a repository of Hugging Face's hub, made if missing.

    Args:
        adapter: As for ``save_folder``.
        repository: Its name, "user/name".
        base_model: Name of the base model, for the card.
        private: Whether a new repository is private.
        token: Access token; None for that of ``hf auth login``.
        message: Message of the commit.

    Returns:
        The address of the commit.

    Raises:
        ValueError: As ``save_folder``.
        huggingface_hub.errors.HfHubHTTPError: The hub refuses.
    """
    import huggingface_hub

    hub = huggingface_hub.HfApi(token=token)
    with tempfile.TemporaryDirectory() as scratch:
        functions = find_module_functions(adapter.model)
        write = functions.save_folder if functions else save_folder
        write(adapter, scratch, base_model=base_model, source=repository)
        hub.create_repo(repository, private=private, exist_ok=True)
        commit = hub.upload_folder(
            repo_id=repository,
            folder_path=scratch,
            allow_patterns=[*_UPLOADED],
            commit_message=message,
        )
    return str(commit)


def from_hub(
    model: keras.Model,
    source: str | os.PathLike[str],
    *,
    trust_code: bool = False,
    revision: str | None = None,
    token: str | None = None,
    name: str = DEFAULT,
    **layer_options: Any,
) -> Adapter:
    """Insert an adapter from a folder, or from a repository of Hugging Face's hub.

    Args:
        model: The base model, as for ``insert``.
        source: A folder that ``save_folder`` wrote, or "user/name" on the hub.
        trust_code: Whether ``layer/layer.py`` from there may be run. It is code: read it first.
        revision: Branch, tag or commit on the hub.
        token: Access token; None for that of ``hf auth login``.
        name: Name of the adapter in this model.
        layer_options: Options in place of those of the file, such as ``engine="noisy"``.

    Raises:
        ValueError: ``trust_code`` is not True; or the adapter does not fit the model.
        FileNotFoundError: There is no such folder, or a file is missing in it.
        huggingface_hub.errors.HfHubHTTPError: The hub has no such repository, or refuses.
    """
    if trust_code is not True:
        raise ValueError(
            f"the adapter in {escape(source)} comes with code, {LAYER}/layer.py, which is run: "
            "read it, and if you trust it, say trust_code=True"
        )
    folder = _find_folder(source, revision, token)
    config.check_config(folder)
    weights = next((file for file in _WEIGHTS if (folder / file).is_file()), WEIGHTS)
    for needed in (weights, f"{LAYER}/{MANIFEST}"):
        if not (folder / needed).is_file():
            raise FileNotFoundError(
                f"{escape(source)} holds no adapter: it has no {needed}; Adapter.save_folder and "
                "Adapter.push_to_hub write such folders"
            )
    return load_adapter(model, folder / weights, folder / LAYER, name=name, **layer_options)


def _find_folder(source: str | os.PathLike[str], revision: str | None, token: str | None) -> Path:
    """Return a local folder as it is, and the files of a repository as they are downloaded."""
    path = Path(source)
    if path.is_dir():
        return path
    parts = os.fspath(source).split("/")
    if not isinstance(source, str) or len(parts) != 2 or not all(parts) or "." in parts:
        raise FileNotFoundError(f"the folder {escape(source)} does not exist")
    import huggingface_hub

    return Path(
        huggingface_hub.snapshot_download(
            source, revision=revision, token=token, allow_patterns=[*_UPLOADED]
        )
    )


def _find_compile(adapter: Adapter) -> Path:
    """Return the folder that the class of the sublayers was loaded from."""
    layer = adapter._attachment.trained.insertion.layer
    if get_generated_name(layer) is None:
        raise ValueError(
            f"{layer.__name__} is not a layer that qslc generated: share the file that "
            "Adapter.save writes, and say which method was attached"
        )
    return Path(inspect.getfile(layer)).parent


def _collect(adapter: Adapter, report: dict[str, Any], base_model: str | None) -> Facts:
    attachment, model = adapter._attachment, adapter.model
    insertion = attachment.trained.insertion
    return Facts(
        title=report["name"],
        base=base_model,
        model=type(model).__name__ if model is not find_backbone(model) else "CausalLM",
        targets=insertion.targets,
        blocks=len(insertion.blocks),
        trained=sum(math.prod(weight.shape) for weight in attachment.trainable),
        total=adapter.total_parameters,
        report=report,
        version=version("qslc"),
    )
