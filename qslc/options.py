"""Arguments and options of the commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SpecPath = Annotated[
    Path, typer.Argument(metavar="SPEC", readable=False, help="Spec, a YAML file.")
]
SpecPaths = Annotated[
    list[Path],
    typer.Argument(metavar="SPEC", readable=False, help="YAML files, each a spec or a study."),
]
StudyPath = Annotated[
    Path, typer.Argument(metavar="STUDY", readable=False, help="Study, a YAML file.")
]
CompiledFolder = Annotated[
    Path, typer.Argument(metavar="DIR", readable=False, help="Folder that `qslc compile` wrote.")
]
Output = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="DIR",
        help="Folder to write to; made if it is missing. Default: build/NAME, with the name that "
        "the YAML file gives.",
        show_default=False,
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON on stdout, and nothing else.")
]
Samples = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=10,
        max=1_000_000,
        help="Largest number of random angles and inputs that a figure is computed from.",
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(
        metavar="N", min=0, help="Random seed. Default: that of the spec.", show_default=False
    ),
]
Width = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        help="Width of the model, for the comparison of cost with LoRA. Default: the number of "
        "features where they are the whole hidden state, otherwise 768, that of GPT-2.",
        show_default=False,
    ),
]
Ranks = Annotated[
    list[int] | None,
    typer.Option(
        "--rank",
        metavar="N",
        min=1,
        help="Rank of LoRA to compare with; may be repeated. Default: 1, 4, 8 and 16.",
        show_default=False,
    ),
]
MaxQubits = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=4,
        max=12,
        help="Largest number of qubits in the plot of gradients against qubits.",
    ),
]
Inputs = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        readable=False,
        help="Your own features, a .npy file of shape (tokens, features). Default: random ones.",
        show_default=False,
    ),
]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="Folder of the models and data that the study names. Default: that of the STUDY file.",
        show_default=False,
    ),
]
Processes = Annotated[
    int,
    typer.Option(
        "--processes",
        metavar="N",
        min=1,
        help="Number of training runs at a time; they share the cores.",
    ),
]
