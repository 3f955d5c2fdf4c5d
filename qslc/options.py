"""Arguments and options of the commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def _argument(metavar: str, about: str) -> Any:
    """Make an argument that the command itself opens."""
    return typer.Argument(metavar=metavar, readable=False, help=about)


def _option(metavar: str, about: str, *names: str, default: str = "", **more: Any) -> Any:
    """Make an option; ``default`` says in words what holds without it."""
    text = f"{about} Default: {default}." if default else about
    return typer.Option(*names, metavar=metavar, help=text, show_default=not default, **more)


SpecPath = Annotated[Path, _argument("SPEC", "Spec, a YAML file.")]
SpecPaths = Annotated[list[Path], _argument("SPEC", "YAML files, each a spec or a study.")]
StudyPath = Annotated[Path, _argument("STUDY", "Study, a YAML file.")]
NewSpec = Annotated[Path, _argument("[FILE]", "File to write, a YAML file.")]
FirstFolder = Annotated[Path, _argument("A", "Folder that `qslc compile` wrote.")]
SecondFolder = Annotated[Path, _argument("B", "Folder to compare it with.")]
CompiledFolder = Annotated[Path, _argument("DIR", "Folder that `qslc compile` wrote.")]
Output = Annotated[
    Path | None,
    _option(
        "DIR",
        "Folder to write to; made if it is missing.",
        "-o",
        "--output",
        default="build/NAME, with the name that the YAML file gives",
    ),
]
Measured = Annotated[
    Path,
    _argument(
        "FILE",
        "JSON of a Qiskit backend's properties, CSV of IBM Quantum, or JSON of a Cirq calibration.",
    ),
]
DeviceFile = Annotated[
    Path | None, _option("OUT", "File to write.", "-o", "--output", default="NAME.json")
]
DeviceName = Annotated[
    str, _option("NAME", "Name of the device.", "--name", default="that in FILE, or of FILE")
]
OneQubitNs = Annotated[
    float,
    _option(
        "NS",
        "Duration of a one-qubit gate in nanoseconds; a Cirq calibration does not hold it.",
        min=0.1,
        max=1e9,
    ),
]
TwoQubitNs = Annotated[
    float, _option("NS", "Duration of a two-qubit gate, likewise.", min=0.1, max=1e9)
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON on stdout, and nothing else.")
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Print nothing but errors.")]
Verbose = Annotated[
    bool, typer.Option("-v", "--verbose", help="Print each step and its time on stderr.")
]
OfStudy = Annotated[bool, typer.Option("--study", help="That of a study.")]
Python = Annotated[
    Path | None,
    _option("PATH", "Python that has Qiskit.", default="the one that runs qslc", readable=False),
]
Samples = Annotated[
    int,
    _option(
        "N",
        "Largest number of random angles and inputs that a figure is computed from.",
        min=10,
        max=1_000_000,
    ),
]
Seed = Annotated[int | None, _option("N", "Random seed.", default="that of the spec", min=0)]
Width = Annotated[
    int | None,
    _option(
        "N",
        "Width of the model, for the comparison of cost with LoRA.",
        default="the number of features where they are the whole hidden state, otherwise 768, that "
        "of GPT-2",
        min=1,
    ),
]
Ranks = Annotated[
    list[int] | None,
    _option(
        "N",
        "Rank of LoRA to compare with; may be repeated.",
        "--rank",
        default="1, 4, 8 and 16",
        min=1,
    ),
]
MaxQubits = Annotated[
    int,
    _option(
        "N", "Largest number of qubits in the plot of gradients against qubits.", min=4, max=12
    ),
]
Inputs = Annotated[
    Path | None,
    _option(
        "FILE",
        "Your own features, a .npy file of shape (tokens, features).",
        default="random ones",
        readable=False,
    ),
]
Tokens = Annotated[
    Path | None,
    _option(
        "FILE",
        "Your own tokens, a .npy file of shape (tokens, features), or of hidden states that the "
        "layer projects.",
        default="random ones",
        readable=False,
    ),
]
Weights = Annotated[
    Path | None,
    _option(
        "FILE",
        "Trained angles of the layer, a .npy file of its theta.",
        default="angles as a new layer draws them",
        readable=False,
    ),
]
Sampler = Annotated[
    str | None,
    _option(
        "NAME",
        "Sampler by which some tokens are measured: its name, that of a virtual chip of "
        "cirq-google, or package.module:attribute of a cirq.Sampler.",
        default="none",
    ),
]
JobRecord = Annotated[
    Path | None,
    _option(
        "FILE",
        "Record of jobs: what it holds is not measured again.",
        default="jobs.jsonl in DIR, for samplers whose jobs are not free",
        readable=False,
    ),
]
MeasureMachine = Annotated[
    bool,
    typer.Option(
        "--measure/--no-measure",
        help="Whether times of this machine are measured, which takes seconds.",
    ),
]
Data = Annotated[
    Path | None,
    _option(
        "DIR",
        "Folder of the models and data that the study names.",
        default="that of the STUDY file",
    ),
]
Processes = Annotated[
    int | None,
    _option(
        "N",
        "Number of jobs at a time, such as training runs; they share the cores.",
        min=1,
        default="1; on a cluster, as many as its nodes have room for",
    ),
]
Cluster = Annotated[
    str | None,
    _option(
        "ADDRESS",
        "Cluster whose nodes do the work: ray://HOST:PORT or dask://HOST:PORT.",
        "--on",
        default="this machine",
    ),
]
Threads = Annotated[
    int | None,
    _option(
        "N",
        "Number of cores of a job, and of its threads.",
        min=1,
        default="the cores are shared between the jobs; on a cluster 1",
    ),
]
Gpus = Annotated[int, _option("N", "Number of GPUs of a training run on a cluster.", min=0)]
ManyTokens = Annotated[
    Path,
    _option(
        "FILE",
        "Tokens, a .npy file of shape (tokens, features), or of hidden states that the layer "
        "projects.",
        "--tokens",
        readable=False,
    ),
]
Simulated = Annotated[
    Path,
    _option(
        "FILE",
        "Where the expectations go, a .npy file of shape (tokens, observables).",
        "--output",
        "-o",
    ),
]
Shots = Annotated[
    int | None,
    _option(
        "N",
        "Number of shots for each token and setting of the measurement.",
        min=1,
        default="exact expectations of each trajectory",
    ),
]
Trajectories = Annotated[
    int | None,
    _option(
        "N",
        "Number of noisy runs of the circuit for each token.",
        min=1,
        default="one per shot, or 100",
    ),
]
NoiseSeed = Annotated[int, _option("N", "Random seed of errors and shots.", "--seed", min=0)]
