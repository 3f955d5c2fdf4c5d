"""Training processes: batches, the loss, generation, a whole small study."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest
import qslc_runtime

from qslc.diagnostics import InputError
from qslc_study.worker import work
from tests.study.clusters import Nodes, wait_for

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).parents[2] / "examples" / "study"


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    from qslc_study.training.base import make_scratch

    folder = tmp_path_factory.mktemp("base") / "scratch"
    text = (EXAMPLE / "prose.txt").read_text()
    shape = {"blocks": 2, "width": 16, "heads": 2, "length": 192, "steps": 3, "seed": 0}
    make_scratch({"settings": shape, "text": text, "folder": str(folder)}, lambda _: None)
    return folder


def make_pairs(count):
    rows = [json.loads(line) for line in (EXAMPLE / "pairs.jsonl").read_text().splitlines()]
    return [[row["place"], row["sentence"], "pairs.jsonl", n] for n, row in enumerate(rows, 1)][
        :count
    ]


def test_every_epoch_sees_every_example_and_a_seed_fixes_the_order():
    from qslc_study.training.examples import order_batches

    lengths = [5, 9, 7, 8] * 16
    batches = list(islice(order_batches(lengths, 4, seed=3), 16))
    assert sorted(np.concatenate(batches)) == sorted(range(64))
    again = islice(order_batches(lengths, 4, seed=3), 16)
    assert all(np.array_equal(a, b) for a, b in zip(batches, again, strict=True))
    other = next(order_batches(lengths, 4, seed=4))
    assert not np.array_equal(batches[0], other)


def test_the_loss_is_the_models_own_on_target_tokens(base):
    """Against KerasHub's logits of the padded batch, token by token."""
    import keras

    from qslc_study.training.backends.tensorflow import make_steps
    from qslc_study.training.base import load_base
    from qslc_study.training.examples import collate, make_examples
    from qslc_study.training.loop import average_loss

    loaded = load_base({"folder": str(base)})
    found = make_examples(loaded.tokenizer, make_pairs(3), "{source} =>", 192)
    steps = make_steps(
        loaded.model.backbone, loaded.model.trainable_weights, keras.optimizers.Adam(0.0)
    )
    batch = collate(found)
    logits = np.asarray(loaded.model({"token_ids": batch.ids, "padding_mask": batch.mask}))
    expected = []
    for row, example in enumerate(found):
        text = loaded.tokenizer.detokenize(example.tokens[example.prompt : -1])
        assert text == " " + make_pairs(3)[row][1]
        for position in range(example.prompt, len(example.tokens)):
            scores = logits[row, position - 1].astype(float)
            expected.append(np.logaddexp.reduce(scores) - scores[example.tokens[position]])
    loss, tokens = average_loss(steps.sum_losses, [batch])
    assert tokens == len(expected)
    assert loss == pytest.approx(np.mean(expected), rel=1e-5)
    assert steps.train(batch) == pytest.approx(loss, rel=1e-5)


def test_what_is_added_to_a_projection(base):
    """Size and directions of two LoRAs of known factors, and nothing where nothing stands."""
    from keras import ops
    from qslc_runtime.methods import Full, Lora, attach

    from qslc_study.training.base import load_base
    from qslc_study.training.changes import measure_changes
    from qslc_study.training.examples import make_examples

    loaded = load_base({"folder": str(base)})
    backbone = loaded.model.backbone
    found = make_examples(loaded.tokenizer, make_pairs(5), "{source} =>", 192)
    adapter = attach(loaded.model, Lora(rank=2), targets=("value",), blocks=[0], seed=0)
    assert measure_changes(backbone, adapter, found, 2) == {
        "transformer_layer_0/value": {"size": 0.0, "rank": 0.0}
    }
    down, up = adapter.groups["lora"]
    up.assign(np.outer([1.0, 0.0], np.ones(16)))
    one = measure_changes(backbone, adapter, found, 2)["transformer_layer_0/value"]
    assert one["rank"] == 1.0
    up.assign(3 * ops.convert_to_numpy(up))
    three = measure_changes(backbone, adapter, found, 5)["transformer_layer_0/value"]
    assert three["rank"] == 1.0
    assert three["size"] == pytest.approx(3 * one["size"], rel=1e-3)

    layer = backbone.transformer_layers[0]._self_attention_layer
    tokens = np.concatenate([example.tokens[:-1] for example in found])
    places = np.concatenate([np.arange(len(example.tokens) - 1) for example in found])
    embedded = backbone.token_embedding(tokens) + ops.take(
        backbone.position_embedding.position_embeddings, places, axis=0
    )
    hidden = backbone.transformer_layers[0]._self_attention_layer_norm(embedded)
    own = ops.convert_to_numpy(layer._value_dense.base(hidden[None]))
    added = np.asarray(hidden) @ ops.convert_to_numpy(down) @ ops.convert_to_numpy(up)
    expected = np.sqrt((added**2).mean() / (own**2).mean())
    assert three["size"] == pytest.approx(expected, rel=1e-3)
    adapter.remove()
    assert measure_changes(backbone, attach(loaded.model, Full()), found, 2) == {}


def test_a_text_is_the_argmax_of_one_token_after_the_other(base):
    from qslc_study.training.base import load_base
    from qslc_study.training.examples import make_prompts
    from qslc_study.training.generation import write_texts

    loaded = load_base({"folder": str(base)})
    settings = {"decoding": "greedy", "max_tokens": 6, "batch": 2}
    sources = ["place: bakery", "place: harbour cafe | town: Delft"]
    written = write_texts(loaded, sources, "{source} =>", settings, 0)
    for source, text in zip(sources, written, strict=True):
        (tokens,) = make_prompts(loaded.tokenizer, [source], "{source} =>")
        start = len(tokens)
        for _ in range(6):
            inputs = {"token_ids": tokens[None], "padding_mask": np.ones_like(tokens)[None]}
            tokens = np.append(tokens, np.asarray(loaded.model(inputs))[0, -1].argmax())
            if tokens[-1] == loaded.tokenizer.end_token_id:
                break
        new = tokens[start:][tokens[start:] != loaded.tokenizer.end_token_id]
        expected = loaded.tokenizer.detokenize(new) if len(new) else ""
        assert text == " ".join(str(expected).split())


def test_a_prompt_without_room_names_its_row(base):
    from qslc_study.training.base import load_base
    from qslc_study.training.examples import make_examples

    tokenizer = load_base({"folder": str(base)}).tokenizer
    with pytest.raises(InputError) as caught:
        make_examples(tokenizer, make_pairs(2), "{source} =>", 40)
    (found,) = caught.value.diagnostics
    assert (found.span.file, found.span.line) == ("pairs.jsonl", 1)


def test_the_schedule():
    from qslc_study.training.loop import Schedule

    linear = Schedule("linear", 10, 4)
    assert [round(float(linear(step)), 3) for step in (0, 4, 7, 10)] == [0.2, 1.0, 0.5, 0.0]
    assert float(Schedule("cosine", 10, 0)(5)) == pytest.approx(0.5)
    assert float(Schedule("constant", 10, 0, 3e-3)(9)) == pytest.approx(3e-3)


def test_an_unknown_schedule_or_way_of_decoding_is_named(base):
    from qslc_study.training.base import load_base
    from qslc_study.training.generation import write_texts
    from qslc_study.training.loop import Schedule

    with pytest.raises(InputError, match="no schedule is called cubic"):
        Schedule("cubic", 10, 0)(5)
    settings = {"decoding": "nucleus", "max_tokens": 6, "batch": 2}
    with pytest.raises(InputError, match="no way of decoding is called nucleus"):
        write_texts(load_base({"folder": str(base)}), ["a"], "{source} =>", settings, 0)


def test_bert_score_of_an_encoder(base):
    from qslc_study.training.encoder import score_texts

    found = []
    job = {
        "encoder": {"folder": str(base)},
        "layer": 1,
        "idf": True,
        "references": [["The bakery is in Delft.", "A bakery."], ["Old maps."]],
        "texts": {"same": ["A bakery.", "Old maps."], "other": ["xyz", ""]},
    }
    score_texts(job, found.append)
    scores = {message["key"]: message["bertscore"] for message in found}
    assert scores["same"] == pytest.approx(100, abs=1e-3)
    assert 0 < scores["other"] < 60


SMALL = """\
qslc: 1
name: quick
base: {scratch: {text: prose.txt, blocks: 1, width: 16, heads: 2, length: 192, steps: 2}}
data: {file: pairs.jsonl, source: place, target: sentence}
training: {steps: 4, batch: 4, length: 192, schedule: constant}
seeds: [1]
evaluate: {every: 2, validation: 4, test: 4, generate: {examples: 2, max_tokens: 4}}
methods:
  lora: {method: lora, rank: 1, learning_rates: [0.01]}
  qsl: {method: qsl, ansatz: qsl.yaml, learning_rates: [0.01], rates: {angles: 5}}
"""


def test_trained_sublayers_are_tested_on_a_chip(base, tmp_path):
    """Noise changes the loss, and a calibration brings most of it back."""
    import qslc
    from qslc_study.spec.methods import read_arm
    from qslc_study.training.backends.tensorflow import make_sum
    from qslc_study.training.base import load_base
    from qslc_study.training.chip import measure_on_chip
    from qslc_study.training.examples import batch_by_length, make_examples
    from qslc_study.training.loop import average_loss
    from qslc_study.training.run import attach_arm

    spec = (
        qslc.sublayer("on_chip", qubits=4)
        .amplitude(features=8, pad="reference", project="orthogonal")
        .layers(depth=2)
        .measure("interference")
        .on(grid=(2, 3))
        .noise(depolarizing={"2q": 0.1})
        .spec()
    )
    qslc.compile_to(spec, tmp_path)

    loaded = load_base({"folder": str(base)})
    examples = make_examples(loaded.tokenizer, make_pairs(8), "{source} =>", 192)

    def measure():
        sum_losses = make_sum(loaded.model.backbone)
        return {"loss": average_loss(sum_losses, batch_by_length(examples, 4))[0], "tokens": 7}

    def measure_arm(chip):
        values = {"method": "qsl", "ansatz": "sha256:0", "options": {"engine": "native"}}
        arm = read_arm({**values, "chip": chip}, 0.1)
        adapter = attach_arm(loaded.model, arm, str(tmp_path), 0)
        rng = np.random.default_rng(0)
        for weight in adapter.weights.values():
            if weight.trainable:
                weight.assign(rng.normal(size=weight.shape))
        ideal = measure()["loss"]
        found = measure_on_chip(loaded, adapter, arm, str(tmp_path), 0, examples, measure)
        left = measure()["loss"]  # under the first condition, shots drawn anew
        assert left == pytest.approx(found["loss"], abs=2e-4)
        qslc_runtime.get_adapter(loaded.model).remove()
        return ideal, found

    untrained = measure()["loss"]
    ideal, found = measure_arm({"shots": [1_000_000, 10], "calibrate": [0, 200]})
    raw, few, calibrated, _ = found["conditions"]
    assert (raw["shots"], raw["calibrate"], raw["loss"]) == (1_000_000, 0, found["loss"])
    assert (calibrated["shots"], calibrated["calibrate"]) == (1_000_000, 200)
    assert abs(raw["loss"] - ideal) > 1e-3
    assert abs(calibrated["loss"] - ideal) < abs(raw["loss"] - ideal) / 3
    assert abs(few["loss"] - raw["loss"]) > 1e-3
    assert found["untrained"] == untrained

    _, alone = measure_arm({"shots": 1_000_000, "calibrate": 200})
    assert alone == {"loss": pytest.approx(calibrated["loss"], abs=2e-4), "tokens": 7}


def test_an_engine_imitates_a_chip_that_prepares_its_vectors(base, tmp_path):
    import qslc
    from qslc.diagnostics import InputError
    from qslc_study.spec.methods import read_arm
    from qslc_study.training.backends.tensorflow import make_sum
    from qslc_study.training.base import load_base
    from qslc_study.training.chip import imitate_chip, measure_on_chip
    from qslc_study.training.examples import batch_by_length, make_examples
    from qslc_study.training.loop import average_loss
    from qslc_study.training.run import attach_arm

    spec = (
        qslc.sublayer("prepared", qubits=3)
        .amplitude(features=4, pad="reference", project="orthogonal", preparation="variational")
        .layers(depth=1)
        .measure("interference")
        .on(grid=(2, 3))
        .noise(depolarizing={"2q": 0.05})
        .spec()
    )
    qslc.compile_to(spec, tmp_path)
    loaded = load_base({"folder": str(base)})
    examples = make_examples(loaded.tokenizer, make_pairs(8), "{source} =>", 192)
    for engine in ("noisy", "native"):
        values = {"method": "qsl", "ansatz": "sha256:0", "options": {"engine": engine}}
        arm = read_arm({**values, "chip": {"shots": 5000, "imitate": 100, "calibrate": 20}}, 0.1)
        adapter = attach_arm(loaded.model, arm, str(tmp_path), 0)
        if engine == "native":
            with pytest.raises(InputError, match="exact: there is nothing to calibrate"):
                imitate_chip(adapter, arm, str(tmp_path), 0, examples)
            return
        imitate_chip(adapter, arm, str(tmp_path), 0, examples)
        found = adapter.calibration.values()
        assert {each.source for each in found} == {"noisy"}
        assert all(0.4 < each.factors.mean() < 0.95 for each in found)  # of the preparation's CZ

        def measure():
            sum_losses = make_sum(loaded.model.backbone)
            return {"loss": average_loss(sum_losses, batch_by_length(examples[:2], 2))[0]}

        found = measure_on_chip(loaded, adapter, arm, str(tmp_path), 0, examples, measure)
        assert np.isfinite(found["loss"])
        adapter = qslc_runtime.get_adapter(loaded.model)
        assert {each.source for each in adapter.calibration.values()} == {"sampler noisy"}
        adapter.remove()


def test_an_arm_on_a_chip_says_so_and_other_arms_are_as_before():
    from qslc_study.spec.methods import read_arm

    plain = {"method": "qsl", "ansatz": "x.yaml"}
    arm = read_arm(plain, 0.1)
    assert not {"chip", "engine_options"} & arm.model_dump(mode="json").keys()
    assert arm.describe() == "quantum sublayer on query and value"
    chip = read_arm({**plain, "chip": {"calibrate": 100}, "engine_options": {"shots": 50}}, 0.1)
    assert chip.describe() == (
        "quantum sublayer (shots 50) on query and value, tested on the chip with 10,000 shots, "
        "calibrated"
    )
    assert chip.model_dump(mode="json")["chip"] == {
        "shots": 10_000,
        "calibrate": 100,
        "imitate": 0,
    }
    assert chip.arguments("f") == {"layer": "f", "options": {"engine_options": {"shots": 50}}}


def make_command(path, output):
    return [Path(sys.executable).with_name("qslc"), "study", path, "-o", output, "--threads", "1"]


def run_study(path, output):
    command = make_command(path, output)
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)


def read_records(folder):
    return {path.stem: json.loads(path.read_text()) for path in (folder / "runs").glob("*.json")}


def kill_after_a_record(path, output):
    """Kills a study as soon as it has written a record."""
    process = subprocess.Popen(make_command(path, output), stderr=subprocess.DEVNULL)
    while process.poll() is None and not read_records(output):
        time.sleep(0.1)
    process.kill()
    process.wait()


def test_a_killed_study_goes_on_and_trains_the_same_again(tmp_path):
    shutil.copytree(EXAMPLE, tmp_path / "study")
    path, out = tmp_path / "study" / "quick.yaml", tmp_path / "out"
    path.write_text(SMALL)
    text = (tmp_path / "study" / "qsl.yaml").read_text()
    text = text.replace("qubits: 6", "qubits: 4").replace("features: 64", "features: 16")
    (tmp_path / "study" / "qsl.yaml").write_text(text)
    kill_after_a_record(path, out)
    first = read_records(out)
    assert len(first) == 1
    assert not (out / "study.json").exists()
    done = run_study(path, out)
    assert done.returncode == 0, done.stderr
    found = read_records(out)
    assert len(found) == 2
    assert first.items() <= found.items()
    for record in found.values():
        assert len(record["losses"]) == len(record["seconds"]) == 4
        assert [step for step, _ in record["validation"]] == [0, 2, 4]
        assert record["memory"]["peak"] > record["memory"]["before"] > 2**27
        assert len(record["texts"]["written"]) == 2
    for file in (*(out / "runs").glob("*.json"), out / "records.jsonl.xz"):
        file.unlink()
    train_elsewhere(path, out)
    again = read_records(out)
    assert again.keys() == found.keys()
    for key, record in found.items():
        assert drop_times(again[key]) == drop_times(record)


def train_elsewhere(path, output):
    """Trains a study on two nodes of Ray, of which one is killed; where there is no Ray, here."""
    if find_spec("ray") is None:
        assert run_study(path, output).returncode == 0
        return
    with Nodes(output.parent / "cluster") as nodes:
        process = subprocess.Popen(
            [*make_command(path, output), "--on", nodes.start_ray()],
            env=nodes.environment("driver"),
            stderr=subprocess.PIPE,
            text=True,
        )
        wait_for(lambda: nodes.find_workers("lost") or process.poll() is not None, 300)
        nodes.kill("lost")
        _, errors = process.communicate(timeout=900)
    assert process.returncode == 0, errors
    assert ", started again on " in errors
    assert "2 runs at a time, 1 thread each" in (output / "study.md").read_text()


def drop_times(record):
    """Leaves out what depends on how busy a machine is, and how many runs it has at a time."""
    left = {"seconds", "tracing_seconds", "memory", "environment", "texts"}
    same = {key: value for key, value in record.items() if key not in left}
    environment = record["environment"].items()
    return same | {
        "texts": record["texts"]["written"],
        "environment": {k: v for k, v in environment if k not in ("processes", "cluster")},
    }


def test_a_process_that_dies_is_an_error_of_one_line():
    with pytest.raises(InputError, match="ended early: KeyError: 'no such task'"):
        work({"task": "no such task"}, 1, lambda _: None)


def test_a_bad_row_stops_a_study_without_a_traceback(tmp_path):
    shutil.copytree(EXAMPLE, tmp_path / "study")
    with (tmp_path / "study" / "pairs.jsonl").open("a") as file:
        file.write('{"place": "x"}\n')
    done = run_study(tmp_path / "study" / "study.yaml", tmp_path / "out")
    assert done.returncode == 1
    assert 'pairs.jsonl:57:1: error: the row has no "sentence"' in done.stderr
    assert "Traceback" not in done.stderr
