"""The adapter for SamplerV2, with a fake of Qiskit."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import cirq
import numpy as np
import pytest
import sympy
from qslc_runtime import engines
from qslc_runtime.sampling.ibm import IbmSampler, write_qiskit
from qslc_runtime.sampling.submission import PendingError

from tests.sampling import fake_qiskit
from tests.sampling.fakes import create, draw, load

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def qiskit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "qiskit", fake_qiskit)  # type: ignore[arg-type]
    monkeypatch.setitem(sys.modules, "qiskit.circuit", fake_qiskit)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("native", "encoder"),
    [
        ("cz", "{kind: angle}"),
        ("ecr", "{kind: none}"),
        ("ecr", "{kind: amplitude, features: 6, preparation: variational}"),
        ("cnot", "{kind: angle}"),
    ],
)
def test_a_layer_runs_on_it(tmp_path: Path, native: str, encoder: str) -> None:
    device = f"{{heavy_hex: 3, gates: [{native}]}}"
    cls = load(tmp_path, encoder, device, measure='[z, "X0*Y1", "Y2"]', depth=2)
    x, theta = draw(cls, 3)
    service = fake_qiskit.SamplerV2()
    one_way = [(a, b) for a in range(19) for b in range(a) if (a + b) % 3]
    one_way += [(b, a) for a in range(19) for b in range(a) if not (a + b) % 3]
    couplers = one_way if native == "ecr" else None
    sampler = IbmSampler(service, 19, couplers=couplers)
    values = create(cls, sampler, shots=4000).expectations(x, theta)
    exact = np.asarray(engines.create("native", cls, {}).expectations(x, theta))
    np.testing.assert_allclose(values, exact, atol=5 / np.sqrt(4000))
    for (pub,) in service.pubs:
        circuit, sets, shots = pub
        assert shots == 4000
        assert circuit.qubits == 19
        assert np.shape(sets) == (len({*map(bytes, x)}), len(circuit.parameters))
        entangling = [tuple(on) for _, _, on in circuit.steps if len(on) == 2]
        assert len(entangling) >= 2
        assert native != "ecr" or {*entangling} <= {*one_way}


def test_a_job_is_fetched_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cls = load(tmp_path / "layer", device="{heavy_hex: 3}")
    x, theta = draw(cls, 3)
    service, path = fake_qiskit.SamplerV2(), tmp_path / "jobs.jsonl"
    sampler = IbmSampler(service, 19)

    def kill(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(sampler, "fetch_sweep", kill)
    with pytest.raises(KeyboardInterrupt):
        create(cls, sampler, record=path).expectations(x, theta)
    assert len(service.jobs) == 1
    other = IbmSampler(service, 19)
    with pytest.raises(ValueError, match="job 'd0' was sent by another process; give IbmSampler"):
        other.fetch_sweep("d0", cirq.Circuit(), None)
    for _ in range(2):
        with pytest.raises(PendingError, match=r"sent by another process.* it is not sent again"):
            create(cls, other, record=path).expectations(x, theta)
    assert len(service.jobs) == 1
    again = IbmSampler(service, 19, service.jobs.__getitem__)
    values = create(cls, again, record=path).expectations(x, theta)
    assert len(service.jobs) == 2
    assert np.isfinite(values).all()


def test_copies_find_room_on_its_couplers(tmp_path: Path) -> None:
    cls = load(tmp_path, device="{heavy_hex: 3}")
    x, theta = draw(cls, 4)
    line = [(i, i + 1) for i in range(18)]
    service = fake_qiskit.SamplerV2()
    sampler = IbmSampler(service, 19, couplers=line)
    values = create(cls, sampler, shots=2000, copies=2).expectations(x, theta)
    exact = np.asarray(engines.create("native", cls, {}).expectations(x, theta))
    np.testing.assert_allclose(values, exact, atol=5 / np.sqrt(2000))
    assert {len(sets) for ((_, sets, _),) in service.pubs} == {2}


def test_wide_registers_are_unpacked() -> None:
    qubits = cirq.LineQubit.range(11)
    flipped = (0, 3, 8, 10)
    circuit = cirq.Circuit(
        cirq.X.on_each(*(qubits[i] for i in flipped)), cirq.measure(qubits, key="m")
    )
    result = IbmSampler(fake_qiskit.SamplerV2(), 11).run(circuit, repetitions=3)
    expected = [int(i in flipped) for i in range(11)]
    np.testing.assert_array_equal(result.measurements["m"], [expected] * 3)


@pytest.mark.parametrize(
    "gate",
    [
        cirq.H,
        cirq.S,
        cirq.T,
        cirq.Y,
        cirq.PhasedXZGate(x_exponent=0.3, z_exponent=-0.7, axis_phase_exponent=0.4),
        cirq.rx(0.7),
        cirq.ry(-2.1),
    ],
    ids=str,
)
def test_gates_on_one_qubit(gate: cirq.Gate) -> None:
    written, names = write_qiskit(cirq.Circuit(gate(cirq.LineQubit(0))), 1)
    assert names == ()
    cirq.testing.assert_allclose_up_to_global_phase(
        cirq.unitary(written.bind([])), cirq.unitary(gate), atol=1e-6
    )


@pytest.mark.parametrize(
    ("circuit", "message"),
    [
        (cirq.Circuit(cirq.ISWAP(*cirq.LineQubit.range(2))), "cannot be written for an IBM chip"),
        (cirq.Circuit(cirq.H(cirq.GridQubit(0, 1))), r"q\(0, 1\) is no qubit of an IBM chip"),
        (cirq.Circuit(cirq.H(cirq.LineQubit(2))), r"q\(2\) is no qubit of an IBM chip with 2"),
    ],
)
def test_what_the_chip_does_not_have_is_refused(circuit: cirq.Circuit, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        write_qiskit(circuit, 2)


def test_a_job_with_other_parameters_is_refused() -> None:
    service = fake_qiskit.SamplerV2()
    sampler = IbmSampler(service, 1)
    circuit = cirq.Circuit(cirq.rx(sympy.Symbol("a"))(cirq.LineQubit(0)))
    circuit.append(cirq.measure(cirq.LineQubit(0), key="m"))
    job = sampler.submit_sweep(circuit, [{"a": 0.1}, {"a": 0.2}], 5)
    with pytest.raises(ValueError, match="job 'd0' does not hold 3 sets of parameters"):
        sampler.fetch_sweep(job, circuit, [{"a": 0.1}] * 3)
