"""A noise channel from outside: an entry of the compiler's table and one of the runtime's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from math import sqrt
from pathlib import Path
from typing import Any

import cirq
import jsonschema
import numpy as np
import pytest
from qslc_runtime import noise as runtime
from qslc_runtime.artifact import ArtifactError

import qslc
from qslc.diagnostics import CompilerFaultError, InputError
from qslc.spec import schema
from qslc.spec.base import Probability
from qslc.spec.noise import CHANNELS, Channel
from qslc.targets.noise import Effect, Place
from tests.extension.stages import check_fold, random_inputs

YAML = """qslc: 1
name: dephased
qubits: 2
encoder: {kind: angle}
ansatz: {depth: 1, entangler: {gate: cnot, pattern: linear}}
measure: [X0, Z1, X0*Y1]
device: line
noise: {phase_damping: 0.6}
"""
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
OLD_NOISE = "noise: {amplitude_damping: 0.1}"


@pytest.fixture
def _known() -> Iterator[None]:
    with CHANNELS.temporarily(PHASE_DAMPING), runtime.EFFECTS.temporarily(SIMULATED):
        yield


known = pytest.mark.usefixtures("_known")


def compile_to(folder: Path) -> Any:
    return qslc.compile_to(qslc.parse(YAML), folder)


@known
def test_the_builder_and_yaml_mean_the_same() -> None:
    built = qslc.sublayer("dephased", 2).angle().layers(1, pattern="linear").on("line")
    built = built.measure("X0", "Z1", "X0*Y1").noise(phase_damping=0.6)
    assert built.spec() == qslc.parse(YAML)
    assert qslc.digest(built.spec()) != qslc.digest(qslc.parse(YAML.replace("0.6", "0.1")))


@known
@pytest.mark.parametrize(
    ("noise", "message"),
    [
        ("{phase_dampin: 0.6}", 'did you mean "phase_damping"'),
        ("{phase_damping: 2}", "at most 1"),
        ("[1]", "amplitude_damping, readout or phase_damping"),
    ],
)
def test_the_checks_know_it(noise: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        qslc.parse(YAML.replace("{phase_damping: 0.6}", noise))


@known
def test_the_json_schema_knows_it() -> None:
    spec = {
        "qslc": 1,
        "name": "a",
        "qubits": 1,
        "encoder": {"kind": "none"},
        "ansatz": {"depth": 1, "entangler": "none"},
    }
    jsonschema.validate({**spec, "noise": {"phase_damping": 0.6}}, schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**spec, "noise": {"phase_damping": 2}}, schema())


def test_it_is_unknown_without_its_entry() -> None:
    with pytest.raises(InputError, match='unknown key "phase_damping"'):
        qslc.parse(YAML)


def test_digests_of_other_specs_stay() -> None:
    text = YAML.replace("noise: {phase_damping: 0.6}", OLD_NOISE)
    before = qslc.digest(qslc.parse(text))
    with CHANNELS.temporarily(PHASE_DAMPING):
        assert qslc.digest(qslc.parse(text)) == before


@known
def test_it_is_compiled_verified_and_reported(tmp_path: Path) -> None:
    report = compile_to(tmp_path)
    assert report["verification"]["verdict"] == "equal"
    assert report["noise"]["phase_damping"] == {"q(0)": 0.6, "q(1)": 0.6}
    sources = {row["source"]: row["survival"] for row in report["error_budget"]["sources"]}
    moments = report["physical"]["depth"]
    assert sources["phase damping"] == pytest.approx((1 - DEPHASING.error(0.6)) ** (2 * moments))
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert (
        "| qubit or pair | error per gate | damping per moment | readout 0→1 / 1→0 | dephasing"
        in text
    )


@known
@pytest.mark.slow
def test_qsim_simulates_it_and_other_engines_are_exact(tmp_path: Path) -> None:
    import qslc_runtime

    compile_to(tmp_path)
    layer = qslc_runtime.load(tmp_path)
    x, theta = random_inputs(layer)
    values = {}
    for engine, options in (("native", {}), ("tfq", {}), ("qsim", {"trajectories": 4000})):
        built = layer(engine=engine, engine_options=options)
        built.build(x.shape)
        built.theta.assign(theta)
        values[engine] = np.asarray(built(x))
    exact = _simulate(qslc_runtime.Artifact.read(tmp_path), x[0], theta)
    np.testing.assert_allclose(values["native"], values["tfq"], atol=1e-5)
    np.testing.assert_allclose(values["qsim"][0], exact, atol=0.06)
    assert np.abs(values["native"][0] - exact).max() > 0.15, "the test has no power"
    check_fold(tmp_path)
    with pytest.raises(ValueError, match='runs on engine "qsim"'):
        built.fold()


def _simulate(artifact: Any, x: Any, theta: Any) -> Any:
    """The expectations of one token on a density matrix."""
    values = dict(zip(artifact.weights + artifact.inputs, [*theta, *x], strict=True))
    circuit = cirq.resolve_parameters(artifact.physical_circuit, values)
    qubits = cirq.LineQubit.range(2)
    steps = cirq.Circuit(
        part
        for moment in circuit
        for part in (moment, cirq.Moment(map(cirq.phase_damp(0.6), qubits)))
    )
    rho = cirq.DensityMatrixSimulator(dtype=np.complex128).simulate(steps, qubit_order=qubits)
    index = {qubit: i for i, qubit in enumerate(qubits)}
    strings = [
        o.sign * cirq.PauliString({q: o.physical[str(q)] for q in qubits if str(q) in o.physical})
        for o in artifact.observables
    ]
    matrix = rho.final_density_matrix
    return [s.expectation_from_density_matrix(matrix, index).real for s in strings]


def test_the_runtime_names_what_it_cannot_simulate(tmp_path: Path) -> None:
    with CHANNELS.temporarily(PHASE_DAMPING):
        compile_to(tmp_path)
    import qslc_runtime

    with pytest.raises(ArtifactError, match="its noise 'phase_damping' is unknown"):
        qslc_runtime.Artifact.read(tmp_path)


@known
def test_an_engine_names_what_it_cannot_simulate(tmp_path: Path) -> None:
    import qslc_runtime

    compile_to(tmp_path)
    noise = qslc_runtime.Artifact.read(tmp_path).noise
    assert noise is not None
    simulated = frozenset(runtime.Place) - {runtime.Place.MOMENT}
    with pytest.raises(ValueError, match="'toy' cannot simulate the noise 'phase_damping'"):
        runtime.check_noise("toy", simulated, noise)


@pytest.mark.parametrize("field", ["name", "strength", "default", "effects"])
def test_what_the_channel_leaves_out_is_named(field: str) -> None:
    entry = replace(PHASE_DAMPING, **{field: () if field == "effects" else None})
    with pytest.raises(TypeError, match=f"does not define {field}"):
        CHANNELS.add(entry)


@pytest.mark.parametrize("field", [f.name for f in fields(Effect)])
def test_what_the_effect_leaves_out_is_named(field: str) -> None:
    with pytest.raises(ValueError, match=f"has no {field}"):
        replace(DEPHASING, **{field: None})


@pytest.mark.parametrize("field", [f.name for f in fields(runtime.Effect)])
def test_what_the_runtime_leaves_out_is_named(field: str) -> None:
    with pytest.raises(TypeError, match=f"does not define {field}"):
        runtime.EFFECTS.add(replace(SIMULATED, **{field: None}))


@pytest.mark.parametrize("name", ["readout", "source"])
def test_an_effect_of_a_name_that_is_taken(name: str, tmp_path: Path) -> None:
    entry = replace(PHASE_DAMPING, effects=(replace(DEPHASING, name=name),))
    message = f"the name of the noise effect '{name}' is taken"
    with CHANNELS.temporarily(entry), pytest.raises(CompilerFaultError, match=message):
        compile_to(tmp_path)


def test_rates_that_do_not_fit_the_device_are_named(tmp_path: Path) -> None:
    short = replace(DEPHASING, calibrated=lambda *_: [0.1])
    text = YAML.replace("{phase_damping: 0.6}", "device").replace("device: line", "device: weber")
    with (
        CHANNELS.temporarily(replace(PHASE_DAMPING, effects=(short,))),
        pytest.raises(CompilerFaultError, match="'phase_damping' has 1 rates for the 53 places"),
    ):
        qslc.compile_to(qslc.parse(text), tmp_path)


def test_both_tables_have_the_same_effects_at_the_same_places() -> None:
    stated = {e.name: e.place.name for channel in CHANNELS.values() for e in channel.effects}
    assert stated == {name: effect.place.name for name, effect in runtime.EFFECTS.items()}
