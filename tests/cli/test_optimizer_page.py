"""docs/optimizer.md says what the compiler does today."""

from __future__ import annotations

import os
import re
from pathlib import Path

from qslc.lower.physical import EFFORTS, LAYOUTS
from qslc.pipeline import build_artifact, compile_spec
from qslc.report.compilation.views import render_markdown
from qslc.spec import load

PAGE = Path(__file__).parents[2] / "docs" / "optimizer.md"
WAYS = re.compile(r"(<!-- ways -->\n).*?(<!-- /ways -->)", re.DOTALL)


def test_the_golden_example_is_what_the_report_says(tmp_path):
    page = PAGE.read_text(encoding="utf-8")
    spec = tmp_path / "ring.yaml"
    spec.write_text(re.search(r"```yaml\n(.*?)```", page, re.DOTALL)[1], encoding="utf-8")
    report = render_markdown(build_artifact(compile_spec(load(spec).spec))[0])
    ways = report.split("## Ways to the device\n")[1].split("\n## ")[0].strip()
    fresh = WAYS.sub(lambda match: f"{match[1]}\n{ways}\n\n{match[2]}", page)
    if "QSLC_UPDATE_GOLDEN" in os.environ:
        PAGE.write_text(fresh, encoding="utf-8")
        page = fresh
    assert page == fresh


def test_the_levels_are_those_of_the_code():
    row = re.compile(r"^\| ([0-3]) \|.*\| (\d+)[^|]* \| (none|[\d,]+ words) \|$", re.MULTILINE)
    rows = row.findall(PAGE.read_text(encoding="utf-8"))
    efforts = [f"{effort:,} words" if effort else "none" for effort in EFFORTS]
    assert rows == [(str(k), str(LAYOUTS[k]), efforts[k]) for k in range(4)]
