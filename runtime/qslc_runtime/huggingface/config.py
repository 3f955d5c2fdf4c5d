"""The file ``adapter_config.json`` of an adapter's folder, as PEFT has one.

It says to readers what ``adapter_model.safetensors`` says in its record, which is what is loaded.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from qslc_runtime.adapters import adapter_file
from qslc_runtime.adapters.record import parse_json
from qslc_runtime.folder import escape

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
KIND = "QSLC"


def write_config(
    record: Mapping[str, Any],
    target_modules: str | tuple[str, ...],
    base_model: str | None,
    task: str | None,
) -> bytes:
    """Write the file.

    Args:
        record: What was inserted where (``Insertion.to_json``).
        target_modules: What the user called the modules.
        base_model: Name of the base model.
        task: PEFT's name of what the model does.
    """
    named = target_modules if isinstance(target_modules, str) else list(target_modules)
    config = {
        "peft_type": KIND,
        "base_model_name_or_path": base_model,
        "task_type": task,
        "inference_mode": True,
        "target_modules": named,
        "layers_to_transform": record["blocks"],
        **{name: record[name] for name in _SAME},
        "qslc": version("qslc"),
    }
    return (json.dumps(config, indent=2) + "\n").encode()


_SAME = ("layer", "digest", "seed", "options")


def check_config(folder: Path) -> None:
    """Check that a folder's configuration, if it has one, is of the weights beside it.

    Raises:
        ValueError: It is of another kind of adapter, of other weights, or damaged.
    """
    path = folder / CONFIG
    if not path.is_file():
        return
    try:
        config = parse_json(path.read_bytes())
    except (ValueError, OSError) as error:
        raise ValueError(f"{escape(path)} is damaged: {escape(error)}") from None
    kind = config.get("peft_type") if isinstance(config, dict) else None
    if kind != KIND:
        raise ValueError(
            f"{escape(folder)} holds an adapter of another kind (peft_type "
            f"{escape(repr(kind), 40)} in {CONFIG}, not {KIND!r}): load it with "
            "peft.PeftModel.from_pretrained"
        )
    record = adapter_file.read_header(folder / WEIGHTS).record
    here = {"layers_to_transform": list(record.blocks)}
    here |= {name: getattr(record, name) for name in _SAME}
    for name, value in here.items():
        if config.get(name) != value:
            raise ValueError(
                f"{CONFIG} and {WEIGHTS} in {escape(folder)} are of different adapters: {name} is "
                f"{escape(repr(config.get(name)), 80)} and {escape(repr(value), 80)}"
            )
