"""``qslc study``: from a study's file to its reports."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from qslc_study.data import load_parts
from qslc_study.execute import Machine, execute
from qslc_study.materials import base_material, compile_sublayers, data_material
from qslc_study.plan import Plan, Run
from qslc_study.progress import Display
from qslc_study.spec import load
from qslc_study.store import Store
from qslc_study.tuning import chosen_rates


def study(path: Path, output: Path | None, processes: int, console: Console) -> Path:
    """Does what is left of a study and writes its reports.

    Args:
        output: the folder; ``build/NAME`` if none is given.
        processes: runs at a time; the cores are shared between them.

    Returns:
        The page with the results.

    Raises:
        InputError: the study or its data is wrong, or a run cannot be done.
    """
    source = load(path)
    folder = output or Path("build") / source.study.name
    parts = load_parts(source)
    machine = Machine(processes, max(1, (os.cpu_count() or 1) // processes))
    with Display(console) as display:
        console.print("compiling sublayers") if source.sublayers else None
        layers = compile_sublayers(source, folder / "layers")
        base = base_material(source, folder / "base", machine.threads, display.messages("base", 1))
        data = data_material(source, parts, folder / "data")

        def places(run: Run) -> Mapping[str, Any]:
            return {"base": base.place, "data": data.place, "layer": layers.get(run.arm, "")}

        plan, store = Plan(source, base.digest, data.digest), Store(folder / "runs")
        tuning = plan.tuning()
        display.stage("tuning", len(tuning))
        tried = execute(tuning, places, store, machine, display)
        final = plan.final(chosen_rates(source.study, tuning, tried))
        display.stage("runs", len(final))
        execute(final, places, store, machine, display)
    return folder
