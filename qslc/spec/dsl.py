"""Build a spec in Python, equal to that of the YAML by value and by digest.

    spec = (
        sublayer("gpt2_qv", qubits=10)
        .amplitude(features=768, pad="bias")
        .layers(depth=4, rotations=["ry"], entangler="cnot", pattern="ring")
        .measure("z", "Z0*Z3")
        .on("weber")
        .noise(depolarizing={"1q": 0.0005, "2q": 0.006})
        .optimize(level=3, seed=7)
        .spec()
    )

Every method gives a new builder. Nothing is checked before ``spec()``, which reports all errors
at once.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, SupportsFloat, SupportsIndex, TypeAlias

from qslc.spec.circuit import CircuitObject
from qslc.spec.gates import Gate
from qslc.spec.model import Spec
from qslc.spec.observables import KEYWORDS
from qslc.spec.source import build
from qslc.spec.wording import describe

if TYPE_CHECKING:
    import cirq

Projection: TypeAlias = str | tuple[int, int]
"""A projection by its name, or a slice (start, stop) of the hidden state."""


def sublayer(name: str, qubits: int | None = None) -> Sublayer:
    """Begin a spec.

    Args:
        name: A lower-case identifier; the generated class has it in CamelCase.
        qubits: Number of qubits; left out where a circuit has them.
    """
    given = {} if qubits is None else {"qubits": _to_plain(qubits)}
    return Sublayer({"qslc": 1, "name": name, **given})


@dataclass(frozen=True, slots=True)
class Sublayer:
    """A spec in the making: the keys that have been set, as in YAML.

    Example:
        >>> begun = qslc.sublayer("my_layer", qubits=4).angle().layers(depth=2)
        >>> spec = begun.measure("z").on("weber").spec()
        >>> qslc.digest(spec)[:7]
        'sha256:'
    """

    data: Mapping[str, Any]

    def amplitude(
        self,
        features: int,
        *,
        pad: str = "zero",
        project: Projection = "none",
        preparation: str | Mapping[str, Any] = "none",
    ) -> Sublayer:
        """Encode features as amplitudes; ``pad`` is "zero", "bias" or "reference".

        ``project`` says how wider hidden states become the features: "none", "learned",
        "orthogonal", "principal", or (start, stop) for a slice. ``preparation`` says how they come
        into the amplitudes on a device: "none", "multiplexed", "variational" or
        {"method": "variational", "depth": 16}.
        """
        return self.encode(
            "amplitude", features=features, pad=pad, project=project, preparation=preparation
        )

    def angle(
        self, features: int | None = None, *, rotation: str = "ry", project: Projection = "none"
    ) -> Sublayer:
        """Encode each feature, in radians, as a rotation of one qubit."""
        return self.encode("angle", features=features, rotation=rotation, project=project)

    def iqp(
        self, features: int | None = None, *, repeats: int = 1, project: Projection = "none"
    ) -> Sublayer:
        """Encode features and their products in commuting rotations (Havlicek et al. 2019)."""
        return self.encode("iqp", features=features, repeats=repeats, project=project)

    def no_encoder(self) -> Sublayer:
        """Take no input: the expectations depend on the weights alone."""
        return self.encode("none")

    def encode(self, kind: str, **options: Any) -> Sublayer:
        """Encode with any entry of ``qslc.spec.encoders.ENCODERS``; the options are its keys."""
        if not isinstance(options.get("project", "none"), str | Mapping):
            options["project"] = {"slice": options["project"]}
        return self._set(encoder={"kind": kind, **options})

    def features(self, features: int, *, project: Projection = "none") -> Sublayer:
        """Take features as the symbols x0, x1, ... in angles of the ansatz, in radians."""
        return self.encode("ansatz", features=features, project=project)

    def circuit(
        self,
        source: Any,
        inputs: Any = (),
        *,
        weights: Any = None,
        project: Projection = "none",
    ) -> Sublayer:
        """Take a circuit from elsewhere in the place of qubits, encoder and ansatz.

        Args:
            source: A circuit of Cirq; the text of OpenQASM 2 or 3 or of Cirq's JSON; or a file with
                such a text, which is read relative to the working directory.
            inputs: The symbols that are input features, by name or of sympy, in the layer's order;
                or one of them.
            weights: All other symbols, in the order of the layer's weights; None: by name.
            project: How wider hidden states become the inputs.
        """
        features, order = _list_symbols(inputs), None if weights is None else _list_symbols(weights)
        plan = _to_plain(project if isinstance(project, str | Mapping) else {"slice": project})
        if isinstance(source, Path) or (isinstance(source, str) and not _is_circuit_text(source)):
            listed = {} if order is None else {"weights": [*map(str, order)]}
            file = {"file": str(source), "inputs": [*map(str, features)], **listed, "project": plan}
            return Sublayer({**self.data, "circuit": file})
        own = CircuitObject(source, features, order, plan)
        return Sublayer({**self.data, "circuit": own})

    def layers(
        self,
        depth: int,
        *,
        rotations: str | Iterable[str] = ("ry",),
        entangler: str | None = "cnot",
        pattern: str | Iterable[tuple[int, int]] = "ring",
        final_rotations: bool = False,
    ) -> Sublayer:
        """Set the ansatz in layers: the rotations on every qubit, then the entangler, if any."""
        entangles = entangler not in (None, "none")
        return self._set(
            ansatz={
                "depth": depth,
                "rotations": [rotations] if isinstance(rotations, str) else rotations,
                "entangler": {"gate": entangler, "pattern": pattern} if entangles else "none",
                "final_rotations": final_rotations,
            }
        )

    def block(self, *gates: Gate, repeat: int = 1, weights: Iterable[str] = ()) -> Sublayer:
        """Set the ansatz as gates of ``qslc.spec.gates``, repeated.

        ``weights`` are the names of all weights, which angles then call theta_0, theta_1, ...
        """
        other = next((gate for gate in gates if not isinstance(gate, Gate)), None)
        if other is not None:
            raise TypeError(f'got {describe(other)}, not a gate such as gates.ry("all", "theta")')
        names = {"weights": [*weights]} if weights else {}
        return self._set(
            ansatz={"repeat": repeat, "block": [gate.data() for gate in gates], **names}
        )

    def measure(self, *observables: str | cirq.PauliString) -> Sublayer:
        """Set what is measured: keywords such as "z", Pauli strings ("Z0*X3"), or several of these.

        Keywords are "z", "zz", "interference" and "wide_interference". Pauli strings of Cirq on
        ``LineQubit``s say the same: ``cirq.Z(q0) * cirq.X(q3)``.

        Raises:
            TypeError: An observable is neither a text nor such a Pauli string.
        """
        names = [_name_observable(observable) for observable in observables]
        return self._set(measure=names[0] if len(names) == 1 and names[0] in KEYWORDS else names)

    def on(self, device: str | None = None, /, **layout: Any) -> Sublayer:
        """Set the device: a name, or one of ``grid=(5, 5)``, ``heavy_hex=7``, ``edges=[(0, 1)]``
        (with a ``calibration``, if there is one) and ``file="my_chip.yaml"``, which is read
        relative to the working directory.
        """
        return self._set(device=_choose(device, layout))

    def noise(self, source: str | None = None, /, **channels: Any) -> Sublayer:
        """Set the noise: "none", "device", or channels as in YAML."""
        return self._set(noise=_choose(source, channels))

    def optimize(self, level: int = 2, seed: int = 0, objective: str | None = None) -> Sublayer:
        """Set how hard the compiler works, the seed of random draws, and what it aims at: "depth",
        "gates" or "fidelity"; without it "fidelity" on a calibrated device, and else "depth".
        """
        aim = {} if objective is None else {"objective": objective}
        return self._set(optimize={"level": level, "seed": seed, **aim})

    def execute(
        self, *, shots: int | None = None, error: float | None = None, **mitigation: Any
    ) -> Sublayer:
        """Set how it is measured: shots, or an error to reach, and ``readout``, ``rescale``,
        ``twirling``, ``dynamical_decoupling`` and ``zne`` as under ``mitigation`` in YAML.
        """
        stated = {"shots": shots, "error": error}
        given = {key: value for key, value in stated.items() if value is not None}
        return self._set(execution={**given, **({"mitigation": mitigation} if mitigation else {})})

    def spec(self) -> Spec:
        """Check the spec and return it.

        Raises:
            InputError: The spec is wrong; the error holds every diagnostic.
        """
        return build(self.data)

    def _set(self, **parts: Any) -> Sublayer:
        return Sublayer({**self.data, **{key: _to_plain(value) for key, value in parts.items()}})


def _list_symbols(symbols: Any) -> tuple[Any, ...]:
    """Return symbols as a tuple; ``sympy.symbols("x")`` and a name are one symbol."""
    several = isinstance(symbols, Iterable) and not isinstance(symbols, str)
    return tuple(symbols) if several else (symbols,)


def _name_observable(observable: Any) -> str:
    """Return an observable as YAML has it."""
    if isinstance(observable, str):
        return observable
    cirq = sys.modules.get("cirq")  # who has a Pauli string has imported it
    if cirq and isinstance(observable, cirq.PauliString) and observable.coefficient == 1:
        qubits = sorted(observable.qubits)
        if qubits and all(isinstance(qubit, cirq.LineQubit) for qubit in qubits):
            return "*".join(f"{observable[qubit]}{qubit.x}" for qubit in qubits)
    raise TypeError(
        'measure takes texts such as "Z0*X3", one by one, or Pauli strings of Cirq on LineQubits '
        f"without a coefficient, not {observable!r}; qslc.from_cirq takes sums of them"
    )


def _is_circuit_text(source: str) -> bool:
    """Tell the text of a circuit from the path of its file."""
    return "\n" in source or source.lstrip().startswith("OPENQASM")


def _choose(name: str | None, options: dict[str, Any]) -> Any:
    if name is not None and options:
        raise TypeError("give a name or options, not both")
    return options if name is None else name


def _to_plain(value: Any) -> Any:
    """Return Python and numpy values as what YAML would have given."""
    match value:
        case None | str() | bool() | int() | float():
            return value
        case Path():
            return str(value)
        case Mapping():
            return {str(key): _to_plain(item) for key, item in value.items()}
        case Iterable():
            return [_to_plain(item) for item in value]
        case SupportsIndex():
            return operator.index(value)
        case SupportsFloat():
            return float(value)
    return value
