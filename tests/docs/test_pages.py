"""Every snippet of the documentation runs, and every output that it shows is what is printed."""

from __future__ import annotations

import re
import shutil
import sys
from itertools import zip_longest

import keras
import keras_hub
import numpy as np
import pytest
from keras.src.trainers import trainer

from qslc.pipeline import compile_to
from qslc.spec import load
from tests.docs.pages import PAGES, ROOT, Snippet, read_snippets
from tests.docs.session import Session, run_qslc

pytestmark = pytest.mark.slow

TEXTS = ["a fire on the hill", "a flood in the town", "no smoke in the hall", "rain on the hill"]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """The README's spec, compiled, beside the examples and some hidden states."""
    folder = tmp_path_factory.mktemp("docs")
    shutil.copytree(ROOT / "examples", folder / "examples")
    spec = next(snippet for snippet in read_snippets(ROOT / "README.md") if snippet.kind == "yaml")
    (folder / "ansatz.yaml").write_text(spec.text, encoding="utf-8")
    compile_to(load(folder / "ansatz.yaml").spec, folder / "build" / "gpt2_qv")
    states = np.random.default_rng(0).standard_normal((40, 64)).astype(np.float32)
    np.save(folder / "hidden_states.npy", states)
    return folder


def make_gpt2(name):
    """A small model in the place of one that would be downloaded."""
    assert name == "gpt2_base_en"
    sys.path.insert(0, str(ROOT / "examples"))
    try:
        import tiny_gpt2
    finally:
        sys.path.remove(str(ROOT / "examples"))
    keras.utils.set_random_seed(7)
    tokenizer = tiny_gpt2.train_tokenizer(TEXTS, 300)
    models = keras_hub.models
    preprocessor = models.GPT2CausalLMPreprocessor(tokenizer, sequence_length=12)
    backbone = models.GPT2Backbone(
        vocabulary_size=tokenizer.vocabulary_size(),
        num_layers=2,
        num_heads=2,
        hidden_dim=64,
        intermediate_dim=64,
        max_sequence_length=32,
    )
    return models.GPT2CausalLM(backbone, preprocessor=preprocessor)


@pytest.mark.usefixtures("own_registries")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_holds(page, workspace, tmp_path, monkeypatch):
    folder = shutil.copytree(workspace, tmp_path / "reader")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(keras_hub.models.GPT2CausalLM, "from_preset", make_gpt2)
    # XLA takes its time to compile a model, and other tests have it do so.
    monkeypatch.setattr(trainer, "model_supports_jit", lambda model: False)
    session = Session(folder, {"texts": TEXTS})
    found = read_snippets(page)
    for snippet, after in zip_longest(found, found[1:]):
        session.follow(snippet, shows=after is not None and after.kind == "")


def test_the_readme_lists_the_commands_with_their_options():
    rows = re.findall(
        r"^\| `qslc ((?:device )?\w+)([^`]*)` \|", (ROOT / "README.md").read_text(), re.M
    )
    listed = run_qslc(["--help"])
    for name, usage in rows:
        words = name.split()
        assert re.search(rf"^\W+{words[0]}\b", listed, re.MULTILINE), name
        shown = run_qslc([*words, "--help"])
        for option in re.findall(r"--?\w[\w-]*", usage):
            assert option in shown, f"{name} {option}"
    assert len(rows) == len(re.findall(r"^│ (\w+)", listed.split("Commands")[1], re.MULTILINE))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("sh", "qslc compile missing.yaml"),
        ("sh", "make no_such_target"),
        ("sh", "python -m qslc.cli --no-such-option"),
        ("sh", 'pip install "qslc[nothing]"'),
        ("sh", "qslc study examples/study/study.yaml --no-such-option"),
        ("python", "1 / 0"),
        ("python excerpt", "no such line"),
        ("yaml", "ansatz: {depth: none}"),
        ("yaml", "edges: [[0, 0]]"),
        ("", "another output"),
        ("rust", ""),
    ],
)
def test_what_does_not_hold_is_found(kind, text, workspace, tmp_path, monkeypatch):
    monkeypatch.delenv("QSLC_UPDATE_GOLDEN", raising=False)
    folder = shutil.copytree(workspace, tmp_path / "reader")
    session = Session(folder, {})
    session.compiled, session.printed = folder / "build" / "gpt2_qv", "an output\n"
    with pytest.raises(Exception):  # noqa: B017
        session.follow(Snippet(tmp_path / "page.md", 1, kind, text + "\n"))
