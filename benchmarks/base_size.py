"""Measure what a step of a study takes for bases of growing size: processor time and memory.

python -m benchmarks.base_size

Bases are GPT-2s of random weights with a LoRA of rank 4, on one thread. Each is in a process of its
own. Processor time is little changed by other processes. `docs/scale.md` goes on from here.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

from benchmarks.report import RESULTS, Table

SIZES = ((4, 256), (8, 512), (12, 768), (24, 1024))
"""Blocks and width; the last two are GPT-2 and GPT-2 medium."""
BATCH, LENGTH, STEPS = 4, 128, 3
VOCABULARY = 50257


@dataclass(frozen=True)
class Found:
    """Parameters of a base, seconds of a step, and bytes before, with and after the model."""

    parameters: int
    seconds: float
    empty: int
    loaded: int
    peak: int


def main() -> None:
    """Measure every size and write the table."""
    environment = os.environ | {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    found = []
    for size in SIZES:
        command = [sys.executable, "-m", "benchmarks.base_size", *map(str, size)]
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
        found.append(Found(**json.loads(done.stdout.splitlines()[-1])))
    table = Table(
        (
            "blocks",
            "width",
            "million parameters",
            "s/step",
            "GFLOP/s",
            "MiB of weights",
            "peak MiB",
        ),
        tuple(_make_row(*size, each) for size, each in zip(SIZES, found, strict=True)),
        texts=0,
    )
    table.print()
    about = (
        f"# Bases of growing size\n\nA step of {BATCH} sequences of {LENGTH} tokens with a LoRA of "
        f"rank 4, float32, processor time of one thread, medians of {STEPS}. GFLOP/s: 4 for each "
        "token and parameter but those of the positions. MiB of weights: by how much loading the "
        "base raised the memory of the process.\n\n"
    )
    (RESULTS / "base_size.md").write_text(about + table.markdown(), encoding="utf-8")


def _make_row(blocks: int, width: int, found: Found) -> tuple[str, ...]:
    work = 4 * (found.parameters - 1024 * width) * BATCH * LENGTH
    return (
        str(blocks),
        str(width),
        f"{found.parameters / 1e6:.1f}",
        f"{found.seconds:.2f}",
        f"{work / found.seconds / 1e9:.0f}",
        f"{(found.loaded - found.empty) / 2**20:,.0f}",
        f"{found.peak / 2**20:,.0f}",
    )


def measure(blocks: int, width: int) -> Found:
    """Measure steps of one base in this process."""
    import keras_hub
    import numpy as np
    from qslc_runtime.methods import Lora, attach, grouped_adamw

    from qslc_study.training.backends.tensorflow import make_steps
    from qslc_study.training.examples import Batch
    from qslc_study.training.run import measure_peak_memory

    empty = measure_peak_memory()
    backbone = keras_hub.models.GPT2Backbone(
        vocabulary_size=VOCABULARY,
        num_layers=blocks,
        num_heads=width // 64,
        hidden_dim=width,
        intermediate_dim=4 * width,
        dropout=0.0,
    )
    model = keras_hub.models.GPT2CausalLM(backbone, preprocessor=None)
    parameters, loaded = backbone.count_params(), measure_peak_memory()
    adapter = attach(model, Lora(rank=4), seed=0)
    optimizer = grouped_adamw(adapter, dict.fromkeys(adapter.groups, 1e-3))
    weights: list[Any] = [weight for group in adapter.groups.values() for weight in group]
    steps = make_steps(backbone, weights, optimizer)
    rng = np.random.default_rng(0)
    ids = rng.integers(VOCABULARY, size=(BATCH, LENGTH), dtype=np.int32)
    places = np.argwhere(np.ones((BATCH, LENGTH - 1))).astype(np.int32)
    batch = Batch(ids, np.ones_like(ids), places, ids[:, 1:].ravel())
    steps.train(batch)
    seconds = []
    for _ in range(STEPS):
        begin = time.process_time()
        steps.train(batch)
        seconds.append(time.process_time() - begin)
    return Found(parameters, statistics.median(seconds), empty, loaded, measure_peak_memory())


if __name__ == "__main__":
    if sys.argv[1:]:
        print(json.dumps(vars(measure(*map(int, sys.argv[1:])))))
    else:
        main()
