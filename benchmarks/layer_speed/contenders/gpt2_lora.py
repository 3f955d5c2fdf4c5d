"""GPT-2 with LoRA of rank 8 on query and value."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.layer_speed.cases import RANK, Case
from benchmarks.layer_speed.contenders import gpt2


def step(case: Case, tokens: int) -> Callable[[], object]:
    del case
    model = gpt2.model()
    model.backbone.enable_lora(RANK)
    return gpt2.training(model) if tokens > gpt2.WRITTEN else gpt2.writing(model)
