"""Find the kernel that came with the package, or build it with the machine's C compiler, once.

A kernel is kept under a name that holds two digests: of all that it is made from, and of its own
bytes. So a file that is not what was built, for whatever reason, is never loaded, but built anew.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from qslc_runtime.atomic_file import replace_file

SOURCE = Path(__file__).parent / "source"
BINDINGS = frozenset({"tensorflow.c", "jax.c", "torch.c"})

PREBUILT = Path(__file__).parent / "prebuilt"
"""The kernels of a wheel, each named by a digest of its sources (``runtime/kernel``)."""

FLAGS = shlex.split(
    "-std=gnu11 -O3 -march=native -ffp-contract=fast -fno-math-errno -fvisibility=hidden "
    "-shared -fPIC -pthread -Werror=switch"
)
"""No -ffast-math: NaN has a meaning. A switch that lacks a step or a gate does not compile."""

TIMEOUT = 300
"""Seconds that the compiler may take."""

_OUTPUT = "kernel.so"


class BuildError(RuntimeError):
    """The machine cannot build or load the kernel; the message says why."""


def build_library(
    binding: str, version: str = "", include: str | None = None, link: Sequence[str] = ()
) -> Path:
    """Return the kernel as a shared library: that of the package, the cache, or built now.

    Args:
        binding: The C file that binds the kernel to a framework.
        version: Version of the framework.
        include: The folder of its C headers, if any are needed.
        link: What the linker needs for it.

    Raises:
        BuildError: There is no C compiler, or it fails, or there is no folder for the result.
    """
    sources = [path for path in sorted(SOURCE.glob("*.c")) if path.name not in BINDINGS]
    headers = () if include is None else (f"-isystem{include}",)
    return build_sources(
        Path(binding).stem, [*sources, SOURCE / binding], version, (*headers, *link)
    )


def build_sources(
    stem: str, sources: Sequence[Path], version: str = "", options: Sequence[str] = ()
) -> Path:
    """Return C files of one folder as a shared library: of the package, the cache, or built now.

    Args:
        stem: First part of the file's name.
        sources: The files.
        version: Version of what it is built against.
        options: Options of the compiler that follow the files.

    Raises:
        BuildError: There is no C compiler, or it fails, or there is no folder for the result.
    """
    if (prebuilt := _find_prebuilt(stem, sources[0].parent)) is not None:
        return prebuilt
    command = [*_read_compiler(), *FLAGS, *map(str, sources), *options, "-lm"]
    name = f"{stem}-{_digest_inputs(command, version, sources[0].parent)}"
    folders = [folder for folder in _list_folders() if _runs_programs(folder)]
    kept = next(filter(None, (_find_kept(folder, name) for folder in folders)), None)
    return kept or _build(command, _choose_folder(folders), name)


def _find_prebuilt(stem: str, folder: Path) -> Path | None:
    """Return the library that came with the package, if it is made from what the folder holds."""
    files = (path.read_bytes() for path in sorted(folder.glob("*.[ch]")))
    digests = "".join(hashlib.sha256(content).hexdigest() for content in files)
    digest = hashlib.sha256(digests.encode()).hexdigest()[:20]
    path = PREBUILT / f"{stem}-{digest}.so"
    return path if path.is_file() else None


def _read_compiler() -> list[str]:
    """Return the command in CC as make understands it: one that is empty is not set."""
    text = os.environ.get("CC", "")
    try:
        return shlex.split(text) or ["cc"]
    except ValueError as error:
        raise BuildError(f"CC={text} is not a command: {error}") from None


def _list_folders() -> Iterator[Path]:
    """Yield where kernels may be kept: the user's cache, or a temporary folder of this user."""
    with suppress(RuntimeError):  # a user without a home
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        yield Path(home).absolute() / "qslc"
    with suppress(OSError, AttributeError):  # no folder for temporary files; no user's number
        yield Path(tempfile.gettempdir()) / f"qslc-{os.getuid()}"


def _runs_programs(folder: Path) -> bool:
    """Return whether the file system lets code be loaded from it."""
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    try:
        return not os.statvfs(existing).f_flag & getattr(os, "ST_NOEXEC", 0)
    except (OSError, AttributeError):
        return True


def _find_kept(folder: Path, name: str) -> Path | None:
    """Return the kernel, if it is there and its bytes are those that were built."""
    if not _is_own(folder):
        return None
    found = sorted(folder.glob(f"{name}-*.so"))
    return next((p for p in found if p.name == _name_published(name, _read_bytes(p))), None)


def _is_own(folder: Path) -> bool:
    """Return whether nobody else can have put a kernel there."""
    if folder.parent != Path(tempfile.gettempdir()):
        return True
    try:
        about = folder.lstat()
    except OSError:
        return False
    closed = stat.S_ISDIR(about.st_mode) and not about.st_mode & 0o022
    return closed and about.st_uid == os.getuid()


def _choose_folder(folders: Sequence[Path]) -> Path:
    for folder in folders:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError:
            continue
        if _is_own(folder):
            return folder
    raise BuildError(
        "there is no folder that it can be written to and loaded from (set XDG_CACHE_HOME to one)"
    )


def _build(command: Sequence[str], folder: Path, name: str) -> Path:
    """Compile the kernel and put it in place whole; of processes that want it at once, one."""
    if shutil.which(command[0]) is None:
        raise BuildError(f"there is no C compiler {command[0]!r} (set CC to one)")
    try:
        with _announce(command[0], folder), _lock(folder):
            return _find_kept(folder, name) or _compile_anew(command, folder, name)
    except OSError as error:
        raise BuildError(f"cannot write to {folder}: {error.strerror}") from None


def _compile_anew(command: Sequence[str], folder: Path, name: str) -> Path:
    """Compile where nobody else does, after removing what killed builds left."""
    for leftover in (*folder.glob("tmp*"), *folder.glob(f"{name}-*")):
        _remove(leftover)
    with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as scratch:
        _compile(command, Path(scratch))
        return _publish(Path(scratch) / _OUTPUT, folder, name)


@contextmanager
def _announce(compiler: str, folder: Path) -> Iterator[None]:
    """Tell on one line of stderr what is done and how long it took, where Keras is not silent."""
    keras = sys.modules.get("keras")
    silent = keras is not None and not keras.config.is_interactive_logging_enabled()
    if sys.stderr is None or silent:
        yield
        return
    start = time.monotonic()
    message = f"qslc: building the compiled kernel with {compiler}, once, into {folder} ... "
    print(message, end="", file=sys.stderr, flush=True)  # noqa: T201
    try:
        yield
    except BaseException:
        print("failed", file=sys.stderr, flush=True)  # noqa: T201
        raise
    print(f"done in {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)  # noqa: T201


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Keep other processes from building there; the lock of one that died holds nobody."""
    try:
        lock = FileLock(folder / ".lock", timeout=TIMEOUT).acquire()
    except Timeout:
        raise BuildError(f"another process has been building it for {TIMEOUT} s") from None
    except NotImplementedError as error:
        raise BuildError(f"{folder} cannot be locked: {error}") from None
    with lock:
        yield


def _compile(command: Sequence[str], folder: Path) -> None:
    """Compile into a folder, which holds the compiler's temporary files too."""
    try:
        done = subprocess.run(  # noqa: S603 (the user's own compiler)
            [*command, "-o", str(folder / _OUTPUT)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={**os.environ, "TMPDIR": str(folder), "LC_ALL": "C"},
            encoding="utf-8",
            errors="replace",
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BuildError(f"{command[0]} did not end within {TIMEOUT} s") from None
    except OSError as error:
        raise BuildError(f"{command[0]} cannot be run: {error.strerror}") from None
    if done.returncode:
        raise BuildError(f"{command[0]} failed: {_find_error(done.stderr)}")


def _publish(made: Path, folder: Path, name: str) -> Path:
    """Put a kernel in place once its bytes are on the disk."""
    content = _read_bytes(made)
    if not content:
        raise BuildError("the C compiler wrote no library")
    path = folder / _name_published(name, content)
    replace_file(path, content)
    return path


def _name_published(name: str, content: bytes) -> str:
    return f"{name}-{hashlib.sha256(content).hexdigest()[:20]}.so"


def _read_bytes(path: Path) -> bytes:
    """Return what a file holds; nothing where it is no file or cannot be read."""
    try:
        return path.read_bytes() if path.is_file() else b""
    except OSError:
        return b""


def _remove(path: Path) -> None:
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _find_error(text: str) -> str:
    lines = text.strip().splitlines() or ["no message"]
    line = next((line for line in lines if "error" in line), lines[-1])
    return "".join(character if character.isprintable() else " " for character in line)


def _digest_inputs(command: Sequence[str], version: str, folder: Path) -> str:
    """Digest all that the library depends on."""
    parts = (*command, version, platform.machine(), _read_processor())
    sources = (path.read_bytes() for path in sorted(folder.glob("*.[ch]")))
    return hashlib.sha256(b"\0".join((*map(str.encode, parts), *sources))).hexdigest()[:20]


def _read_processor() -> str:
    """Return what -march=native stands for: the instruction sets of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line for line in lines if line.lower().startswith(("flags", "features"))), "")
