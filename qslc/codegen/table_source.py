"""The constant tables of a generated layer: one name for each distinct table."""

from __future__ import annotations

import json
from collections.abc import Iterable

from qslc.codegen.python_source import Source, call, layout, tuple_of


class Tables:
    """Collect the tables as the statements ask for them."""

    def __init__(self, qubits: int) -> None:
        self._qubits = str(qubits)
        self._names: dict[tuple[str, Source], str] = {}

    def permutation(self, gates: Iterable[tuple[int, ...]]) -> str:
        """Return the name of the permutation that CNOT and X gates make."""
        return self._name("ENTANGLER", "permutation", map(_qubits, gates))

    def flip(self, gates: Iterable[tuple[int, ...]]) -> str:
        """Return the name of the permutation that flips the qubits of an observable."""
        return self._name("FLIP", "permutation", map(_qubits, gates))

    def parity(self, gates: Iterable[tuple[int, ...]]) -> str:
        """Return the name of the signs that CZ and Z gates make."""
        return self._name("PARITY", "parity", map(_qubits, gates))

    def phases(self, strings: Iterable[tuple[int, ...]]) -> str:
        """Return the name of the strings of Z, given by their qubits, of rotations."""
        texts = ("*".join(f"Z{qubit}" for qubit in string) for string in strings)
        return self._name("PHASES", "signs", map(json.dumps, texts))

    def readout(self, strings: Iterable[str]) -> str:
        """Return the name of the strings of observables."""
        return self._name("READOUT", "signs", map(json.dumps, strings))

    def definitions(self) -> list[str]:
        """Return the lines that define the tables, in the order in which they were asked for."""
        return [
            line
            for (_, source), name in self._names.items()
            for line in layout(f"{name} = ", source)
        ]

    def _name(self, stem: str, function: str, items: Iterable[Source]) -> str:
        key = (stem, call(f"tables.{function}", self._qubits, *items))
        count = sum(known == stem for known, _ in self._names)
        return self._names.setdefault(key, f"{stem}_{count}" if count else stem)


def _qubits(gate: tuple[int, ...]) -> Source:
    return tuple_of(*map(str, gate))
