"""Keep the records of a study in one compressed file, from which its pages are made.

``records.jsonl.xz`` has a JSON object to a line. The first holds what is in no record: the study,
which runs tuned it and which are compared, their scores, a few samples. The others are the records
of runs and of scores, as they were kept while the study was at work, in the order of their keys.
The same study gives the same bytes.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from qslc.diagnostics import Diagnostic, InputError
from qslc.output import write_file
from qslc_study.plan import Run
from qslc_study.results.summary import Found
from qslc_study.spec.model import make_study_model
from qslc_study.store import Store

RECORDS = "records.jsonl.xz"
PRESET = 6
"""Of xz. A higher one takes more memory, and saves nothing at a few megabytes."""


@dataclass(frozen=True, repr=False)
class Records:
    """Contents of the file: the study, and the records of runs and of scores by their keys."""

    study: Mapping[str, Any]
    runs: Mapping[str, Any]
    scores: Mapping[str, Any]

    def __repr__(self) -> str:
        name = self.study.get("study", {}).get("name", "no study")
        return f"<records of {name}: {len(self.runs)} runs, {len(self.scores)} scores>"


def write_records(folder: Path, found: Found) -> None:
    """Write the file of a finished study, with all records in its folder and in an earlier file.

    Raises:
        InputError: The file cannot be written, or the earlier one cannot be read.
    """
    known = read_records(folder)
    runs = {**known.runs, **Store(folder / "runs").read_all(), **found.records}
    scores = {**known.scores, **Store(folder / "scores").read_all()}
    lines: list[dict[str, Any]] = [
        {"study": _describe_found(found)},
        *({"run": key, "record": record} for key, record in sorted(runs.items())),
        *({"score": key, "record": record} for key, record in sorted(scores.items())),
    ]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    write_file(folder / RECORDS, lzma.compress(text.encode(), preset=PRESET))


def read_records(folder: Path) -> Records:
    """Read the file in a folder; where there is none, there are no records.

    Raises:
        InputError: It cannot be read, or is no file of records.
    """
    path = folder / RECORDS
    try:
        text = lzma.decompress(path.read_bytes()).decode()
        first, *lines = map(json.loads, text.removesuffix("\n").split("\n"))
        runs = {line["run"]: line["record"] for line in lines if "run" in line}
        scores = {line["score"]: line["record"] for line in lines if "score" in line}
        return Records(first["study"], runs, scores)
    except FileNotFoundError:
        return Records({}, {}, {})
    except OSError as error:
        raise InputError(Diagnostic(f"cannot read {path}: {error.strerror or error}")) from None
    except (lzma.LZMAError, ValueError, LookupError, TypeError, EOFError):
        raise _make_error(path) from None


def load_found(folder: Path) -> Found:
    """Return what a finished study found, from its records.

    Raises:
        InputError: There are no records, they are damaged, or one is not what its key says.
    """
    path, records = folder / RECORDS, read_records(folder)
    if not records.study:
        raise InputError(Diagnostic(f"{path} does not exist", help="a finished study has it"))
    known = {key: value for key, value in records.study.items() if key != "qslc"}
    try:
        runs = {name: _find_runs(known[name], records.runs, path) for name in ("tuning", "final")}
        study = make_study_model().model_validate(known["study"])
        return Found(**{**known, **runs, "study": study, "records": records.runs})
    except (LookupError, TypeError, ValidationError):
        raise _make_error(path) from None


def _find_runs(
    named: Sequence[Mapping[str, str]], records: Mapping[str, Any], path: Path
) -> list[Run]:
    runs = []
    for each in named:
        run = Run(each["arm"], records[each["record"]]["identity"])
        if run.key != each["record"]:
            message = f"{path}: the record {each['record']} is that of another run"
            raise InputError(Diagnostic(message))
        runs.append(run)
    return runs


def _make_error(path: Path) -> InputError:
    return InputError(Diagnostic(f"{path} holds no records of a study, or is damaged"))


def _describe_found(found: Found) -> dict[str, Any]:
    """Return what is in no record, as plain JSON."""
    return {
        "qslc": 1,
        **{key: value for key, value in vars(found).items() if key != "records"},
        "study": found.study.model_dump(mode="json"),
        "tuning": [{"arm": run.arm, "record": run.key} for run in found.tuning],
        "final": [{"arm": run.arm, "record": run.key} for run in found.final],
    }
