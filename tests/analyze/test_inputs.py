"""The user's own features."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

import qslc
from qslc.analyze.inputs import read_inputs
from qslc.analyze.subject import Settings, Subject
from qslc.diagnostics import InputError
from qslc.lower.logical import lower_to_logical
from qslc.spec.model import Spec

SETTINGS = Settings(samples=10, seed=0, width=8, ranks=(1,), max_qubits=4)


@pytest.fixture
def spec() -> Spec:
    return qslc.sublayer("own", qubits=2).amplitude(features=3, pad="bias").layers(depth=1).spec()


def save(tmp_path: Path, values: object) -> Path:
    np.save(tmp_path / "inputs.npy", values)
    return tmp_path / "inputs.npy"


def test_each_start_is_one_of_the_rows(tmp_path: Path, spec: Spec) -> None:
    rows = np.array([[3.0, 0, 0], [0, 4, 0]], dtype=np.float32)
    inputs = read_inputs(save(tmp_path, rows), spec)
    own = Subject(spec, lower_to_logical, SETTINGS, inputs).own
    starts = own.draw_points(np.zeros((20, 2)), np.random.default_rng(0)).start
    scaled = starts / starts[3]
    assert set(map(tuple, scaled.T.round(6))) == {(3, 0, 0, 1), (0, 4, 0, 1)}


def test_cases_are_the_reference_random_and_given(spec: Spec) -> None:
    inputs = np.ones((4, 3))
    subject = Subject(spec, lower_to_logical, SETTINGS, inputs)
    assert [case.ensemble for case in subject.cases] == ["zero", "features", "given"]
    other = qslc.sublayer("own", qubits=3).amplitude(features=8).layers(depth=1).spec()
    assert [case.ensemble for case in subject.replace_spec(other).cases] == ["zero", "features"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.ones((4, 5)), r"expected the shape \(N, 3\), got \(4, 5\)"),
        (np.ones(3), r"expected the shape"),
        (np.ones((0, 3)), r"expected the shape"),
        (np.array([[1, 2, np.nan]]), "NaN"),
        (np.array([[1, 2, 3], [0, 0, 0]]), "only zeros"),
        (np.array([[1, 2, 3], [1e-200, 0, 0]]), "only zeros"),
        (np.array([[1, 2, 3], [1e200, 0, 0]]), "infinity"),
        (np.array([["a", "b", "c"]]), "real numbers"),
    ],
)
def test_what_the_encoder_does_not_take(
    tmp_path: Path, spec: Spec, values: np.ndarray, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read_inputs(save(tmp_path, values), spec)


def write_header(shape: str) -> bytes:
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00v\x00" + header.encode()


DAMAGED = [
    write_header(each) for each in ("(10**12, 3)", f"({10**12}, 3)", f"({10**30}, 3)", "((3")
]


@pytest.mark.parametrize("content", [b"1 2 3", b"PK\x03\x04", *DAMAGED])
def test_files_that_are_not_of_numpy(tmp_path: Path, spec: Spec, content: bytes) -> None:
    (tmp_path / "inputs.npy").write_bytes(content)
    with pytest.raises(InputError, match="of numbers"):
        read_inputs(tmp_path / "inputs.npy", spec)


def test_a_file_that_is_not_there(tmp_path: Path, spec: Spec) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_inputs(tmp_path / "none.npy", spec)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path, spec: Spec) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="is not a file"):
        read_inputs(tmp_path / "pipe", spec)


def test_a_spec_that_takes_no_input(tmp_path: Path) -> None:
    alone = qslc.sublayer("alone", qubits=2).no_encoder().layers(depth=1).spec()
    with pytest.raises(InputError, match="no encoder"):
        read_inputs(save(tmp_path, np.ones((1, 2))), alone)
