"""What tab completion finds, and the line that says what a value is."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import qslc
import qslc_study
from qslc.spec import gates

EXAMPLES = Path(__file__).parents[1] / "examples"


def list_packages(root: ModuleType) -> Iterator[ModuleType]:
    yield root
    for found in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
        if found.ispkg:
            yield import_module(found.name)


def check(module: ModuleType) -> None:
    names = getattr(module, "__all__", ())
    assert {*names} <= {*dir(module)}, module
    missing = [name for name in dir(module) if not hasattr(module, name)]
    assert not missing, f"{module.__name__} has no {missing}"


@pytest.mark.parametrize("root", [qslc, qslc_study], ids=["qslc", "qslc_study"])
def test_public_names_are_found(root: ModuleType) -> None:
    for module in list_packages(root):
        check(module)


@pytest.mark.slow
def test_public_names_of_the_runtime_are_found() -> None:
    import qslc_runtime

    for module in list_packages(qslc_runtime):
        check(module)


def test_names_are_found_before_anything_is_imported() -> None:
    code = (
        "import sys, qslc, qslc_runtime, qslc_study\n"
        "for module in (qslc, qslc_runtime, qslc_study): print(*dir(module))\n"
        "heavy = {'cirq', 'keras', 'tensorflow', 'sympy', 'pydantic'} & {*sys.modules}\n"
        "assert not heavy, heavy\n"
        "assert qslc_runtime.preparation.simulate and qslc.importers.import_device\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    compiler, runtime, study = map(str.split, done.stdout.splitlines())
    assert {"compile", "open", "load", "sublayer", "importers"} <= {*compiler}
    assert {"load", "insert", "sampling", "methods"} <= {*runtime}
    assert "study" in study
    assert not [name for name in (*compiler, *runtime, *study) if name in ("Any", "import_module")]


def test_gates_are_found() -> None:
    assert dir(gates) == sorted(gates.GATES)
    with gates.GATES.temporarily(replace(gates.GATES["x"], name="y")):
        assert "y" in dir(gates)


def test_a_former_name_gives_what_it_gave() -> None:
    spec = qslc.sublayer("a", qubits=1).no_encoder().layers(1, entangler=None).spec()
    with pytest.warns(DeprecationWarning, match="is now qslc.compile"):
        stages = qslc.compile_spec(spec)
    assert len(repr(stages)) < 100
    assert stages.verification.verdict == "equal" and stages.spec == spec


def test_specs_and_studies_are_one_line() -> None:
    source = qslc.load(EXAMPLES / "gpt2_qsl.yaml")
    assert repr(source.spec) == "<spec gpt2_qv: 7 qubits, amplitude encoder, on willow>"
    assert repr(source) == f"<{source.path}: {source.spec!r}>"
    study = qslc_study.load(str(EXAMPLES / "study" / "study.yaml"))
    assert repr(study.study).startswith("<study small_study: ")
    assert "seeds" in repr(study.study) and "\n" not in repr(study)
    records = qslc_study.Records({"study": {"name": "a"}}, {"x": 1}, {})
    assert repr(records) == "<records of a: 1 runs, 0 scores>"
