"""Initial angles: the layer's own, those of the literature, and how they are compared."""

from __future__ import annotations

import numpy as np
import pytest

from qslc.analyze import trainability
from qslc.analyze.initialization import INITIALIZATIONS, find_canceling_pairs, list_deviations
from qslc.analyze.simulation import Points, compute_states
from qslc.analyze.subject import Settings, Subject
from qslc.analyze.trainability import Beginning, measure_beginning, recommend, score, sweep
from qslc.lower.logical import lower_to_logical
from qslc.pauli.frame import find_pauli_frame
from tests.analyze.analyze_cases import make_amplitude, make_layered, make_rng
from tests.layer.layer_programs import load, make_spec


@pytest.mark.slow
@pytest.mark.parametrize(("name", "reference"), [("scaled normal", False), ("wide normal", True)])
def test_it_is_what_the_layer_draws(name, reference):
    from qslc_runtime.layer.weights import choose_deviation, draw_angles

    program = make_layered(4, 3).program
    own = draw_angles(12, choose_deviation(12 / 4, reference=reference), 0)
    drawn = INITIALIZATIONS[name].draw(program, 1, make_rng())[0]
    np.testing.assert_allclose(drawn, own, rtol=1e-6)


@pytest.mark.parametrize(
    ("gate", "pairs"), [("none", 8), ("cnot", 0)], ids=["product", "CNOT ring"]
)
def test_block_identity_undoes_itself(gate: str, pairs: int):
    case = make_layered(4, 4, gate=gate)
    program = case.program
    assert len(find_canceling_pairs(find_pauli_frame(program), program.weights)) == pairs
    theta = INITIALIZATIONS["block identity"].draw(program, 3, make_rng())
    assert np.any(theta != 0) == (pairs > 0)
    start = np.eye(16)[:, :3]
    none = np.zeros((3, 0))
    turned = compute_states(program, Points(theta, none, start))
    still = compute_states(program, Points(np.zeros_like(theta), none, start))
    np.testing.assert_allclose(turned, still, atol=1e-12)


def test_mirrored_rotations_cancel_past_commuting_ones():
    """CZ gates in brick layers are their own inverse: two layers meet their mirror image."""
    found = []
    for rotation in ("ry", "rz"):
        program = make_layered(2, 2, (rotation,), gate="cz", pattern="linear").program
        found.append(find_canceling_pairs(find_pauli_frame(program), program.weights))
    assert found == [[], [("theta_0", "theta_2", -1), ("theta_1", "theta_3", -1)]]


def test_zeros_stand_still_on_the_reference_start():
    still = measure_beginning(make_layered(3, 2), "zeros", 20, make_rng())
    assert (still.squared_gradient, still.still) == (0, 1)
    assert measure_beginning(make_amplitude(3, 2), "zeros", 20, make_rng()).still == 0


def test_a_sweep_goes_from_zeros_to_uniform():
    case = make_layered(3, 2)
    values = sweep(case, 400, make_rng())
    uniform = measure_beginning(case, "uniform", 400, make_rng()).squared_gradient
    assert values[0] < 1e-3 * uniform
    assert values[-1] == pytest.approx(uniform, rel=0.2)


def make_row(
    name: str, ensemble: str, gradient: float, output: float, still: float = 0
) -> Beginning:
    return Beginning(name, ensemble, gradient, 0.0, output, still)  # type: ignore[arg-type]


def test_the_weakest_figure_counts():
    rows = [
        make_row("scaled normal", "zero", 1.0, 0.0),
        make_row("scaled normal", "features", 0.5, 1.0),
        make_row("uniform", "zero", 0.1, 0.0),
        make_row("uniform", "features", 1.0, 0.8),
        make_row("zeros", "zero", 2.0, 0.0, still=0.5),
        make_row("zeros", "features", 1.0, 1.0),
    ]
    assert score(rows) == {"scaled normal": 0.5, "uniform": 0.1, "zeros": 0.0}


def test_the_default_stays_where_it_comes_close():
    possible = ("scaled normal", "uniform")
    for own, best in ((0.92, "scaled normal"), (0.5, "uniform")):
        scored = {"scaled normal": own, "uniform": 1.0}
        assert recommend(scored, possible, "scaled normal") == best


def test_what_a_layer_cannot_be_told_is_not_recommended():
    scored = {name: float(name == "block identity") for name in INITIALIZATIONS} | {"uniform": 0.5}
    possible = list_deviations(make_layered(2, 1).program)
    assert recommend(scored, possible, "scaled normal") == "uniform"


RECOMMENDED = ("scaled normal", "wide normal", "small normal", "uniform", "zeros")


@pytest.mark.slow
@pytest.mark.parametrize("pad", ["zero", "reference"])
@pytest.mark.parametrize("name", RECOMMENDED)
def test_each_recommendation_can_be_done(name, pad, tmp_path, monkeypatch):
    """The layer is given the argument that the analysis says, and starts as it says."""
    encoder = {"kind": "amplitude", "features": 4, "pad": pad, "project": "orthogonal"}
    ansatz = {"depth": 100, "entangler": {"gate": "cnot", "pattern": "ring"}}
    spec = make_spec(qubits=3, encoder=encoder, ansatz=ansatz)
    chosen = {each: float(each == name) for each in INITIALIZATIONS}
    alike = lambda case, name, *_: make_row(name, case.ensemble, 1.0, 1.0)  # noqa: E731
    for figure, result in (
        ("measure_beginning", alike),
        ("sweep", lambda *_: ()),
        ("score", lambda _: chosen),
    ):
        monkeypatch.setattr(trainability, figure, result)
    subject = Subject(spec, lower_to_logical, Settings(4, 0, 8, (1,), 3))
    found = trainability.compute_initialization(subject)
    assert found["recommended"] == name
    assert (found["argument"] == "") == (name == found["default"])
    options = dict([found["argument"].split("=")]) if found["argument"] else {}
    layer = load(tmp_path, spec)(**{key: float(value) for key, value in options.items()})
    layer.build((None, 8))
    angles = np.asarray(layer.theta)
    wanted = INITIALIZATIONS[name].draw(subject.program, 1, make_rng())[0]
    assert len(angles) == len(wanted) == 300
    for harmonic in (1, 2):  # of one distribution, as far as rotations tell
        seen, expected = (np.exp(1j * harmonic * each).mean() for each in (angles, wanted))
        assert abs(seen - expected) < 0.2
