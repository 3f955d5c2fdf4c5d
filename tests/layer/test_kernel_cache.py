"""The cache of kernels: what is damaged is built anew, and what cannot be built is told.

The source is a line of C here, so that it is built at once.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import pytest
from qslc_runtime import compiled
from qslc_runtime.compiled import build

pytestmark = pytest.mark.slow

ANSWER = '__attribute__((visibility("default"))) int answer(void) { return 42; }\n'


class Cache:
    """A folder of kernels, with the source and the compiler beside it."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root, self.folder, self.patch = root, root / "cache" / "qslc", monkeypatch
        (root / "source").mkdir()
        (root / "source" / "answer.c").write_text(ANSWER)
        (root / "source" / "jax.c").write_text("")
        monkeypatch.setattr(build, "SOURCE", root / "source")
        monkeypatch.setenv("XDG_CACHE_HOME", str(root / "cache"))

    def write_compiler(self, body: str, start: str = "#!/bin/sh") -> str:
        """Make a shell script the compiler."""
        script = self.root / "compiler"
        script.write_text(f"{start}\n{body}\n")
        script.chmod(0o755)
        self.patch.setenv("CC", str(script))
        return str(script)

    def use_temporary_folder(self) -> Path:
        """Return the folder of this user's kernels among temporary files."""
        (self.root / "tmp").mkdir()
        self.patch.setattr(build.tempfile, "tempdir", str(self.root / "tmp"))
        return self.root / "tmp" / f"qslc-{os.getuid()}"

    def refuse(self, name: str, error: OSError) -> None:
        """Let a function of ``tempfile`` fail."""

        def fail(**_: Any) -> None:
            raise error

        self.patch.setattr(build.tempfile, name, fail)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cache:
    return Cache(tmp_path, monkeypatch)


def library() -> Path:
    return build.build_library("jax.c", "1", "/usr/include")


def answer(path: Path) -> int:
    return int(ctypes.CDLL(str(path)).answer())


def refusal() -> str:
    with pytest.raises(build.BuildError) as caught:
        library()
    return str(caught.value)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def replace_by_folder(path: Path) -> None:
    path.unlink()
    (path / "inside").mkdir(parents=True)


def replace_by_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def replace_by_loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


@pytest.mark.parametrize(
    "damage",
    [
        cut,
        flip,
        lambda path: path.write_bytes(b""),
        lambda path: path.chmod(0),
        Path.unlink,
        replace_by_folder,
        replace_by_pipe,
        replace_by_loop,
    ],
)
def test_a_damaged_kernel_is_built_anew(damage: Callable[[Path], Any], cache: Cache) -> None:
    built = library()
    content = built.read_bytes()
    damage(built)
    assert library().read_bytes() == content
    assert answer(library()) == 42
    assert [path.name for path in cache.folder.glob("*.so")] == [built.name]


def test_a_whole_kernel_is_not_built_again(cache: Cache) -> None:
    built = library()
    cache.refuse("TemporaryFile", PermissionError())  # nor is the cache written to
    cache.patch.setattr(build, "_build", None)
    assert library() == built


def test_what_killed_builds_left_is_removed(cache: Cache) -> None:
    script = "import sys; sys.argv.pop(0); from tests.layer import test_kernel_cache as here\n"
    script += "from pathlib import Path; from qslc_runtime.compiled import build\n"
    script += "build.SOURCE = Path(sys.argv[0]); here.library()"
    started = cache.root / "started"
    slow = cache.write_compiler(f'touch "{started}" "$TMPDIR/ccX.o"; exec sleep 20')
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(cache.root / "source")],
        env=os.environ | {"CC": slow, "TF_CPP_MIN_LOG_LEVEL": "3"},
        start_new_session=True,
    )
    while not started.exists():
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    cache.patch.delenv("CC")
    (cache.folder / "tmpold.so").touch()
    assert len(list(cache.folder.glob("tmp*"))) == 2
    library()
    assert not list(cache.folder.glob("tmp*"))


def test_who_comes_while_it_is_built_waits_for_it(cache: Cache) -> None:
    log = cache.root / "log"
    cache.write_compiler(f'echo run >> "{log}"; sleep 1; exec cc "$@"')
    threads = [threading.Thread(target=library) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.read_text() == "run\n"
    assert answer(library()) == 42


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ('gcc "', 'CC=gcc " is not a command: No closing quotation'),
        ("no-such-compiler", "there is no C compiler 'no-such-compiler' (set CC to one)"),
        ("/", "there is no C compiler '/' (set CC to one)"),
        ("cc -march=nonsense -mno-such-option", "cc failed: "),
        ("true", "the C compiler wrote no library"),
    ],
)
def test_a_command_that_is_no_compiler(command: str, message: str, cache: Cache) -> None:
    cache.patch.setenv("CC", command)
    assert message in refusal()
    assert not list(cache.folder.glob("*.so"))
    assert not list(cache.folder.glob("tmp*"))


@pytest.mark.parametrize(
    ("start", "body", "message"),
    [
        ("#!/bin/sh", "sleep 30", "did not end within 1 s"),
        ("#!/bin/sh", r"printf '\033[2J\377 error: no\n' >&2; exit 1", "failed:  [2J� error: no"),
        ("#!/bin/sh", "cat; exit 1", "failed: no message"),
        ("\x7fELF", "", "cannot be run: Exec format error"),
    ],
)
def test_a_compiler_that_misbehaves(start: str, body: str, message: str, cache: Cache) -> None:
    cache.patch.setattr(build, "TIMEOUT", 1)
    cache.write_compiler(body, start)
    assert message in refusal()


def test_what_cannot_be_built_is_tried_and_told_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries = []

    def refuse() -> None:
        tries.append(os.environ["CC"])
        raise compiled.BuildError("no such luck")

    monkeypatch.setattr(compiled, "load_binding", refuse)
    for command in ("one", "one", "other", "one"):
        monkeypatch.setenv("CC", command)
        assert compiled.find_binding() is None
    assert tries == ["one", "other"]
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]


def test_a_disk_that_is_full(cache: Cache) -> None:
    cache.refuse("TemporaryDirectory", OSError(28, "No space left on device"))
    assert refusal() == f"cannot write to {cache.folder}: No space left on device"


@pytest.mark.parametrize("command", ["", "  "])
def test_an_empty_command_is_none(command: str, cache: Cache) -> None:
    cache.patch.setenv("CC", command)
    assert answer(library()) == 42


def test_without_a_cache_kernels_are_kept_among_temporary_files(cache: Cache) -> None:
    folder = cache.use_temporary_folder()
    cache.folder.parent.touch()
    built = library()
    assert built.parent == folder
    assert folder.stat().st_mode & 0o777 == 0o700
    assert library() == built
    folder.chmod(0o777)  # anybody may have put a kernel there
    assert refusal().startswith("there is no folder that it can be written to and loaded from")


def test_a_cache_that_code_cannot_be_loaded_from_is_not_used(cache: Cache) -> None:
    built, folder = library(), cache.use_temporary_folder()

    def statvfs(path: Path) -> SimpleNamespace:
        return SimpleNamespace(f_flag=os.ST_NOEXEC if path in built.parents else 0)

    cache.patch.setattr(build.os, "statvfs", statvfs)
    assert library().parent == folder


def test_one_line_tells_of_the_build(cache: Cache, capfd: pytest.CaptureFixture[str]) -> None:
    first = library()
    output, errors = capfd.readouterr()
    assert not output
    start = f"qslc: building the compiled kernel with cc, once, into {cache.folder} ... done in "
    assert errors.startswith(start)
    assert errors.endswith(" s\n")
    assert errors.count("\n") == 1
    library()
    assert capfd.readouterr() == ("", "")
    first.unlink()
    keras.config.disable_interactive_logging()
    try:
        library()
    finally:
        keras.config.enable_interactive_logging()
    assert capfd.readouterr() == ("", "")
