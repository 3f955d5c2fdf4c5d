"""The compiler alone, and what is said where more is needed."""

import itertools
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from qslc_runtime.extras import explain_missing

from tests.docs.pages import read_project

ROOT = Path(__file__).parents[1]
PROJECT = read_project()

EXTRAS = {
    extra: [Requirement(line) for line in lines]
    for extra, lines in PROJECT["optional-dependencies"].items()
}

OPTIONAL = (
    *("h5py", "huggingface_hub", "keras", "keras_hub"),
    *("qsimcirq", "safetensors", "tensorflow", "tensorflow_quantum", "torch", "transformers"),
)

BOUNDED = {"cirq-core", "contourpy", "numpy", "protobuf", "tensorflow-text"}
"""Packages that extra tfq names for what TensorFlow Quantum takes of them."""

SYSTEMS = {
    "Linux": {"sys_platform": "linux", "platform_machine": "x86_64"},
    "Linux on Arm": {"sys_platform": "linux", "platform_machine": "aarch64"},
    "Mac": {"sys_platform": "darwin", "platform_machine": "arm64"},
    "Mac with Intel": {"sys_platform": "darwin", "platform_machine": "x86_64"},
    "Windows": {"sys_platform": "win32", "platform_machine": "AMD64"},
}

SPEC = """
qslc: 1
name: a
qubits: 2
encoder: {kind: amplitude, features: 4, preparation: variational}
ansatz: {depth: 1, rotations: [ry], entangler: {gate: cnot, pattern: linear}}
measure: z
device: line
noise: {dephasing: 0.01}
"""

HIDE = """
import sys
from importlib.machinery import PathFinder

class Hide(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name in HIDDEN else super().find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Hide
"""


def run_without(packages, code, folder):
    """Run Python code in a process that does not find some packages."""
    command = [sys.executable, "-c", f"HIDDEN = {packages}{HIDE}{code}"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def run_qslc(folder, *words):
    code = f"from qslc.cli import main; sys.argv = ['qslc', *{words}]; main()"
    return run_without(OPTIONAL, code, folder)


def list_requirements(extra, python, system):
    """Return what an extra installs, extras within extras followed."""
    environment = {**SYSTEMS[system], "python_version": python}
    found = []
    for requirement in EXTRAS[extra]:
        if requirement.name == "qslc":
            inner = (list_requirements(e, python, system) for e in requirement.extras)
            found += itertools.chain.from_iterable(inner)
        elif not requirement.marker or requirement.marker.evaluate(environment):
            found.append(requirement)
    return found


def list_installed(extra, python, system):
    return {requirement.name for requirement in list_requirements(extra, python, system)}


def read_pins(name, python):
    """Return the version that a file of constraints has for each package."""
    environment = {**SYSTEMS["Linux"], "python_version": python}
    lines = (ROOT / name).read_text().splitlines()
    pins = [Requirement(line) for line in lines if not line.startswith("#")]
    return {
        canonicalize_name(pin.name): next(iter(pin.specifier)).version
        for pin in pins
        if not pin.marker or pin.marker.evaluate(environment)
    }


def test_the_compiler_needs_none_of_the_optional_packages():
    names = {Requirement(line).name for line in PROJECT["dependencies"]}
    assert {"cirq-core", "sympy"} <= names
    optional = {each.name for extra in ("keras", "qsim") for each in EXTRAS[extra]}
    assert not names & {*optional, "tensorflow-quantum", "cirq-google", "jax", "torch"}


@pytest.mark.parametrize(
    ("python", "system", "missing"),
    [
        ("3.10", "Linux", set()),
        ("3.12", "Linux", set()),
        ("3.13", "Linux", {"tensorflow-quantum"}),
        ("3.11", "Linux on Arm", {"tensorflow-quantum", "qsimcirq"}),
        ("3.12", "Mac", {"tensorflow-quantum"}),
        ("3.12", "Windows", {"tensorflow-quantum"}),
        ("3.11", "Mac with Intel", {"tensorflow-quantum", "tensorflow", "keras-hub", "keras-nlp"}),
    ],
)
def test_all_installs_what_has_wheels(python, system, missing):
    every = {
        *("keras", "keras-hub", "keras-nlp", "h5py", "safetensors", "huggingface-hub"),
        *("tensorflow", "tensorflow-quantum", "qsimcirq", "rouge-score", "sacrebleu"),
        *("gguf", "sentencepiece", "tokenizers"),
    }
    found = list_installed("all", python, system)
    assert found - BOUNDED == every - missing
    assert found & BOUNDED == (set() if "tensorflow-quantum" in missing else BOUNDED)


def test_all_has_the_bounds_of_tensorflow_quantum():
    """Inside an extra inside, pip would find them too late, and try version after version."""
    own = {"qslc", "tensorflow-quantum"}
    bounds = {str(each) for each in EXTRAS["tfq"] if each.name not in own}
    assert len(bounds) == 8 and bounds <= {*map(str, EXTRAS["all"])}


@pytest.mark.parametrize(
    ("name", "python", "extra"),
    [
        *(("constraints.txt", python, "dev") for python in ("3.10", "3.11", "3.12")),
        *(
            ("constraints-newest.txt", "3.11", extra)
            for extra in ("study", "qsim", "tests", "torch")
        ),
        ("constraints-newest.txt", "3.13", "dev"),
    ],
)
def test_pins_are_within_the_ranges(name, python, extra):
    needed = [Requirement(line) for line in PROJECT["dependencies"]]
    pins = read_pins(name, python)
    for each in (*needed, *list_requirements(extra, python, "Linux")):
        pin = pins.get(canonicalize_name(each.name))
        assert pin and each.specifier.contains(pin), f"{each} is pinned to {pin}"


def test_every_optional_package_is_in_the_extra_that_errors_name():
    for package in OPTIONAL:
        told = str(explain_missing(ModuleNotFoundError("", name=package)))
        extra = told.split("qslc[")[1].split("]")[0]
        assert package.replace("_", "-") in list_installed(extra, "3.12", "Linux"), told


def test_another_backend_is_named_where_keras_finds_no_tensorflow(monkeypatch):
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.setattr("qslc_runtime.extras.find_spec", lambda name: name == "torch" or None)
    told = str(explain_missing(ModuleNotFoundError("", name="tensorflow")))
    assert told.endswith(
        '[keras]", or set the environment variable KERAS_BACKEND=torch before Keras is imported'
    )


def test_an_error_that_no_extra_helps_stays_as_it_is():
    for error in (ModuleNotFoundError("", name="own"), ImportError("", name="keras")):
        assert explain_missing(error) is error


def test_the_compiler_alone(tmp_path):
    """A spec compiles; what needs Keras says in two lines what to install."""
    (tmp_path / "a.yaml").write_text(SPEC)
    made = run_qslc(tmp_path, "compile", "a.yaml", "-o", "a")
    assert made.returncode == 0, made.stderr
    study = str(ROOT / "examples" / "study" / "study.yaml")
    for words, extra in (
        (("verdict", "a"), "keras"),
        (("verdict", "a", "--sampler", "simulator"), "keras"),
        (("study", study), "study"),
    ):
        told = run_qslc(tmp_path, *words)
        assert told.returncode == 1
        assert told.stderr.startswith("error: Keras is not installed"), told.stderr
        assert told.stderr.endswith(f'help: pip install "qslc[{extra}]"\n')


def test_the_runtime_alone(tmp_path):
    """Reading artifacts and preparing states needs no Keras; a name that does says so."""
    code = "import qslc_runtime as run\nrun.Artifact, run.prepare\nprint('here')\nrun.load"
    told = run_without(OPTIONAL, code, tmp_path)
    assert told.stdout == "here\n"
    last = told.stderr.splitlines()[-1]
    assert last == 'ModuleNotFoundError: keras is not installed: pip install "qslc[keras]"'


@pytest.mark.slow
def test_engines_say_what_to_install(tmp_path):
    """Without qsim and TensorFlow Quantum there are the other engines."""
    (tmp_path / "a.yaml").write_text(SPEC)
    code = """
import importlib.util
import qslc, qslc_runtime
importlib.util.find_spec("keras")  # as other packages look for it, importing nothing
layer_class = qslc.compile("a.yaml").layer_class
import keras
assert "qslc_runtime>LoraUpdate" in keras.saving.get_custom_objects()
for engine in ("native", "sampler", "qsim", "tfq"):
    options = {"sampler": "noisy"} if engine == "sampler" else None
    try:
        layer_class(engine=engine, engine_options=options)(keras.ops.ones((1, 4)))
    except ImportError as error:
        print(engine, error)
"""
    told = run_without(("qsimcirq", "tensorflow_quantum"), code, tmp_path)
    lines = told.stdout.splitlines()
    assert told.returncode == 0 and len(lines) == 2, told
    assert lines[0] == 'qsim qsimcirq is not installed: pip install "qslc[qsim]"'
    assert lines[1].startswith("tfq ") and 'pip install "qslc[tfq]"' in lines[1]
