"""Samplers that fail, drop, reorder, and return something else than was asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cirq
import numpy as np
import pytest
import qslc_runtime
from qslc_runtime.sampling import SamplerError
from qslc_runtime.sampling.submission import is_curable

from tests.sampling.fakes import Fake, create, draw, edit, load

pytestmark = pytest.mark.slow

SETTINGS = 2


class StatusError(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.code = status


@pytest.fixture(scope="module")
def cls(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return load(tmp_path_factory.mktemp("measured"))


@pytest.fixture(scope="module")
def expected(cls: Any) -> Any:
    return np.asarray(qslc_runtime.engines.create("native", cls, {}).expectations(*draw(cls)))


def fail_first(error: Exception, times: int = 2) -> Any:
    def change(results: Any, call: int) -> Any:
        if call < times:
            raise error
        return results

    return change


def check(values: Any, expected: Any, shots: int) -> None:
    np.testing.assert_allclose(values, expected, atol=5 / np.sqrt(shots))


@pytest.mark.parametrize("error", [ConnectionError("gone"), TimeoutError(), StatusError(503)])
def test_what_a_new_try_cures_is_tried_again(
    cls: Any, expected: Any, waits: list[float], error: Exception
) -> None:
    sampler = Fake(fail_first(error))
    check(create(cls, sampler, lost="resend").expectations(*draw(cls)), expected, 1000)
    assert waits == [1, 2]
    assert len(sampler.calls) == 2 + SETTINGS


@pytest.mark.parametrize("error", [ConnectionError("gone"), TimeoutError(), StatusError(504)])
def test_a_job_that_may_have_run_is_not_sent_again(
    cls: Any, waits: list[float], error: Exception
) -> None:
    sampler = Fake(fail_first(error, 1))
    engine = create(cls, sampler)
    for _ in range(2):
        with pytest.raises(SamplerError, match=r'its results never came.* pass "lost": "resend"'):
            engine.expectations(*draw(cls))
    assert waits == []
    assert len(sampler.calls) == 1


@pytest.mark.parametrize("error", [ConnectionRefusedError(), StatusError(429), StatusError(503)])
def test_a_job_that_was_not_taken_is_sent_again(
    cls: Any, waits: list[float], error: Exception
) -> None:
    sampler = Fake(fail_first(error))
    create(cls, sampler).expectations(*draw(cls))
    assert waits == [1, 2]


@pytest.mark.parametrize("error", [ValueError("no such gate"), StatusError(403)])
def test_what_a_new_try_does_not_cure_is_raised(
    cls: Any, waits: list[float], error: Exception
) -> None:
    sampler = Fake(fail_first(error))
    with pytest.raises(
        SamplerError, match=f"'Fake' refused a job: {type(error).__name__}: {error}"
    ):
        create(cls, sampler).expectations(*draw(cls))
    assert waits == []
    assert len(sampler.calls) == 1


def test_tries_end(cls: Any, waits: list[float]) -> None:
    sampler = Fake(fail_first(TimeoutError("late"), 99))
    with pytest.raises(SamplerError, match="refused a job 3 times: TimeoutError: late"):
        create(cls, sampler, attempts=3, lost="resend").expectations(*draw(cls))
    assert waits == [1, 2]
    assert len(sampler.calls) == 3


def test_the_cause_of_an_error_counts() -> None:
    outer = RuntimeError("job failed")
    assert not is_curable(outer)
    outer.__cause__ = StatusError(429)
    assert is_curable(outer)


def test_results_in_another_order_find_their_tokens(cls: Any, expected: Any) -> None:
    sampler = Fake(lambda results, _: results[::-1])
    check(create(cls, sampler).expectations(*draw(cls)), expected, 1000)


def test_results_that_are_missing_are_asked_for_again(
    cls: Any, expected: Any, waits: list[float]
) -> None:
    sampler = Fake(lambda results, call: results[1::2] if call == 0 else results)
    check(create(cls, sampler).expectations(*draw(cls)), expected, 1000)
    assert [size for size, _ in sampler.calls] == [4, 2, 4]
    assert waits == [1]


def test_results_that_never_come_are_an_error_that_keeps_the_others(
    cls: Any, expected: Any, waits: list[float]
) -> None:
    sampler = Fake(lambda results, call: results[:3] if call == 0 else [])
    engine = create(cls, sampler, attempts=2)
    with pytest.raises(SamplerError, match="returned 3 of 4 results in 2 tries; those are kept"):
        engine.expectations(*draw(cls))
    sampler._change = lambda results, _: results
    check(engine.expectations(*draw(cls)), expected, 1000)
    assert [size for size, _ in sampler.calls] == [4, 1, 1, 4]


def test_a_sampler_that_does_not_say_its_parameters_keeps_cirqs_order(
    cls: Any, expected: Any
) -> None:
    def forget(results: Any, _: int) -> Any:
        return [cirq.ResultDict(params=None, measurements=r.measurements) for r in results]

    check(create(cls, Fake(forget)).expectations(*draw(cls)), expected, 1000)
    with pytest.raises(SamplerError, match="angles that it was not asked for"):
        create(cls, Fake(lambda r, i: forget(r, i)[1:])).expectations(*draw(cls))


def test_angles_rounded_to_float32_are_the_same(cls: Any, expected: Any) -> None:
    def round_angles(results: Any, _: int) -> Any:
        return [
            cirq.ResultDict(
                params={k: float(np.float32(v)) for k, v in r.params.param_dict.items()},
                measurements=r.measurements,
            )
            for r in reversed(results)
        ]

    check(create(cls, Fake(round_angles)).expectations(*draw(cls)), expected, 1000)


def test_fewer_shots_are_used_and_said(cls: Any, expected: Any, tmp_path: Path) -> None:
    def shorten(results: Any, _: int) -> Any:
        return [edit(result, result.measurements["bits"][:400]) for result in results]

    engine = create(cls, Fake(shorten), record=tmp_path / "jobs.jsonl")
    with pytest.warns(UserWarning, match="returned 400 shots where 1000 were asked"):
        values = engine.expectations(*draw(cls))
    check(values, expected, 400)
    assert '"shots":400' in (tmp_path / "jobs.jsonl").read_text()


BAD_RESULTS: dict[str, tuple[Any, str]] = {
    "other qubits": (
        lambda r: edit(r, r.measurements["bits"][:, :2]),
        "measurement 'bits' of 3 qubits and returned 2 qubits",
    ),
    "another key": (lambda r: edit(r, key="m"), "returned no such bits"),
    "no shots": (lambda r: edit(r, r.measurements["bits"][:0]), "returned no shots"),
    "no bits": (lambda r: edit(r, r.measurements["bits"] + 2), "bits other than 0 and 1"),
}


@pytest.mark.parametrize("kind", BAD_RESULTS)
def test_other_qubits_and_broken_bits_are_errors(cls: Any, waits: list[float], kind: str) -> None:
    change, message = BAD_RESULTS[kind]
    sampler = Fake(lambda results, _: [change(result) for result in results])
    engine = create(cls, sampler)
    for _ in range(2):  # not "lost": what came is known
        with pytest.raises(SamplerError, match=message):
            engine.expectations(*draw(cls))
    assert waits == []


def test_jobs_have_a_largest_size(cls: Any, expected: Any) -> None:
    sampler = Fake()
    check(create(cls, sampler, job_size=3).expectations(*draw(cls)), expected, 1000)
    assert [size for size, _ in sampler.calls] == [3, 1, 3, 1]
