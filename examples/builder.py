"""The spec of gpt2_qsl.yaml, written in Python: equal by value and by digest."""

from __future__ import annotations

from pathlib import Path

from qslc.spec import load
from qslc.spec.dsl import sublayer
from qslc.spec.model import digest

YAML = Path(__file__).with_name("gpt2_qsl.yaml")

spec = (
    sublayer("gpt2_qv", qubits=7)
    .amplitude(features=64, pad="reference", preparation="variational")
    .layers(depth=8, rotations="ry", entangler="cnot", pattern="ring")
    .measure("interference")
    .on("willow")
    .noise("device")
    .execute(shots=10_000)
    .optimize(level=3, seed=7)
    .spec()
)

if __name__ == "__main__":
    written = load(YAML).spec
    same = spec == written and digest(spec) == digest(written)
    print(digest(spec))
    print(f"{'the same spec as' if same else 'another spec than'} {YAML.name}")
