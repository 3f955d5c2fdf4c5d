"""Adapters in folders that others can use, and on a hub."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import qslc_runtime
from qslc_runtime.adapters.card import Facts, _describe_ansatz, write_card
from ruamel.yaml import YAML

import qslc
from tests.insertion.small_gpt2 import StandIn, excite, logits, make_model, tokens

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def layer(tmp_path_factory):
    spec = (
        qslc.sublayer("shared", qubits=3)
        .amplitude(features=8, project="learned")
        .layers(1, pattern="linear")
        .on("weber")
        .noise("device")
    )
    return qslc.open(qslc.compile(spec).save(tmp_path_factory.mktemp("made"))).layer_class


@pytest.fixture
def adapter(layer):
    adapter = qslc_runtime.insert(make_model(), layer, targets=("query", "value"))
    excite(adapter)
    return adapter


def test_a_folder_is_all_that_another_process_needs(adapter, tmp_path):
    folder = adapter.save_folder(tmp_path / "shared", base_model="me/base")
    moved = shutil.copytree(folder, tmp_path / "elsewhere")
    again = make_model()
    found = qslc_runtime.from_hub(again, moved, trust_code=True)
    assert np.array_equal(logits(again, tokens()), logits(adapter.model, tokens()))
    assert found.insertion.targets == ("query", "value")
    assert qslc.open(moved / "layer").report.device.name == "weber"


def test_named_adapters_have_folders_and_calibrations_of_their_own(layer, tmp_path):
    model, count = make_model(), 0
    for seed, name in enumerate(("tone", "facts")):
        adapter = qslc_runtime.insert(model, layer, "value", name=name, seed=seed, engine="noisy")
        excite(adapter)
        count = adapter.trainable_parameters
    tone = qslc_runtime.get_adapter(model, "tone")
    with pytest.raises(ValueError, match=r"inactive, .*set_active it first"):
        tone.calibrate(tokens())
    qslc_runtime.set_active(model, ["tone", "facts"], {"facts": 0.5})
    assert len(tone.calibrate(tokens())) == 2
    assert not qslc_runtime.get_adapter(model, "facts").calibration
    expected = logits(model, tokens())
    again = make_model()
    for name in ("tone", "facts"):
        folder = qslc_runtime.get_adapter(model, name).save_folder(tmp_path / name)
        assert f"{count:,} weights were trained" in (folder / "README.md").read_text("utf-8")
        qslc_runtime.from_hub(again, folder, trust_code=True, name=name)
    qslc_runtime.set_active(again, ["tone", "facts"], {"facts": 0.5})
    assert np.array_equal(logits(again, tokens()), expected)


def test_the_card_says_what_it_is(adapter, tmp_path):
    card = (adapter.save_folder(tmp_path, base_model="me/it's") / "README.md").read_text("utf-8")
    _, front, text = card.split("---\n", 2)
    front = YAML(typ="safe").load(front)
    assert front["base_model"] == "me/it's" and front["library_name"] == "qslc"
    report = qslc.open(tmp_path / "layer").report
    assert f"| two-qubit gates | {report.cost.two_qubit_gates} |" in text
    assert "| ansatz | 1 layers of ry and cnot, linear |" in text
    assert f"predicted error at 10,000 shots | {report.verdict.error:.3g} |" in text
    assert f"{adapter.trainable_parameters:,} weights were trained" in text
    assert "query, value of 2 blocks" in text


@pytest.mark.parametrize(
    ("ansatz", "text"),
    [
        ({"block": [{}, {}], "repeat": 3}, "3 times a block of 2 entries"),
        ({"depth": 2, "rotations": ["ry", "rz"], "entangler": "none"}, "2 layers of ry, rz"),
        (
            {"depth": 1, "rotations": ["ry"], "entangler": {"gate": "cz", "pattern": [[0, 1]]}},
            "1 layers of ry and cz, chosen pairs",
        ),
    ],
)
def test_the_card_describes_every_ansatz(ansatz, text):
    assert _describe_ansatz(ansatz) == text


def test_a_card_shows_texts_as_they_are():
    facts = Facts("a_b|<x>", None, "GPT2CausalLM", ("query",), 1, 1, 2, None, "0.1")
    assert "# a\\_b\\|\\<x\\>" in write_card(facts)


def test_code_is_run_only_where_it_is_trusted(adapter, tmp_path):
    adapter.save_folder(tmp_path)
    (tmp_path / "layer" / "layer.py").write_text("raise SystemExit('run')")
    model = make_model()
    with pytest.raises(ValueError, match="say trust_code=True"):
        qslc_runtime.from_hub(model, tmp_path)
    with pytest.raises(ValueError, match="not the file that the compile wrote"):
        qslc_runtime.from_hub(model, tmp_path, trust_code=True)


def test_what_is_no_such_folder(layer, tmp_path):
    for source in (tmp_path / "missing", "./missing", "a/b/c", "missing"):
        with pytest.raises(FileNotFoundError, match="does not exist"):
            qslc_runtime.from_hub(make_model(), source, trust_code=True)
    with pytest.raises(FileNotFoundError, match="holds no adapter"):
        qslc_runtime.from_hub(make_model(), tmp_path, trust_code=True)
    adapter = qslc_runtime.insert(make_model(), StandIn)
    with pytest.raises(ValueError, match="not a layer that qslc generated"):
        adapter.save_folder(tmp_path)


class Hub:
    """A hub in a folder, with the two calls of ``HfApi`` that are made."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __call__(self, token: str | None = None) -> Hub:
        self.token = token
        return self

    def create_repo(self, repo_id: str, *, private: bool, exist_ok: bool) -> None:
        assert exist_ok
        self.private = private
        (self.root / repo_id).mkdir(parents=True, exist_ok=True)

    def upload_folder(self, *, repo_id, folder_path, allow_patterns, commit_message) -> str:
        from huggingface_hub.utils import filter_repo_objects

        found = [p.relative_to(folder_path) for p in Path(folder_path).rglob("*") if p.is_file()]
        for name in filter_repo_objects(map(str, found), allow_patterns=allow_patterns):
            target = self.root / repo_id / name
            target.parent.mkdir(exist_ok=True)
            shutil.copy(Path(folder_path) / name, target)
        return f"https://hub/{repo_id}/commit/1"

    def snapshot_download(self, repo_id, *, revision, token, allow_patterns) -> str:
        assert (revision, token) == ("main", None)
        return str(self.root / repo_id)


def test_to_a_hub_and_back(adapter, tmp_path, monkeypatch):
    import huggingface_hub

    hub = Hub(tmp_path)
    monkeypatch.setattr(huggingface_hub, "HfApi", hub)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", hub.snapshot_download)
    address = adapter.push_to_hub("me/shared", private=True, token="secret")
    assert (address, hub.private, hub.token) == ("https://hub/me/shared/commit/1", True, "secret")
    text = (tmp_path / "me" / "shared" / "README.md").read_text("utf-8")
    assert "from_hub(model, 'me/shared', trust_code=True)" in text and "secret" not in text
    again = make_model()
    qslc_runtime.from_hub(again, "me/shared", trust_code=True, revision="main")
    assert np.array_equal(logits(again, tokens()), logits(adapter.model, tokens()))
