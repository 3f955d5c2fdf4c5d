"""Measure how near predicted errors on chips come to simulated ones, and depths to the best ones.

python -m benchmarks.verdict errors|depths [--states STATES.npz ...]

Simulated errors are those of the runtime: the sampler "noisy" measures tokens, factors and offsets
are fitted on one half of them, and the error is that of the other half. Nothing of it is shared
with the prediction, which the compiler makes. Each STATES.npz holds hidden states (tokens, d) under
"states", and may hold the kernel (d, units) of a query projection under "query_kernel", along whose
singular vectors layers then project, as beside it. Without it states and directions are random.
"""

from __future__ import annotations

import argparse
import math
import re
import resource
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import qslc_runtime
from keras import ops
from numpy.typing import NDArray
from qslc_runtime.engines import create
from qslc_runtime.mitigation.calibration import fit_calibration

from benchmarks.report import RESULTS, Table
from qslc import compile_to, sublayer
from qslc.feasibility.tokens import WIDTH, draw_features
from qslc.verdict.command import make_verdict

Array = NDArray[np.float64]

CHIPS = ("weber", "willow", "aachen")
SHOTS = 10_000
TOKENS = 192
DEPTH_HEADS = ("layer", "chip", "qubits", "chosen", "error", "best", "error", "off", "compile, s")

README: Mapping[str, Any] = {
    "qubits": 7,
    "encoder": {"features": 64, "pad": "reference", "project": "orthogonal"},
    "layers": {"depth": 4, "rotations": ["ry"], "entangler": "cnot", "pattern": "ring"},
    "measure": ("interference",),
}

ANGLES: Mapping[str, Any] = {
    "qubits": 6,
    "angle": True,
    "encoder": {},
    "layers": {"depth": 4, "rotations": ["rx", "rz"], "entangler": "cnot", "pattern": "ring"},
    "measure": ("z", "Z0*Z3"),
}

SPECS: Mapping[str, Mapping[str, Any]] = {
    "README's layer": README,
    "principal axes": {
        "qubits": 6,
        "encoder": {"features": 64, "project": "principal"},
        "layers": {"depth": 2, "rotations": ["ry", "rz"], "entangler": "cz", "pattern": "linear"},
        "measure": ("z",),
    },
    "exact by formula": {
        "qubits": 5,
        "encoder": {"features": 31, "pad": "bias", "project": "orthogonal"},
        "layers": {"depth": 3, "rotations": ["ry"], "entangler": "cnot", "pattern": "linear"},
        "measure": ("z", "X0*X1"),
        "preparation": "multiplexed",
    },
    "angles": ANGLES,
    "angles of a projection": {**ANGLES, "encoder": {"project": "orthogonal"}},
}

SMALL: Mapping[str, Any] = {
    "qubits": 5,
    "encoder": {"features": 31, "pad": "bias", "project": "orthogonal"},
    "layers": {"depth": 2, "rotations": ["ry", "rz"], "entangler": "cnot", "pattern": "linear"},
    "measure": ("z", "X0*X1"),
}

LARGE: Mapping[str, Any] = {
    "qubits": 8,
    "encoder": {"features": 256, "project": "principal"},
    "layers": {"depth": 2, "rotations": ["ry"], "entangler": "cz", "pattern": "ring"},
    "measure": ("z", "Z0*Z4"),
}

DEPTHS: Mapping[str, tuple[Mapping[str, Any], tuple[str, ...], tuple[int, ...]]] = {
    "README's layer": (README, CHIPS, (12, 16, 20, 24, 28)),
    "five qubits": (SMALL, CHIPS, (4, 6, 7, 8, 10)),
    "principal axes": (SPECS["principal axes"], CHIPS, (2, 4, 6, 8, 11)),
    "eight qubits": (LARGE, ("willow",), (4, 6, 10, 14, 24)),
}
"""Layers whose depths are compared, on which chips, and the fixed depths."""


@dataclass(frozen=True)
class Case:
    """A layer on a chip."""

    name: str
    chip: str
    spec: Mapping[str, Any]
    preparation: Any = "variational"

    def compile(self, folder: Path) -> dict[str, Any]:
        """Compile it; returns the report."""
        spec = self.spec
        layer: Any = sublayer("case", qubits=spec["qubits"])
        if spec.get("angle"):
            layer = layer.angle(**spec["encoder"])
        else:
            preparation = spec.get("preparation", self.preparation)
            layer = layer.amplitude(**spec["encoder"], preparation=preparation)
        layer = layer.layers(**spec["layers"]).measure(*spec["measure"])
        return compile_to(layer.on(self.chip).noise("device").spec(), folder)


def draw_cases(count: int) -> Iterator[Case]:
    """Draw layers on which nothing was tuned."""
    rng = np.random.default_rng(17)
    for number in range(count):
        qubits = int(rng.integers(4, 8))
        pad = str(rng.choice(["zero", "bias", "reference"]))
        room = {"zero": 1 << qubits, "bias": (1 << qubits) - 1, "reference": 1 << (qubits - 1)}
        layers = {
            "depth": int(rng.integers(1, 5)),
            "rotations": [str(r) for r in rng.choice(["ry", "rz", "rx"], 2, replace=False)],
            "entangler": str(rng.choice(["cz", "cnot"])),
            "pattern": str(rng.choice(["ring", "linear"])),
        }
        features = int(rng.integers(room[pad] // 2 + 1, room[pad] + 1))
        project = str(rng.choice(["orthogonal", "principal"]))
        measure = ("interference",) if pad == "reference" else ("z", "Z0*Z1")
        depth = int(rng.integers(4, 1 << qubits >> 2 | 8))
        kinds: tuple[Any, ...] = ("multiplexed", {"method": "variational", "depth": depth})
        spec = {
            "qubits": qubits,
            "encoder": {"features": features, "pad": pad, "project": project},
            "layers": layers,
            "measure": measure,
        }
        kind = kinds[int(rng.random() < 0.7)]
        yield Case(f"random {number + 1}", str(rng.choice(CHIPS)), spec, kind)


@dataclass(frozen=True)
class Outcome:
    """Errors of a case: simulated; predicted by the report, and for its tokens and weights."""

    simulated: float
    reported: float
    given: float


@dataclass(frozen=True)
class Hidden:
    """Hidden states (tokens, d), and the kernel (d, units) of a projection that takes them."""

    states: Array
    kernel: Array | None = None


def simulate(folder: Path, hidden: Hidden) -> tuple[float, Array, Array]:
    """Simulate the error at ``SHOTS``; returns it, the features of the tokens and the weights."""
    layer_class = qslc_runtime.load(folder)
    layer: Any = layer_class()
    rows = hidden.states[:, : layer.FEATURES] if layer.PROJECT == "none" else hidden.states
    layer.build((None, rows.shape[1]))
    if layer.PROJECT == "principal":
        qslc_runtime.set_principal_axes(layer, rows.astype(np.float32))
    elif hidden.kernel is not None:
        layer.align(hidden.kernel)
    down = getattr(layer, "down", None)
    features = rows if down is None else rows @ ops.convert_to_numpy(down)
    encoded = ops.convert_to_tensor(
        layer._selection.add_reference(features[:TOKENS].astype(np.float32))
    )
    theta = ops.convert_to_numpy(layer.theta)
    options = {"sampler": "noisy", "shots": SHOTS}
    engine = create("sampler", layer_class, options)
    ideal = ops.convert_to_numpy(
        create("native", layer_class, {}).expectations(encoded, theta)
    ).astype(float)
    measured = ops.convert_to_numpy(engine.expectations(encoded, theta)).astype(float)
    half = slice(0, None, 2), slice(1, None, 2)
    fitted = fit_calibration(measured[half[0]], ideal[half[0]], source="noisy")
    error = fitted.apply(measured[half[1]]) - ideal[half[1]]
    relative = float(np.sqrt(np.mean(error**2) / np.mean(ideal[half[1]] ** 2)))
    return relative, features[:TOKENS], theta


def run_case(
    case: Case, hidden: Hidden, *, predict: bool = True
) -> tuple[Outcome, dict[str, Any], float]:
    """Compile, simulate and predict a case; returns the report and the seconds of its compile."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "case"
        started = time.process_time()
        report = case.compile(folder)
        seconds = time.process_time() - started
        simulated, features, theta = simulate(folder, hidden)
        if not predict:
            return Outcome(simulated, math.nan, math.nan), report, seconds
        np.save(Path(place) / "tokens.npy", features)
        np.save(Path(place) / "theta.npy", theta)
        given = make_verdict(
            folder, Path(place) / "tokens.npy", Path(place) / "theta.npy", measure=False
        )
    return Outcome(simulated, report["verdict"]["error"], given["error"]), report, seconds


def compare(cases: Iterator[Case], hidden: Hidden) -> Iterator[tuple[str, ...]]:
    """Yield a row for each case."""
    for case in cases:
        found, report, _ = run_case(case, hidden)
        row = (
            case.name,
            case.chip,
            str(report["physical"]["qubits"]),
            f"{found.simulated:.3f}",
            f"{found.given:.3f}",
            f"{found.given / found.simulated - 1:+.0%}",
            f"{found.reported:.3f}",
            f"{found.reported / found.simulated - 1:+.0%}",
        )
        print(*row, flush=True)
        yield row


def compare_depths(hidden: Hidden) -> Iterator[tuple[str, ...]]:
    """Yield a row for each layer and chip: the depth that is chosen, and the best."""
    cases = [(name, chip) for name, (_, chips, _) in DEPTHS.items() for chip in chips]
    for name, chip in cases:
        spec, _, depths = DEPTHS[name]
        chosen, report, seconds = run_case(Case("auto", chip, spec), hidden, predict=False)
        depth = report["verdict"]["depth"]
        errors = {depth: chosen.simulated}
        for other in depths:
            fixed = Case("fixed", chip, spec, {"method": "variational", "depth": other})
            if other != depth:
                errors[other] = run_case(fixed, hidden, predict=False)[0].simulated
        best = min(errors, key=lambda each: errors[each])
        row = (
            name,
            chip,
            str(spec["qubits"]),
            str(depth),
            f"{errors[depth]:.3f}",
            str(best),
            f"{errors[best]:.3f}",
            f"{errors[depth] / errors[best] - 1:+.0%}",
            f"{seconds:.0f}",
        )
        print(*row, dict(sorted(errors.items())), flush=True)
        yield row


def read_hidden(path: Path) -> Hidden:
    """Read hidden states, in random order."""
    with np.load(path) as file:
        states = np.random.default_rng(0).permutation(file["states"].astype(np.float64))
        return Hidden(states, file.get("query_kernel"))


def draw_hidden() -> Hidden:
    """Draw hidden states as those on which the compiler predicts."""
    return Hidden(draw_features(2 * TOKENS, WIDTH, "principal", seed=1))


def write_errors(every: list[Hidden], random: int) -> str:
    """Return the page of predicted and simulated errors."""
    heads = ("layer", "chip", "qubits", "simulated", "predicted", "off", "in the report", "off")
    cases = [Case(name, chip, spec) for name, spec in SPECS.items() for chip in CHIPS]
    text = (
        "# Verdict\n\n"
        f"Total relative error at {SHOTS:,} shots. Simulated: {TOKENS // 2} tokens by the sampler "
        "`noisy`, factors and offsets fitted on as many others. Predicted: for 48 to 8 of these "
        "tokens and the same weights; and as in the report, for random tokens. The random layers "
        "were drawn after the model was made.\n"
    )
    for number, hidden in enumerate(every):
        rows = (*compare(iter(cases), hidden), *compare(draw_cases(random), hidden))
        about = " x ".join(map(str, hidden.states.shape))
        text += (
            f"\n## Hidden states {number + 1}, {about}\n\n" + Table(heads, rows, texts=2).markdown()
        )
    return text


def write_depths(hidden: Hidden) -> str:
    """Return the page of depths that are chosen, and the best ones."""
    rows = tuple(compare_depths(hidden))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        "# Depth of the preparation\n\n"
        f"Layers with `depth: auto`, and the least simulated error at {SHOTS:,} shots of it and of "
        f"five fixed depths: {TOKENS // 2} tokens by the sampler `noisy`, factors and offsets "
        "fitted on as many others. Seconds of processor time are of the whole compile.\n\n"
        + Table(DEPTH_HEADS, rows, texts=2).markdown()
        + f"\nPeak memory of the process, TensorFlow included: {peak:,.0f} MiB.\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=["errors", "depths"])
    parser.add_argument("--states", type=Path, nargs="+", help="Hidden states, .npz files.")
    parser.add_argument("--random", type=int, default=9, help="Number of random layers.")
    parser.add_argument(
        "--cases", default="", help="Layers to measure, a regular expression; writes nothing."
    )
    given = parser.parse_args()
    every = [read_hidden(path) for path in given.states] if given.states else [draw_hidden()]
    if given.cases:
        cases = [Case(name, chip, spec) for name, spec in SPECS.items() for chip in CHIPS]
        every_case = (*cases, *draw_cases(given.random))
        chosen = [case for case in every_case if re.search(given.cases, case.name)]
        for hidden in every:
            for _ in compare(iter(chosen), hidden):
                pass
        return
    if given.part == "errors":
        path, text = RESULTS / "verdict.md", write_errors(every, given.random)
    else:
        path, text = RESULTS / "preparation_depth.md", write_depths(every[0])
    path.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
