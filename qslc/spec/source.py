"""Read a file, a text or plain data as a checked spec, or report everything that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from qslc.diagnostics import Diagnostic, InputError, Span
from qslc.spec.checks import examine
from qslc.spec.model import Spec
from qslc.spec.places import FAULTY, Entries, Node, Problem, accept, locate, sort_by_place, to_plain
from qslc.spec.yaml import MAX_LENGTH, read


def read_text(path: Path) -> str:
    """Read a UTF-8 file that is not larger than a spec can be.

    Raises:
        InputError: The file does not exist, is no regular file, cannot be read, is too large, or is
            not UTF-8.
    """
    shown = str(path)
    try:
        if path.exists() and not path.is_file():
            raise InputError(Diagnostic(f"{shown} is not a file"))
        with path.open("rb") as file:
            data = file.read(4 * MAX_LENGTH + 1)
    except FileNotFoundError:
        raise InputError(Diagnostic(f"{shown} does not exist")) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not a path"
        raise InputError(Diagnostic(f"{shown} cannot be read: {reason}")) from None
    if len(data) > 4 * MAX_LENGTH:
        raise InputError(Diagnostic(f"{shown} is larger than {4 * MAX_LENGTH} bytes"))
    return _decode(data, shown)


def _decode(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig").split("\n")
        span = Span(file, len(before), len(before[-1]) + 1)
        message = f"byte 0x{error.object[error.start]:02X} is not UTF-8"
        raise InputError(Diagnostic(message, span, help="save the file as UTF-8")) from None


SPEC_KEYS = frozenset({"qubits", "encoder", "ansatz", "measure", "device", "noise", "optimize"})
STUDY_KEYS = frozenset(
    {"base", "data", "prompt", "training", "seeds", "tuning", "evaluate", "methods", "choose"}
)
"""The keys of a document that only one of the two has."""


class StudyError(InputError):
    """A study stands where the spec of a sublayer is expected."""


def detect_kind(root: Node) -> Literal["spec", "study"] | None:
    """Tell by the keys of a document, some of which may be wrong, what its author wrote."""
    keys = [entry.key for entry in root.entries] if isinstance(root, Entries) else []
    spec, study = (sum(key in known for key in keys) for known in (SPEC_KEYS, STUDY_KEYS))
    if spec == study:
        return None
    return "spec" if spec > study else "study"


PLACE = ("device", "file")


@dataclass(frozen=True, slots=True)
class DeviceFile:
    """A spec's data with the device's file read into it.

    Args:
        data: The spec's data; its device is faulty where the file is.
        root: The file's nodes, if a file was read.
        problems: What is wrong with the name of the file.
        diagnostics: What is wrong in the file.
    """

    data: Any
    root: Node | None = None
    problems: tuple[Problem, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def read_device(data: Any, folder: Path) -> DeviceFile:
    """Replace the name of a device's file, relative to a folder, by what the file holds."""
    device = data.get("device") if isinstance(data, Mapping) else None
    name = device.get("file") if isinstance(device, Mapping) and len(device) == 1 else None
    if not isinstance(name, str) or not name:
        return DeviceFile(data)
    faulty = {**data, "device": FAULTY}
    path = folder / name
    try:
        reading = read(read_text(path), str(path))
    except InputError as error:
        return _report_unreadable(faulty, error)
    if reading.root is None:
        return DeviceFile(faulty, diagnostics=sort_by_place(reading.diagnostics, str(path)))
    content = to_plain(reading.root)
    if not isinstance(content, Mapping) or "edges" not in content:
        problem = Problem(
            PLACE,
            f"{path} holds no edges",
            "a device file has a line such as: edges: [[0, 1], [1, 2]]",
        )
        return DeviceFile(faulty, problems=(problem,), diagnostics=reading.diagnostics)
    return DeviceFile({**data, "device": content}, reading.root, (), reading.diagnostics)


def _report_unreadable(faulty: Any, error: InputError) -> DeviceFile:
    problems = tuple(Problem(PLACE, d.message, d.help) for d in error.diagnostics if not d.span)
    inside = tuple(d for d in error.diagnostics if d.span)
    return DeviceFile(faulty, problems=problems, diagnostics=inside)


@dataclass(frozen=True, slots=True)
class Source:
    """A spec file: where it is, what it says, what it means."""

    path: Path
    text: str
    spec: Spec


def load(path: str | Path) -> Source:
    """Read and check a spec file.

    Raises:
        InputError: The spec is wrong; the error holds every diagnostic, in the order of the text.
    """
    text = read_text(Path(path))
    return Source(Path(path), text, parse(text, str(path)))


def parse(text: str, file: str = "<string>") -> Spec:
    """Read and check the YAML text of a spec.

    Args:
        text: The YAML.
        file: The name of the text in diagnostics; ``device: {file: ...}`` is read relative to its
            folder.

    Raises:
        InputError: The spec is wrong; the error holds every diagnostic, in the order of the text.
    """
    reading = read(text, file)
    found = list(reading.diagnostics)
    if reading.root is None:
        raise InputError(*sort_by_place(found, file))
    if detect_kind(reading.root) == "study":
        message = "this is a study, not the spec of a sublayer"
        help_text = f"qslc study {file}"
        raise StudyError(Diagnostic(message, Span(file, 1, 1), help=help_text))
    device = read_device(to_plain(reading.root), Path(file).parent)
    spec, problems = examine(device.data)
    found += [_locate(problem, reading.root, device.root) for problem in device.problems]
    found += [_locate(problem, reading.root, device.root) for problem in problems]
    return accept(spec, sort_by_place([*found, *device.diagnostics], file))


def build(data: Mapping[str, Any], folder: Path) -> Spec:
    """Check a spec that is given as plain data.

    Raises:
        InputError: The spec is wrong; the error holds every diagnostic, whose ``where`` names the
            value.
    """
    device = read_device(data, folder)
    spec, problems = examine(device.data)
    found = [_locate(problem, None, device.root) for problem in (*device.problems, *problems)]
    return accept(spec, (*found, *device.diagnostics))


def _locate(problem: Problem, root: Node | None, device: Node | None) -> Diagnostic:
    """Place a problem in the spec, or in the device's file, where there is one."""
    path = problem.path
    if device is not None and path[:1] == ("device",) and path != ("device",):
        return locate(problem, device, path[1:])
    return locate(problem, root, path)
