"""A noise channel from outside: an entry of the compiler's table and one of the runtime's."""

from __future__ import annotations

from dataclasses import fields, replace
from math import sqrt
from pathlib import Path
from typing import Any

import cirq
import numpy as np
import pytest
from qslc_runtime import noise as runtime
from qslc_runtime.artifact import ArtifactError

import qslc
from qslc.diagnostics import CompilerFaultError, InputError
from qslc.spec.base import Probability
from qslc.spec.noise import CHANNELS, Channel
from qslc.targets.noise import Effect, Place
from tests.extension.stages import WholeWay, check_fold, random_inputs, run_layer

DEPHASING = Effect(
    "phase_damping",
    Place.MOMENT,
    title="phase damping",
    column="dephasing per moment",
    stated=float,
    calibrated=lambda calibration, _: [0.0] * len(calibration.t1_micros),
    error=lambda rate: (1 - sqrt(1 - rate)) / 2,
)
PHASE_DAMPING = Channel(
    "phase_damping", Probability, 0.0, (DEPHASING,), about="dephasing of each qubit per moment"
)
SIMULATED = runtime.Effect("phase_damping", runtime.Place.MOMENT, cirq.phase_damp)


class TestNoise(WholeWay):
    table = CHANNELS
    entry = PHASE_DAMPING
    text = """qslc: 1
name: dephased
qubits: 2
encoder: {kind: angle}
ansatz: {depth: 1, entangler: {gate: cnot, pattern: linear}}
measure: [X0, Z1, X0*Y1]
device: line
noise: {phase_damping: 0.6}
"""
    part = "{phase_damping: 0.6}"
    wrong = (
        ("{phase_dampin: 0.6}", 'did you mean "phase_damping"'),
        ("{phase_damping: 2}", "at most 1"),
        ("[1]", "amplitude_damping, dephasing, coherent, readout or phase_damping"),
    )
    refused = "{phase_damping: 2}"
    shown = (
        (
            "report.md",
            "| qubit or pair | error per gate | damping per moment | readout 0→1 / 1→0 | dephasing",
        ),
    )

    def added(self):
        return [(CHANNELS, PHASE_DAMPING), (runtime.EFFECTS, SIMULATED)]

    def built(self):
        begun = qslc.sublayer("dephased", 2).angle().layers(1, pattern="linear").on("line")
        return begun.measure("X0", "Z1", "X0*Y1").noise(phase_damping=0.6)

    def compile(self, folder: Path) -> Any:
        return qslc.compile_to(qslc.parse(self.text), folder)

    def check_report(self, report, folder) -> None:
        assert report["noise"]["phase_damping"] == {"q(0)": 0.6, "q(1)": 0.6}
        sources = {row["source"]: row["survival"] for row in report["error_budget"]["sources"]}
        moments = report["physical"]["depth"]
        survival = (1 - DEPHASING.error(0.6)) ** (2 * moments)
        assert sources["phase damping"] == pytest.approx(survival)

    def test_its_strength_is_in_the_digest(self) -> None:
        weaker = qslc.parse(self.write("{phase_damping: 0.1}"))
        assert qslc.digest(weaker) != qslc.digest(qslc.parse(self.text))

    @pytest.mark.slow
    def test_every_engine_runs_its_layer_and_it_is_folded(self, tmp_path: Path) -> None:
        """qsim simulates it, and the other engines are exact."""
        import qslc_runtime

        self.compile(tmp_path)
        layer = qslc_runtime.load(tmp_path)
        x, theta = random_inputs(layer)
        noisy = run_layer(layer, x, theta, engine="qsim", engine_options={"trajectories": 4000})
        native, tfq = (run_layer(layer, x, theta, engine=engine) for engine in ("native", "tfq"))
        exact = _simulate(qslc_runtime.Artifact.read(tmp_path), x[0], theta)
        np.testing.assert_allclose(native, tfq, atol=1e-5)
        np.testing.assert_allclose(noisy[0], exact, atol=0.06)
        assert np.abs(native[0] - exact).max() > 0.15, "the test has no power"
        check_fold(tmp_path)
        sampled = layer(engine="qsim")
        sampled.build(x.shape)
        with pytest.raises(ValueError, match='runs on engine "qsim"'):
            sampled.fold()

    def test_an_engine_names_what_it_cannot_simulate(self, tmp_path: Path) -> None:
        import qslc_runtime

        self.compile(tmp_path)
        noise = qslc_runtime.Artifact.read(tmp_path).noise
        simulated = frozenset(runtime.Place) - {runtime.Place.MOMENT}
        with pytest.raises(ValueError, match="'toy' cannot simulate the noise 'phase_damping'"):
            runtime.check_noise("toy", simulated, noise)

    def test_a_field_left_blank_is_named(self) -> None:
        for field in ("name", "strength", "default", "effects"):
            entry = replace(PHASE_DAMPING, **{field: () if field == "effects" else None})
            with pytest.raises(TypeError, match=f"does not define {field}"):
                CHANNELS.add(entry)
        for field in fields(Effect):
            with pytest.raises(ValueError, match=f"has no {field.name}"):
                replace(DEPHASING, **{field.name: None})
        for field in fields(runtime.Effect):
            with pytest.raises(TypeError, match=f"does not define {field.name}"):
                runtime.EFFECTS.add(replace(SIMULATED, **{field.name: None}))


def test_without_its_entries_it_is_unknown(tmp_path: Path) -> None:
    import qslc_runtime

    with pytest.raises(InputError, match='unknown key "phase_damping"'):
        qslc.parse(TestNoise.text)
    with CHANNELS.temporarily(PHASE_DAMPING):
        qslc.compile_to(qslc.parse(TestNoise.text), tmp_path)
    with pytest.raises(ArtifactError, match="its noise 'phase_damping' is unknown"):
        qslc_runtime.Artifact.read(tmp_path)


def test_digests_of_other_specs_stay() -> None:
    text = TestNoise.text.replace(TestNoise.part, "{amplitude_damping: 0.1}")
    before = qslc.digest(qslc.parse(text))
    with CHANNELS.temporarily(PHASE_DAMPING):
        assert qslc.digest(qslc.parse(text)) == before


def _simulate(artifact: Any, x: Any, theta: Any) -> Any:
    """The expectations of one token on a density matrix."""
    values = dict(zip(artifact.weights + artifact.inputs, [*theta, *x], strict=True))
    circuit = cirq.resolve_parameters(artifact.physical_circuit, values)
    qubits = cirq.LineQubit.range(2)
    strings = [
        o.sign * cirq.PauliString({q: o.physical[str(q)] for q in qubits if str(q) in o.physical})
        for o in artifact.observables
    ]
    simulator = cirq.DensityMatrixSimulator(dtype=np.complex128)
    noisy = circuit.with_noise(cirq.phase_damp(0.6))
    return np.real(simulator.simulate_expectation_values(noisy, strings, qubit_order=qubits))


@pytest.mark.parametrize("name", ["readout", "source"])
def test_an_effect_of_a_name_that_is_taken(name: str, tmp_path: Path) -> None:
    entry = replace(PHASE_DAMPING, effects=(replace(DEPHASING, name=name),))
    message = f"the name of the noise effect '{name}' is taken"
    with CHANNELS.temporarily(entry), pytest.raises(CompilerFaultError, match=message):
        qslc.compile_to(qslc.parse(TestNoise.text), tmp_path)


def test_rates_that_do_not_fit_the_device_are_named(tmp_path: Path) -> None:
    short = replace(DEPHASING, calibrated=lambda *_: [0.1])
    text = TestNoise.text.replace(TestNoise.part, "device").replace("device: line", "device: weber")
    with (
        CHANNELS.temporarily(replace(PHASE_DAMPING, effects=(short,))),
        pytest.raises(CompilerFaultError, match="'phase_damping' has 1 rates for the 53 places"),
    ):
        qslc.compile_to(qslc.parse(text), tmp_path)


def test_both_tables_have_the_same_effects_at_the_same_places() -> None:
    stated = {e.name: e.place.name for channel in CHANNELS.values() for e in channel.effects}
    assert stated == {name: effect.place.name for name, effect in runtime.EFFECTS.items()}
