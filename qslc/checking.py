"""Check files, each a spec or a study, and say what is in them or what is wrong."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from qslc.diagnostics import InputError, escape
from qslc.spec import load
from qslc.spec.source import StudyError
from qslc.spec.wording import pluralize


def check_file(path: Path) -> tuple[dict[str, Any], str]:
    """Check a file; return the findings as JSON, and in words."""
    found: dict[str, Any] = {"file": str(path), "ok": True, "diagnostics": []}
    try:
        return found, escape(f"{path}: ok: {_describe(path)}")
    except InputError as error:
        diagnostics = [asdict(diagnostic) for diagnostic in error.diagnostics]
        return found | {"ok": False, "diagnostics": diagnostics}, str(error)


def _describe(path: Path) -> str:
    """Say what a right spec, or a right study, is about."""
    try:
        spec = load(path).spec
    except StudyError:
        from qslc_study.spec import load as load_study

        study = load_study(path).study
        methods, seeds = len(study.methods), len(study.seeds)
        arms = f"{pluralize(methods, 'method')} over {pluralize(seeds, 'seed')}"
        return f"{study.name}, a study of {arms}"
    return f"{spec.name}, {spec.qubits} qubits, {spec.encoder.name} encoder"
