"""Every contender of a race is a function of a module."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from benchmarks.layer_speed import contenders
from benchmarks.layer_speed.cases import CASES, CPU, GPU


def test_every_contender_of_a_case_is_known() -> None:
    for case in CASES.values():
        assert case.contenders.keys() | case.on_gpu.keys() <= contenders.CONTENDERS.keys()
    for platform in (CPU, GPU):
        assert {platform.matrix_rate, platform.memory_rate} <= contenders.CONTENDERS.keys()


@pytest.mark.parametrize("name", contenders.CONTENDERS)
def test_every_contender_is_defined(name: str) -> None:
    place, options = contenders.CONTENDERS[name]
    module, _, function = place.partition(":")
    path = Path(contenders.__file__).with_name(f"{module}.py")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    (defined,) = (n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == function)
    assert defined.args.args[0].arg == "case"
    taken = {argument.arg for argument in defined.args.kwonlyargs}
    assert defined.args.kwarg or options.keys() <= taken


def test_an_unknown_contender_is_named() -> None:
    with pytest.raises(ValueError, match="no contender is called 'qslc_torch'"):
        contenders.find_contender("qslc_torch")
