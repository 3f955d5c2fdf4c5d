"""pytket as it is ordinarily used: its default sequences, placements and ways of routing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from pytket.architecture import Architecture
from pytket.circuit import OpType
from pytket.mapping import LexiLabellingMethod, LexiRouteRoutingMethod
from pytket.passes import (
    AutoRebase,
    BasePass,
    CliffordSimp,
    DecomposeBoxes,
    DefaultMappingPass,
    DelayMeasures,
    FullMappingPass,
    FullPeepholeOptimise,
    KAKDecomposition,
    NaivePlacementPass,
    SequencePass,
    SynthesiseTket,
)
from pytket.placement import LinePlacement, Placement

from benchmarks.depth.exchange import Compiled, Task
from benchmarks.depth.peers.tket_circuit import compile_circuit, load_circuit

LOGICAL: Mapping[str, BasePass] = {
    "level 1": SequencePass([DecomposeBoxes(), SynthesiseTket()]),
    "level 2": SequencePass([DecomposeBoxes(), FullPeepholeOptimise()]),
}
"""Before routing."""


def list_attempts(task: Task) -> dict[str, Callable[[], Compiled]]:
    return {
        f"{level}, {where}": partial(route, task, SequencePass([first, mapping, make_cleanup()]))
        for level, first in LOGICAL.items()
        for where, mapping in list_mappings(task)
    }


def route(task: Task, sequence: BasePass) -> Compiled:
    return compile_circuit(task, load_circuit(task), sequence)


def list_mappings(task: Task) -> Iterator[tuple[str, BasePass]]:
    """Yield ways to place and route."""
    device = Architecture(list(task.edges))
    yield "default", DefaultMappingPass(device)
    routing = [LexiLabellingMethod(), LexiRouteRoutingMethod()]
    placements = {"line": LinePlacement(device), "unplaced": Placement(device)}
    for name, placement in placements.items():
        mapping = FullMappingPass(device, placement, routing)
        yield name, SequencePass([mapping, NaivePlacementPass(device)])


def make_cleanup() -> BasePass:
    """Return the passes after routing at pytket's levels 2 and 3; the last writes SWAPs as CX."""
    return SequencePass(
        [
            DelayMeasures(),
            SynthesiseTket(),
            KAKDecomposition(allow_swaps=False),
            CliffordSimp(allow_swaps=False),
            SynthesiseTket(),
            AutoRebase({OpType.CX, OpType.Rz, OpType.Rx}),
        ]
    )
