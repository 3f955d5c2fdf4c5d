"""Reports, an analysis and studies whose pages are looked at."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Any

from qslc.analysis import analyze_spec, choose_settings
from qslc.pipeline import compile_spec
from qslc.report.compilation.data import make_report, write_report
from qslc.spec import parse
from qslc_study.records import load_found
from qslc_study.results.summary import summarize

ROOT = Path(__file__).parents[2]
README = re.search(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)[1]
STRINGS = tuple(product("XZ", repeat=4))

SPECS: Mapping[str, str] = MappingProxyType(
    {
        "readme": README,
        "wide": """
qslc: 1
name: wide
qubits: 20
encoder: {kind: angle}
ansatz: {depth: 4, rotations: [ry], entangler: {gate: cnot, pattern: ring}}
measure: z
device: weber
""",
        "tiny": """
qslc: 1
name: t
qubits: 1
encoder: {kind: angle}
ansatz: {block: [{ry: {on: all, angle: theta}}]}
measure: z
""",
        "observables": f"""
qslc: 1
name: observables
qubits: 4
encoder: {{kind: amplitude, features: 8, pad: reference}}
ansatz: {{depth: 1, rotations: [ry], entangler: {{gate: cnot, pattern: ring}}}}
measure: [{", ".join("*".join(f"{p}{i}" for i, p in enumerate(s)) for s in STRINGS)}]
""",
        "plain": """
qslc: 1
name: plain
qubits: 3
encoder: {kind: iqp}
ansatz: {depth: 2, rotations: [ry, rz], entangler: {gate: crx, pattern: ring}}
measure: zz
device: line
noise: {depolarizing: {1q: 0.001, 2q: 0.01}, amplitude_damping: 0.001}
optimize: {level: 0}
""",
        "long names": f"""
qslc: 1
name: {"a_name_that_goes_on_" * 3}
qubits: 4
encoder: {{kind: amplitude, features: 16}}
ansatz:
  block:
    - ry: {{on: all, angle: {"weight_of_a_name_"}of_32_letters_}}
    - rzz: {{on: [[0, 3], [1, 2], [0, 2]], angle: 3*another_long_name + pi/7}}
measure: [z, X0*X1*Y2*Z3]
device: {{edges: [[0, 1], [1, 2], [2, 3]], name: {"chip-of-many-words-" * 3}s}}
optimize: {{objective: gates}}
""",
    }
)


@cache
def compile_report(name: str) -> dict[str, Any]:
    """Return the report of a spec, as it is read back from its file."""
    return json.loads(write_report(make_report(compile_spec(parse(SPECS[name])))))


def summarize_study(name: str) -> dict[str, Any]:
    """Return the summary of one of the committed studies."""
    return summarize(load_found(ROOT / "results" / name))


@cache
def analyze(name: str) -> dict[str, Any]:
    """Return the analysis of a spec, from few samples."""
    spec = parse(SPECS[name])
    asked = choose_settings(spec, samples=20, seed=None, width=None, ranks=None, max_qubits=3)
    return json.loads(json.dumps(analyze_spec(spec, asked)))
