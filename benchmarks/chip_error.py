"""Total error of a layer on a chip's calibration: each method of mitigation, at numbers of shots.

    python -m benchmarks.chip_error HIDDEN_STATES.npz [--tokens 60] [--device willow] [--twirling]

The file holds ``states`` (tokens, d) and ``query_kernel`` (d, units) of a trained model. The layer
is that of the README, alone and with its variational preparation. Bias and variance are computed
exactly under the calibrated noise; factors are scored on tokens that they were not fitted on.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import qslc

SHOTS = (1000, 3000, 10_000, 100_000)


def compile_layer(folder: Path, device: str, preparation: str) -> Path:
    """Compile the layer of the README for a chip."""
    (folder / preparation).mkdir()
    text = f"""qslc: 1
name: readme_{preparation}
qubits: 7
encoder: {{kind: amplitude, features: 64, pad: reference, project: orthogonal,
  preparation: {preparation}}}
ansatz: {{depth: 4, rotations: [ry], entangler: {{gate: cnot, pattern: ring}}}}
measure: interference
device: {device}
noise: device
"""
    qslc.compile_to(qslc.parse(text), folder / preparation)
    return folder / preparation


def read_features(path: Path, tokens: int, features: int = 64) -> NDArray[np.float32]:
    """Return random tokens in the basis that ``insert`` chooses: (tokens, features)."""
    with np.load(path) as file:
        states, kernel = (file[name].astype(np.float64) for name in ("states", "query_kernel"))
    chosen = np.random.default_rng(0).choice(len(states), tokens, replace=False)
    basis = np.linalg.svd(kernel)[0][:, :features]
    return (states[chosen] @ basis).astype(np.float32)


def main() -> None:
    """Print a table for the layer alone, and one for the layer with its preparation."""
    from qslc_runtime import mitigation

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("states", type=Path)
    parser.add_argument("--tokens", type=int, default=60)
    parser.add_argument("--device", default="willow")
    parser.add_argument("--twirling", action="store_true", help="twirled circuits too: minutes")
    options = parser.parse_args()
    methods = {
        name: method
        for name, method in mitigation.METHODS.items()
        if options.twirling or not method.twirling
    }
    tokens = read_features(options.states, options.tokens)
    with tempfile.TemporaryDirectory() as folder:
        for preparation in ("none", "variational"):
            made = compile_layer(Path(folder), options.device, preparation)
            begin = time.process_time()
            found = mitigation.assess(made, tokens, methods)
            seconds = time.process_time() - begin
            print(f"{options.device}, preparation {preparation}, {seconds:.0f} s")
            print(found)
            for name in methods:
                errors = [f"{found.predict_error(name, shots):.3f}" for shots in SHOTS]
                print(f"  {name:30} total error at {SHOTS}: {', '.join(errors)}")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
