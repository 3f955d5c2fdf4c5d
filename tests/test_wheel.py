"""What is installed: the wheel and the source distribution."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from qslc_runtime.compiled.build import FLAGS

pytest.importorskip("scikit_build_core", reason="needs the dev extra")

ROOT = Path(__file__).parents[1]
KERNEL = ROOT / "runtime" / "kernel"
PACKAGES = {"qslc", "qslc_runtime", "qslc_study", "qslc_templates"}


def build(kind, folder, **environment):
    """Build a distribution in a process of its own; return the file."""
    code = f"import sys; from scikit_build_core.build import build_{kind} as build\n"
    code += f"print(build({str(folder)!r}, {{'build-dir': {str(folder / 'build')!r}}}))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return folder / done.stdout.splitlines()[-1]


def list_tracked(*folders):
    command = ["git", "ls-files", "--", *folders]
    return set(subprocess.check_output(command, cwd=ROOT, text=True).split())


def test_the_prebuilt_kernel_is_compiled_as_the_own():
    """But for the processor, and the names of variants."""
    text = (KERNEL / "CMakeLists.txt").read_text()
    for flag in FLAGS:
        if flag.startswith(("-f", "-W")) and flag not in ("-fvisibility=hidden", "-fPIC"):
            assert flag in text, flag


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
def test_a_wheel_runs_where_nothing_can_be_built(tmp_path):
    wheel = build("wheel", tmp_path)
    assert wheel.name.startswith("qslc-") and "-py3-none-" in wheel.name
    assert not wheel.name.endswith("any.whl")
    site, cache = tmp_path / "site", tmp_path / "cache"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    kernels = {name for name in names if name.endswith(".so")}
    folders = ("qslc", "qslc_study", "runtime/qslc_runtime", "templates/qslc_templates")
    tracked = {
        name.removeprefix("runtime/").removeprefix("templates/") for name in list_tracked(*folders)
    }
    assert names - kernels == tracked
    checked = subprocess.run(
        [sys.executable, KERNEL / "check.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(site), "XDG_CACHE_HOME": str(cache)},
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stderr
    assert str(site) in checked.stdout
    assert not (cache / "qslc").exists()


@pytest.mark.slow
def test_without_a_compiler_a_wheel_has_none(tmp_path):
    """It is the same for all platforms, and builds the kernel at first use, or does without."""
    wheel = build("wheel", tmp_path, CC="no-such-compiler")
    assert wheel.name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.partition("/")[0] for name in names if ".dist-info" not in name} == PACKAGES
    assert "qslc_runtime/compiled/source/kernel.c" in names
    assert not [name for name in names if name.endswith(".so")]


def test_the_source_distribution(tmp_path):
    archive = build("sdist", tmp_path)
    with tarfile.open(archive) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
    needed = list_tracked("qslc", "qslc_study", "runtime", "templates", "tests", "pyproject.toml")
    assert needed <= names
    assert not [name for name in names if name.startswith("results/")]
