"""The cases: every pattern on every device, sizes and options dealt out by a fixed, seeded rule."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice, pairwise
from typing import Any

from qslc.spec.dsl import sublayer
from qslc.spec.model import Spec

Edges = tuple[tuple[int, int], ...]

FALCON: Edges = (
    *((0, 1), (1, 2), (1, 4), (2, 3), (3, 5), (4, 7), (5, 8), (6, 7), (7, 10), (8, 9), (8, 11)),
    *((10, 12), (11, 14), (12, 13), (12, 15), (13, 14), (14, 16), (15, 18), (16, 19), (17, 18)),
    *((18, 21), (19, 20), (19, 22), (21, 23), (22, 25), (23, 24), (24, 25), (25, 26)),
)
"""IBM Quantum Falcon, 27 qubits."""

_COLUMNS = 15


def make_eagle() -> Edges:
    """Return the couplers of IBM Quantum Eagle, 127 qubits: seven rows, four bridges between two.

    The rows have 15 columns, but the first lacks the last column and the last lacks the first.
    """
    rows = [range(_COLUMNS - 1), *[range(_COLUMNS)] * 5, range(1, _COLUMNS)]
    number: dict[tuple[int, int], int] = {}
    edges: list[tuple[int, int]] = []
    free = 0
    for row, columns in enumerate(rows):
        number |= {(row, column): free + i for i, column in enumerate(columns)}
        free += len(columns)
        edges += pairwise(number[row, column] for column in columns)
        if row < len(rows) - 1:
            number |= {(-row - 1, column): free + i for i, column in enumerate(_list_bridges(row))}
            free += 4
    for row in range(len(rows) - 1):
        for column in _list_bridges(row):
            bridge = number[-row - 1, column]
            edges += [(number[row, column], bridge), (bridge, number[row + 1, column])]
    return tuple(sorted(edges))


def _list_bridges(row: int) -> range:
    return range(0, 13, 4) if row % 2 == 0 else range(2, 15, 4)


PATTERNS = ("linear", "ring", "brick", "star", "shifted_ring", "all_to_all")
DEVICES: dict[str, Any] = {
    "line": "line",
    "ring": "ring",
    "grid": {"grid": (5, 5)},
    "rainbow": "rainbow",
    "weber": "weber",
    "heavy_hex_27": {"edges": FALCON, "name": "heavy_hex_27"},
    "heavy_hex_127": {"edges": make_eagle(), "name": "heavy_hex_127"},
}
MAX_QUBITS = {"rainbow": 23}
"""Where the device has fewer than the 24 qubits of the largest case."""

MAX_FEATURES = 10**6
SEED = 2026
PER_PAIR = 2  # cases for each pattern on each device


@dataclass(frozen=True, slots=True)
class Case:
    """One ansatz for one device; ``measure`` is "z", "zz" or a single Z such as "Z3"."""

    pattern: str
    device: str
    qubits: int
    layers: int
    encoder: str
    measure: str

    @property
    def name(self) -> str:
        size = f"{self.qubits}x{self.layers}"
        return f"{self.pattern}-{size}-{self.encoder}-{self.measure.lower()}-{self.device}"

    def make_spec(self, objective: str = "depth") -> Spec:
        builder = sublayer("case", self.qubits)
        encoded = (
            builder.angle()
            if self.encoder == "angle"
            else builder.amplitude(min(2**self.qubits, MAX_FEATURES))
        )
        device = DEVICES[self.device]
        placed = encoded.on(device) if isinstance(device, str) else encoded.on(**device)
        ansatz = placed.layers(self.layers, pattern=self.pattern)
        return ansatz.measure(self.measure).optimize(3, objective=objective).spec()


def make_suite(seed: int = SEED) -> tuple[Case, ...]:
    """Return all cases, in a random order in which every prefix mixes patterns and devices.

    Within each pattern, sizes from 4 to 24 and layers from 1 to 8 are spread evenly, encoders and
    observables are equally frequent, and each goes to a device at random.
    """
    rng = random.Random(seed)
    cases = [case for pattern in PATTERNS for case in _list_cases(pattern, rng)]
    rng.shuffle(cases)
    return tuple(cases)


def _list_cases(pattern: str, rng: random.Random) -> Iterator[Case]:
    devices = [name for name in DEVICES for _ in range(PER_PAIR)]
    count = len(devices)
    columns = zip(
        devices,
        _shuffle(_space_evenly(4, 24, count), rng),
        _shuffle(_space_evenly(1, 8, count), rng),
        _shuffle(islice(cycle(("angle", "amplitude")), count), rng),
        _shuffle(islice(cycle(("z", "zz", "one")), count), rng),
        strict=True,
    )
    for device, size, layers, encoder, measure in columns:
        qubits = min(size, MAX_QUBITS.get(device, size))
        observed = f"Z{qubits // 2}" if measure == "one" else measure
        yield Case(pattern, device, qubits, layers, encoder, observed)


def _space_evenly(low: int, high: int, count: int) -> list[int]:
    return [low + (high - low) * i // (count - 1) for i in range(count)]


def _shuffle(values: Sequence[Any] | Iterator[Any], rng: random.Random) -> list[Any]:
    chosen = list(values)
    rng.shuffle(chosen)
    return chosen
