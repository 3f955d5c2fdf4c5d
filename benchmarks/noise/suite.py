"""The cases of the benchmark, dealt out by a fixed, seeded rule, and their tasks."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

from benchmarks.depth.tasks import draw_angles, write_qasm2
from benchmarks.noise.circuits import CIRCUITS
from benchmarks.noise.exchange import Calibration, NoisyTask
from qslc.ir.angles import evaluate
from qslc.lower.logical import lower_to_logical
from qslc.spec.devices import build_device
from qslc.spec.dsl import sublayer
from qslc.spec.gates import cnot, crz, cz, rx, ry, rz, rzz
from qslc.spec.imported import from_cirq
from qslc.spec.model import Spec

SEED = 2026
SIZES = range(4, 9)
MEASURES = ("z", "z", "zz", "interference")

SHORT = ("linear", "ring", "brick", "star", "shifted_ring", "all_to_all")
BLOCKS: dict[str, tuple[Any, ...]] = {
    "rx_rz_cnot_ring": (rx("all", "theta"), rz("all", "theta"), cnot("ring")),
    "ry_cz_all": (ry("all", "theta"), cz("all_to_all")),
    "rzz_ring_rx": (rzz("ring", "theta"), rx("all", "theta")),
    "ry_crz_star": (ry("all", "theta"), crz("star", "theta")),
}
"""Ansaetze in block form: one repetition."""

UNIFORM = {
    "two_qubit": 0.0034,
    "one_qubit": 0.0005,
    "readout": {"p01": 0.005, "p10": 0.009},
    "t1_us": 70,
    "t2_us": 60,
    "one_qubit_ns": 25,
    "two_qubit_ns": 42,
}
"""Errors alike everywhere, about the medians of Willow."""

DEVICES: dict[str, tuple[Any, range]] = {
    "weber": ("weber", range(1, 4)),
    "rainbow": ("rainbow", range(1, 4)),
    "willow": ("willow", range(2, 7)),
    "aachen": ("aachen", range(2, 7)),
    "line": ({"grid": (1, 8), "calibration": UNIFORM}, range(2, 7)),
    "grid": ({"grid": (2, 4), "calibration": UNIFORM}, range(2, 7)),
    "heavy_hex": ({"heavy_hex": 3, "calibration": UNIFORM}, range(2, 7)),
}
"""Devices, and the numbers of layers that leave a signal on them."""

PER_DEVICE = 8

ELSEWHERE = ("weber", "willow", "line")
"""Devices of the circuits that are not an ansatz."""

_TURNS = {"X": "h", "Y": "rx(pi/2)"}


@dataclass(frozen=True, slots=True)
class Case:
    """An ansatz on a calibrated device."""

    pattern: str
    qubits: int
    layers: int
    device: str
    encoder: str = "angle"
    measure: str = "z"

    @property
    def name(self) -> str:
        size = f"{self.qubits}x{self.layers}"
        return f"{self.pattern}-{size}-{self.encoder}-{self.measure}-{self.device}"

    def make_spec(self, objective: str = "fidelity") -> Spec:
        """Return the spec of the case."""
        builder = sublayer("case", self.qubits)
        encoded = builder.angle() if self.encoder == "angle" else builder.amplitude(2**self.qubits)
        device, _ = DEVICES[self.device]
        placed = encoded.on(device) if isinstance(device, str) else encoded.on(**device)
        noisy = placed.noise("device")
        if self.pattern in BLOCKS:
            ansatz = noisy.block(*BLOCKS[self.pattern], repeat=self.layers)
        else:
            ansatz = noisy.layers(self.layers, pattern=self.pattern)
        return ansatz.measure(self.measure).optimize(3, objective=objective).spec()


@dataclass(frozen=True, slots=True)
class CircuitCase:
    """A circuit of ``CIRCUITS`` on a calibrated device."""

    circuit: str
    device: str

    @property
    def name(self) -> str:
        return f"{self.circuit}-{self.device}"

    def make_spec(self, objective: str = "fidelity") -> Spec:
        """Return the spec of the case."""
        circuit, observables = CIRCUITS[self.circuit]()
        device, _ = DEVICES[self.device]
        aims = {"level": 3, "objective": objective}
        return from_cirq(circuit, observables, device=device, noise="device", optimize=aims)


def list_circuits() -> tuple[CircuitCase, ...]:
    """Return each circuit on three devices."""
    return tuple(CircuitCase(name, device) for device in ELSEWHERE for name in CIRCUITS)


def make_suite(seed: int = SEED) -> tuple[Case, ...]:
    """Return the cases: as many on each device; patterns, sizes, observables dealt out evenly."""
    rng = random.Random(seed)
    patterns = cycle(_shuffle((*SHORT, *SHORT, *BLOCKS), rng))
    encoders = cycle(_shuffle(("angle", "angle", "amplitude"), rng))
    measures = cycle(_shuffle(MEASURES, rng))
    return tuple(
        Case(
            pattern=next(patterns),
            qubits=qubits,
            layers=rng.choice(layers),
            device=name,
            encoder=next(encoders),
            measure=next(measures),
        )
        for name, (_, layers) in DEVICES.items()
        for qubits in _shuffle(islice(cycle(SIZES), PER_DEVICE), rng)
    )


def _shuffle(values: Any, rng: random.Random) -> list[Any]:
    chosen = list(values)
    rng.shuffle(chosen)
    return chosen


def make_task(case: Case | CircuitCase, draw: int = 0) -> NoisyTask:
    """Return the task of a case with some draw of angles; all letters are read as Z."""
    spec = case.make_spec("depth")
    program = lower_to_logical(spec)
    device = build_device(spec.device, spec.qubits)
    cal = device.calibration
    assert cal is not None
    turned = sorted({pauli for each in program.observables for pauli in each.paulis})
    turns = [f"{_TURNS[letter]} q[{qubit}];\n" for qubit, letter in turned if letter != "Z"]
    drawn = draw_angles(f"{case.name} {draw}", program)
    angles = {op.angle for op in program.operations if op.angle is not None}
    qasm = write_qasm2(program, {str(angle): float(evaluate(angle, drawn)) for angle in angles})
    return NoisyTask(
        name=case.name,
        qasm=_expand(qasm) + "".join(turns),
        qubits=program.qubits,
        edges=device.edges,
        start=program.start,
        observables=tuple(
            (string.sign, tuple((qubit, "Z") for qubit, _ in string.paulis))
            for string in program.observables
        ),
        calibration=Calibration(
            cal.one_qubit,
            cal.two_qubit,
            tuple(sum(r) / 2 for r in cal.readout),
            tuple(1000 * t for t in cal.t1_micros),
            tuple(1000 * t for t in cal.t2_micros),
            cal.moments_ns,
        ),
    )


def _expand(qasm: str) -> str:
    """Write rotations of pairs, which not every peer reads, with CNOTs."""
    qasm = re.sub(r"rzz\((.*?)\) (.*?),(.*?);", r"cx \2,\3;\nrz(\1) \3;\ncx \2,\3;", qasm)
    return re.sub(
        r"crz\((.*?)\) (.*?),(.*?);",
        lambda m: "\n".join(
            f"rz({sign * float(m[1]) / 2!r}) {m[3]};\ncx {m[2]},{m[3]};" for sign in (1, -1)
        ),
        qasm,
    )
