"""Places of the attention projections in the models of ``models.py``."""

from __future__ import annotations

from qslc_runtime.families import Family

TINY = Family(
    "Tiny",  # the class is called TinyBackbone
    "qslc_example.models",
    attention="_self_attention_layer",
    query="_query_dense",
    key="_key_dense",
    value="_value_dense",
)
