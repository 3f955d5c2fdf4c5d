"""Compile the suite for calibrated devices, run the peers, and write the table of errors.

python -m benchmarks.noise [--seed N] [--cases REGEX] [--peers-python PYTHON] [--keep-peers]

The peers' results stay in build/bench-noise, and are used again for the same tasks. Cases that are
not run keep the numbers of results/noise.json, and with ``--keep-peers`` all peers do.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean, geometric_mean
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from benchmarks.depth.check import find_fault
from benchmarks.depth.exchange import Compiled
from benchmarks.depth.ours import index_hardware, read_observables
from benchmarks.depth.qasm import count_cost, read_gates
from benchmarks.depth.tasks import draw_angles, needs_routing
from benchmarks.noise.exchange import NoisyTask
from benchmarks.noise.score import measure_error
from benchmarks.noise.suite import (
    DEVICES,
    SEED,
    Case,
    CircuitCase,
    list_circuits,
    make_suite,
    make_task,
)
from benchmarks.report import RESULTS, ROOT, Table, write_lines
from qslc import __version__
from qslc.export.qasm import write_qasm
from qslc.pipeline import compile_spec
from qslc.spec.devices import build_device
from qslc.spec.model import Spec
from qslc.spec.noise import build_noise
from qslc.targets.device import Device
from qslc.targets.noise import NoiseModel

SCRATCH = ROOT / "build" / "bench-noise"
DRAWS, DRAWS_ELSEWHERE = 4, 8
"""Draws of angles of a layer, and of a circuit from elsewhere, which may have two angles in all."""
DRAWS_AMONG = 32
"""Draws of angles by which our objectives are compared with each other; peers compile each anew."""
RESAMPLES = 2000
"""Resamples of the draws for an interval."""
OURS = ("depth", "gates", "fidelity")
ORDINARY, AWARE = ("qiskit", "pytket", "cirq"), ("qiskit, aware",)
CHIPS = tuple(name for name, (device, _) in DEVICES.items() if isinstance(device, str))

Array = NDArray[np.float64]
Found = Mapping[tuple[str, str], Mapping[str, Any] | None]
"""What a peer made of a task, by the digest of that and the peer's name."""


@dataclass(frozen=True, slots=True)
class Score:
    """Errors of a case: means of |expectation - ideal| over observables and draws of angles.

    Args:
        name: Name of the case.
        device: Its device.
        ansatz: Whether it is an ansatz of the suite, and no circuit from elsewhere.
        routing: Whether it needs routing.
        draws: Number of draws of angles.
        errors: Errors of ours by objective, and of "ordinary" and "aware" peers, each the one that
            promises most success.
        gain: Error of the objective "fidelity" over ``DRAWS_AMONG`` draws divided by that of the
            better of the others, and the ends of its 95 % interval.
        costs: Two-qubit depth and gates of the same.
        seconds: Our processor time by objective.
        faults: What is wrong with our circuits.
    """

    name: str
    device: str
    ansatz: bool
    routing: bool
    draws: int
    errors: dict[str, float]
    gain: tuple[float, float, float]
    costs: dict[str, str]
    seconds: dict[str, float]
    faults: Sequence[str]

    def compare(self, ours: str, peer: str) -> float:
        """Return our error divided by that of a peer."""
        return self.errors[ours] / self.errors[peer]


def main() -> None:
    options = _parse_options()
    every: tuple[Case | CircuitCase, ...] = (*make_suite(options.seed), *list_circuits())
    cases = [case for case in every if re.search(options.cases, case.name)]
    tasks = {case: [make_task(case, draw) for draw in range(_count_draws(case))] for case in cases}
    if options.keep_peers:
        kept = _read_scores()
        peers = {case: _take_peers(kept[case.name]) for case in cases}
    else:
        found = _run_peers([task for each in tasks.values() for task in each], options.peers_python)
        peers = {case: _score_peers(case, tasks[case], found) for case in track(cases, "peers")}
    scores = [score(case, len(tasks[case]), peers[case]) for case in track(cases, "qslc")]
    if options.seed == SEED:
        scores = _merge([case.name for case in every], scores)
    shown = make_tables(scores)
    for table in shown:
        table.print(width=150)
    if options.seed == SEED:
        _write(scores, shown)


def _merge(names: Sequence[str], found: Sequence[Score]) -> list[Score]:
    """Return the scores of all cases, those that were not run from the results."""
    scores = _read_scores()
    scores.update({each.name: each for each in found})
    return [scores[name] for name in names if name in scores]


def _read_scores() -> dict[str, Score]:
    lines = json.loads((RESULTS / "noise.json").read_text(encoding="utf-8"))["cases"]
    return {line["name"]: Score(**line) for line in lines}


def _count_draws(case: Case | CircuitCase) -> int:
    return DRAWS if isinstance(case, Case) else DRAWS_ELSEWHERE


def score(case: Case | CircuitCase, draws: int, peers: Peers) -> Score:
    """Compile a case for each objective, and measure the errors."""
    spec = case.make_spec()
    device, noise = _make_noise(spec)
    tasks = [make_task(case, draw) for draw in range(DRAWS_AMONG)]
    errors, costs, seconds, faults = {}, {}, {}, []
    for objective in OURS:
        started = time.process_time()
        stages = compile_spec(case.make_spec(objective))
        seconds[objective] = round(time.process_time() - started, 1)
        text = write_qasm(stages.physical, stages.device, stages.placement)
        each = [
            Compiled(
                index_hardware(text),
                stages.placement.start,
                read_observables(text),
                draw_angles(f"{case.name} {draw}", stages.logical),
            )
            for draw in range(len(tasks))
        ]
        pairs = list(zip(tasks, each, strict=True))
        faults += [fault for task, made in pairs[:draws] if (fault := find_fault(task, made))]
        errors[objective] = np.array([measure_error(*pair, device, noise) for pair in pairs])
        costs[objective] = "/".join(map(str, count_cost(read_gates(each[0].qasm, each[0].angles))))
    means = {objective: float(found[:draws].mean()) for objective, found in errors.items()}
    return Score(
        case.name,
        case.device,
        isinstance(case, Case),
        needs_routing(tasks[0]),
        draws,
        means | peers.errors,
        _compare_objectives(errors),
        costs | peers.costs,
        seconds,
        tuple(faults),
    )


def _make_noise(spec: Spec) -> tuple[Device, NoiseModel]:
    device = build_device(spec.device, spec.qubits)
    noise = build_noise("device", device)
    assert noise is not None
    return device, noise


def _compare_objectives(errors: Mapping[str, Array]) -> tuple[float, float, float]:
    """Return our error under "fidelity" beside the better of the others, and its interval."""
    ours = errors["fidelity"]
    best = min((errors[name] for name in OURS if name != "fidelity"), key=np.mean)
    chosen = np.random.default_rng(0).integers(len(ours), size=(RESAMPLES, len(ours)))
    low, high = np.quantile(ours[chosen].mean(axis=1) / best[chosen].mean(axis=1), (0.025, 0.975))
    return float(ours.mean() / best.mean()), float(low), float(high)


@dataclass(frozen=True, slots=True)
class Peers:
    """Errors and costs of "ordinary" and "aware" peers in a case."""

    errors: dict[str, float]
    costs: dict[str, str]


def _take_peers(score: Score) -> Peers:
    groups = ("ordinary", "aware")
    return Peers(
        {name: score.errors[name] for name in groups}, {name: score.costs[name] for name in groups}
    )


def _score_peers(case: Case | CircuitCase, tasks: Sequence[NoisyTask], found: Found) -> Peers:
    device, noise = _make_noise(case.make_spec())
    errors, costs = {}, {}
    for group, peers in (("ordinary", ORDINARY), ("aware", AWARE)):
        best = [_choose(task, peers, found) for task in tasks]
        if any(each is None for each in best):
            best = [_choose(task, (*ORDINARY, *AWARE), found) for task in tasks]
        errors[group], costs[group] = _score_peer(tasks, best, device, noise)
    return Peers(errors, costs)


def _choose(task: NoisyTask, peers: Iterable[str], found: Found) -> Mapping[str, Any] | None:
    """Return the attempt of some peers that promises most success."""
    made = [each for peer in peers if (each := found[task.digest, peer])]
    return max(made, key=lambda each: float(each["success"]), default=None)


def _score_peer(
    tasks: Sequence[NoisyTask],
    attempts: Sequence[Mapping[str, Any] | None],
    device: Device,
    noise: NoiseModel,
) -> tuple[float, str]:
    errors, cost = [], ""
    for task, found in zip(tasks, attempts, strict=True):
        if found is None:
            raise RuntimeError(f"no peer compiled {task.name}")
        strings = ((sign, tuple(map(tuple, paulis))) for sign, paulis in found["observables"])
        compiled = Compiled(found["qasm"], tuple(found["start"]), tuple(strings))
        errors.append(measure_error(task, compiled, device, noise))
        cost = "/".join(map(str, found["cost"]))
    return fmean(errors), cost


def _run_peers(tasks: Sequence[NoisyTask], python: Path) -> Found:
    """Run the peers on the tasks that they have not compiled yet."""
    SCRATCH.mkdir(parents=True, exist_ok=True)
    results, todo = SCRATCH / "peers.jsonl", SCRATCH / "tasks.jsonl"
    found = _read_found(results)
    missing = [task for task in tasks if (task.digest, "cirq") not in found]
    if missing:
        todo.write_text("".join(f"{task.as_json()}\n" for task in missing), encoding="utf-8")
        command = [str(python), "-m", "benchmarks.noise.peers", str(todo), str(results)]
        subprocess.run(command, cwd=ROOT, check=True)
    return _read_found(results)


def _read_found(path: Path) -> Found:
    if not path.exists():
        return {}
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {(line["digest"], line["peer"]): line["found"] for line in lines}


def make_tables(scores: Sequence[Score]) -> tuple[Table, ...]:
    """Return everything that the benchmark shows."""
    layers = [each for each in scores if each.ansatz]
    groups = {
        "all layers": layers,
        "on calibrated chips": [each for each in layers if each.device in CHIPS],
        "on devices with the same errors everywhere": [
            each for each in layers if each.device not in CHIPS
        ],
        "that need routing": [each for each in layers if each.routing],
        "that fit the device": [each for each in layers if not each.routing],
        "circuits from elsewhere": [each for each in scores if not each.ansatz],
    }
    rows = [
        (name, str(len(group)), objective, *_compare(group, objective))
        for name, group in groups.items()
        for objective in OURS
        if group
    ]
    heads = ("cases", "number", "objective", "/ aware", "/ ordinary", "worst / aware")
    means = Table((*heads, "worst / ordinary"), tuple(rows), "Ours / peers, geometric means", 3)
    names = (*OURS, "aware", "ordinary")
    cases = tuple(
        (
            each.name,
            "" if each.routing else "yes",
            *(f"{each.errors[name]:.4f} ({each.costs[name]})" for name in names),
            str(each.draws),
            f"{each.seconds['fidelity']:.0f}",
        )
        for each in scores
    )
    title = "Error (two-qubit depth/gates) of each case"
    return (
        means,
        _tabulate_gains(groups),
        Table(("case", "fits", *names, "draws", "s"), cases, title),
    )


def _tabulate_gains(groups: Mapping[str, Sequence[Score]]) -> Table:
    """Return what the objective "fidelity" gains beside the better of the others."""
    heads = ("cases", "mean", "worst", "more than 2 % worse", "beyond the interval")
    rows = []
    for name, group in groups.items():
        gains = [each.gain for each in group]
        ratios = [ratio for ratio, _, _ in gains]
        if ratios:
            mean, worst = geometric_mean(ratios), max(ratios)
            worse = (sum(x > 1.02 for x in each) for each in (ratios, [low for _, low, _ in gains]))
            rows.append((name, f"{mean:.3f}", f"{worst:.3f}", *map(str, worse)))
    title = f"Objective fidelity / better of depth and gates, {DRAWS_AMONG} draws of angles"
    return Table(heads, tuple(rows), title, 1)


def _compare(scores: Sequence[Score], objective: str) -> tuple[str, ...]:
    ratios = [[each.compare(objective, peer) for each in scores] for peer in ("aware", "ordinary")]
    return tuple(f"{summarize(each):.2f}" for summarize in (geometric_mean, max) for each in ratios)


def _write(scores: Sequence[Score], shown: Sequence[Table]) -> None:
    data = {"versions": {"qslc": __version__}, "cases": [asdict(each) for each in scores]}
    text = (
        "# Errors of readouts on calibrated devices",
        "Means of |expectation - ideal| over observables and draws of angles, by density matrices "
        "under the noise of the device. "
        "Peers choose their best attempt by estimated success; those told what is measured are "
        "aware.",
        *map(Table.markdown, shown),
    )
    RESULTS.mkdir(exist_ok=True)
    write_lines(RESULTS / "noise.json", data)
    (RESULTS / "noise.md").write_text("\n\n".join(text), encoding="utf-8")


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.noise", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED, help="seed of the suite")
    parser.add_argument("--cases", default="", help="regular expression that names must hold")
    parser.add_argument("--keep-peers", action="store_true", help="run none, keep their numbers")
    parser.add_argument("--peers-python", type=Path, default=ROOT / "build/peers/bin/python")
    return parser.parse_args()


if __name__ == "__main__":
    main()
