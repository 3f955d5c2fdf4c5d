"""Compare a compile with the plain one and with Qiskit, by what a chip returns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from qslc.diagnostics import Diagnostic, InputError
from qslc.feasibility.forecast import Forecast, forecast
from qslc.feasibility.prediction import Run
from qslc.feasibility.pulses import pack_pulses
from qslc.feasibility.subject import find_noise
from qslc.ir.metrics import count_metrics, find_used_qubits
from qslc.ir.program import Placement, Program
from qslc.lower.device_circuit import lower
from qslc.passes import PASS_TABLE
from qslc.passes import run as run_passes
from qslc.peers.qiskit import SEEDS, compile_with_qiskit, turn_readouts
from qslc.pipeline import compile_spec
from qslc.report.compilation.forecast import compare_shots, format_signal
from qslc.report.numbers import format_number
from qslc.spec import load
from qslc.spec.model import Spec
from qslc.targets.device import Device
from qslc.targets.noise import NoiseModel
from qslc.verify import verify

ORDINARY, AWARE = "Qiskit", "Qiskit, aware"

_NOTE = (
    "Signal: part of the readouts that is left; error: how far they are off, a root mean square; "
    "both before any correction, over all angles, under the noise of {noise} ({method}). Shots: "
    "for the same precision, beside the compile. Every circuit is run in the same way: one pulse "
    "for one-qubit gates that meet, rotations about Z free, gates as early or late as is better. "
    "Qiskit: level 3 with the device's calibration, the best of {seeds} seeds; aware: of the "
    "circuit whose last Clifford gates qslc took into the observables before."
)


@dataclass(frozen=True, slots=True)
class Way:
    """Result of one way to compile a spec.

    Args:
        way: Name of the way.
        seed: Random seed, where the best of several counts.
        two_qubit_gates: Number of two-qubit gates.
        two_qubit_depth: Number of moments with a two-qubit gate.
        signal: Part of the signal that is left.
        error: Root mean square error of the readouts.
        shots: Shots for the same precision, relative to the compile; None where nothing is left.
    """

    way: str
    seed: int | None
    two_qubit_gates: int
    two_qubit_depth: int
    signal: float
    error: float
    shots: float | None


def compare_file(path: Path, python: Path | None = None) -> dict[str, Any]:
    """Compare the spec in a file, as ``compare`` does; errors are shown at their lines."""
    source = load(path)
    with source.locate_errors(), Console(stderr=True).status(f"comparing {source.spec.name}"):
        return compare(source.spec, python)


def compare(spec: Spec, python: Path | None = None) -> dict[str, Any]:
    """Compare a compile with the plain one and with Qiskit.

    Args:
        spec: Spec of a layer on a device of which noise is known.
        python: Python that has Qiskit; None for this one.

    Raises:
        InputError: No noise is known, or there is no Qiskit.
    """
    stages = compile_spec(spec)
    device, noise = stages.device, find_noise(spec, stages.device)
    if noise is None:
        raise InputError(
            Diagnostic(
                f"nothing is known of the errors of {device.name}, by which circuits are compared",
                where="noise",
                help="name a calibrated device, or state channels under noise",
            )
        )
    whole = stages.whole.circuit if stages.whole else None
    logical = whole.logical if whole else stages.logical
    own = (whole.program, whole.placement) if whole else (stages.physical, stages.placement)
    version, peers = compile_with_qiskit(_list_given(logical), device, python)
    found = _predict(*own, device, noise)
    rows = [_describe("qslc", None, own[0], found, found)]
    plain = _lower_plainly(spec, stages.logical, device)
    if plain is not None:
        rows.append(_describe("plain", None, plain[0], _predict(*plain, device, noise), found))
    for name in (ORDINARY, AWARE):
        tried = [
            (_predict(each.program, each.placement, device, noise), each)
            for each in peers
            if each.name == name
            and verify(logical, each.program, each.placement, 0).verdict == "equal"
        ]
        if tried:
            best, each = min(tried, key=lambda item: item[0].error)
            rows.append(_describe(name, each.seed, each.program, best, found))
    return {
        "name": spec.name,
        "device": device.name,
        "objective": spec.objective,
        "noise": noise.source,
        "method": found.method,
        "qiskit": version,
        "ways": [asdict(row) for row in rows],
    }


def _list_given(logical: Program) -> dict[str, Program]:
    """Return what Qiskit is given: the circuit as written, and with Clifford gates absorbed."""
    absorbing = tuple(PASS_TABLE[name] for name in ("light cone", "absorb Cliffords"))
    shorter, _ = run_passes(logical, absorbing)
    return {ORDINARY: logical, AWARE: shorter}


def _lower_plainly(
    spec: Spec, logical: Program, device: Device
) -> tuple[Program, Placement] | None:
    try:
        lowered = lower(spec, logical, device, 0, alone=True)
    except InputError:
        return None
    return lowered.costed, lowered.whole.placement if lowered.whole else lowered.placement


def _predict(program: Program, placement: Placement, device: Device, noise: NoiseModel) -> Forecast:
    """Forecast a circuit as a chip runs it, with its gates as early or as late as is better.

    The gates that choose what is read err too, where one setting reads everything.
    """
    program = turn_readouts(program)
    places = placement.start if program.start == "any" else ()
    qubits = tuple(sorted({*find_used_qubits(program), *places}))
    found = (
        forecast(Run(columns, program.observables, qubits, device, noise, {}, places, pulsed=True))
        for columns in (pack_pulses(program.operations, late=late) for late in (False, True))
    )
    return min(found, key=lambda each: each.error)


def _describe(
    name: str, seed: int | None, program: Program, found: Forecast, ours: Forecast
) -> Way:
    counts = count_metrics(program)
    shots = compare_shots(ours.signal, found.signal)
    gates, depth = counts.two_qubit_gates, counts.two_qubit_depth
    return Way(name, seed, gates, depth, found.signal, found.error, shots)


def print_comparison(found: dict[str, Any]) -> Iterator[RenderableType]:
    """Yield a comparison for the terminal."""
    yield Text(f"{found['name']} on {found['device']}", style="bold")
    table = Table("", "two-qubit gates", "depth", "signal", "error", "shots", box=None)
    for each in found["ways"]:
        table.add_row(
            _NAMES[each["way"]].format(version=found["qiskit"]),
            str(each["two_qubit_gates"]),
            str(each["two_qubit_depth"]),
            format_signal(each["signal"]),
            format_number(each["error"]),
            "" if each["shots"] is None else f"× {each['shots']:.3g}",
        )
    yield table
    methods = {
        "exact": "computed exactly",
        "draws": "simulated at drawn angles",
        "paths": "estimated from sampled Pauli paths",
    }
    note = _NOTE.format(noise=found["noise"], method=methods[found["method"]], seeds=len(SEEDS))
    yield Text(note)


_NAMES = {
    "qslc": "qslc",
    "plain": "plain compile, level 0",
    ORDINARY: "Qiskit {version}",
    AWARE: "Qiskit {version}, aware",
}
