"""Compile whatever says what a sublayer is, and open what was compiled before."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import cirq

from qslc.artifact import read_files
from qslc.circuits.files import ELSEWHERE
from qslc.compiled import Compiled
from qslc.diagnostics import Diagnostic, InputError
from qslc.pipeline import build_artifact, compile_spec
from qslc.publication import MANIFEST
from qslc.spec.dsl import Sublayer
from qslc.spec.imported import from_cirq
from qslc.spec.model import Spec
from qslc.spec.source import Source, load, parse


def compile(  # noqa: A001 - the name in qslc
    source: str | os.PathLike[str] | Sublayer | Spec | Source | cirq.AbstractCircuit,
    observables: Any = None,
    inputs: Any = (),
    **options: Any,
) -> Compiled:
    """Compile a spec or a circuit, and check the result. Nothing is written: ``save`` does that.

    Args:
        source: The path of a spec, its YAML text (of several lines, or in braces), what
            ``qslc.sublayer`` began, a spec, what ``qslc.load`` read, or a ``cirq.Circuit``.
        observables: What is measured after a circuit, as ``qslc.from_cirq`` takes it; None: Z of
            every qubit.
        inputs: The circuit's symbols that are input features, by name or of sympy; or one of them.
        options: Further arguments of ``qslc.from_cirq``, such as ``device``.

    Raises:
        InputError: The spec is wrong, or asks for what its device cannot do; the error says where.
        CompilerFaultError: The compiled circuit is not equal to the spec's.
        TypeError: The source is none of these, or a spec with arguments of a circuit.

    Example:
        >>> qslc.compile("ansatz.yaml").save("build/my_layer").name
        'my_layer'
        >>> q = cirq.LineQubit(0)
        >>> circuit = cirq.Circuit(cirq.rx(sympy.Symbol("x"))(q))
        >>> compiled = qslc.compile(circuit, [cirq.Z(q)], inputs=["x"], device="weber")
    """
    if isinstance(source, cirq.AbstractCircuit):
        asked = [*map(cirq.Z, sorted(source.all_qubits()))] if observables is None else observables
        return compile(from_cirq(source, asked, inputs, **options))
    spec, text = _read_source(source)
    if observables is not None or inputs or options:
        raise TypeError("observables, inputs and options go with a circuit; a spec says its own")
    with text.locate_errors() if text else nullcontext():
        stages = compile_spec(spec)
    _, files = build_artifact(stages)
    return Compiled(files)


def open(folder: str | os.PathLike[str]) -> Compiled:  # noqa: A001 - the name in qslc
    """Open a folder that ``qslc compile`` or ``Compiled.save`` wrote.

    Raises:
        InputError: It holds no compile, or a file is missing or was changed since.
    """
    path = Path(folder)
    opened = Compiled(read_files(path), path.absolute())
    _ = opened.report  # of another version of qslc: told now
    return opened


def _read_source(source: object) -> tuple[Spec, Source | None]:
    match source:
        case Spec():
            return source, None
        case Sublayer():
            return source.spec(), None
        case Source():
            return source.spec, source
        case str() if "\n" in source or source.lstrip().startswith("{"):
            spec = parse(source)
            return spec, Source(Path("<string>"), source, spec)
        case str() | os.PathLike():
            if (Path(source) / MANIFEST).is_file():
                advice = f"qslc.open({str(source)!r}) opens it"
                raise InputError(Diagnostic(f"{source} is a compiled folder", help=advice))
            if Path(source).suffix == ".qasm":
                advice = f"in a spec: circuit: {{file: {source}, inputs: [...]}}"
                raise InputError(Diagnostic(f"{source} is a circuit, not a spec", help=advice))
            read = load(Path(source))
            return read.spec, read
    raise TypeError(
        f"got a {type(source).__name__}; qslc.compile takes the path or the text of a spec, a "
        f"spec, a cirq.Circuit, or what qslc.sublayer began; {ELSEWHERE}"
    )
