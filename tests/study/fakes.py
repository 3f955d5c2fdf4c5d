"""A training process that does not train: records made up from identities, at once."""

from __future__ import annotations

import math
import random
from pathlib import Path

SIZES = {"full": 5_000_000, "prefix": 8_000}
GAIN = {"full": 1.3, "lora": 1.0, "prefix": 0.8, "qsl": 0.95}

_NAMES = ("Anker", "Boot", "Dijk", "Eik", "Fiets", "Gracht", "Haven", "Kade", "Molen", "Plas")
PAIRS = "".join(
    f'{{"source": "place: {name} | town: Delft", "target": "{target}"}}\n'
    for name in _NAMES
    for target in (f"{name} is in Delft.", f"In Delft there is {name}.")
)

QSL = """\
qslc: 1
name: tiny
qubits: 2
encoder: {kind: amplitude, features: 4}
ansatz: {depth: 1, entangler: none}
"""

STUDY = """\
qslc: 1
name: fake
base: {folder: base}
data: {file: pairs.jsonl}
training: {steps: 40, batch: 4}
seeds: [1, 2, 3, 4]
evaluate:
  every: 4
  generate: {examples: 2}
methods:
  full: {method: full, learning_rates: [0.001, 0.003, 0.01]}
  lora_r1: {method: lora, rank: 1, learning_rates: [0.001, 0.003, 0.01]}
  lora_r4: {method: lora, rank: 4, learning_rates: [0.001, 0.003, 0.01]}
  prefix: {method: prefix, length: 4, learning_rates: [0.001, 0.003, 0.01]}
  qsl: {method: qsl, ansatz: qsl.yaml, learning_rates: [0.001, 0.003, 0.01], rates: {angles: 10}}
"""


def write_study(folder: Path, text: str = STUDY) -> Path:
    """A study with its base, data and sublayer in a folder."""
    (folder / "base").mkdir()
    (folder / "base" / "config.json").write_text("{}")
    (folder / "pairs.jsonl").write_text(PAIRS)
    (folder / "qsl.yaml").write_text(QSL)
    path = folder / "study.yaml"
    path.write_text(text)
    return path


class FakeWork:
    """Stands in for ``worker.work``. Counts its jobs; dies at the job ``dies_at``."""

    def __init__(self, dies_at: int = 0, make=None) -> None:
        self.jobs: list[dict] = []
        self.dies_at = dies_at
        self.make = make or make_record

    def __call__(self, job, threads, progress):
        self.jobs.append(job)
        if len(self.jobs) == self.dies_at:
            raise KeyboardInterrupt
        return self.make(job["identity"])


def make_record(identity):
    """A plausible record that depends on the identity alone."""
    arm, steps, seed = identity["arm"], identity["training"]["steps"], identity["seed"]
    rng = random.Random(repr((sorted(arm.items(), key=repr), identity["learning_rate"], seed)))
    size = SIZES.get(arm["method"], 4096 * arm.get("rank", 4))
    gain = GAIN.get(arm["method"], 0.85) * (1 + 0.03 * math.log10(size))
    gain -= 0.1 * abs(math.log(identity["learning_rate"] / 0.003)) + rng.gauss(0, 0.01)
    final = identity["evaluate"]["test"]

    def loss(step: int) -> float:
        return 4.5 - gain * (1 - math.exp(-4 * step / steps))

    looks = [0, *range(identity["evaluate"]["every"], steps + 1, identity["evaluate"]["every"])]
    return {
        "identity": identity,
        "parameters": {"trainable": size, "total": 5_000_000 + size, "groups": {"all": size}},
        "pairs": {"train": 100, "validation": 20, "test": 30},
        "cut": {"train": 0, "validation": 0, "test": 0},
        "diverged": False,
        "losses": [loss(step) + rng.gauss(0, 0.1) for step in range(steps)],
        "seconds": [abs(rng.gauss(0.2, 0.01)) for _ in range(steps)],
        "tracing_seconds": 2.0,
        "validation": [(step, loss(step)) for step in looks],
        "memory": {"before": 800 * 2**20, "peak": (1000 + 10 * seed) * 2**20},
        "test": {"loss": loss(steps) + 0.02, "tokens": 900} if final else None,
        "texts": {"written": ["Anker is in Delft.", "There is a mill."], "seconds": 1.0}
        if final and identity["evaluate"]["generate"]
        else None,
        "environment": {
            "python": "3.11",
            "tensorflow": "2.18",
            "keras": "3",
            "keras-hub": "0.31",
            "numpy": "2",
            "qslc": "0.1.0",
            "machine": "x86_64",
            "cores": 2,
            "threads": 2,
            "gpus": 0,
        },
    }


def make_diverging_record(identity):
    """The same, but every run with a prefix diverges in its second step."""
    made = make_record(identity)
    if identity["arm"]["method"] == "prefix":
        made |= {"diverged": True, "test": None, "texts": None, "losses": [4.5, None]}
        made |= {"seconds": made["seconds"][:2], "validation": made["validation"][:1]}
    return made
