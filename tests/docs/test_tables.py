"""What the pages say of engines, families and methods is what the tables in the code say."""

from __future__ import annotations

import re

import pytest
from qslc_runtime.families import FAMILIES

from qslc_study.spec.methods import METHODS
from tests.docs.pages import ROOT

LAYER = (ROOT / "docs" / "layer.md").read_text(encoding="utf-8")


def read_table(text: str, head: str) -> dict[str, list[str]]:
    """The cells of each row below a head, by each name in the row's first cell."""
    rows = text[text.index(head) :].partition("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in row.split("|")[1:-1]] for row in rows]
    return {name: row for name_cell, *row in cells for name in name_cell.split(", ")}


@pytest.mark.slow
def test_engines() -> None:
    from qslc_runtime.engines import ENGINES

    head = "| | `native` | `tfq` | `qsim` | `noisy` | `shots` | `sampler` |"
    assert re.findall(r"`(\w+)`", head) == list(ENGINES)
    rows = read_table(LAYER, head).items()
    table = {name: dict(zip(ENGINES, row, strict=True)) for name, row in rows}
    for name, engine in ENGINES.items():
        assert engine.differentiable is not table["gradient"][name].startswith("none")
        assert bool(engine.noise) is (table["noise"][name] == "yes")
        backends = table["backends"][name].replace("any", "TensorFlow, JAX, torch", 1)
        named = {each for each in ("TensorFlow", "JAX", "torch") if each in backends}
        assert engine.backends == {each.lower() for each in named}
        if getattr(engine, "supports_jit", None) is False:
            assert table["`jit_compile`"][name] == "no"


def test_families() -> None:
    listed = LAYER[LAYER.index("value: GPT-2") :].partition(", as far as")[0]
    words = re.split(r",|\band\b", listed.removeprefix("value: "))
    names = {re.sub(r"[^a-z0-9]", "", word.lower()) for word in words}
    known = {family.name.lower() for family in FAMILIES.values()}
    assert names - {"qwen2"} | {"qwen"} == known


def test_methods() -> None:
    study = (ROOT / "docs" / "study.md").read_text(encoding="utf-8")
    table = read_table(study, "| `method` | options | groups |")
    assert table.keys() == {f"`{name}`" for name in METHODS}
    common = METHODS["full"].options.model_fields.keys()
    for name, method in METHODS.items():
        options, groups = (re.findall(r"`(\w+)`", cell) for cell in table[f"`{name}`"])
        assert tuple(groups) == method.groups
        assert set(options) == method.options.model_fields.keys() - common
