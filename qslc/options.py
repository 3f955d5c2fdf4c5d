"""Arguments and options of the commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SpecPath = Annotated[
    Path, typer.Argument(metavar="SPEC", readable=False, help="the spec, a YAML file")
]
Folder = Annotated[
    Path, typer.Argument(metavar="DIR", readable=False, help="a folder that `compile` wrote")
]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON on stdout and nothing else")]
Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="DIR", help="where to write; build/NAME if not given"),
]
Samples = Annotated[
    int, typer.Option(min=10, max=1_000_000, help="random angles and inputs, at most")
]
Seed = Annotated[
    int | None, typer.Option(min=0, help="of the random draws; the spec's if not given")
]
Width = Annotated[int | None, typer.Option(min=1, help="of the model, to compare with LoRA")]
Ranks = Annotated[list[int] | None, typer.Option("--rank", min=1, help="of LoRA; repeatable")]
MaxQubits = Annotated[int, typer.Option(min=4, max=12, help="of the gradients against qubits")]
Inputs = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", readable=False, help="your own features, tokens by features, a .npy file"
    ),
]
