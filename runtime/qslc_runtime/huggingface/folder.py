"""Folders of adapters of PyTorch models."""

from __future__ import annotations

import os
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qslc_runtime.adapters.card import Facts, write_card
from qslc_runtime.adapters.hub import CARD, copy_compile
from qslc_runtime.atomic_file import replace_file
from qslc_runtime.huggingface.config import CONFIG, WEIGHTS, write_config

if TYPE_CHECKING:
    from qslc_runtime.huggingface.adapter import ModuleAdapter

_TASKS = {
    "LMHeadModel": "CAUSAL_LM",
    "ForCausalLM": "CAUSAL_LM",
    "ForConditionalGeneration": "SEQ_2_SEQ_LM",
    "ForQuestionAnswering": "QUESTION_ANS",
    "ForSequenceClassification": "SEQ_CLS",
    "ForTokenClassification": "TOKEN_CLS",
}
"""PEFT's names of tasks, by the end of a class's name."""


def save_folder(
    adapter: ModuleAdapter,
    folder: str | os.PathLike[str],
    *,
    base_model: str | None = None,
    source: str | None = None,
) -> Path:
    """Write an adapter, its configuration, the compile of its layer and a model card.

    Args:
        adapter: An adapter whose sublayers are of a generated class that was loaded from a folder.
        folder: Where; made if it is missing. Files of these names in it are replaced.
        base_model: Name of the base model. None: what the model's configuration says.
        source: Where the folder will be found, for the card; its path, if not given.

    Raises:
        ValueError: The sublayers are of no generated class, or a weight is not finite.
        ArtifactError: The folder of the class is gone or was changed.
        OSError: The folder cannot be written.
    """
    path, model = Path(folder), type(adapter.model).__name__
    base = (
        base_model or getattr(getattr(adapter.model, "config", None), "_name_or_path", "") or None
    )
    report = copy_compile(adapter, path)
    adapter.save(path / WEIGHTS)
    record = adapter._attachment.trained.insertion.to_json()
    task = next((task for end, task in _TASKS.items() if model.endswith(end)), None)
    replace_file(path / CONFIG, write_config(record, adapter.target_modules, base, task))
    facts = _collect(adapter, record, report, base)
    replace_file(path / CARD, write_card(facts, source or os.fspath(folder)).encode())
    return path


def _collect(
    adapter: ModuleAdapter, record: dict[str, Any], report: dict[str, Any], base: str | None
) -> Facts:
    return Facts(
        title=report["name"],
        base=base,
        model=type(adapter.model).__name__,
        targets=record["targets"],
        blocks=len(record["blocks"]),
        trained=adapter.trainable_parameters,
        total=adapter.total_parameters,
        report=report,
        version=version("qslc"),
        library="transformers",
    )
