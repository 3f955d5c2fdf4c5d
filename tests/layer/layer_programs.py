"""Specs, hypothesis programs and their generated layers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import sympy
from hypothesis import strategies as st

from qslc.artifact import compute_digests, write_indented
from qslc.codegen.source import generate_layer
from qslc.ir.gates import GATES
from qslc.ir.program import Operation, PauliString, Program
from qslc.lower.logical import lower_to_logical
from qslc.spec.model import Spec, digest


def ansatz(
    depth: int, *rotations: str, gate: str = "cnot", pattern: str = "ring", **more: Any
) -> dict[str, Any]:
    """Layers of rotations and a ring of CNOT, unless it is said otherwise."""
    entangler = {"gate": gate, "pattern": pattern}
    return {"depth": depth, "rotations": list(rotations), "entangler": entangler, **more}


def make_spec(**parts: Any) -> Spec:
    """A spec of 3 qubits, 2 layers of RY and a CNOT ring, unless it is said otherwise."""
    defaults = {
        "qslc": 1,
        "name": "small",
        "qubits": 3,
        "encoder": {"kind": "amplitude", "features": 6},
        "ansatz": ansatz(2, "ry"),
    }
    return Spec.model_validate(defaults | parts)


def write_layer(folder: Path, spec: Spec, program: Program | None = None) -> Path:
    """The folder, with the layer of the program and a manifest in it."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {"layer.py": generate_layer(spec, program or lower_to_logical(spec), "0.0.0")}
    files["manifest.json"] = write_indented({"spec": digest(spec), "files": compute_digests(files)})
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def load(folder: Path, spec: Spec, program: Program | None = None) -> Any:
    """The class of the generated layer."""
    import qslc_runtime

    return qslc_runtime.load(write_layer(folder, spec, program))


KERNELS = ("compiled", "keras")


def simulate(layer: Any, x: Any, theta: Any, kernel: str = "compiled", **options: Any) -> Any:
    """Return what the native engine makes of (tokens, FEATURES) and (P,): (tokens, M)."""
    from qslc_runtime.engines.native import NativeEngine

    return NativeEngine(layer, kernel=kernel, **options).expectations(x, theta)


def draw(layer: Any, tokens: int) -> tuple[np.ndarray, np.ndarray]:
    """Tokens and angles, float32."""
    generator = np.random.default_rng(tokens)
    x = generator.normal(size=(tokens, layer.FEATURES)).astype(np.float32)
    return x, generator.normal(size=len(layer.WEIGHTS)).astype(np.float32)


def differentiate(
    layer: Any, x: Any, theta: Any, kernel: str, loss: Callable[[Any], Any], **options: Any
) -> list[np.ndarray]:
    """Values, and the gradients of a loss of theirs for x and theta."""
    import tensorflow as tf

    x, theta = tf.constant(x, tf.float32), tf.constant(theta, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch([x, theta])
        values = simulate(layer, x, theta, kernel, **options)
        total = tf.reduce_sum(loss(values))
    none = tf.UnconnectedGradients.ZERO
    slopes = tape.gradient(total, [x, theta], unconnected_gradients=none)
    return [tf.convert_to_tensor(tensor).numpy() for tensor in (values, *slopes)]


WEIGHTS = ("theta_0", "theta_1", "phi")
INPUTS = ("x0", "x1")


@st.composite
def angles(draw: st.DrawFn, inputs: tuple[str, ...] = INPUTS) -> sympy.Expr:
    """A constant, a weight, an input, or a small polynomial in them."""
    symbols = [sympy.Symbol(name) for name in (*WEIGHTS, *inputs)]
    quarters = sympy.pi / 4 * draw(st.integers(-4, 4))
    first, second = draw(st.sampled_from(symbols)), draw(st.sampled_from(symbols))
    half = sympy.Rational(draw(st.integers(-3, 3)), 2)
    return draw(st.sampled_from([quarters, first, first * second, half * first + quarters]))


@st.composite
def operations(draw: st.DrawFn, qubits: int, inputs: tuple[str, ...] = INPUTS) -> Operation:
    names = [name for name, gate in GATES.items() if gate.arity <= qubits]
    gate = GATES[draw(st.sampled_from(names))]
    on = draw(st.permutations(range(qubits)))[: gate.arity]
    return Operation(gate.name, tuple(on), draw(angles(inputs)) if gate.rotation else None)


@st.composite
def pauli_strings(draw: st.DrawFn, qubits: int) -> PauliString:
    letters = draw(st.lists(st.sampled_from("IXYZ"), min_size=qubits, max_size=qubits))
    factors = tuple((q, letter) for q, letter in enumerate(letters) if letter != "I")
    return PauliString(factors or ((0, "Z"),), draw(st.sampled_from([1, -1])))


@st.composite
def programs(draw: st.DrawFn, max_qubits: int = 4) -> Program:
    """A random program; with amplitude encoding it has no inputs."""
    qubits = draw(st.integers(2, max_qubits))
    start = draw(st.sampled_from(["zero", "any"]))
    inputs = INPUTS if start == "zero" else ()
    return Program(
        qubits=qubits,
        operations=tuple(draw(st.lists(operations(qubits, inputs), max_size=20))),
        observables=tuple(draw(st.lists(pauli_strings(qubits), min_size=1, max_size=5))),
        weights=WEIGHTS,
        inputs=inputs,
        start=start,
    )
