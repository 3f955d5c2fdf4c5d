"""The artifact folder on disk."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from qslc.artifact import list_changed_files, read_report
from qslc.diagnostics import InputError
from qslc.output import refuse_foreign, write_folder
from qslc.publication import MANIFEST

OURS = '{\n "qslc": "0.1.0"\n}\n'
FILES = {"layer.py": "x = 1\n", MANIFEST: OURS, "report.md": "π\n"}


def read_contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def test_a_new_folder_holds_the_files_and_nothing_else(tmp_path: Path) -> None:
    write_folder(tmp_path / "a" / "b", FILES)
    assert read_contents(tmp_path / "a" / "b") == FILES
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]


def test_a_new_folder_has_ordinary_permissions(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    write_folder(tmp_path / "out", FILES)
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("plain", "out")}
    assert len(modes) == 1


def test_an_earlier_artifact_is_replaced_and_other_files_stay(tmp_path: Path) -> None:
    write_folder(tmp_path, FILES)
    (tmp_path / "notes.txt").write_text("mine")
    write_folder(tmp_path, FILES | {"layer.py": "x = 2\n"})
    assert read_contents(tmp_path) == FILES | {"layer.py": "x = 2\n", "notes.txt": "mine"}


@pytest.mark.parametrize(
    "theirs",
    [{"layer.py": "mine"}, {MANIFEST: '{"name": "a web page"}', "report.md": "mine"}],
)
def test_a_file_that_no_compile_wrote_is_not_replaced(
    tmp_path: Path, theirs: dict[str, str]
) -> None:
    for name, text in theirs.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match="was not written by qslc"):
        write_folder(tmp_path, FILES)
    assert read_contents(tmp_path) == theirs


def test_a_manifest_that_was_cut_short_is_replaced(tmp_path: Path) -> None:
    write_folder(tmp_path, FILES | {MANIFEST: OURS[:12]})
    write_folder(tmp_path, FILES)
    assert read_contents(tmp_path) == FILES


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("os.fsync", OSError(28, "No space left on device")),
        ("tempfile.mkdtemp", PermissionError(13, "Permission denied")),
    ],
)
def test_a_failed_write_leaves_nothing(
    tmp_path: Path, call: str, error: OSError, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(call, fail)
    with pytest.raises(InputError, match=f"cannot write to .*: {error.strerror}"):
        write_folder(tmp_path / "out", FILES)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_place_of_a_file(tmp_path: Path) -> None:
    write_folder(tmp_path, FILES)
    (tmp_path / "layer.py").unlink()
    (tmp_path / "layer.py" / "mine").mkdir(parents=True)
    with pytest.raises(InputError, match=r"layer\.py exists and was not written by qslc"):
        write_folder(tmp_path, FILES)
    assert (tmp_path / "layer.py" / "mine").is_dir()


@pytest.mark.parametrize("name", ["loop", "x" * 5000, "a\0b", "loop/below", "file", "file/below"])
def test_a_path_that_no_folder_can_have(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "file").write_text("mine")
    for write in (refuse_foreign, write_folder):
        with pytest.raises(InputError, match=r"cannot write to|is a file") as caught:
            write(Path(f"{tmp_path}/{name}"), FILES)
        assert len(str(caught.value)) < 1000
    assert {path.name for path in tmp_path.iterdir()} == {"loop", "file"}


def test_a_folder_behind_a_link_is_written_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "far")
    write_folder(tmp_path / "link", FILES)
    assert (tmp_path / "link").is_symlink()
    assert read_contents(tmp_path / "far") == FILES


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "[" * 100_000, "\x00"])
def test_a_report_that_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "report.json").write_text(text)
    with pytest.raises(InputError, match="is not"):
        read_report(tmp_path)


@pytest.mark.parametrize("name", ["report.json", "manifest.json"])
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_report_that_has_no_end(tmp_path: Path, name: str) -> None:
    (tmp_path / "report.json").write_text('{"logical": 1, "physical": 1, "passes": 1}')
    (tmp_path / name).unlink(missing_ok=True)
    os.mkfifo(tmp_path / name)
    with pytest.raises(InputError, match="is not a file"):
        read_report(tmp_path)
    (tmp_path / name).unlink()
    (tmp_path / name).symlink_to("/dev/zero")
    with pytest.raises(InputError, match="is not a file"):
        read_report(tmp_path)


def test_files_that_have_no_end_are_changed(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"files": {"layer.py": ""}}')
    (tmp_path / "layer.py").symlink_to("/dev/zero")
    assert list_changed_files(tmp_path) == ["layer.py"]
