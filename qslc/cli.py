"""The commands of ``qslc``.

They import what they need when they run, so that help and checks start at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from qslc import __version__
from qslc import options as given
from qslc.device_command import device
from qslc.diagnostics import escape, escape_json
from qslc.terminal import Commands, Talk, print_json, run_commands

app = typer.Typer(
    name="qslc",
    cls=Commands,
    epilog="Start with: qslc init ansatz.yaml, then: qslc compile ansatz.yaml -o build/my_layer",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


def main() -> NoReturn:
    """Run the ``qslc`` command."""
    run_commands(app)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"qslc {__version__}")
        raise typer.Exit


@app.callback()
def options(
    ctx: typer.Context,
    verbose: given.Verbose = False,
    quiet: given.Quiet = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", callback=_show_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Compile quantum circuits into layers that fine-tune transformers.

    A spec, a YAML file, says what the circuit is. It becomes a Keras layer for a model's attention,
    Cirq and OpenQASM circuits that fit a quantum device, and a report on their depth.
    """
    del version
    ctx.obj = Talk(quiet, verbose)


def _choose_talk(ctx: typer.Context, verbose: bool, quiet: bool) -> Talk:
    """Return how much is said: -v and -q may stand before the command and behind it."""
    talk = Talk(quiet or ctx.obj.quiet, verbose or ctx.obj.verbose)
    if talk.quiet and talk.verbose:
        raise typer.BadParameter("-v and -q exclude each other")
    return talk


@app.command(epilog="Example: qslc init ansatz.yaml")
def init(ctx: typer.Context, file: given.NewSpec = Path("ansatz.yaml")) -> None:
    """Write a spec to start from, with a comment for every key.

    Beside it stands qslc.schema.json, by which editors complete and check it.
    """
    from qslc.starting import write_spec

    spec, place = write_spec(file)
    ctx.obj.say(f"{spec}: edit it, then: qslc check {spec}")
    ctx.obj.say(f"{place}: by which editors complete it")


@app.command("compile", epilog="Example: qslc compile ansatz.yaml -o build/my_layer")
def compile_command(
    ctx: typer.Context,
    spec: given.SpecPath,
    output: given.Output = None,
    as_json: given.AsJson = False,
    verbose: given.Verbose = False,
    quiet: given.Quiet = False,
) -> None:
    """Compile a spec to a Keras layer, to circuits for its device and to a report.

    Writes layer.py, the circuits as Cirq JSON and OpenQASM, and the report as HTML, Markdown and
    JSON. The compiled circuit is checked against the spec before anything is written.
    """
    from qslc.spec import load

    talk, source = _choose_talk(ctx, verbose, quiet), load(spec)
    parsed = source.spec
    folder = output or Path("build") / parsed.name
    from qslc.pipeline import STEPS, compile_to

    with source.locate_errors(), talk.follow(f"compiling {parsed.name}", STEPS) as progress:
        report = compile_to(parsed, folder, progress)
    if as_json:
        print_json(report)
        return
    from qslc.report.compilation.views import print_report

    talk.show(*print_report(report))
    talk.say(f"layer:  {folder / 'layer.py'}")
    talk.say(f"report: {folder / 'report.html'}")


@app.command(epilog="Example: qslc analyze ansatz.yaml --inputs hidden_states.npy --rank 4")
def analyze(
    ctx: typer.Context,
    spec: given.SpecPath,
    output: given.Output = None,
    samples: given.Samples = 2000,
    seed: given.Seed = None,
    width: given.Width = None,
    rank: given.Ranks = None,
    max_qubits: given.MaxQubits = 8,
    inputs: given.Inputs = None,
    as_json: given.AsJson = False,
    verbose: given.Verbose = False,
    quiet: given.Quiet = False,
) -> None:
    """Analyze how well the circuit of a spec can learn, and what it costs.

    Writes analysis.html and analysis.json: expressibility, entanglement, gradients, dead weights,
    initial angles, and the cost beside LoRA, each with a verdict.
    """
    from qslc.spec import load

    talk, source = _choose_talk(ctx, verbose, quiet), load(spec)
    parsed = source.spec
    folder = output or Path("build") / parsed.name
    from qslc.analysis import analyze_to, choose_settings, count_steps

    settings = choose_settings(parsed, samples, seed, width, rank, max_qubits)
    title, steps = f"analyzing {parsed.name}", count_steps(parsed)
    with source.locate_errors(), talk.follow(title, steps) as progress:
        found = analyze_to(parsed, folder, settings, inputs, progress)
    if as_json:
        print_json(found)
        return
    from qslc.report.analysis.page import print_analysis

    talk.show(*print_analysis(found))
    talk.say(f"page: {folder / 'analysis.html'}")


@app.command("compare", epilog="Example: qslc compare ansatz.yaml --python ~/qiskit/bin/python")
def compare_command(
    spec: given.SpecPath, python: given.Python = None, as_json: given.AsJson = False
) -> None:
    """Compare the compile of a spec with what Qiskit makes of it, by what the chip returns.

    Predicts signal and error of the readouts of both and of the plain compile, and the shots that
    they take for the same precision. Writes no files. Needs Qiskit, here or in another Python.
    """
    from qslc.peers.command import compare_file, print_comparison

    found = compare_file(spec, python)
    if as_json:
        print_json(found)
        return
    Console().print(*print_comparison(found), sep="\n")


@app.command(epilog="Example: qslc check ansatz.yaml study.yaml")
def check(
    ctx: typer.Context,
    specs: given.SpecPaths,
    as_json: given.AsJson = False,
    quiet: given.Quiet = False,
) -> None:
    """Check specs and studies without compiling or training anything.

    Every error of each file is reported with its line. Exit status 1 if there are any.
    """
    from qslc.checking import check_file

    quiet, results = quiet or ctx.obj.quiet, [check_file(path) for path in specs]
    if as_json:
        print_json([result for result, _ in results])
    else:
        for result, text in results:
            if not (quiet and result["ok"]):
                typer.echo(text, err=not result["ok"])
    if not all(result["ok"] for result, _ in results):
        raise typer.Exit(1)


@app.command(epilog="Example: qslc schema > qslc.schema.json")
def schema(of_study: given.OfStudy = False) -> None:
    """Print the JSON Schema of a spec, or of a study, by which editors complete and check YAML."""
    if of_study:
        from qslc_study.spec import schema as make_study_schema

        print_json(make_study_schema())
        return
    from qslc.spec import schema as make_schema

    print_json(make_schema())


@app.command()
def devices(as_json: given.AsJson = False) -> None:
    """List the quantum devices that a spec can name, with their sizes and native gates."""
    from dataclasses import asdict

    from qslc.spec.devices import list_devices

    entries = [asdict(entry) for entry in list_devices()]
    if as_json:
        print_json(entries)
        return
    from qslc.report.devices import tabulate_devices

    Console().print(tabulate_devices(entries), markup=False)


app.add_typer(device, name="device", help="Make device files, which specs name as device.")


@app.command(epilog="Example: qslc report build/my_layer")
def report(ctx: typer.Context, folder: given.CompiledFolder, as_json: given.AsJson = False) -> None:
    """Write report.html and report.md of a compiled folder again, from its report.json."""
    from qslc.artifact import read_report, render_again

    if as_json:
        print_json(read_report(folder)[0])
        return
    render_again(folder)
    ctx.obj.say(folder / "report.html")


@app.command(epilog="Example: qslc diff build/before build/after")
def diff(
    before: given.FirstFolder, after: given.SecondFolder, as_json: given.AsJson = False
) -> None:
    """Show what differs between two compiles: the spec, the costs, circuits, layout, versions."""
    from qslc.comparison import compare, print_comparison
    from qslc.compilation import open as open_compile

    found = compare(open_compile(before), open_compile(after))
    if as_json:
        print_json(found.as_json())
        return
    Console().print(*print_comparison(found), sep="\n")


@app.command(epilog="Example: qslc verdict build/my_layer --tokens hidden_states.npy")
def verdict(
    ctx: typer.Context,
    folder: given.CompiledFolder,
    tokens: given.Tokens = None,
    weights: given.Weights = None,
    sampler: given.Sampler = None,
    record: given.JobRecord = None,
    measure: given.MeasureMachine = True,
    as_json: given.AsJson = False,
    verbose: given.Verbose = False,
    quiet: given.Quiet = False,
) -> None:
    """Judge whether a compiled layer is feasible on its chip: errors, shots, times, break-even.

    Predicts the total relative error of the readouts and where it comes from, and measures how long
    this machine takes for the same layer.
    """
    from qslc.verdict.command import make_verdict, print_verdict

    def tell(text: str) -> None:
        typer.echo(escape(text), err=True)

    talk = _choose_talk(ctx, verbose, quiet)
    with talk.follow(f"judging {folder}") as progress:
        progress("prediction and measurements")
        found = make_verdict(folder, tokens, weights, sampler, record, measure=measure, tell=tell)
    if as_json:
        print_json(found)
        return
    for line in print_verdict(found):
        talk.say(line)


@app.command(epilog="Example: qslc simulate build/my_layer --tokens hidden_states.npy --shots 1000")
def simulate(
    ctx: typer.Context,
    folder: given.CompiledFolder,
    tokens: given.ManyTokens,
    weights: given.Weights = None,
    output: given.Simulated = Path("expectations.npy"),
    shots: given.Shots = None,
    trajectories: given.Trajectories = None,
    seed: given.NoiseSeed = 0,
    processes: given.Processes = None,
    on: given.Cluster = None,
    threads: given.Threads = None,
    quiet: given.Quiet = False,
) -> None:
    """Simulate the compiled circuit under its noise for many tokens, here or on a cluster.

    Writes the expectations of the observables. They do not depend on how the work is split.
    """
    from qslc.spec.wording import pluralize
    from qslc_study.simulation import Trials, simulate

    talk = _choose_talk(ctx, False, quiet)
    more: Any = {"on": on, "processes": processes, "threads": threads}
    trials = Trials(shots, trajectories, seed)
    with talk.follow(f"simulating {folder}") as progress:
        found = simulate(folder, tokens, weights, output, trials, **more, progress=progress)
    expectations = pluralize(found.shape[1], "expectation")
    talk.say(f"{output}: {expectations} of {pluralize(len(found), 'token')}")


@app.command(epilog="Example: qslc study study.yaml --data ~/models --processes 2")
def study(
    ctx: typer.Context,
    study: given.StudyPath,
    output: given.Output = None,
    data: given.Data = None,
    processes: given.Processes = None,
    on: given.Cluster = None,
    threads: given.Threads = None,
    gpus: given.Gpus = 0,
    as_json: given.AsJson = False,
    quiet: given.Quiet = False,
) -> None:
    """Compare ways to fine-tune a model: train each on your data with several seeds.

    Writes study.html, study.md and study.csv. The same command goes on where it was stopped.
    """
    from qslc_study.command import study as run_study

    talk = _choose_talk(ctx, False, quiet)
    console = Console(stderr=True, quiet=talk.quiet)
    page = run_study(study, output, data, processes, console, on=on, threads=threads, gpus=gpus)
    if as_json:
        typer.echo(escape_json(page.with_name("study.json").read_text(encoding="utf-8")))
    else:
        talk.say(page)


if __name__ == "__main__":
    main()
