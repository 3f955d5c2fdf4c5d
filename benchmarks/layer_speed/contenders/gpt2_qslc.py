"""GPT-2 with a quantum sublayer on query and value."""

from __future__ import annotations

from collections.abc import Callable

import qslc_runtime

from benchmarks.layer_speed.cases import Case
from benchmarks.layer_speed.contenders import gpt2
from benchmarks.layer_speed.contenders.native import generated


def step(case: Case, tokens: int) -> Callable[[], object]:
    model = gpt2.model()
    qslc_runtime.insert(model, generated(case))
    return gpt2.training(model) if tokens > gpt2.WRITTEN else gpt2.writing(model)
