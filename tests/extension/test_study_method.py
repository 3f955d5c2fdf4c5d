"""A study method from outside, through one entry, from the YAML to the page; and its faults."""

from __future__ import annotations

import csv
import dataclasses
import inspect
import io
import json
import re
from pathlib import Path

import pytest
from pydantic import Field
from rich.console import Console

from qslc.diagnostics import InputError
from qslc_study.command import study
from qslc_study.spec import load
from qslc_study.spec.arm import Arm
from qslc_study.spec.methods import METHODS, Role, StudyMethod, find_method, read_arm
from qslc_study.spec.model import make_study_model
from tests.study.conftest import drawn, work  # noqa: F401
from tests.study.fakes import STUDY, write_study


class BiasOptions(Arm):
    """A trained bias beside each projection."""

    scale: float = Field(1.0, description="factor on the bias")

    def describe(self) -> str:
        return f"bias times {self.scale:g}, on {self.where}"


TOY = "tests.extension.toy_method"
BIAS = StudyMethod(
    name="bias",
    label="bias only",
    options=BiasOptions,
    runtime=f"{TOY}:Bias",
    groups=("bias",),
    role=Role.ADAPTER,
    colors=("#123456",),
)
TEXT = f"{STUDY}  toy: {{method: bias, scale: 2.0, learning_rates: [0.001, 0.003, 0.01]}}\n"


@pytest.fixture
def bias():
    with METHODS.temporarily(BIAS):
        yield BIAS


def write(folder: Path, text: str = TEXT) -> Path:
    folder.mkdir(exist_ok=True)
    return write_study(folder, text)


def test_without_its_entry_the_method_is_unknown(tmp_path):
    with pytest.raises(InputError, match=r"expected full, lora, .* or quic, got the text \"bias\""):
        load(write(tmp_path))


def test_it_is_checked(bias, tmp_path):
    arm = load(write(tmp_path / "right")).study.methods["toy"]
    assert arm.describe() == "bias times 2, on query and value"
    wrong = TEXT.replace("scale: 2.0", "scal: 2.0, rates: {bais: 2.0}")
    with pytest.raises(InputError, match='did you mean "scale"'):
        load(write(tmp_path / "wrong", wrong))
    with pytest.raises(InputError, match='"bais" is no group of weights of bias') as caught:
        load(write(tmp_path / "group", wrong.replace("scal:", "scale:")))
    assert caught.value.diagnostics[0].help == 'did you mean "bias"?'


def test_it_is_in_the_schema(bias):
    schema = make_study_model().model_json_schema()
    assert schema["$defs"]["BiasArm"]["properties"]["method"]["const"] == "bias"
    assert schema["$defs"]["BiasArm"]["description"] == BiasOptions.__doc__
    assert "BiasArm" in json.dumps(schema["properties"]["methods"])


def test_a_study_plans_it_and_reports_it(bias, tmp_path, drawn):  # noqa: F811
    console = Console(file=io.StringIO())
    page = study(write(tmp_path), tmp_path / "out", None, 1, console)
    runs = [job["identity"] for job in drawn.jobs if job["identity"]["arm"]["method"] == "bias"]
    assert len(runs) == 3 + 4
    rows = list(csv.DictReader(page.with_name("study.csv").open(encoding="utf-8")))
    assert [row["arm"] for row in rows if row["method"] == "bias"] == ["toy"]
    html = page.read_text(encoding="utf-8")
    for text in ("bias only, test loss", "bias times 2, on query and value", "#123456"):
        assert text in html
    assert "bias times 2, on query and value" in page.with_name("study.md").read_text("utf-8")


@pytest.mark.slow
def test_it_trains(bias, tmp_path):
    record = train(tmp_path, {"method": "bias", "scale": 2.0})
    assert record["parameters"]["groups"] == {"bias": 2 * 16}
    assert len(record["losses"]) == 3
    assert record["validation"][-1][1] < record["validation"][0][1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"groups": ("other",)}, "trains bias: no groups of"),
        ({"runtime": f"{TOY}:None_"}, f"there is no {TOY}:None_"),
        ({"runtime": "no_such_module:X"}, "there is no no_such_module:X"),
        ({"runtime": f"{TOY}:BiasUpdate"}, "does not extend Method"),
    ],
)
def test_an_entry_that_does_not_fit_the_runtime_is_named(tmp_path, changes, message):
    entry = dataclasses.replace(BIAS, **changes)
    with METHODS.temporarily(entry), pytest.raises(InputError, match=message):
        train(tmp_path, {"method": "bias"})


@pytest.mark.slow
def test_an_unknown_method_is_not_trained(tmp_path):
    with pytest.raises(InputError, match='no study method is called "verra"') as caught:
        train(tmp_path, {"method": "verra", "rank": 2})
    assert caught.value.diagnostics[0].help == 'did you mean "vera"?'


def test_an_unknown_method_has_no_entry():
    with pytest.raises(InputError, match='no study method is called "loraxs"'):
        find_method("loraxs")
    with pytest.raises(InputError, match='no study method is called "bias"'):
        read_arm({"method": "bias"}, 0.1)


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(StudyMethod)])
def test_no_field_of_an_entry_may_be_empty(field):
    empty = type(getattr(BIAS, field))() if field not in ("options", "role") else None
    with pytest.raises(ValueError, match=f"study method '.*': {field} is empty"):
        dataclasses.replace(BIAS, **{field: empty})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"options": Arm}, "'bias': options do not describe an arm"),
        ({"name": "my bias"}, "'my bias': the name is no lower-case identifier"),
        ({"colors": ("blue",)}, "'bias': 'blue' is no color like #3f7ad6"),
        ({"role": "hero"}, "'bias': 'hero' is no role"),
    ],
)
def test_a_field_that_cannot_be_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(BIAS, **changes)


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS.values(), ids=lambda method: method.name)
def test_the_class_of_each_entry_takes_the_options_of_its_arms(method):
    from qslc_study.training.run import _load_class

    given = {"rank": 2, "length": 3, "ansatz": "a.yaml"}
    keys = {key: given[key] for key in given.keys() & method.options.model_fields.keys()}
    arm = read_arm({"method": method.name, **keys}, 0.1)
    taken = inspect.signature(_load_class(method).__init__).parameters
    assert set(arm.arguments("layer")) <= set(taken)
    assert re.fullmatch("[a-z0-9_]+", method.name)


def train(folder: Path, arm: dict) -> dict:
    """A run of three steps on a model of one block."""
    from qslc_study.training.base import make_scratch
    from qslc_study.training.run import run

    pairs = [[f"place {n}", f"It is in town {n}.", "pairs", n] for n in range(8)]
    data = {"train": pairs, "validation": pairs[:2], "test": [], "sources": []}
    (folder / "data.json").write_text(json.dumps(data))
    shape = {"blocks": 1, "width": 16, "heads": 2, "length": 64, "steps": 2, "seed": 0}
    text = "It is in town.\nThere is a place.\n"
    base = str(folder / "base")
    make_scratch({"settings": shape, "text": text, "folder": base}, lambda _: None)
    training = {"steps": 3, "batch": 4, "length": 64, "schedule": "constant", "warmup": 0}
    identity = {
        "prompt": "{source} =>",
        "training": {**training, "weight_decay": 0.0, "clip": None},
        "arm": {"targets": ["query", "value"], "blocks": "all", "rates": {}, **arm},
        "learning_rate": 0.01,
        "seed": 1,
        "evaluate": {"every": 3, "test": False, "generate": None},
    }
    places = {"base": {"folder": base}, "data": str(folder / "data.json"), "layer": ""}
    return run({"identity": identity, "places": places}, lambda _: None)
