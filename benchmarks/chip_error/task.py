"""The layer, the model in which it is trained, and its tokens."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from qslc_runtime import engines, load
from qslc_runtime.adapters.attachments import find_backbone
from qslc_runtime.adapters.insert import insert
from qslc_runtime.layer.correction import record_features

import qslc
from benchmarks.report import ROOT

Array = NDArray[np.float64]

DEVICE = "willow"
TRAINING_SHOTS = 3000
RATE = 0.02
WAYS = ("clean", "shots", "noisy")


@dataclass(frozen=True)
class Sizes:
    """Numbers of what is trained and measured."""

    pairs: int = 640
    base_epochs: int = 5
    steps: int = 60
    fitted: int = 96
    scored: int = 32
    exact: int = 32


QUICK = Sizes(pairs=64, base_epochs=1, steps=2, fitted=16, scored=8, exact=16)


def compile_layer(folder: Path, preparation: str = "variational") -> Path:
    """Compile the layer of the README for a chip."""
    text = f"""qslc: 1
name: readme
qubits: 7
encoder: {{kind: amplitude, features: 64, pad: reference, project: orthogonal,
  preparation: {preparation}}}
ansatz: {{depth: 4, rotations: [ry], entangler: {{gate: cnot, pattern: ring}}}}
measure: interference
device: {DEVICE}
noise: device
"""
    qslc.compile_to(qslc.parse(text), folder)
    return folder


@dataclass(frozen=True)
class Task:
    """The demo's base, what it is adapted to, and hidden states of another model if there are."""

    demo: Any
    model: Any
    train: Any
    test: Any
    states: Array | None
    sizes: Sizes

    def train_layer(self, layer: Path, engine: str, options: Mapping[str, Any], to: Any) -> Any:
        """Train the layer in every block; returns the adapter."""
        keras.utils.set_random_seed(7)
        adapter = insert(self.model, layer, engine=engine, engine_options=options)
        if to is not None:
            adapter.calibrate(self.train[0], to=to, count=self.sizes.fitted)
        self.demo.tiny_gpt2.compile_model(self.model, RATE)
        x, y, weights = self.train
        epochs, batch = 1, 32
        while epochs * (len(y) // batch) < self.sizes.steps:
            epochs += 1
        self.model.fit(
            x, y, sample_weight=weights, batch_size=batch, epochs=epochs, shuffle=False, verbose=0
        )
        return adapter

    def list_tokens(self, adapter: Any) -> Iterator[tuple[Any, NDArray[np.float32]]]:
        """Yield each sublayer, and what its circuit takes for random tokens of the test data."""
        count = self.sizes.fitted + self.sizes.scored
        with ExitStack() as stack:
            seen = {
                path: stack.enter_context(record_features(layer))
                for path, layer in adapter.sublayers.items()
            }
            find_backbone(self.model)(self.test[0], training=False)
        used = np.flatnonzero(self.test[0]["padding_mask"].reshape(-1))
        chosen = np.random.default_rng(0).permutation(used)[:count]
        for path, layer in adapter.sublayers.items():
            own = np.concatenate(seen[path])[chosen]
            if self.states is not None:
                rows = np.random.default_rng(0).permutation(self.states)[:count]
                own = np.asarray(layer._selection.add_reference(rows.astype(np.float32)))
            yield layer, own


def make_task(sizes: Sizes, states: Path | None) -> Task:
    """Train the base of the demo."""
    sys.path.insert(0, str(ROOT / "examples"))
    demo = importlib.import_module("demo")
    keras.utils.set_random_seed(7)
    records, tiny_gpt2 = demo.records, demo.tiny_gpt2
    corpus = {d.name: records.make_pairs(d, sizes.pairs, 0) for d in records.DOMAINS}
    model, tokenizer = demo.train_base(corpus, sizes)
    pairs = corpus[records.DISASTER.name]
    held_out = records.make_pairs(records.DISASTER, 64, seed=1)
    train, test = (tiny_gpt2.make_examples(tokenizer, part) for part in (pairs, held_out))
    return Task(demo, model, train, test, read_features(states) if states else None, sizes)


def read_features(path: Path, features: int = 64) -> Array:
    """Return hidden states in the basis that ``insert`` chooses: (tokens, features)."""
    with np.load(path) as file:
        states, kernel = (file[name].astype(np.float64) for name in ("states", "query_kernel"))
    found: Array = states @ np.linalg.svd(kernel)[0][:, :features]
    return found


def train_all(
    task: Task, layer: Path, ways: Collection[str]
) -> Iterator[tuple[str, Any, dict[str, float]]]:
    """Yield each way of training, its adapter, and its losses and seconds."""
    shots = TRAINING_SHOTS
    chip = engines.create("sampler", load(layer), {"sampler": "noisy", "shots": shots})
    slopes = 1.0
    for way in (way for way in WAYS if way in ways):
        begin = time.process_time()
        if way == "clean":
            adapter = task.train_layer(layer, "native", {}, None)
            found = adapter.calibrate(task.train[0], chip, count=task.sizes.fitted)
            slopes = float(np.mean([c.slopes for c in found.values()]))
        elif way == "shots":
            options = {"shots": shots, "factors": slopes}
            adapter = task.train_layer(layer, "shots", options, None)
        else:
            adapter = task.train_layer(layer, "noisy", {}, chip)
        seconds = time.process_time() - begin
        x, y, weights = task.test
        loss = float(task.model.evaluate(x, y, sample_weight=weights, verbose=0))
        yield way, adapter, {"loss": loss, "seconds": seconds, "factor": slopes}
        adapter.remove()
