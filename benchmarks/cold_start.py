"""Measure what it takes a process until a sublayer in a GPT-2 has taken its first step.

python -m benchmarks.cold_start [--rounds 7]

Every round is a process of its own; medians of processor time, which other processes change little.
The GPT-2 is small and random, so that what is measured is the start, not the model.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.report import RESULTS, Table
from qslc import compile_to, sublayer

PHASES = {
    "python": "Python",
    "frameworks": "import TensorFlow, Keras and KerasHub",
    "import": "import qslc_runtime",
    "model": "build the GPT-2",
    "plain": "its first step, without a sublayer",
    "load": "load the compiled layer",
    "insert": "insert it into query and value of every block",
    "step": "first step with it",
}
OURS = ("import", "load", "insert", "step")
COMMANDS: tuple[tuple[str, ...], ...] = (
    (),
    ("--help",),
    ("check", "spec.yaml"),
    ("compile", "spec.yaml", "-o", "out"),
)
FEATURES = 64


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="processes of each kind")
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        print(json.dumps(run_phases(options.worker)))
        return
    with tempfile.TemporaryDirectory() as folder:
        spec = sublayer("cold", 6).amplitude(FEATURES).layers(4).spec()
        compile_to(spec, Path(folder) / "layer")
        (Path(folder) / "spec.yaml").write_text(SPEC, encoding="utf-8")
        rounds = [start_worker(Path(folder) / "layer") for _ in range(options.rounds)]
        commands = {words: time_command(words, folder, options.rounds) for words in COMMANDS}
    text = write_page(rounds, commands)
    (RESULTS / "cold_start.md").write_text(text, encoding="utf-8")
    print(text)


SPEC = f"""qslc: 1
name: cold
qubits: 6
encoder: {{kind: amplitude, features: {FEATURES}}}
ansatz: {{depth: 4, rotations: [ry], entangler: {{gate: cnot, pattern: ring}}}}
measure: z
device: willow
"""


def start_worker(layer: Path) -> dict[str, float]:
    """Return the seconds of each phase in a new process."""
    command = [sys.executable, "-m", "benchmarks.cold_start", "--worker", str(layer)]
    bare = time_process([sys.executable, "-c", ""])
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {"python": bare, **json.loads(done.stdout.splitlines()[-1])}


def time_command(words: tuple[str, ...], folder: str, rounds: int) -> float:
    """Return the median seconds of a command, or, without words, of `import qslc`."""
    code = "from qslc.cli import main; main()" if words else "import qslc; qslc.compile"
    command = ["-c", code, *words]
    return statistics.median(
        time_process([sys.executable, *command], folder) for _ in range(rounds)
    )


def time_process(command: list[str], folder: str | None = None) -> float:
    start = os.times()
    subprocess.run(command, cwd=folder, capture_output=True, check=True)
    end = os.times()
    return sum(end[2:4]) - sum(start[2:4])


def run_phases(layer: Path) -> dict[str, float]:
    """Return the seconds of each phase but the first, in this process."""
    seconds: dict[str, float] = {}

    @contextmanager
    def phase(name: str) -> Iterator[None]:
        start = time.process_time()
        yield
        seconds[name] = time.process_time() - start

    with phase("frameworks"):
        import keras
        import keras_hub
        import numpy as np
        import tensorflow as tf

        tf.constant(0.0)
    with phase("import"):
        import qslc_runtime

        insert, load = qslc_runtime.insert, qslc_runtime.load
    with phase("model"):
        backbone = keras_hub.models.GPT2Backbone(
            vocabulary_size=500,
            num_layers=2,
            num_heads=4,
            hidden_dim=FEATURES,
            intermediate_dim=4 * FEATURES,
            max_sequence_length=32,
        )
        model = keras_hub.models.GPT2CausalLM(backbone=backbone, preprocessor=None)
        tokens = np.arange(8 * 32).reshape(8, 32) % 500
        inputs = {"token_ids": tokens, "padding_mask": np.ones_like(tokens)}

    def step() -> None:
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(optimizer="adam", loss=loss)
        model.fit(inputs, tokens, batch_size=8, epochs=1, verbose=0)

    with phase("plain"):
        step()
    with phase("load"):
        layer_class = load(layer)
    with phase("insert"):
        insert(model, layer_class)  # type: ignore[operator]
    with phase("step"):
        step()
    return seconds


def write_page(rounds: list[dict[str, float]], commands: Mapping[tuple[str, ...], float]) -> str:
    """Return medians and shares as Markdown."""
    medians = {name: statistics.median(each[name] for each in rounds) for name in PHASES}
    whole = sum(medians.values())
    rows = tuple(
        (
            text,
            "qslc" if name in OURS else "",
            f"{medians[name]:.2f}",
            f"{medians[name] / whole:.0%}",
        )
        for name, text in PHASES.items()
    )
    ours = sum(medians[name] for name in OURS)
    table = Table(("phase", "whose", "s", "share"), rows, texts=2)
    named = tuple(
        (f"`qslc {' '.join(words)}`" if words else "`import qslc`", f"{seconds:.2f}")
        for words, seconds in commands.items()
    )
    return (
        f"# Cold start\n\nSeconds of processor time, medians of {len(rounds)} processes, Python "
        f"{platform.python_version()}. The kernel is prebuilt or cached; the model is a small "
        f"random GPT-2.\n\n{table.markdown()}\nOf {whole:.1f} s {ours:.1f} s are qslc's, in which "
        "a step of training is traced anew.\n\n"
        f"{Table(('command', 's'), named, texts=1).markdown()}"
    )


if __name__ == "__main__":
    main()
