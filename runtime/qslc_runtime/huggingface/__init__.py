"""Generated layers in PyTorch models, such as those of ``transformers``.

``qslc_runtime.insert``, ``load_adapter``, ``get_adapter`` and ``from_hub`` come here with a model
that is a ``torch.nn.Module``, on Keras's torch backend.
"""

from __future__ import annotations

from qslc_runtime.huggingface.adapter import ModuleAdapter
from qslc_runtime.huggingface.insert import get_adapter, insert, load_adapter

__all__ = ["ModuleAdapter", "get_adapter", "insert", "load_adapter"]
