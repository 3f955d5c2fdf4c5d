"""Circuits from |0...0>: what is prepared and measured is what the layer computes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cirq
import keras
import numpy as np
import pytest
import qslc_runtime
from qslc_runtime.artifact import Artifact, ArtifactError
from qslc_runtime.preparation.compiles import make_compiled_brick

from qslc.feasibility.tokens import draw_features
from qslc.pipeline import compile_to
from qslc.spec import parse
from tests.processes import run_python

pytestmark = pytest.mark.slow

ANSATZ = "{depth: 1, rotations: [ry, rz], entangler: {gate: cnot, pattern: ring}}"
SQRT_ISWAP = "{edges: [[0, 1], [1, 2], [2, 3], [3, 4], [1, 5]], gates: [sqrt_iswap]}"

DEVICES = {
    "line": "line",
    "ring": "ring",
    "grid": "{grid: [2, 3]}",
    "heavy hex": "{heavy_hex: 3}",
    "all to all": "all_to_all",
    "sqrt iSWAP": SQRT_ISWAP,
    "weber": "weber",
    "willow": "willow",
}


def compile_text(
    path: Path,
    *,
    qubits: int = 3,
    features: int = 8,
    pad: str = "zero",
    project: str = "none",
    preparation: str = "variational",
    device: str = "line",
    ansatz: str = ANSATZ,
    measure: str = '[z, "X0*Y2", "Y1"]',
    optimize: str = "{level: 2}",
) -> Path:
    encoder = (
        f"{{kind: amplitude, features: {features}, pad: {pad}, project: {project}, "
        f"preparation: {preparation}}}"
    )
    text = (
        f"qslc: 1\nname: chip\nqubits: {qubits}\nencoder: {encoder}\nansatz: {ansatz}\n"
        f"measure: {measure}\ndevice: {device}\noptimize: {optimize}\n"
    )
    compile_to(parse(text), path)
    return path


def draw(path: Path, tokens: int = 3) -> tuple[Any, np.ndarray, np.ndarray]:
    """Draw tokens; return the layer, them, and its expectations of them."""
    layer = qslc_runtime.load(path)(angle_deviation=1.0)
    features = Artifact.read(path).preparation.features
    x = np.random.default_rng(1).normal(size=(tokens, features)).astype(np.float32)
    return layer, x, keras.ops.convert_to_numpy(layer(x))


def simulate(path: Path, stem: str, theta: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Simulate the files of a stem from |0...0>: mean parities of what is measured, (M,)."""
    report = json.loads((path / "report.json").read_text())
    settings = report[f"{stem}_circuit"]["settings"]
    values = dict(zip(report["weights"], theta.tolist(), strict=True))
    values |= {f"prep_{i}": angle for i, angle in enumerate(angles.tolist())}
    found = np.full(len(report["observables"]), np.nan)
    for setting in settings:
        circuit = cirq.read_json(path / setting["file"])
        measured = next(op for op in circuit.all_operations() if cirq.is_measurement(op))
        assert len(circuit[-1].operations) == 1
        order = sorted({*circuit.all_qubits()})
        state = cirq.Simulator(dtype=np.complex128).simulate(
            circuit[:-1], cirq.ParamResolver(values), qubit_order=order
        )
        chances = np.abs(state.final_state_vector.reshape((2,) * len(order))) ** 2
        assert [str(q) for q in measured.qubits] == list(setting["bases"])
        for member in setting["observables"]:
            observable = report["observables"][member]
            signs = np.ones(())
            for label in observable["physical"]:
                axis = next(i for i, q in enumerate(order) if str(q) == label)
                shape = [1] * len(order)
                shape[axis] = 2
                signs = signs * np.array([1.0, -1.0]).reshape(shape)
            found[member] = observable["sign"] * (chances * signs).sum()
    return found


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("preparation", ["{method: variational, depth: 8}", "multiplexed"])
def test_an_exact_preparation_measures_what_the_layer_computes(
    tmp_path: Path, device: str, preparation: str
) -> None:
    path = compile_text(tmp_path, device=DEVICES[device], preparation=preparation)
    layer, x, expected = draw(path)
    angles, fidelities = qslc_runtime.prepare(path, x)
    assert (fidelities >= 1 - 1e-12).all()
    theta = keras.ops.convert_to_numpy(layer.theta)
    for row, wanted in zip(angles, expected, strict=True):
        np.testing.assert_allclose(simulate(path, "device", theta, row), wanted, atol=1e-6)


@pytest.mark.parametrize(
    ("pad", "qubits", "features"),
    [("bias", 3, 6), ("bias", 3, 7), ("reference", 3, 3), ("reference", 3, 4), ("zero", 3, 3)],
)
@pytest.mark.parametrize("preparation", ["variational", "multiplexed"])
def test_every_padding(
    tmp_path: Path, pad: str, qubits: int, features: int, preparation: str
) -> None:
    path = compile_text(
        tmp_path, qubits=qubits, features=features, pad=pad, preparation=preparation
    )
    layer, x, expected = draw(path)
    angles, _ = qslc_runtime.prepare(path, x)
    theta = keras.ops.convert_to_numpy(layer.theta)
    for row, wanted in zip(angles, expected, strict=True):
        np.testing.assert_allclose(simulate(path, "device", theta, row), wanted, atol=1e-6)


@pytest.mark.parametrize(
    ("qubits", "gates", "depth"), [(6, 31, "auto"), (7, 64, "auto"), (7, 48, 17)]
)
def test_hidden_states_along_principal_axes(
    tmp_path: Path, qubits: int, gates: int, depth: int | str
) -> None:
    """From hidden states to expectations: axes, angles, and the circuit from |0...0>."""
    path = compile_text(
        tmp_path,
        qubits=qubits,
        features=1 << qubits,
        project="principal",
        preparation=f"{{method: variational, depth: {depth}}}",
    )
    assert json.loads((path / "report.json").read_text())["encoder"]["two_qubit_gates"] <= gates
    layer = qslc_runtime.load(path)(angle_deviation=1.0)
    hidden = draw_features(600, 200, "none", seed=1).astype(np.float32)
    tokens = hidden[:2]
    layer(tokens)
    qslc_runtime.set_principal_axes(layer, hidden[2:])
    found = qslc_runtime.prepare(path, tokens @ keras.ops.convert_to_numpy(layer.down))
    expected, theta = (keras.ops.convert_to_numpy(each) for each in (layer(tokens), layer.theta))
    for row, fidelity, wanted in zip(found.angles, found.fidelities, expected, strict=True):
        assert fidelity > (1 - 1e-12 if depth == "auto" else 0.99)
        off = np.abs(simulate(path, "device", theta, row) - wanted).max()
        assert off <= (1e-6 if depth == "auto" else 2 * np.sqrt(1 - fidelity))


@pytest.mark.parametrize("depth", [1, 2])
def test_an_approximate_preparation_is_off_by_no_more_than_its_fidelity_allows(
    tmp_path: Path, depth: int
) -> None:
    """|<O> - <O>'| <= 2 sqrt(1 - F) for observables with the norm 1."""
    path = compile_text(tmp_path, preparation=f"{{method: variational, depth: {depth}}}")
    layer, x, expected = draw(path, 4)
    found = qslc_runtime.prepare(path, x, fidelity=1)
    assert (found.fidelities < 1 - 1e-6).any()
    theta = keras.ops.convert_to_numpy(layer.theta)
    for row, fidelity, wanted in zip(found.angles, found.fidelities, expected, strict=True):
        off = np.abs(simulate(path, "device", theta, row) - wanted).max()
        assert 0 < off <= 2 * np.sqrt(1 - fidelity) + 1e-6
    for token, row in zip(found.fallbacks, found.fallback_angles, strict=True):
        values = simulate(path, "fallback", theta, row)
        np.testing.assert_allclose(values, expected[token], atol=1e-6)


def test_the_levels_are_on_couplers(tmp_path: Path) -> None:
    path = compile_text(tmp_path, qubits=4, features=16, device="willow", measure="z")
    artifact = Artifact.read(path)
    brick = make_compiled_brick(artifact)
    pairs = {frozenset(pair) for level in brick.levels for pair in level}
    coupled = {
        frozenset(op.qubits)
        for op in artifact.device_circuit.all_operations()
        if len(op.qubits) == 2 and not cirq.is_measurement(op)
    }
    labels = artifact.start
    for pair in pairs:
        assert frozenset(labels[q] for q in pair) in {frozenset(map(str, c)) for c in coupled}


def test_a_compile_is_deterministic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    one, other = (
        compile_text(tmp_path / name, device="weber", measure="[z, X0]") for name in ("a", "b")
    )
    names = {path.name for path in one.iterdir()}
    assert {"device.json", "device_2.qasm", "fallback.json", "fallback_2.json"} < names
    assert names == {path.name for path in other.iterdir()}
    for name in names:
        assert (one / name).read_bytes() == (other / name).read_bytes()


def test_circuits_that_start_from_zero_are_written_without_a_preparation(tmp_path: Path) -> None:
    text = f"qslc: 1\nname: a\nqubits: 3\nencoder: {{kind: angle}}\nansatz: {ANSATZ}\n"
    compile_to(parse(text), tmp_path / "a")
    compile_to(parse(text.replace("kind: angle", "kind: amplitude, features: 8")), tmp_path / "b")
    circuit = cirq.read_json(tmp_path / "a" / "device.json")
    physical = cirq.read_json(tmp_path / "a" / "physical.json")
    assert circuit[: len(physical)] == physical
    assert not list((tmp_path / "a").glob("fallback*"))
    assert not list((tmp_path / "b").glob("device*"))
    with pytest.raises(ValueError, match="prepares no vectors; the encoder angle needs none"):
        qslc_runtime.prepare(tmp_path / "a", np.ones((1, 3)))
    with pytest.raises(ValueError, match=r"set encoder\.preparation in the spec"):
        qslc_runtime.prepare(tmp_path / "b", np.ones((1, 8)))


@pytest.mark.parametrize("preparation", ["variational", "multiplexed"])
def test_wrong_vectors_are_named(tmp_path: Path, preparation: str) -> None:
    path = compile_text(tmp_path, preparation=preparation)
    x = np.ones((4, 8))
    with pytest.raises(ValueError, match="encodes 8 features; the vectors have 7"):
        qslc_runtime.prepare(path, x[:, :7])
    with pytest.raises(ValueError, match=r"shape \(tokens, features\)"):
        qslc_runtime.prepare(path, x[0])
    x[2, 3] = np.nan
    with pytest.raises(ValueError, match="vector of token 2 is not finite"):
        qslc_runtime.prepare(path, x)
    x[[1, 2]] = 0
    with pytest.raises(ValueError, match=r"vectors of 2 tokens \(1, 2\) are zero"):
        qslc_runtime.prepare(path, x)
    with pytest.raises(ValueError, match="between 0 and 1"):
        qslc_runtime.prepare(path, x[:1], fidelity=2)
    with pytest.raises(TypeError, match="unexpected keyword argument 'fidelty'"):
        qslc_runtime.prepare(path, x[:1], fidelty=0.9)


def test_a_bank_is_where_searches_start(tmp_path: Path) -> None:
    path = compile_text(tmp_path, qubits=4, features=16, measure="z")
    x = np.random.default_rng(0).normal(size=(5, 16))
    angles = qslc_runtime.prepare(path, x).angles
    bank = qslc_runtime.make_bank(path, angles)
    warm = qslc_runtime.prepare(path, x + 1e-3, fidelity=0.99, bank=bank, starts=0)
    np.testing.assert_allclose(warm.angles, angles, atol=0.2)
    with pytest.raises(ValueError, match="multiplexed, which needs no search"):
        other = compile_text(tmp_path / "other", preparation="multiplexed")
        qslc_runtime.make_bank(other, angles)


def test_an_edited_manifest_is_refused(tmp_path: Path) -> None:
    path = compile_text(tmp_path)
    manifest = json.loads((path / "manifest.json").read_text())
    for levels, message in (
        ([[[0, 1]]], "angles and .* symbols"),
        ([[[0, 5]]], "level 0"),
        ([3], "preparation.levels"),
    ):
        changed = manifest | {"preparation": manifest["preparation"] | {"levels": levels}}
        (path / "manifest.json").write_text(json.dumps(changed))
        with pytest.raises(ArtifactError, match=message):
            qslc_runtime.prepare(path, np.ones((1, 8)))


LIGHT = """
import sys
from pathlib import Path
from qslc import compile_to, parse
compile_to(parse(Path(sys.argv[1]).read_text()), sys.argv[2])
import numpy as np
import qslc_runtime
from qslc_runtime.preparation import make_brick, prepare_states
prepare_states(make_brick(2, [(0, 1)]), np.ones((1, 4)))
qslc_runtime.prepare(sys.argv[2], np.ones((1, 8)))
print({"keras", "tensorflow", "jax"} & {*sys.modules})
"""


def test_neither_compiling_nor_preparing_loads_a_framework(tmp_path: Path) -> None:
    text = (
        "qslc: 1\nname: a\nqubits: 3\n"
        "encoder: {kind: amplitude, features: 8, preparation: variational}\n"
        f"ansatz: {ANSATZ}\n"
    )
    (tmp_path / "a.yaml").write_text(text)
    assert run_python(LIGHT, tmp_path / "a.yaml", tmp_path / "out").strip() == "set()"
