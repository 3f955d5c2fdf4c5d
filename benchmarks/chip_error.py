"""Total error of README's layer on a chip, prepared, trained in three ways.

python -m benchmarks.chip_error [--states STATES.npz] [--device willow] [--quick]

The layer is trained in the small GPT-2 of examples/demo.py: without noise; with what the chip
leaves of readouts and the noise of shots; and under the exact noise of the layer, brought to the
chip's readouts. Then its whole circuit is sampled. Errors are those of all readouts of all
sublayers, relative to their root mean square, after a calibration on other tokens.

STATES.npz may hold hidden states of another model, ``states`` (tokens, d) and ``query_kernel``
(d, units): the trained layers are measured on these too, as ``insert`` would encode them.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray
from qslc_runtime import engines, load, mitigation
from qslc_runtime.adapters.attach import find_backbone
from qslc_runtime.adapters.insert import insert
from qslc_runtime.layer.correction import make_exact_engine, record_features
from qslc_runtime.mitigation.calibration import fit_calibration

import qslc
from benchmarks.report import RESULTS, ROOT, Table, write_lines

Array = NDArray[np.float64]

SHOTS = (3000, 10_000, 100_000)
TARGETS = {3000: 0.25, 10_000: 0.15}
TRAINING_SHOTS = 3000
RATE = 0.02
FLOORS = ("behind", "imitated")
TWIRLED = mitigation.Mitigation(readout="confusion", twirling=8)


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


def compile_layer(folder: Path, device: str) -> Path:
    """Compile the layer of the README for a chip that prepares its vectors."""
    text = f"""qslc: 1
name: readme
qubits: 7
encoder: {{kind: amplitude, features: 64, pad: reference, project: orthogonal,
  preparation: variational}}
ansatz: {{depth: 4, rotations: [ry], entangler: {{gate: cnot, pattern: ring}}}}
measure: interference
device: {device}
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


@dataclass(frozen=True)
class Errors:
    """Errors of the readouts of a layer, relative to their root mean square.

    Args:
        shots: Number for each token.
        raw: As they are measured.
        calibrated: With factors and offsets.
        behind: How far engine "noisy", which prepares nothing, is from what was measured.
        imitated: The same, once it was brought there by factors and offsets.
    """

    shots: int
    raw: float
    calibrated: float
    behind: float
    imitated: float


def measure(task: Task, adapter: Any, shots: int) -> Errors:
    """Sample the whole circuit of every sublayer; factors are fitted on other tokens."""
    rows = []
    fitted, scored = slice(task.sizes.fitted), slice(task.sizes.fitted, None)
    for layer, tokens in task.list_tokens(adapter):
        inputs, theta = ops.convert_to_tensor(tokens), ops.convert_to_numpy(layer.theta)
        chip = engines.create("sampler", type(layer), {"sampler": "noisy", "shots": shots})
        behind = engines.create("noisy", type(layer), {})
        ideal, measured, unprepared = (
            ops.convert_to_numpy(engine.expectations(inputs, theta)).astype(np.float64)
            for engine in (make_exact_engine(type(layer)), chip, behind)
        )
        spread = chip.estimate_variances(measured[fitted])
        corrected = fit_calibration(
            measured[fitted], ideal[fitted], source=chip.source, variances=spread
        ).apply(measured[scored])
        brought = fit_calibration(
            unprepared[fitted], measured[fitted], source=behind.name, ideal_variances=spread
        ).apply(unprepared[scored])
        pairs = (
            (measured[scored], ideal[scored]),
            (corrected, ideal[scored]),
            (unprepared[scored], measured[scored]),
            (brought, measured[scored]),
        )
        rows.append([np.mean((x - y) ** 2) / np.mean(y**2) for x, y in pairs])
    return Errors(shots, *np.sqrt(np.mean(rows, axis=0)).tolist())


WAYS = ("clean", "shots", "noisy")


def train_all(task: Task, layer: Path, shots: int) -> Iterator[tuple[str, Any, dict[str, float]]]:
    """Yield each way of training, its adapter, and its losses and seconds."""
    chip = engines.create("sampler", load(layer), {"sampler": "noisy", "shots": shots})
    slopes = 1.0
    for way in WAYS:
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


def predict_twirled(task: Task, layer: Path, adapter: Any) -> dict[str, float]:
    """Return the errors, by shots, with Pauli twirling, readout correction and factors.

    They are computed exactly, on few tokens: a sampler runs eight circuits in the place of one.
    """
    found = [
        mitigation.assess(
            layer,
            tokens[: task.sizes.exact],
            {"twirled": TWIRLED},
            theta=ops.convert_to_numpy(sublayer.theta),
        )
        for sublayer, tokens in task.list_tokens(adapter)
    ]
    return {
        str(shots): float(np.sqrt(np.mean([a.predict_error("twirled", shots) ** 2 for a in found])))
        for shots in SHOTS
    }


def assess_methods(layer: Path, tokens: Any, theta: Any) -> str:
    """Return a table of bias and variance of each method, computed exactly under the noise."""
    found = mitigation.assess(layer, tokens, theta=theta)
    rows = tuple(
        (
            row.name,
            f"{row.bias:.3f}",
            f"{row.variance:.2f}",
            str(row.circuits),
            *(f"{found.predict_error(row.name, shots):.3f}" for shots in SHOTS),
        )
        for row in found.rows
    )
    heads = ("method", "bias", "variance", "circuits", *(f"{shots:,} shots" for shots in SHOTS))
    return Table(heads, rows, "Methods of mitigation", texts=1).markdown()


def main() -> None:
    """Print the tables, and write them to results/chip_error.md unless the run is a quick one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--states", type=Path, help="Hidden states of another model.")
    parser.add_argument("--device", default="willow")
    parser.add_argument("--methods", action="store_true", help="Methods of mitigation too.")
    parser.add_argument("--quick", action="store_true", help="Every step, hardly any training.")
    given = parser.parse_args()
    sizes = QUICK if given.quick else Sizes()
    task = make_task(sizes, given.states)
    places: dict[str, Task] = {"the model's": replace(task, states=None)}
    if task.states is not None:
        places["another model's"] = task  # after the first training alone
    cases: list[dict[str, Any]] = []
    text = ""
    with tempfile.TemporaryDirectory() as folder:
        layer = compile_layer(Path(folder), given.device)
        for way, adapter, training in train_all(task, layer, TRAINING_SHOTS):
            twirled = predict_twirled(places["the model's"], layer, adapter)
            for place, each in places.items():
                for shots in SHOTS if each.states is None else TARGETS:
                    errors = asdict(measure(each, adapter, shots))
                    cases.append({"way": way, "tokens": place, **errors, **training})
                    if each.states is None:
                        cases[-1]["twirled"] = twirled[str(shots)]
                    print(cases[-1], flush=True)
            places.pop("another model's", None)
            if given.methods and way == "clean":
                first, tokens = next(task.list_tokens(adapter))
                theta = ops.convert_to_numpy(first.theta)
                text = "\n" + assess_methods(layer, tokens[: sizes.exact], theta)
    text = tabulate(cases, given.device, sizes) + text
    print(text)
    if not given.quick:
        write_lines(RESULTS / "chip_error.json", {"device": given.device, "cases": cases})
        (RESULTS / "chip_error.md").write_text(text, encoding="utf-8")


def tabulate(cases: list[dict[str, Any]], device: str, sizes: Sizes) -> str:
    """Return the page of results."""
    rows = tuple(
        (
            case["way"],
            case["tokens"],
            f"{case['shots']:,}",
            *(f"{case[key]:.3f}" for key in ("raw", "calibrated")),
            f"{case['twirled']:.3f}" if "twirled" in case else "",
            f"{TARGETS[case['shots']]:.2f}" if case["shots"] in TARGETS else "",
            *(f"{case[k]:.3f}" if case["shots"] == SHOTS[-1] else "" for k in FLOORS),
        )
        for case in cases
    )
    heads = (
        "trained",
        "tokens",
        "shots",
        "raw",
        "calibrated",
        "twirled",
        "aim",
        "behind",
        "imitated",
    )
    losses = ", ".join(
        f"{case['way']} {case['loss']:.3f} ({case['seconds']:.0f} s)"
        for case in cases
        if case["shots"] == SHOTS[0] and case["tokens"] == cases[0]["tokens"]
    )
    return (
        f"# Error on a chip\n\nREADME's layer, trained in the base of the demo, its whole circuit "
        f"sampled on {device}: error of the readouts of 4 sublayers relative to their root mean "
        f"square, {sizes.fitted} tokens to fit factors and offsets and {sizes.scored} others to "
        "score. *Twirled*: with eight circuits of random Paulis and readout correction too, "
        "computed exactly. *Behind*: how far engine `noisy`, which prepares nothing, is from what "
        "was sampled; *imitated*: the same once `calibrate(to=...)` brought it there.\n\n"
        f"Test losses as trained, and seconds of processor time: {losses}.\n\n"
        + Table(heads, rows, texts=2).markdown()
    )


if __name__ == "__main__":
    main()
