"""Every contender of a race is a function of a module."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from benchmarks.layer_speed import contenders
from benchmarks.layer_speed.cases import CASES
from benchmarks.layer_speed.platforms import CPU, GPU

FOLDER = Path(contenders.__file__).parent
KNOWN = {name for names in contenders._MODULES.values() for name in names}


def test_every_contender_of_a_case_is_known() -> None:
    for case in CASES.values():
        assert case.contenders.keys() | case.on_gpu.keys() <= KNOWN
    for platform in (CPU, GPU):
        assert {platform.matrix_rate, platform.memory_rate} <= KNOWN


@pytest.mark.parametrize("module", contenders._MODULES)
def test_every_module_defines_its_contenders(module: str) -> None:
    tree = ast.parse((FOLDER / f"{module}.py").read_text(encoding="utf-8"))
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert set(contenders._MODULES[module]) == {n for n in defined if not n.startswith("_")}


def test_an_unknown_contender_is_named() -> None:
    with pytest.raises(ValueError, match="no contender is called 'qslc_torch'"):
        contenders.find_contender("qslc_torch")
