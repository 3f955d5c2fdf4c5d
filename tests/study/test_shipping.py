"""Files that are sent to nodes by content."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from qslc.diagnostics import InputError
from qslc_study.executors.shipping import PIECE, list_paths, map_paths, pack, unpack


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "base"
    (home / "inner").mkdir(parents=True)
    (home / "inner" / "large").write_bytes(os.urandom(PIECE + 3))
    (home / "empty").touch()
    return home


def test_a_folder_arrives_and_only_what_is_missing_or_damaged_is_sent_again(tmp_path, folder):
    sent: list[bytes] = []
    shipment = pack(folder, lambda piece: sent.append(piece) or len(sent) - 1)
    assert [len(piece) for piece in sent] == [PIECE, 3]
    asked: list[int] = []

    def get(handle: int) -> bytes:
        asked.append(handle)
        return sent[handle]

    home = unpack(shipment, tmp_path / "cache", get)
    for name in ("inner/large", "empty"):
        assert (home / name).read_bytes() == (folder / name).read_bytes()
    assert asked == [0, 1]
    assert unpack(shipment, tmp_path / "cache", get) == home
    assert asked == [0, 1]
    (home / "inner" / "large").write_bytes(b"damaged")
    unpack(shipment, tmp_path / "cache", get)
    assert asked == [0, 1, 0, 1]
    assert (home / "inner" / "large").read_bytes() == (folder / "inner" / "large").read_bytes()
    assert not list(home.rglob(".*"))


def test_a_file_keeps_its_name_and_its_key_is_its_content(tmp_path, folder):
    (tmp_path / "model.gguf").write_bytes(b"abc")
    shipment = pack(tmp_path / "model.gguf", lambda piece: piece)
    place = unpack(shipment, tmp_path / "cache", lambda piece: piece)
    assert (place.name, place.read_bytes()) == ("model.gguf", b"abc")
    (tmp_path / "model.gguf").write_bytes(b"abd")
    assert pack(tmp_path / "model.gguf", lambda piece: piece)["key"] != shipment["key"]


def test_what_arrives_damaged_is_not_kept(tmp_path, folder):
    shipment = pack(folder, lambda piece: piece)
    with pytest.raises(InputError, match="large arrived damaged"):
        unpack(shipment, tmp_path / "cache", lambda piece: piece[::-1])
    assert not list((tmp_path / "cache").rglob("*large*"))


def test_a_node_whose_disk_is_full_says_so(tmp_path, folder):
    def get(_: object) -> bytes:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(InputError, match=r"cannot write to .*: No space left on device") as caught:
        unpack(pack(folder, lambda piece: piece), tmp_path / "cache", get)
    assert "XDG_CACHE_HOME" in str(caught.value)


def test_only_paths_are_replaced():
    places = {"base": {"preset": "gpt2_base_en"}, "data": "d.json", "layer": ""}
    assert map_paths(places, str.upper) == places | {"data": "D.JSON"}
    places = {"base": {"folder": "b"}, "data": "d", "layer": "l"}
    assert map_paths(places, str.upper) == {"base": {"folder": "B"}, "data": "D", "layer": "L"}
    assert sorted(list_paths(places)) == ["b", "d", "l"]
