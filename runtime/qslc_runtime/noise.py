"""The noise of a device: what its channels do to a circuit, in one table.

The compiler writes the rates of each effect under "noise" in report.json.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qslc_runtime.folder import Section, explain_mismatch
from qslc_runtime.registry import Registry

if TYPE_CHECKING:
    import cirq


class Place(Enum):
    """Kind of place at which an effect acts."""

    ONE_QUBIT_GATE = "after every one-qubit gate"
    TWO_QUBIT_GATE = "after every two-qubit gate"
    MOMENT = "on every qubit at the end of every moment"
    READOUT = "on every qubit that is read"


@dataclass(frozen=True, slots=True)
class Effect:
    """Action of a channel at one kind of place.

    Args:
        name: Key under "noise" in report.json.
        place: Where it acts.
        act: Function of the rate. At readout it returns the probabilities that a 0 is read as 1
            and that a 1 is read as 0; elsewhere a channel as a gate of Cirq, on as many qubits as
            the place has.
    """

    name: str
    place: Place
    act: Callable[[Any], Any]


def _depolarize(rate: float, qubits: int) -> cirq.Gate:
    import cirq

    return cirq.depolarize(rate, qubits)


def _damp(rate: float) -> cirq.Gate:
    import cirq

    return cirq.amplitude_damp(rate)


def _dephase(rate: float) -> cirq.Gate:
    import cirq

    return cirq.phase_flip(rate)


def _turn(rate: Sequence[float]) -> cirq.Gate:
    import cirq

    return cirq.FSimGate(*rate)


EFFECTS: Registry[Effect] = Registry(
    "noise effect",
    (
        Effect("one_qubit", Place.ONE_QUBIT_GATE, partial(_depolarize, qubits=1)),
        Effect("two_qubit", Place.TWO_QUBIT_GATE, partial(_depolarize, qubits=2)),
        Effect("amplitude_damping", Place.MOMENT, _damp),
        Effect("dephasing", Place.MOMENT, _dephase),
        Effect("coherent", Place.TWO_QUBIT_GATE, _turn),
        Effect("readout", Place.READOUT, tuple),
    ),
)

Rates = Mapping[str, Any]
"""A number, or a list of them, by device qubit ("q(3, 4)") or pair ("q(3, 4) q(3, 5)").

At moments a list holds the rates of one without and of one with a two-qubit gate."""


@dataclass(frozen=True, slots=True)
class Noise:
    """The noise of a compile.

    Args:
        source: Where the numbers come from.
        rates: Rates of each effect by qubit or pair; one that they leave out has no error.
    """

    source: str
    rates: Mapping[Effect, Rates]

    def add_to(self, circuit: cirq.Circuit, qubits: Sequence[cirq.Qid]) -> cirq.Circuit:
        """Return a circuit with errors after its gates and at the end of its moments.

        Args:
            circuit: A circuit on device qubits, in native gates.
            qubits: The qubits that suffer what happens in every moment, whether a gate acts on
                them or not.
        """
        import cirq

        idle = [
            [
                cirq.Moment(
                    error
                    for qubit in qubits
                    for error in self._list_errors([effect], (qubit,), with_pairs=with_pairs)
                )
                for effect in self._list_effects(Place.MOMENT)
            ]
            for with_pairs in (False, True)
        ]
        parts = (
            part
            for moment in circuit
            for part in (
                moment,
                *map(cirq.Moment, self._list_gate_errors(moment)),
                *idle[any(len(op.qubits) == 2 for op in moment)],
            )
        )
        return cirq.Circuit(part for part in parts if part.operations)

    def find_readout_errors(self, labels: Sequence[str]) -> NDArray[np.float64]:
        """Return the probabilities of reading a 0 as 1 and a 1 as 0: (2, qubits)."""
        p01, p10 = np.zeros((2, len(labels)))
        for effect in self._list_effects(Place.READOUT):
            flips = [effect.act(self.rates[effect].get(label, (0, 0))) for label in labels]
            q01, q10 = np.array(flips, np.float64).reshape(-1, 2).T
            p01, p10 = p01 * (1 - q10) + (1 - p01) * q01, p10 * (1 - q01) + (1 - p10) * q10
        return np.stack([p01, p10])

    def _list_effects(self, place: Place) -> list[Effect]:
        return [effect for effect in self.rates if effect.place is place]

    def _list_gate_errors(self, moment: cirq.Moment) -> Iterator[list[cirq.Operation]]:
        """Yield the first error of every gate of a moment, then the second, and so on."""
        one, two = map(self._list_effects, (Place.ONE_QUBIT_GATE, Place.TWO_QUBIT_GATE))
        errors = [
            [*self._list_errors(one if len(op.qubits) == 1 else two, op.qubits)] for op in moment
        ]
        for layer in zip_longest(*errors):
            yield [error for error in layer if error is not None]

    def _list_errors(
        self, effects: Sequence[Effect], qubits: Sequence[cirq.Qid], *, with_pairs: bool = False
    ) -> Iterator[cirq.Operation]:
        """Yield the errors of a qubit or pair, whose rates stand under either order.

        ``with_pairs`` tells whether it is a moment with a two-qubit gate.
        """
        forwards, backwards = (" ".join(map(str, order)) for order in (qubits, qubits[::-1]))
        for effect in effects:
            rates = self.rates[effect]
            rate = rates.get(forwards, rates.get(backwards, 0.0))
            if effect.place is Place.MOMENT and isinstance(rate, Sequence):
                rate = rate[with_pairs]
            if np.any(rate):
                yield effect.act(rate).on(*qubits)


def parse_noise(section: Section) -> Noise:
    """Read what stands under "noise" in report.json.

    Raises:
        ArtifactError: It holds an effect that is not in the table, or that is no table of rates.
    """
    names = [name for name in section.data if name != "source"]
    for name in names:
        if name not in EFFECTS:
            known = ", ".join(EFFECTS)
            message = f"its noise {name!r} is unknown; known are {known}"
            raise explain_mismatch(section.folder, message)
    return Noise(section.get("source", str), {EFFECTS[n]: section.get(n, dict) for n in names})


def check_noise(engine: str, simulated: frozenset[Place], noise: Noise) -> None:
    """Check that an engine can simulate all of the noise.

    Args:
        engine: Name of the engine.
        simulated: Places at which it simulates errors.
        noise: The noise of a compile.

    Raises:
        ValueError: It cannot; the message names the first effect.
    """
    for effect, rates in noise.rates.items():
        if effect.place not in simulated and any(map(np.any, rates.values())):
            raise ValueError(
                f"the engine {engine!r} cannot simulate the noise {effect.name!r} "
                f"({effect.place.value}); use engine='qsim', or pass noise=False"
            )
