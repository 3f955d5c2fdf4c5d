"""The command line: argv to pipeline to disk.

Exit status: 0 done, 1 the input is wrong, 2 wrong usage, 3 a fault of the compiler.
Commands import what they need when they run, so that help and checks start at once.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
import typer.core
from rich.console import Console
from rich.table import Table

from qslc import __version__
from qslc.diagnostics import CompilerFaultError, InputError, escape, escape_json
from qslc.options import (
    AsJson,
    Folder,
    Inputs,
    MaxQubits,
    Output,
    Ranks,
    Samples,
    Seed,
    SpecPath,
    Width,
)
from qslc.signals import exit_on_signals

_UsageError: type[Exception] = typer.BadParameter.__mro__[1]
"""What typer raises for wrong usage; it has no public name."""


class _Commands(typer.core.TyperGroup):
    """Commands whose usage errors repeat nothing that a terminal would act on."""

    def make_context(self, *args: Any, **options: Any) -> Any:
        with _printable_usage():
            return super().make_context(*args, **options)

    def invoke(self, *args: Any, **options: Any) -> Any:
        with _printable_usage():
            return super().invoke(*args, **options)


@contextmanager
def _printable_usage() -> Iterator[None]:
    try:
        yield
    except _UsageError as error:
        error.message = escape(error.message)  # type: ignore[attr-defined]
        raise


app = typer.Typer(
    name="qslc",
    cls=_Commands,
    epilog="Start with: qslc check ansatz.yaml, then: qslc compile ansatz.yaml -o build/my_layer",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> NoReturn:
    """The ``qslc`` command."""
    try:
        with exit_on_signals():
            app()
    except InputError as error:
        _fail(str(error), 1)
    except CompilerFaultError as error:
        _fail(
            f"qslc: {escape(error)}\n"
            "Nothing was written. This is a fault of qslc: please report it.",
            3,
        )
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except Exception as error:
        if "QSLC_TRACEBACK" in os.environ:
            raise
        _fail(
            f"qslc: internal error: {type(error).__name__}: {escape(error)}\n"
            "Nothing was written. Please report it with the output of QSLC_TRACEBACK=1 qslc ...",
            3,
        )
    sys.exit(0)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"qslc {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", help="print the version", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Compile quantum sublayers.

    A YAML spec becomes Cirq circuits that fit a device, a Keras layer and a circuit-depth report.
    """


@app.command("compile")
def compile_command(
    spec: SpecPath,
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """Compile a spec: circuits, OpenQASM, the Keras layer, the depth report.

    The compiled circuit is checked against the spec before anything is written.
    """
    from qslc.spec import load

    source = load(spec)
    folder = output or Path("build") / source.spec.name
    with Console(stderr=True).status(f"compiling {source.spec.name}"):
        from qslc.pipeline import compile_to

        report = compile_to(source.spec, folder)
    if as_json:
        _print_json(report)
    else:
        _print_summary(report, folder)


@app.command()
def analyze(
    spec: SpecPath,
    output: Output = None,
    samples: Samples = 2000,
    seed: Seed = None,
    width: Width = None,
    rank: Ranks = None,
    max_qubits: MaxQubits = 8,
    inputs: Inputs = None,
    as_json: AsJson = False,
) -> None:
    """Analyze a spec: expressibility, gradients, dead weights, initial angles, cost.

    Writes analysis.json and analysis.html.
    """
    from qslc.spec import load

    source = load(spec)
    folder = output or Path("build") / source.spec.name
    console = Console(stderr=True)
    with console.status(f"analyzing {source.spec.name}") as status:
        from qslc.analysis import analyze_to, choose_settings

        asked = choose_settings(source.spec, samples, seed, width, rank, max_qubits)
        found = analyze_to(
            source.spec, folder, asked, inputs, lambda name: status.update(f"analyzing: {name}")
        )
    if as_json:
        _print_json(found)
        return
    from qslc.report.analysis.page import print_analysis

    Console().print(*print_analysis(found), sep="\n")
    typer.echo(escape(f"page: {folder / 'analysis.html'}"))


@app.command()
def check(
    specs: Annotated[
        list[Path],
        typer.Argument(metavar="SPEC...", readable=False, help="YAML files, specs or studies"),
    ],
    as_json: AsJson = False,
) -> None:
    """Check specs and studies without compiling or training; report every error of each file."""
    results = [_checked(path) for path in specs]
    if as_json:
        _print_json([result for result, _ in results])
    else:
        for result, text in results:
            typer.echo(text, err=not result["ok"])
    if not all(result["ok"] for result, _ in results):
        raise typer.Exit(1)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a spec, for completion in editors."""
    from qslc.spec import schema as spec_schema

    _print_json(spec_schema())


@app.command()
def devices(as_json: AsJson = False) -> None:
    """List the devices that a spec can name."""
    from dataclasses import asdict

    from qslc.spec.devices import list_devices

    entries = [asdict(entry) for entry in list_devices()]
    if as_json:
        _print_json(entries)
        return
    table = Table("device:", "qubits", "couplers", "native", "calibrated", "", box=None)
    for entry in entries:
        table.add_row(
            entry["spelling"],
            str(entry["qubits"] or "any"),
            str(entry["couplers"] or "any"),
            " ".join(entry["gates"]),
            "yes" if entry["calibrated"] else "",
            entry["about"],
            style=None,
        )
    Console().print(table, markup=False)


@app.command()
def report(folder: Folder, as_json: AsJson = False) -> None:
    """Render report.md and report.html again from a folder's report.json."""
    if as_json:
        from qslc.artifact import read_report

        data, _ = read_report(folder)
        _print_json(data)
        return
    from qslc.rendering import render_again

    render_again(folder)
    typer.echo(escape(folder / "report.html"))


@app.command()
def study(
    spec: Annotated[
        Path, typer.Argument(metavar="STUDY", readable=False, help="the study, a YAML file")
    ],
    output: Output = None,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", metavar="DIR", help="where the model and data files are; beside STUDY"
        ),
    ] = None,
    processes: Annotated[
        int, typer.Option("--processes", min=1, help="runs at a time; they share the cores")
    ] = 1,
    as_json: AsJson = False,
) -> None:
    """Compare fine-tuning methods: train them on your data, over seeds, and report.

    Finished runs are kept: the same command goes on where it was stopped.
    """
    from qslc_study.command import study as run_study

    page = run_study(spec, output, data, processes, Console(stderr=True))
    if as_json:
        typer.echo(escape_json(page.with_name("study.json").read_text(encoding="utf-8")))
    else:
        typer.echo(escape(page))


def _checked(path: Path) -> tuple[dict[str, Any], str]:
    from dataclasses import asdict

    try:
        text = escape(f"{path}: ok: {_summary(path)}")
    except InputError as error:
        diagnostics = [asdict(diagnostic) for diagnostic in error.diagnostics]
        return {"file": str(path), "ok": False, "diagnostics": diagnostics}, str(error)
    return {"file": str(path), "ok": True, "diagnostics": []}, text


def _summary(path: Path) -> str:
    """What a right spec, or a right study, is about."""
    from qslc.spec import load
    from qslc.spec.source import StudyError
    from qslc.spec.wording import pluralize

    try:
        spec = load(path).spec
    except StudyError:
        from qslc_study.spec import load as load_study

        study = load_study(path).study
        methods, seeds = (
            pluralize(len(study.methods), "method"),
            pluralize(len(study.seeds), "seed"),
        )
        return f"{study.name}, a study of {methods} over {seeds}"
    return f"{spec.name}, {spec.qubits} qubits, {spec.encoder.name} encoder"


def _print_summary(report: dict[str, Any], folder: Path) -> None:
    from qslc.report.compilation.terminal import summary

    evidence, console = report["verification"], Console()
    console.print(*summary(report), sep="\n")
    console.print(
        f"verified: {evidence['verdict']} at {evidence['points']} points ({evidence['method']}), "
        f"largest deviation {evidence['max_deviation']:.1e}"
    )
    for title, name in (("layer: ", "layer.py"), ("report:", "report.html")):
        text = escape(f"{title} {folder / name}")
        console.print(text, markup=False, soft_wrap=True)


def _print_json(value: Any) -> None:
    typer.echo(escape_json(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)))


def _fail(message: str, status: int) -> NoReturn:
    print(message, file=sys.stderr)  # noqa: T201
    sys.exit(status)


if __name__ == "__main__":
    main()
