"""Builds the kernel with the machine's C compiler, once for each machine and framework."""

from __future__ import annotations

import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

SOURCE = Path(__file__).parent / "source"
BINDINGS = frozenset({"tensorflow.c", "jax.c"})

FLAGS = (
    "-std=gnu11",
    "-O3",
    "-march=native",
    "-ffp-contract=fast",
    "-fno-math-errno",
    "-fvisibility=hidden",
    "-shared",
    "-fPIC",
    "-pthread",
)
"""No -ffast-math: NaN has a meaning."""


class BuildError(RuntimeError):
    """The machine cannot build or load the kernel; the message says why."""


def library(binding: str, version: str, include: str, link: Sequence[str] = ()) -> Path:
    """The kernel as a shared library, from the cache if it was built before.

    Processes that build it at once do not disturb each other: each puts a complete file in place.

    Args:
        binding: the C file that binds the kernel to a framework.
        version: of the framework.
        include: the folder of its C headers.
        link: what the linker needs for it.

    Raises:
        BuildError: there is no C compiler, or it fails.
    """
    compiler = shlex.split(os.environ.get("CC", "cc"))
    sources = [path for path in sorted(SOURCE.glob("*.c")) if path.name not in BINDINGS]
    inputs = [*map(str, sources), str(SOURCE / binding), f"-isystem{include}"]
    command = [*compiler, *FLAGS, *inputs, *link, "-lm"]
    built = _folder() / f"{Path(binding).stem}-{_digest(command, version)}.so"
    if not built.exists():
        _compile(command, built)
    return built


def _compile(command: Sequence[str], built: Path) -> None:
    if shutil.which(command[0]) is None:
        raise BuildError(f"there is no C compiler {command[0]!r} (set CC to one)")
    handle, name = tempfile.mkstemp(suffix=".so", dir=built.parent)
    os.close(handle)
    try:
        done = subprocess.run(  # noqa: S603 (the user's own compiler)
            [*command, "-o", name], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise BuildError(f"{shlex.join(command[:1])} failed: {_first_error(done.stderr)}")
        Path(name).replace(built)
    finally:
        Path(name).unlink(missing_ok=True)


def _first_error(text: str) -> str:
    lines = text.strip().splitlines() or ["no message"]
    return next((line for line in lines if "error" in line), lines[-1])


def _folder() -> Path:
    """The user's cache, or a temporary folder where nothing can be kept."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "qslc"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=cache):
            return cache
    except OSError:
        return Path(tempfile.mkdtemp(prefix="qslc-"))


def _digest(command: Sequence[str], version: str) -> str:
    """Of all that the library depends on."""
    digest = hashlib.sha256()
    for part in (*command, version, platform.machine(), _processor()):
        digest.update(part.encode() + b"\0")
    for text in _texts():
        digest.update(text + b"\0")
    return digest.hexdigest()[:20]


def _texts() -> Iterator[bytes]:
    for path in sorted(SOURCE.iterdir()):
        if path.suffix in {".c", ".h"}:
            yield path.read_bytes()


def _processor() -> str:
    """What -march=native stands for: the instruction sets of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line for line in lines if line.lower().startswith(("flags", "features"))), "")
