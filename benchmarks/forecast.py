"""Measure how well signals and errors of observables are predicted.

python -m benchmarks.forecast [--programs 200]

Random programs, compiled for chips under their calibrations and for other devices under random
noise: on up to 8 qubits beside density matrices at random angles, on 12 beside trajectories of
qsim. An error is a root mean square over angles.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import cirq
import numpy as np
import qsimcirq
from numpy.typing import NDArray
from qslc_runtime.noise import EFFECTS, Noise

from benchmarks.report import RESULTS, Table, write_lines
from qslc.export.cirq_circuit import list_cirq_qubits, to_circuit
from qslc.feasibility import forecast as forecasts
from qslc.feasibility.circuit import add_errors
from qslc.feasibility.correction import Correction
from qslc.feasibility.forecast import Forecast, forecast
from qslc.feasibility.prediction import Layer, Run, read
from qslc.feasibility.subject import find_noise, make_run
from qslc.ir.program import Program
from qslc.pipeline import compile_spec
from qslc.report.compilation.data import Stages
from qslc.spec.dsl import sublayer
from qslc.spec.model import Spec

Array = NDArray[np.float64]

DRAWS, TOKENS = 512, 64
CHIPS = ("weber", "rainbow", "willow", "aachen")
SHAPES: tuple[Any, ...] = ("line", (2, 4), (3, 3), "heavy_hex")
MOST = 8
"""Device qubits up to which density matrices are simulated."""

LARGE = (
    ("ring", 2, "weber"),
    ("brick", 2, "willow"),
    ("star", 1, "aachen"),
    ("ring", 1, "rainbow"),
)
TRAJECTORIES, ANGLES = 800, 40


def draw_spec(seed: int) -> Spec:
    """Draw a small program and its device."""
    rng = random.Random(seed)
    qubits = rng.randint(2, 7)
    layer = sublayer(f"case_{seed}", qubits)
    ways = ["angle", "angle", "none", *(["multiplexed"] if qubits < 6 else [])]
    way = rng.choice(ways)
    encoded = layer.angle() if way == "angle" else layer.amplitude(2**qubits, preparation=way)
    patterns = ["linear", "ring", "star", "brick", "all_to_all"] if qubits > 2 else ["linear"]
    rotations = rng.choice((["ry"], ["ry", "rz"], ["rx", "rz"], ["rz", "ry", "rz"]))
    layered = encoded.layers(
        rng.randint(1, 4),
        rotations=rotations,
        pattern=rng.choice(patterns),
        entangler=rng.choice(("cnot", "cz")),
    )
    texts = [f"{letter}{qubit}" for letter in "XYZ" for qubit in range(qubits)]
    pairs = [f"Z{a}*X{b}" for a in range(qubits) for b in range(a)]
    measured = rng.choice((["z"], ["z"], ["zz"], rng.sample(texts, 2), ["z", *pairs[:3]]))
    if rng.random() < 0.6:
        placed = layered.on(rng.choice(CHIPS)).noise("device")
    else:
        rate = rng.choice((0.2, 1, 3))
        noisy = layered.on(rng.choice(("line", "ring", "all_to_all")))
        placed = noisy.noise(
            depolarizing={"1q": 0.001 * rate, "2q": 0.01 * rate * rng.random()},
            amplitude_damping=0.003 * rate * rng.random(),
            dephasing=0.002 * rate * rng.random(),
            coherent={"theta": 0.05 * rng.random(), "phi": 0.05 * rng.random()},
            readout={"p01": 0.01 * rate * rng.random(), "p10": 0.03 * rate * rng.random()},
        )
    objective = rng.choice(("depth", "gates"))
    return placed.measure(*measured).optimize(rng.randint(0, 2), objective=objective).spec()


def make_case(spec: Spec) -> tuple[Stages, Program, Run]:
    """Compile a spec, and return what a chip runs."""
    stages = compile_spec(spec)
    whole = stages.whole.circuit if stages.whole else None
    program = whole.program if whole else stages.physical
    placement = whole.placement if whole else stages.placement
    noise = find_noise(spec, stages.device)
    return stages, program, make_run(program, stages.device, noise, {}, placement)


def draw_angles(program: Program, count: int, seed: int) -> dict[str, Array]:
    """Draw each angle uniformly on the circle."""
    rng = np.random.default_rng(seed)
    angles = (op.angle for op in program.operations if op.angle is not None)
    names = sorted({str(symbol) for angle in angles for symbol in angle.free_symbols})
    return {name: rng.uniform(-np.pi, np.pi, count) for name in names}


def simulate(program: Program, run: Run) -> tuple[Array, Array]:
    """Return ideal and noisy readouts of density matrices at random angles: (draws, M) each."""
    found = []
    for number in range(DRAWS // TOKENS):
        values, states = draw_angles(program, TOKENS, number), None
        if run.places:
            states = np.random.default_rng(number).normal(size=(TOKENS, 2 ** len(run.places)))
            states /= np.linalg.norm(states, axis=1, keepdims=True)
        layer = Layer(program, values, states, TOKENS)
        ideal = read(layer, run, Correction(), np.zeros((0,)), ()).means
        found.append((ideal, read(layer, run, Correction(), ideal).means))
    ideals, noisy = zip(*found, strict=True)
    return np.concatenate(ideals), np.concatenate(noisy)


def follow(program: Program, run: Run) -> tuple[Array, Array]:
    """Return ideal readouts, and noisy ones as averages over trajectories: (draws, M) each."""
    assert run.noise is not None
    lines = list_cirq_qubits(run.device)
    order = [lines[qubit] for qubit in run.qubits]
    rates: Mapping[str, Any] = run.noise.as_json()
    noise = Noise("", {EFFECTS[name]: rates[name] for name in rates if name != "source"})
    circuit = to_circuit(program, run.device)
    values = draw_angles(program, ANGLES, 0)
    found = []
    for noisy in (None, run.noise):
        readings = add_errors([], run.observables, run.qubits, run.device, noisy).readings
        strings = [_write(reading, order) for reading in readings]
        steps = noise.add_to(circuit, order) if noisy else circuit
        repeats = TRAJECTORIES if noisy else 1
        options = qsimcirq.QSimOptions(ev_noisy_repetitions=repeats)
        simulator = qsimcirq.QSimSimulator(options, seed=1)
        points = [{k: float(v[i]) for k, v in values.items()} for i in range(ANGLES)]
        swept = simulator.simulate_expectation_values_sweep(
            steps, strings, points, qubit_order=order
        )
        found.append(np.array(list(swept)).real)
    return found[0], found[1]


def _write(reading: Array, order: list[cirq.Qid]) -> cirq.PauliSum:
    total: Any = cirq.PauliString()
    for factors, qubit in zip(reading, order, strict=True):
        if factors[0] == 1 and not factors[1:].any():
            continue
        letters = zip(factors[1:], (cirq.X, cirq.Y, cirq.Z), strict=True)
        part = sum(
            (f * letter(qubit) for f, letter in letters if f), factors[0] * cirq.PauliString()
        )
        total = total * part
    return cirq.PauliSum() + total


def compare(found: Forecast, ideal: Array, noisy: Array) -> dict[str, Any]:
    """Return predicted and simulated figures."""
    errors = np.sqrt(np.mean((noisy - ideal) ** 2, axis=0))
    whole = float(np.sqrt(np.mean(errors**2)))
    size = float(np.sum(ideal**2))
    return {
        "error": whole,
        "ratio": found.error / whole,
        "signal": float(np.sum(ideal * noisy)) / size if size else 1.0,
        "predicted_signal": found.signal,
    }


def measure(
    program: Program, run: Run, simulated: Callable[[Program, Run], tuple[Array, Array]]
) -> dict[str, Any]:
    """Return figures of the exact prediction and of the sampled one."""
    ideal, noisy = simulated(program, run)
    # What is zero at all angles has no error to compare beyond rounding.
    seen = np.abs(noisy - ideal).mean(axis=0) > 1e-5
    if not seen.any():
        return {}
    run = replace(
        run, observables=[o for o, some in zip(run.observables, seen, strict=True) if some]
    )
    ideal, noisy = ideal[:, seen], noisy[:, seen]
    with patch.object(forecasts, "EXACT_QUBITS", 0):
        sampled = compare(forecast(run), ideal, noisy)
    exact = len(run.qubits) <= forecasts.EXACT_QUBITS
    best = compare(forecast(run), ideal, noisy) if exact else sampled
    figures = {**best, "sampled_ratio": sampled["ratio"]}
    return {
        "qubits": len(run.qubits),
        "gates": sum(len(op.qubits) == 2 for op in program.operations),
        **{key: round(value, 4) for key, value in figures.items()},
    }


def list_small(programs: int) -> list[dict[str, Any]]:
    """Return the figures of random programs that fit into density matrices."""
    rows: list[dict[str, Any]] = []
    seed = 0
    while len(rows) < programs:
        spec = draw_spec(seed)
        _, program, run = make_case(spec)
        seed += 1
        if len(run.qubits) > MOST:
            continue
        if figures := measure(program, run, simulate):
            device = spec.device if isinstance(spec.device, str) else "other"
            rows.append({"case": spec.name, "device": device, **figures})
            print(rows[-1], flush=True)
    return rows


def list_large() -> list[dict[str, Any]]:
    """Return the figures of programs on 12 qubits, beside trajectories."""
    rows = []
    for pattern, layers, chip in LARGE:
        layer = sublayer("large", 12).angle().layers(layers, pattern=pattern).measure("z")
        spec = layer.on(chip).noise("device").optimize(1, objective="gates").spec()
        _, program, run = make_case(spec)
        figures = measure(program, run, follow)
        rows.append({"case": f"{pattern}, {layers} layers", "device": chip, **figures})
        print(rows[-1], flush=True)
    return rows


def summarize(rows: list[dict[str, Any]], key: str) -> tuple[str, ...]:
    """Return how far ratios are from 1: the median, nine of ten, the largest, within 10 %."""
    off = np.abs(np.array([row[key] for row in rows]) - 1)
    figures = (np.median(off), np.quantile(off, 0.9), off.max())
    return (*(f"{100 * each:.1f} %" for each in figures), f"{(off <= 0.1).sum()} of {len(off)}")


def main() -> None:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=int, default=200)
    parser.add_argument("--large", action="store_true", help="only the programs on 12 qubits")
    asked = parser.parse_args()
    small = [] if asked.large else list_small(asked.programs)
    large = list_large()
    heads = ("error predicted", "median off by", "9 of 10 within", "at most", "within 10 %")
    rows = [("12 qubits, beside trajectories", *summarize(large, "ratio"))]
    if small:
        rows[:0] = [
            ("up to 8 qubits, exactly", *summarize(small, "ratio")),
            ("the same, by paths", *summarize(small, "sampled_ratio")),
        ]
    table = Table(heads, tuple(rows), "Predicted errors of observables beside simulations", 1)
    table.print()
    if asked.programs == 200 and small:
        write_lines(RESULTS / "forecast.json", {"small": small, "large": large})
        (RESULTS / "forecast.md").write_text(table.markdown(), encoding="utf-8")


if __name__ == "__main__":
    main()
