"""Compare a GGUF model as a study loads it with ``transformers``: tokens of lines, and logits.

    python -m benchmarks.gguf_reference MODEL.gguf LINES.txt --python PYTHON

PYTHON has torch, transformers, accelerate and gguf; of the lines the first thousand are taken.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

LINES, STRETCHES, LENGTH = 1000, 2, 256


def main() -> None:
    """Print how many lines have the same tokens, and how far logits are apart."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="A GGUF file.")
    parser.add_argument("lines", type=Path, help="A text file, one text to a line.")
    parser.add_argument("--python", default=sys.executable, help="Python of the reference.")
    parser.add_argument("--reference", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.reference:
        run_reference(options.model.resolve(), options.reference)
        return
    text = options.lines.read_text(encoding="utf-8")
    lines = [line.strip() for line in text.split("\n") if line.strip()][:LINES]
    with tempfile.TemporaryDirectory() as folder:
        compare(options.model, lines, options.python, Path(folder))


def compare(model: Path, lines: list[str], python: str, folder: Path) -> None:
    """Run both, the reference in its own Python, and print the figures."""
    from qslc_study.training.base import load_base

    base = load_base({"gguf": str(model)})
    tokens = base.tokenizer(lines)
    flat = [token for line in tokens for token in line]
    stretches = [flat[at * LENGTH : (at + 1) * LENGTH] for at in range(STRETCHES)]
    job = {"lines": lines, "stretches": stretches}
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    command = [python, __file__, str(model), "-", "--reference", str(folder)]
    subprocess.run(command, check=True, stdout=sys.stderr)
    expected = json.loads((folder / "tokens.json").read_text(encoding="utf-8"))
    same = sum(own == other for own, other in zip(tokens, expected, strict=True))
    print(f"tokens: {same} of {len(lines)} lines are the same")
    wanted = np.load(folder / "logits.npz")
    for number, stretch in enumerate(stretches):
        ids = np.array([stretch], np.int32)
        found = np.asarray(base.model({"token_ids": ids, "padding_mask": np.ones_like(ids)}))[0]
        single, double = wanted[f"single{number}"], wanted[f"double{number}"]
        print(
            f"logits of {len(stretch)} tokens: at most {np.abs(found - single).max():.1e} apart; "
            f"from float64 {np.abs(found - double).max():.1e}, the reference's own float32 "
            f"{np.abs(single - double).max():.1e}"
        )


def run_reference(model: Path, folder: Path) -> None:
    """Write what ``transformers`` makes of the job in a folder."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    place: dict[str, Any] = {"gguf_file": model.name}
    tokenizer = AutoTokenizer.from_pretrained(model.parent, **place)
    tokens = [tokenizer(line, add_special_tokens=False)["input_ids"] for line in job["lines"]]
    (folder / "tokens.json").write_text(json.dumps(tokens), encoding="utf-8")
    loaded = AutoModelForCausalLM.from_pretrained(model.parent, dtype=torch.float32, **place)
    arrays = {}
    with torch.no_grad():
        for kind in ("single", "double"):
            loaded = loaded.double() if kind == "double" else loaded
            for number, stretch in enumerate(job["stretches"]):
                logits = loaded(torch.tensor([stretch])).logits[0]
                arrays[f"{kind}{number}"] = logits.numpy()
    np.savez(folder / "logits.npz", **arrays)


if __name__ == "__main__":
    main()
