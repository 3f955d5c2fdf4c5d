"""A device in a file of its own: ``device: {file: my_chip.yaml}``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qslc.diagnostics import Diagnostic, InputError
from qslc.spec.files import read_text
from qslc.spec.nodes import FAULTY, Node, plain
from qslc.spec.order import in_order
from qslc.spec.problems import Problem
from qslc.spec.yaml import read

PLACE = ("device", "file")


@dataclass(frozen=True, slots=True)
class DeviceFile:
    """A spec's data with the device's file read into it.

    Args:
        data: the spec's data; its device is faulty where the file is.
        root: the file's nodes, if a file was read.
        problems: with the name of the file.
        diagnostics: in the file.
    """

    data: Any
    root: Node | None = None
    problems: tuple[Problem, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def read_device(data: Any, folder: Path) -> DeviceFile:
    """Replaces the name of a device's file, relative to a folder, by what the file holds."""
    device = data.get("device") if isinstance(data, Mapping) else None
    name = device.get("file") if isinstance(device, Mapping) and len(device) == 1 else None
    if not isinstance(name, str) or not name:
        return DeviceFile(data)
    faulty = {**data, "device": FAULTY}
    path = folder / name
    try:
        reading = read(read_text(path), str(path))
    except InputError as error:
        return _unreadable(faulty, error)
    if reading.root is None:
        return DeviceFile(faulty, diagnostics=in_order(reading.diagnostics, str(path)))
    content = plain(reading.root)
    if not isinstance(content, Mapping) or "edges" not in content:
        problem = Problem(
            PLACE,
            f"{path} holds no edges",
            "a device file has a line such as: edges: [[0, 1], [1, 2]]",
        )
        return DeviceFile(faulty, problems=(problem,), diagnostics=reading.diagnostics)
    return DeviceFile({**data, "device": content}, reading.root, (), reading.diagnostics)


def _unreadable(faulty: Any, error: InputError) -> DeviceFile:
    located = tuple(d for d in error.diagnostics if d.span)
    problems = tuple(Problem(PLACE, d.message, d.help) for d in error.diagnostics if not d.span)
    return DeviceFile(faulty, problems=problems, diagnostics=located)
