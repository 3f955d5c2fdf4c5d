"""Writers that are killed or race: a folder holds the files of one, and all of the user's."""

from __future__ import annotations

import itertools
import os
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from qslc_runtime import folder as runtime

from qslc import publication
from qslc.artifact import compute_digests, list_changed_files, write_indented
from qslc.diagnostics import InputError
from qslc.output import write_folder
from qslc.publication import MANIFEST

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")

NAMES = ("layer.py", "logical.json", "report.md")


def make_files(writer: object) -> dict[str, str]:
    """Make files that say who wrote them, and their manifest."""
    files = {name: f"{name} of {writer}\n" * 50 for name in NAMES}
    manifest = {"qslc": "0", "spec": str(writer), "files": compute_digests(files)}
    return files | {MANIFEST: write_indented(manifest)}


def fork(work: Callable[[], object]) -> int:
    """Start a process that does the work and nothing else."""
    process = os.fork()
    if process == 0:
        try:
            work()
        finally:
            os._exit(0)
    return process


def read_writer(folder: Path) -> str:
    """Return who wrote the folder, as the runtime reads it: every file is checked."""
    manifest, _ = runtime.read_checked(folder, *NAMES)
    return str(manifest["spec"])


def write_plain(folder: Path) -> None:
    """Write nothing else than the files."""
    write_folder(folder, make_files("old"))


def write_notes(folder: Path) -> None:
    """Put a file of the user's beside them, with no other way to it."""
    write_plain(folder)
    (folder / "notes.txt").write_text("mine")


def write_folder_inside(folder: Path) -> None:
    """Put a folder of the user's beside them."""
    write_plain(folder)
    (folder / "mine").mkdir()
    (folder / "mine" / "notes.txt").write_text("mine")


def leave_missing(folder: Path) -> None:
    """Leave the folder missing."""


def interrupt(folder: Path) -> None:
    """Kill another writer half way."""
    write_notes(folder)
    kill_at(12, lambda: write_folder(folder, make_files("old")))


def kill_at(point: int, work: Callable[[], object]) -> bool:
    """Kill a process just before its n-th system call, and return whether it got there."""

    def killed() -> None:
        calls = itertools.count(1)

        def hook(event: str, _: object) -> None:
            if event.startswith(("os.", "open", "shutil.")) and next(calls) == point:
                os.kill(os.getpid(), signal.SIGKILL)

        exchange = publication._exchange

        def exchanged(*paths: Path) -> None:
            hook("os.exchange", None)
            exchange(*paths)

        publication._exchange = exchanged
        sys.addaudithook(hook)
        work()

    _, status = os.waitpid(fork(killed), 0)
    return os.WIFSIGNALED(status)


def read_entries(folder: Path) -> dict[str, str]:
    """Read every file below a folder."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text() for path in found}


@pytest.mark.parametrize("atomic", [True, False])
@pytest.mark.parametrize(
    "state", [leave_missing, write_plain, write_notes, write_folder_inside, interrupt]
)
def test_a_kill_leaves_the_old_files_or_the_new_ones(
    tmp_path: Path,
    state: Callable[[Path], None],
    atomic: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not atomic:
        monkeypatch.setattr(publication, "_find_exchange", lambda: None)
    elif publication._find_exchange() is None:
        pytest.skip("this system cannot exchange two folders")
    found: list[str] = []
    for point in itertools.count(1):
        home = tmp_path / str(point)
        folder = home / "out"
        home.mkdir()
        state(folder)
        mine = {name: text for name, text in read_entries(home).items() if "notes" in name}
        killed = kill_at(point, partial(write_folder, folder, make_files("new")))
        found.append(read_writer(folder) if folder.exists() else "none")
        if folder.exists() and atomic and state is not write_folder_inside:
            assert list_changed_files(folder) == []
        assert mine.items() <= read_entries(home).items()
        if not killed:
            assert found[-1] == "new"
        write_folder(folder, make_files("next"))
        expected = {f"out/{name}": text for name, text in make_files("next").items()}
        assert read_entries(home) == expected | mine
        assert [path.name for path in home.iterdir()] == ["out"]
        if not killed:
            break
    assert found == sorted(found, key=("none", "old", "new").index)
    assert len(found) > 12
    assert len({*found}) == 2


@pytest.mark.parametrize("atomic", [True, False])
def test_racing_writers_leave_the_files_of_one(
    tmp_path: Path, atomic: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readers see whole folders all the time."""
    if not atomic:
        monkeypatch.setattr(publication, "_find_exchange", lambda: None)
    folder, rounds, writers = tmp_path / "out", 10, 4
    write_folder(folder, make_files("first"))
    (folder / "notes.txt").write_text("mine")
    seen: set[str] = set()
    for number in range(rounds):
        working = {
            fork(partial(write_folder, folder, make_files(f"{number} {writer}")))
            for writer in range(writers)
        }
        while working:
            seen.add(read_writer(folder))
            assert (folder / "notes.txt").read_text() == "mine"
            process, status = os.waitpid(-1, os.WNOHANG)
            assert status == 0
            working -= {process}
        assert list_changed_files(folder) == []
        assert read_writer(folder).startswith(f"{number} ")
    assert len(seen) > rounds
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert {path.name for path in folder.iterdir()} == {*make_files(0), "notes.txt"}


def test_the_folder_stays_the_same_folder(tmp_path: Path) -> None:
    write_notes(tmp_path / "out")
    before, notes = (tmp_path / "out").stat(), (tmp_path / "out" / "notes.txt").stat()
    write_folder(tmp_path / "out", make_files("new"))
    assert (tmp_path / "out").stat().st_ino == before.st_ino
    after = (tmp_path / "out" / "notes.txt").stat()
    assert (after.st_ino, after.st_nlink) == (notes.st_ino, 1)


def test_what_is_written_while_a_stand_in_holds_the_place_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, exchange = tmp_path / "out", publication._exchange
    if publication._find_exchange() is None:
        pytest.skip("this system cannot exchange two folders")
    write_notes(folder)

    made: list[str] = []

    def write_one() -> None:
        made.append(f"mine{len(made)}.txt")
        (folder / made[-1]).write_text("mine")

    def exchanged(*paths: Path) -> None:
        write_one()
        exchange(*paths)
        write_one()

    monkeypatch.setattr(publication, "_exchange", exchanged)
    write_folder(folder, make_files("new"))
    assert len(made) == 4
    assert {path.name for path in folder.iterdir()} == {*make_files(0), "notes.txt", *made}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_living_process_keeps_its_files_and_the_next_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that is stopped half way loses nothing to another, which says that it waits."""
    write_plain(tmp_path / "out")

    def stopped() -> None:
        replace = Path.replace

        def stop(self: Path, target: Path) -> Path:
            Path.replace = replace
            os.kill(os.getpid(), signal.SIGSTOP)
            return replace(self, target)

        Path.replace = stop
        write_folder(tmp_path / "out", make_files("new"))

    process = fork(stopped)
    os.waitpid(process, os.WUNTRACED)
    monkeypatch.setattr(publication, "LOCK_SECONDS", 0.1)
    with pytest.raises(InputError, match="another process has been writing"):
        write_folder(tmp_path / "out", make_files("other"))
    assert read_writer(tmp_path / "out") == "old"
    os.kill(process, signal.SIGCONT)
    os.waitpid(process, 0)
    assert read_writer(tmp_path / "out") == "new"


@pytest.fixture(autouse=True)
def processes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Check that every process ends; files need not survive a loss of power, which takes time."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    yield
    with pytest.raises(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


def test_circuits_of_an_earlier_compile_are_removed(tmp_path: Path) -> None:
    """Those that a manifest no longer lists, and no files of the user's."""
    folder = tmp_path / "out"
    before = make_files("old") | {"device.json": "{}", "device_2.json": "{}", "fallback.qasm": ""}
    write_folder(folder, before)
    (folder / "device.txt").write_text("mine")
    after = make_files("new") | {"device.json": "[]"}
    manifest = {"qslc": "0", "files": compute_digests({**after, MANIFEST: ""})}
    write_folder(folder, after | {MANIFEST: write_indented(manifest)})
    assert {path.name for path in folder.iterdir()} == {*after, "device.txt"}
    assert (folder / "device.json").read_text() == "[]"
