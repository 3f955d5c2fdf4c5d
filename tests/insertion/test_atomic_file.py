"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from qslc_runtime.atomic_file import replace_file

pytestmark = pytest.mark.slow

KILLED = """
import os, signal, sys
from qslc_runtime.atomic_file import replace_file
os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
replace_file(sys.argv[1], b"new")
"""


def test_a_kill_leaves_the_old_file_and_the_next_save_cleans_up(tmp_path):
    path = tmp_path / "a.safetensors"
    replace_file(path, b"old")
    ended = subprocess.run([sys.executable, "-c", KILLED, path], env=os.environ, check=False)
    assert ended.returncode == -9
    assert path.read_bytes() == b"old"
    assert {p.name for p in tmp_path.iterdir()} == {path.name, f".{path.name}.tmp"}
    replace_file(path, b"newer")
    assert path.read_bytes() == b"newer"
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_many_writers_leave_one_whole_file(tmp_path):
    path = tmp_path / "a.safetensors"
    contents = [bytes([i]) * (1000 + 1000 * i) for i in range(32)]

    def write_and_read(content):
        replace_file(path, content)
        return path.read_bytes()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(write_and_read, contents)) <= set(contents)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_the_target_of_a_link_is_replaced(tmp_path):
    (tmp_path / "run").mkdir()
    link, target = tmp_path / "latest", tmp_path / "run" / "a.safetensors"
    link.symlink_to(target)
    replace_file(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_what_cannot_be_written_says_so(tmp_path):
    with pytest.raises(IsADirectoryError, match="is a folder; name a file in it"):
        replace_file(tmp_path, b"")
    with pytest.raises(FileNotFoundError, match="does not exist; make it first"):
        replace_file(tmp_path / "none" / "a", b"")
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    (tmp_path / ".a.tmp").symlink_to(victim)
    with pytest.raises(OSError):
        replace_file(tmp_path / "a", b"new")
    assert victim.read_bytes() == b"mine"
    (tmp_path / ".a.tmp").unlink()
    os.mkfifo(tmp_path / ".a.tmp")
    with pytest.raises(OSError, match="no ordinary file; remove it"):
        replace_file(tmp_path / "a", b"new")
