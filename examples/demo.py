"""From a spec to a quantum sublayer in a small GPT-2, trained and on a virtual chip, in minutes.

python examples/demo.py [--quick]
"""

from __future__ import annotations

import argparse
import logging
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import qslc_runtime
import records
import tiny_gpt2
from qslc_runtime import insert, load_adapter
from rich.console import Console

HERE = Path(__file__).parent
SPEC = HERE / "gpt2_qsl.yaml"
BUILD = HERE.parent / "build" / "gpt2_qsl"
console = Console()
logging.getLogger("tensorflow").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Sizes:
    """Amount of work that each step does."""

    pairs: int
    base_epochs: int
    epochs: int
    tfq_steps: int
    held_out: int
    chip_pairs: int
    calibration_pairs: int
    calibration_tokens: int


FULL = Sizes(
    pairs=1200,
    base_epochs=10,
    epochs=5,
    tfq_steps=20,
    held_out=128,
    chip_pairs=8,
    calibration_pairs=32,
    calibration_tokens=256,
)
QUICK = Sizes(
    pairs=160,
    base_epochs=2,
    epochs=1,
    tfq_steps=1,
    held_out=16,
    chip_pairs=1,
    calibration_pairs=4,
    calibration_tokens=16,
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="every step, with little training")
    sizes = QUICK if parser.parse_args().quick else FULL
    keras.utils.set_random_seed(7)
    layer = compile_spec()
    corpus = {domain.name: records.make_pairs(domain, sizes.pairs, 0) for domain in records.DOMAINS}
    model, tokenizer = train_base(corpus, sizes)
    adapt(model, tokenizer, layer, corpus[records.DISASTER.name], sizes)


def compile_spec():
    print_step(1, "Compile the spec: circuits for the device, a Keras layer, a depth report")
    qslc = Path(sys.executable).with_name("qslc")
    subprocess.run([qslc, "compile", SPEC, "-o", BUILD], check=True)
    return qslc_runtime.load(BUILD)


def train_base(corpus, sizes: Sizes):
    print_step(
        2, "Train a small GPT-2 from scratch, on records of two domains and prose of the third"
    )
    *known, new = corpus.values()
    tokenizer = tiny_gpt2.train_tokenizer(
        [tiny_gpt2.format_pair(p) for d in corpus.values() for p in d]
    )
    prose = [records.Pair("", pair.sentence) for pair in new]
    pairs = [pair for domain in known for pair in domain] + prose
    model = tiny_gpt2.build(tokenizer.vocabulary_size())
    console.print(f"  {model.count_params():,} parameters, {len(pairs):,} texts such as")
    console.print(
        f"    {tiny_gpt2.format_pair(pairs[0])}", style="dim", highlight=False, soft_wrap=True
    )
    x, y, weights = tiny_gpt2.make_examples(tokenizer, shuffle(pairs), whole=True)
    fit(model, "base model", x, y, weights, sizes.base_epochs)
    return model, tokenizer


def adapt(model, tokenizer, layer, pairs, sizes: Sizes) -> None:
    print_step(3, "Insert the layer into query and value of every block; the base is frozen")
    held_out = records.make_pairs(records.DISASTER, sizes.held_out, seed=1)
    test = tiny_gpt2.make_examples(tokenizer, held_out)
    record = held_out[0].record
    before, sentence = compute_loss(model, test), tiny_gpt2.complete(model, tokenizer, record)
    adapter = insert(model, layer)
    adapter.print_trainable_parameters()

    print_step(4, "Adapt it to disaster response with the native engine")
    tiny_gpt2.compile_model(model, learning_rate=0.02)
    fit(model, "native", *tiny_gpt2.make_examples(tokenizer, pairs), sizes.epochs)
    path = BUILD.parent / "gpt2_qsl.adapter.safetensors"
    adapter.save(path)
    after = compute_loss(model, test)
    console.print(f"  held-out loss {before:.3f} frozen, [bold]{after:.3f}[/] adapted (nats/token)")

    print_step(5, "Write a sentence for a record it has not seen")
    console.print(f"  {record}", style="dim", highlight=False, soft_wrap=True)
    console.print(f"  before: {sentence}", highlight=False, soft_wrap=True)
    sentence = tiny_gpt2.complete(model, tokenizer, record)
    console.print(f"  after:  {sentence}", highlight=False, soft_wrap=True)
    adapter.remove()

    train_on_qsim(model, tokenizer, layer, path, pairs, sizes)
    chosen = held_out[: sizes.chip_pairs]
    run_on_the_chip(model, tokenizer, layer, path, pairs, chosen, sizes)
    console.print(f"\n  adapter  {os.path.relpath(path)} ({path.stat().st_size / 1024:.0f} KiB)")
    console.print(f"  report   {os.path.relpath(BUILD / 'report.html')}")


def train_on_qsim(model, tokenizer, layer, path, pairs, sizes: Sizes) -> None:
    print_step(6, "The same adapter on qsim, inside the TensorFlow graph: engine tfq")
    if find_spec("tensorflow_quantum") is None:
        console.print("  left out: TensorFlow Quantum has no packages for this Python or system")
        return
    adapter = load_adapter(model, path, layer, engine="tfq")
    tiny_gpt2.compile_model(model, learning_rate=0.002)
    few = pairs[: 8 * sizes.tfq_steps]
    fit(model, "tfq", *tiny_gpt2.make_examples(tokenizer, few), epochs=1, batch_size=8)
    adapter.remove()


def run_on_the_chip(model, tokenizer, layer, path, pairs, held_out, sizes: Sizes) -> None:
    print_step(7, "On the chip: vectors prepared, Willow's calibrated noise, 10,000 shots")
    test = crop(tiny_gpt2.make_examples(tokenizer, held_out))
    texts, _, _ = crop(tiny_gpt2.make_examples(tokenizer, pairs[: sizes.calibration_pairs]))
    frozen = compute_loss(model, test)
    adapter = load_adapter(model, path, layer)
    exact = compute_loss(model, test)
    with console.status("  sampling"):
        found = adapter.calibrate(texts, "noisy", count=sizes.calibration_tokens)
        adapter.save(path)
        adapter.remove()
        chip = {"engine": "sampler", "engine_options": {"sampler": "noisy"}}
        adapter = load_adapter(model, path, layer, **chip)
        calibrated = compute_loss(model, test)
        adapter.clear_calibration()
        raw = compute_loss(model, test)
    adapter.remove()
    before, after = (
        np.sqrt(np.mean([getattr(c, name) ** 2 for c in found.values()]))
        for name in ("raw_bias", "bias")
    )
    console.print(
        f"  error of readouts {before:.2f}, and {after:.2f} calibrated "
        f"on {sizes.calibration_tokens} tokens"
    )
    console.print(f"  loss of {len(held_out)} held-out pairs")
    stages = {"frozen": frozen, "adapted": exact, "on the chip": raw, "calibrated": calibrated}
    for stage, loss in stages.items():
        console.print(f"    {stage:12} {loss:.3f}", highlight=False)


def crop(examples):
    """Leave out positions that are padding in all examples: each is measured on the chip."""
    inputs, targets, weights = examples
    used = int(inputs["padding_mask"].sum(axis=1).max())
    inputs = {name: part[:, :used] for name, part in inputs.items()}
    # The loss is the mean over positions, of which there are fewer.
    return inputs, targets[:, :used], weights[:, :used] * (used / weights.shape[1])


def fit(model, title: str, x, y, weights, epochs: int, batch_size: int = 32) -> None:
    console.print(f"  {title}")
    # KerasHub makes a data set of the arrays without shuffling it, whatever it is asked.
    options = {"batch_size": batch_size, "epochs": epochs, "shuffle": False}
    model.fit(x, y, sample_weight=weights, verbose=1 if console.is_terminal else 2, **options)


def compute_loss(model, test) -> float:
    x, y, weights = test
    return float(model.evaluate(x, y, sample_weight=weights, verbose=0))


def shuffle(pairs):
    return [pairs[i] for i in np.random.default_rng(7).permutation(len(pairs))]


def print_step(number: int, title: str) -> None:
    console.print(f"\n[bold]{number}/7 {title}[/]", highlight=False)


if __name__ == "__main__":
    main()
