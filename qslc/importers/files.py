"""Import a file of measurements, whose format its content tells."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path

from qslc.diagnostics import Diagnostic, InputError
from qslc.importers.cirq_calibration import read_calibration
from qslc.importers.ibm_csv import read_csv
from qslc.importers.json_values import parse_json
from qslc.importers.measurements import Measurements, make_device_data, write_device
from qslc.importers.qiskit import read_backend
from qslc.output import write_file
from qslc.targets.device import ONE_QUBIT_NS, TWO_QUBIT_NS

MAX_BYTES = 64_000_000
"""Largest file that is read; those of 156 qubits have 600 kB."""

_DOWNLOAD = re.compile(r"(.+?)_calibrations(?:_(\d{4}-\d\d-\d\d).*)?")
"""Names of the files that IBM Quantum offers: backend and date."""


def import_device(
    path: str | Path,
    name: str = "",
    one_qubit_ns: float = ONE_QUBIT_NS,
    two_qubit_ns: float = TWO_QUBIT_NS,
) -> str:
    """Return the text of a device file from a file of measurements.

    Args:
        path: JSON of a Qiskit backend's properties, IBM's CSV, or JSON of a Cirq calibration.
        name: Name of the device. Default: that in the file, or of the file.
        one_qubit_ns: Duration of a one-qubit gate, for a Cirq calibration, which does not hold it.
        two_qubit_ns: Duration of a two-qubit gate, likewise.

    Raises:
        InputError: The file cannot be read, is of another format, or is wrong.
    """
    path = Path(path)
    text = _read_text(path)
    measured = _read(text, path, name, (one_qubit_ns, two_qubit_ns))
    return write_device(make_device_data(measured))


def save_device(path: Path, text: str) -> None:
    """Write a device file. Nothing but another device file is written over.

    Raises:
        InputError: It cannot be written, or another file stands there.
    """
    if path.exists() and not _is_device(path):
        message = f"{path} exists and is no device file"
        raise InputError(Diagnostic(message, help="choose another file with -o, or move it away"))
    write_file(path, text)


def _is_device(path: Path) -> bool:
    if not path.is_file():
        return False
    with suppress(OSError, ValueError, RecursionError):
        data = json.loads(path.read_text(encoding="utf-8"))
        return isinstance(data, dict) and "edges" in data
    return False


def _read(text: str, path: Path, name: str, durations: tuple[float, float]) -> Measurements:
    file, own, date = str(path), name or _name_after(path), _DOWNLOAD.fullmatch(path.stem)
    if not text.lstrip().startswith(("{", "[")):
        return read_csv(text, file, own, date and date[2])
    root = parse_json(text, file)
    if root.has("metrics"):
        return read_calibration(root, own, *durations)
    if root.has("edges"):
        advice = f"name it in the spec: device: {{file: {json.dumps(file)}}}"
        return root.fail("this is a device file already", advice)
    if root.has("properties") or root.has("gates"):
        return read_backend(root, name)
    return root.fail(
        "this is no file of measurements that qslc knows",
        "known are the properties of a Qiskit backend, CSV of IBM Quantum and calibrations of Cirq",
    )


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise InputError(Diagnostic(f"{path} is larger than {MAX_BYTES} bytes"))
        return data.decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(Diagnostic(f"{path} does not exist")) from None
    except UnicodeDecodeError as error:
        message = f"{path} is not UTF-8, from byte {error.start}"
        raise InputError(Diagnostic(message)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not a path"
        raise InputError(Diagnostic(f"{path} cannot be read: {reason}")) from None


def _name_after(path: Path) -> str:
    """Return a name that a device can have from that of a file."""
    download = _DOWNLOAD.fullmatch(path.stem)
    stem = download[1] if download else path.stem
    name = re.sub(r"[^A-Za-z0-9_.-]+", "_", stem).lstrip("0123456789_.-")
    return name[:64] or "custom"
