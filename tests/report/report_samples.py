"""Stages of small compiles, put together by hand."""

from __future__ import annotations

from dataclasses import replace

import sympy

from qslc.ir.metrics import Metrics, count_metrics
from qslc.ir.program import Operation, Placement, Program
from qslc.ir.steps import Alternative, Step, Verification
from qslc.report.compilation.data import Baseline, Stages
from qslc.spec.model import Optimize, Spec
from qslc.spec.noise import list_effects
from qslc.targets.device import Device
from qslc.targets.error_budget import ErrorBudget, ErrorSource
from qslc.targets.fidelity import PlacementFidelity
from qslc.targets.noise import NoiseModel
from tests.passes.pass_programs import observable

SPEC = Spec.model_validate(
    {
        "qslc": 1,
        "name": "small_qsl",
        "qubits": 3,
        "encoder": {"kind": "amplitude", "features": 5},
        "ansatz": {"depth": 1, "entangler": {"gate": "cnot", "pattern": "linear"}},
        "device": {"grid": [2, 2]},
    }
)
DEVICE = Device("grid 2x2", ((0, 0), (0, 1), (1, 0), (1, 1)), ((0, 1), (0, 2), (1, 3), (2, 3)))
THETA = sympy.symbols("theta_0:3")
RATES = {
    "one_qubit": {"q(0, 0)": 0.25, "q(0, 1)": 0.0, "q(1, 0)": 0.0},
    "two_qubit": {"q(0, 0) q(0, 1)": 0.5, "q(0, 0) q(1, 0)": 0.5},
    "amplitude_damping": {"q(0, 0)": 0.001, "q(0, 1)": 0.0, "q(1, 0)": 0.0},
    "readout": {"q(0, 0)": (0.01, 0.02), "q(0, 1)": (0.0, 0.0), "q(1, 0)": (0.0, 0.0)},
}
NOISE = NoiseModel("spec", dict(zip(list_effects(RATES), RATES.values(), strict=True)))
FIDELITY = PlacementFidelity(first_found=0.125, chosen=0.25)
BUDGET = ErrorBudget(
    "a calibration",
    (
        ErrorSource("one-qubit gates", 2, "gates", 1.0),
        ErrorSource("two-qubit gates", 2, "gates", 0.5),
        ErrorSource("idle qubits", 1500.0, "ns", 1.0),
        ErrorSource("readout", 3, "qubits", 0.5),
    ),
    0.2,
)
"""0.25 in all; the encoder's six two-qubit gates leave 0.8**6 of it."""
PLAIN_BUDGET = ErrorBudget("a calibration", (ErrorSource("readout", 3, "qubits", 0.1),), 0.2)
PLAIN = Metrics(4, 10, 8, 8, 3, 2)


def make_stages(device: Device = DEVICE, noise=None, fidelity=None, level=2, fits=True) -> Stages:
    """Return RY on three qubits and two CNOTs, of which a pass takes the last."""
    rotations = tuple(Operation("ry", (i,), theta) for i, theta in enumerate(THETA))
    logical = Program(
        3,
        (*rotations, Operation("cnot", (0, 1)), Operation("cnot", (0, 2))),
        tuple(map(observable, ("Z0", "Z1", "Z2"))),
        ("theta_0", "theta_1", "theta_2"),
        start="any",
    )
    optimized = replace(logical, operations=(*rotations[:2], Operation("cz", (0, 1))))
    physical = replace(
        optimized,
        qubits=4,
        operations=(*optimized.operations, Operation("swap", (0, 2))),
        observables=(observable("Z2"), observable("Z1*Z2", -1), observable("Z0")),
    )
    before, after, end = map(count_metrics, (logical, optimized, physical))
    return Stages(
        spec=SPEC.model_copy(update={"optimize": Optimize(level=level)}),
        digest="sha256:" + "0123456789abcdef" * 4,
        logical=logical,
        optimized=optimized,
        physical=physical,
        device=device,
        placement=Placement((0, 1, 2), (2, 1, 0)),
        alternatives=(
            Alternative("chosen", "route", "1 swap", 4, 4, 64),
            Alternative("finalist", "synthesize", "on 4 device qubits", 5, 5, 125),
            Alternative("skipped", "place", "it does not fit"),
        ),
        steps=(
            Step("light cone", before, after, 0.0125),
            Step("route", after, end, 0.5, "1 swap"),
        ),
        verification=Verification("exact simulation", 4, 2.2e-16, "equal"),
        noise=noise,
        fidelity=fidelity,
        budget=BUDGET if fidelity else None,
        baseline=Baseline(PLAIN, PLAIN_BUDGET if fidelity else None) if fits else None,
        versions={"qslc": "0.1.0"},
        seconds=1.5,
    )
