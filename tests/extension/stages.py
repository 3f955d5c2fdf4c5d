"""The whole way of an entry from outside: the same tests for every table of the compiler."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import MISSING, fields, replace
from pathlib import Path
from typing import Any, ClassVar

import jsonschema
import numpy as np
import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

import qslc
from qslc.cli import app
from qslc.diagnostics import InputError
from qslc.registry import Registry
from qslc.spec import schema
from tests.engines.exact import expectations

ENGINES = (
    ("native", {"kernel": "compiled"}),
    ("native", {"kernel": "keras"}),
    ("qsim", {}),
    ("tfq", {}),
)


class WholeWay:
    """Tests that an entry passes, inherited by the class of each table.

    Attributes:
        table: Table that it is added to.
        entry: The entry.
        text: A spec with it.
        part: The part of the text that asks for it.
        wrong: Other texts for the part, and what the error says. The first is a misspelling.
        refused: Text for the part that the JSON Schema refuses; the misspelling if left out.
        shown: Files of the compile, and what stands in each.
    """

    table: ClassVar[Registry[Any]]
    entry: ClassVar[Any]
    text: ClassVar[str]
    part: ClassVar[str]
    wrong: ClassVar[tuple[tuple[str, str], ...]]
    refused: ClassVar[str] = ""
    shown: ClassVar[tuple[tuple[str, str], ...]] = ()

    @pytest.fixture(autouse=True)
    def _known(self) -> Iterator[None]:
        with ExitStack() as stack:
            for table, entry in self.added():
                stack.enter_context(table.temporarily(entry))
            yield

    def added(self) -> list[tuple[Any, Any]]:
        return [(self.table, self.entry)]

    def write(self, part: str) -> str:
        """The spec with another text for the part."""
        assert self.part in self.text
        return self.text.replace(self.part, part)

    def built(self) -> Any:
        """The same spec from the builder."""
        raise NotImplementedError

    def list_texts(self) -> list[str]:
        """Specs whose layers every engine runs."""
        return [self.text]

    def check_report(self, report: dict[str, Any], folder: Path) -> None:
        """What else is true of a compile."""

    def check_analysis(self, figures: dict[str, Any]) -> None:
        """What else is true of an analysis."""

    def test_the_builder_and_yaml_mean_the_same(self) -> None:
        built = self.built().spec()
        assert built == qslc.parse(self.text)
        assert qslc.digest(built) == qslc.digest(qslc.parse(self.text))

    def test_the_checks_know_it(self) -> None:
        for part, message in self.wrong:
            with pytest.raises(InputError, match=message):
                qslc.parse(self.write(part))

    def test_the_json_schema_knows_it(self) -> None:
        jsonschema.Draft202012Validator.check_schema(schema())
        jsonschema.validate(YAML(typ="safe").load(self.text), schema())
        refused = YAML(typ="safe").load(self.write(self.refused or self.wrong[0][0]))
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(refused, schema())

    def test_it_is_compiled_verified_and_reported(self, tmp_path: Path) -> None:
        report = qslc.compile_to(qslc.parse(self.text), tmp_path)
        assert report["verification"]["verdict"] == "equal"
        for file, text in self.shown:
            assert text in (tmp_path / file).read_text(encoding="utf-8")
        self.check_report(report, tmp_path)

    def test_it_is_analyzed(self, tmp_path: Path) -> None:
        (tmp_path / "spec.yaml").write_text(self.text, encoding="utf-8")
        folder = tmp_path / "analysis"
        arguments = [str(tmp_path / "spec.yaml"), "-o", str(folder), "--samples", "20"]
        result = CliRunner().invoke(app, ["analyze", *arguments], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        self.check_analysis(json.loads((folder / "analysis.json").read_text()))

    @pytest.mark.slow
    def test_every_engine_runs_its_layer_and_it_is_folded(self, tmp_path: Path) -> None:
        for place, text in enumerate(self.list_texts()):
            folder = tmp_path / str(place)
            report = qslc.compile_to(qslc.parse(text), folder)
            assert report["verification"]["verdict"] == "equal"
            check_engines(folder)
            check_fold(folder)

    def test_a_field_left_blank_is_named(self) -> None:
        check_fields(self.table, self.entry)


def check_fields(table: Any, entry: Any) -> None:
    """A table asks for every field of an entry that has no default."""
    required = [f.name for f in fields(entry) if f.default is f.default_factory is MISSING]
    assert required
    for field in required:
        with pytest.raises(TypeError, match=f"does not define {field}"):
            table.add(replace(entry, **{"name": "other", field: None}))


def check_engines(folder: Path) -> None:
    """Every engine agrees with the exact simulation of the logical circuit."""
    import qslc_runtime

    layer = qslc_runtime.load(folder)
    x, theta = random_inputs(layer)
    exact = expectations(qslc_runtime.Artifact.read(folder), x.astype(float), theta.astype(float))
    for engine, options in ENGINES:
        values = run_layer(layer, x, theta, engine=engine, engine_options=options)
        np.testing.assert_allclose(values, exact, atol=2e-5, err_msg=engine)


def check_fold(folder: Path) -> None:
    """The folded layer computes what the layer does."""
    import qslc_runtime

    layer = qslc_runtime.load(folder)()
    x, theta = random_inputs(layer)
    layer.build(x.shape)
    layer.theta.assign(theta)
    np.testing.assert_allclose(layer.fold()(x), layer(x), atol=2e-6)


def run_layer(layer: Any, x: Any, theta: Any, **options: Any) -> Any:
    """The expectations of a layer with some angles."""
    built = layer(**options)
    built.build(x.shape)
    built.theta.assign(theta)
    return np.asarray(built(x))


def random_inputs(layer: Any) -> tuple[Any, Any]:
    """Features of three tokens, and angles."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-2, 2, (3, layer.FEATURES)).astype(np.float32)
    return x, rng.uniform(-np.pi, np.pi, len(layer.WEIGHTS)).astype(np.float32)
