"""Nothing that was paid for is lost or sent again."""

from __future__ import annotations

import errno
import json
from collections.abc import Sequence
from io import FileIO
from pathlib import Path
from typing import Any

import cirq
import numpy as np
import pytest
from qslc_runtime.sampling import RecordError, SamplerError, record
from qslc_runtime.sampling.record import open_record

from tests.processes import try_python
from tests.sampling.fakes import Fake, create, draw, load

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cls(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return load(tmp_path_factory.mktemp("measured"))


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def measure(cls: Any, sampler: Any, path: Path, tokens: int = 4, **options: Any) -> Any:
    """Measure with an engine of its own, which has closed the record afterwards."""
    x, theta = draw(cls, tokens)
    return create(cls, sampler, record=path, **options).expectations(x, theta)


def kill(*_: Any) -> Any:
    raise KeyboardInterrupt


def test_every_job_is_written_before_and_after(cls: Any, tmp_path: Path) -> None:
    path = tmp_path / "jobs.jsonl"
    measure(cls, Fake(), path, shots=50)
    written = lines(path)
    assert written[0] == {"line": "record", "format": 1}
    kinds = [line["line"] for line in written[1:]]
    assert kinds == 2 * ["sent", *4 * ["result"], "done"]
    sent, result, done = written[1], written[2], written[6]
    assert sent["sampler"] == "Fake"
    assert sent["shots"] == 50
    assert sent["time"].endswith("+00:00")
    assert result["key"] == sent["keys"][0]
    assert result["circuit"] == sent["circuit"]
    assert sum(result["counts"].values()) == result["shots"] == 50
    assert done["seconds"] > 0


def test_equal_angles_are_measured_once(cls: Any, tmp_path: Path) -> None:
    sampler, path = Fake(), tmp_path / "jobs.jsonl"
    engine = create(cls, sampler, record=path)
    x, theta = draw(cls)
    first = engine.expectations(x[[0, 1, 0, 0]], theta)
    assert [size for size, _ in sampler.calls] == [2, 2]
    np.testing.assert_array_equal(first[0], first[2])
    np.testing.assert_array_equal(engine.expectations(x[:2], theta), first[:2])
    engine.expectations(x, theta)
    assert [size for size, _ in sampler.calls] == [2, 2, 2, 2]
    del engine
    again = Fake()
    np.testing.assert_array_equal(measure(cls, again, path)[:2], first[:2])
    assert again.calls == []


@pytest.mark.parametrize("options", [{"shots": 500}, {"seed": 1}])
def test_other_shots_and_another_seed_are_measured_anew(
    cls: Any, tmp_path: Path, options: Any
) -> None:
    sampler = Fake()
    for given in ({}, options):
        measure(cls, sampler, tmp_path / "jobs.jsonl", **given)
    assert len(sampler.calls) == 4


def test_without_reuse_each_time_is_independent_and_resumable(cls: Any, tmp_path: Path) -> None:
    sampler, path = Fake(), tmp_path / "jobs.jsonl"
    x, theta = draw(cls)
    engine = create(cls, sampler, record=path, reuse=False)
    first, second = (engine.expectations(x[[0, 0]], theta) for _ in range(2))
    assert [size for size, _ in sampler.calls] == [2, 2, 2, 2]
    assert len({row.tobytes() for row in (*first, *second)}) == 4
    del engine
    engine = create(cls, sampler, record=path, reuse=False)
    np.testing.assert_array_equal(engine.expectations(x[[0, 0]], theta), first)
    np.testing.assert_array_equal(engine.expectations(x[[0, 0]], theta), second)
    assert len(sampler.calls) == 4


def test_a_killed_program_goes_on_where_it_was(cls: Any, tmp_path: Path) -> None:
    path = tmp_path / "jobs.jsonl"
    first = Fake(lambda results, call: results if call < 3 else kill())
    with pytest.raises(KeyboardInterrupt):
        measure(cls, first, path, job_size=1)
    first._change = lambda results, _: results
    with path.open("ab") as file:
        file.write(b'{"line":"sent","job":4,"sam')  # cut off in the middle of a line
    with pytest.raises(SamplerError, match=r'job 3 of .* 1 x 1000 shots, .*pass "lost": "resend"'):
        measure(cls, first, path, job_size=1)
    assert len(first.calls) == 4
    second = Fake()
    measure(cls, second, path, job_size=1, lost="resend")
    assert len(second.calls) == 5
    assert "lost, and sent again" in path.read_text()


KILLED = """
import os, sys
import qslc_runtime
from tests.sampling.fakes import Fake, create, draw

def change(results, call):
    return results if call < 2 else os.kill(os.getpid(), 9)

cls = qslc_runtime.load(sys.argv[1])
create(cls, Fake(change), record=sys.argv[2], job_size=1).expectations(*draw(cls))
"""


def test_a_process_that_is_killed_loses_one_job_at_most(tmp_path: Path) -> None:
    cls = load(tmp_path / "layer")
    path = tmp_path / "jobs.jsonl"
    assert try_python(KILLED, tmp_path / "layer", path).returncode == -9
    assert [line["line"] for line in lines(path)][-4:] == ["sent", "result", "done", "sent"]
    sampler = Fake()
    measure(cls, sampler, path, job_size=1, lost="resend")
    assert len(sampler.calls) == 8 - 2


def test_a_job_with_other_copies_is_not_fetched(cls: Any, tmp_path: Path) -> None:
    chip, path = Chip(), tmp_path / "jobs.jsonl"
    chip.failures = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        measure(cls, chip, path)
    record = open_record(path)
    for job in record.jobs:
        job.copies = 2
    with pytest.raises(SamplerError, match="its results never came"):
        measure(cls, chip, path)


def test_a_lost_job_of_a_simulator_is_sent_again(cls: Any, tmp_path: Path) -> None:
    path = tmp_path / "jobs.jsonl"
    record = open_record(path)
    measure(cls, "simulator", path)
    sent = record.jobs[0]
    record.counts.clear()
    record.send(sent.sampler, sent.circuit, sent.shots, sent.copies, sent.keys)
    measure(cls, "simulator", path)
    assert not any(job.is_open for job in record.jobs)


class Chip(Fake):
    """A sampler whose jobs have names, and outlive the process that sent them."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs: dict[str, Any] = {}
        self.failures: list[BaseException] = []

    def submit_sweep(self, program: Any, params: Any, repetitions: int) -> str:
        name = f"job-{len(self.jobs)}"
        self.jobs[name] = self.run_sweep(program, params, repetitions)
        return name

    def fetch_sweep(self, job: str, program: Any, params: Any) -> Sequence[cirq.Result]:
        if self.failures:
            raise self.failures.pop(0)
        found: Sequence[cirq.Result] = self.jobs[job]
        return found


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ConnectionError()])
def test_jobs_with_names_are_fetched_and_not_sent_again(
    cls: Any, tmp_path: Path, waits: list[float], error: BaseException
) -> None:
    chip, path = Chip(), tmp_path / "jobs.jsonl"
    chip.failures = [error] * 25
    with pytest.raises((KeyboardInterrupt, SamplerError)):
        measure(cls, chip, path)
    assert len(chip.jobs) == 1
    chip.failures = [ConnectionError()]
    values = measure(cls, chip, path)
    assert len(chip.jobs) == 2
    assert np.isfinite(values).all()
    assert [line["provider_job"] for line in lines(path) if line["line"] == "accepted"] == [
        "job-0",
        "job-1",
    ]


def test_layers_of_one_process_share_a_record(cls: Any, tmp_path: Path) -> None:
    path = tmp_path / "jobs.jsonl"
    engines = [create(cls, Fake(), record=path) for _ in range(2)]
    for engine in engines:
        engine.expectations(*draw(cls))
    assert sum(line["line"] == "sent" for line in lines(path)) == 2
    code = f"from qslc_runtime.sampling.record import open_record; open_record({str(path)!r})"
    assert "is in use by another process" in try_python(code).stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"line":"record","format":2}\n', "line 1 .* damaged .*later version"),
        ('{"line":"record","format":1}\nnonsense\n', "line 2 .* damaged"),
        (
            '{"line":"record","format":1}\n{"line":"done","job":0,"seconds":1}\n',
            "line 2 .* damaged",
        ),
        ('{"line":"record","format":1}\n[]\n', "line 2 .* damaged"),
        ("[" * 100_000 + "\n", "line 1 .* damaged"),
        ('{"line":"result","key":"k","counts":{"0z":1}}\n', "line 1 .* not of bit strings"),
        ("notes of mine", "is no record of jobs"),
    ],
)
def test_a_damaged_record_is_located(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "jobs.jsonl"
    path.write_text(content)
    with pytest.raises(RecordError, match=message):
        open_record(path)
    assert path.read_text() == content


def test_what_is_left_of_a_damaged_record_counts(cls: Any, tmp_path: Path) -> None:
    path, sampler = tmp_path / "jobs.jsonl", Fake()
    measure(cls, sampler, path)
    written = path.read_text().splitlines(keepends=True)
    assert '"line":"sent"' in written[1] and '"line":"done"' in written[6]
    path.write_text("".join([written[0], *written[2:6], *written[7:]]))
    measure(cls, sampler, path)
    assert len(sampler.calls) == 2
    measure(cls, sampler, path, shots=50)
    assert [line["job"] for line in lines(path) if line["line"] == "sent"] == [1, 2, 3]


def test_results_wait_for_room_on_the_disk(
    cls: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, sampler = tmp_path / "jobs.jsonl", Fake()
    engine = create(cls, sampler, record=path, job_size=2)

    def refuse(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "no room")

    write = record._append
    monkeypatch.setattr(record, "_append", lambda *a: (refuse if sampler.calls else write)(*a))
    for _ in range(2):
        with pytest.raises(RecordError, match=r"cannot be written.*nothing further is sent"):
            engine.expectations(*draw(cls))
    assert len(sampler.calls) == 1
    monkeypatch.undo()
    engine.expectations(*draw(cls))
    assert len(sampler.calls) == 4
    kinds = [line["line"] for line in lines(path)[1:]]
    assert kinds == ["sent", *2 * ["result"], *3 * ["sent", "result", "result", "done"]]
    del engine
    measure(cls, sampler, path)
    assert len(sampler.calls) == 4


def test_a_line_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    class Full(FileIO):
        def write(self, data: Any) -> int:
            if self.tell() > 5:
                raise OSError(errno.ENOSPC, "no room")
            return super().write(data[:4])

    with Full(tmp_path / "file", "a+") as file:
        record._append(file, b"1234\n")
        with pytest.raises(OSError, match="no room"):
            record._append(file, b"6789\n")
    assert (tmp_path / "file").read_bytes() == b"1234\n"


def test_a_record_that_cannot_be_opened_or_written(cls: Any, tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="cannot be opened"):
        open_record(tmp_path / "missing" / "jobs.jsonl")
    with pytest.raises(RecordError, match="is not a file"):
        open_record("/dev/zero")
    sampler = Fake()
    engine = create(cls, sampler, record=tmp_path / "jobs.jsonl")
    engine._circuit.measure._record.close()
    with pytest.raises(RecordError, match=r"cannot be written.*nothing further is sent"):
        engine.expectations(*draw(cls))
    assert sampler.calls == []
