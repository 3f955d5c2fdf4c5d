"""Stages that an extension passes: the analysis, every engine, the folded layer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from typer.testing import CliRunner

from qslc.cli import app
from tests.engines.exact import expectations

ENGINES = (
    ("native", {"kernel": "compiled"}),
    ("native", {"kernel": "keras"}),
    ("qsim", {}),
    ("tfq", {}),
)


def analyze(text: str, folder: Path) -> dict[str, Any]:
    """The figures of ``qslc analyze`` for the text of a spec."""
    (folder / "spec.yaml").write_text(text, encoding="utf-8")
    arguments = [str(folder / "spec.yaml"), "-o", str(folder / "analysis"), "--samples", "20"]
    result = CliRunner().invoke(app, ["analyze", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    figures: dict[str, Any] = json.loads((folder / "analysis" / "analysis.json").read_text())
    return figures


def check_engines(folder: Path) -> None:
    """Every engine agrees with the exact simulation of the logical circuit."""
    import qslc_runtime

    layer = qslc_runtime.load(folder)
    x, theta = random_inputs(layer)
    exact = expectations(qslc_runtime.Artifact.read(folder), x.astype(float), theta.astype(float))
    for engine, options in ENGINES:
        built = layer(engine=engine, engine_options=options)
        built.build(x.shape)
        built.theta.assign(theta)
        np.testing.assert_allclose(np.asarray(built(x)), exact, atol=2e-5, err_msg=engine)


def check_fold(folder: Path) -> None:
    """The folded layer computes what the layer does."""
    import qslc_runtime

    layer = qslc_runtime.load(folder)()
    x, theta = random_inputs(layer)
    layer.build(x.shape)
    layer.theta.assign(theta)
    np.testing.assert_allclose(layer.fold()(x), layer(x), atol=2e-6)


def random_inputs(layer: Any) -> tuple[Any, Any]:
    """Features of three tokens, and angles."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-2, 2, (3, layer.FEATURES)).astype(np.float32)
    return x, rng.uniform(-np.pi, np.pi, len(layer.WEIGHTS)).astype(np.float32)
