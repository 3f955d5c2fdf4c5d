"""Run on IBM's chips: a ``cirq.Sampler`` over a ``SamplerV2`` of Qiskit.

Of Qiskit it uses ``QuantumCircuit`` and ``Parameter``, and imports them when it is first called.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any

import cirq
import numpy as np
from numpy.typing import NDArray

from qslc_runtime.engines.rotations import find_rotation

_X, _Y = cirq.unitary(cirq.X), cirq.unitary(cirq.Y)
_ECR = (np.kron(_X, np.eye(2)) - np.kron(_Y, _X)) / math.sqrt(2)


class IbmSampler(cirq.Sampler):
    """Sends each sweep as one PUB: a circuit on hardware qubits, and an array of parameters.

    The circuit is written in RZ, SX, CZ, ECR and CX, and is not transpiled again. Its qubits are
    ``cirq.LineQubit(i)`` for hardware qubit i.

    Args:
        sampler: A ``qiskit_ibm_runtime.SamplerV2``, or what has its ``run``.
        qubits: Number of qubits of the chip.
        find_job: Function of a job's name to the job, such as ``QiskitRuntimeService().job``; with
            it, jobs that were sent before this process was killed are fetched.
        couplers: The coupled pairs of hardware qubits, such as ``backend.coupling_map``; with them,
            the engine's option ``copies`` finds room, and ECR is written in the direction that the
            chip has.

    Example:
        >>> sampler = SamplerV2(mode=backend)
        >>> couplers = backend.coupling_map
        >>> sampler = IbmSampler(sampler, backend.num_qubits, service.job, couplers)
        >>> qslc_runtime.sampling.register_sampler("aachen", sampler)
    """

    def __init__(
        self,
        sampler: Any,
        qubits: int,
        find_job: Callable[[str], Any] | None = None,
        couplers: Iterable[tuple[int, int]] | None = None,
    ) -> None:
        self.couplers = None
        self._pairs = None if couplers is None else frozenset((a, b) for a, b in couplers)
        if self._pairs is not None:
            self.couplers = [(cirq.LineQubit(a), cirq.LineQubit(b)) for a, b in self._pairs]
        self._sampler, self._qubits, self._find_job = sampler, qubits, find_job
        self._jobs: dict[str, Any] = {}

    def run_sweep(
        self, program: cirq.AbstractCircuit, params: Any, repetitions: int = 1
    ) -> Sequence[cirq.Result]:
        """Return a result for each set of parameters."""
        return self.fetch_sweep(self.submit_sweep(program, params, repetitions), program, params)

    def submit_sweep(self, program: cirq.AbstractCircuit, params: Any, repetitions: int) -> str:
        """Send a job and return IBM's name of it.

        Raises:
            ValueError: The circuit holds a gate or qubit that an IBM chip does not have.
        """
        circuit, names = write_qiskit(program, self._qubits, self._pairs)
        resolvers = [*cirq.to_resolvers(params)]
        values = np.array([[float(r.value_of(n)) for n in names] for r in resolvers])
        pub = (circuit, values, repetitions)
        job = self._sampler.run([pub] if names else [(circuit, None, repetitions)] * len(resolvers))
        name = str(job.job_id())
        self._jobs[name] = job
        return name

    def fetch_sweep(
        self, job: str, program: cirq.AbstractCircuit, params: Any
    ) -> Sequence[cirq.Result]:
        """Wait for a job and return its results, in the order of the parameters.

        Raises:
            ValueError: The job was sent by another process, and there is no ``find_job``; or its
                results are not those of these parameters.
        """
        if job not in self._jobs:
            if self._find_job is None:
                raise ValueError(
                    f"job {job!r} was sent by another process; give IbmSampler find_job, such as "
                    "QiskitRuntimeService().job"
                )
            self._jobs[job] = self._find_job(job)
        pubs = [pub.data for pub in self._jobs[job].result()]
        resolvers = [*cirq.to_resolvers(params)]
        bits = {
            key: np.concatenate([_read_bits(getattr(data, key)) for data in pubs])
            for key in sorted(cirq.measurement_key_names(program))
        }
        del self._jobs[job]
        if any(len(found) != len(resolvers) for found in bits.values()):
            raise ValueError(f"job {job!r} does not hold {len(resolvers)} sets of parameters")
        return [
            cirq.ResultDict(
                params=resolver, measurements={key: found[i] for key, found in bits.items()}
            )
            for i, resolver in enumerate(resolvers)
        ]


def _read_bits(register: Any) -> NDArray[np.uint8]:
    """Return the bits of a ``BitArray``, bit 0 first: (sets, shots, width).

    It holds (sets, shots, bytes), or (shots, bytes), the last byte with the lowest bits.
    """
    array = np.asarray(register.array, np.uint8)
    bits = np.unpackbits(array[..., ::-1], axis=-1, bitorder="little")[..., : register.num_bits]
    return bits.reshape(-1, *bits.shape[-2:])


def write_qiskit(
    program: cirq.AbstractCircuit, qubits: int, pairs: Container[tuple[int, int]] | None = None
) -> tuple[Any, tuple[str, ...]]:
    """Write a circuit as a ``QuantumCircuit`` on hardware qubits.

    Args:
        program: A circuit of gates on one qubit, CZ, ECR, CNOT and measurements on
            ``cirq.LineQubit``; each angle is a number or a multiple of a symbol.
        qubits: Number of qubits of the chip.
        pairs: The pairs of qubits, in the direction in which the chip has ECR; None: in both.

    Returns:
        The circuit, and its parameters in the order in which Qiskit takes their values.

    Raises:
        ImportError: Qiskit is not there.
        ValueError: The circuit holds something else.
    """
    from qiskit.circuit import ClassicalRegister, Parameter, QuantumCircuit, QuantumRegister

    names = sorted(cirq.parameter_names(program))
    parameters = {name: Parameter(name) for name in names}
    circuit = QuantumCircuit(QuantumRegister(qubits, "q"))
    for op in program.all_operations():
        on = [_find_index(qubit, qubits) for qubit in op.qubits]
        if isinstance(op.gate, cirq.MeasurementGate):
            register = ClassicalRegister(len(on), cirq.measurement_key_name(op))
            circuit.add_register(register)
            circuit.measure(on, register)
        elif not _write_gate(circuit, op.gate, on, parameters, pairs):
            raise ValueError(
                f"{op} cannot be written for an IBM chip; compile for gates cz, ecr or cnot"
            )
    return circuit, tuple(parameter.name for parameter in circuit.parameters)


def _write_gate(
    circuit: Any,
    gate: Any,
    on: list[int],
    parameters: Any,
    pairs: Container[tuple[int, int]] | None,
) -> bool:
    """Append a gate; return whether it is one of those that are known."""
    rotation = find_rotation(gate)
    if rotation is not None:
        _write_rotation(circuit, rotation, _read_angle(gate, parameters), on[0])
    elif gate == cirq.CZ:
        circuit.cz(*on)
    elif gate == cirq.CNOT:
        circuit.cx(*on)
    elif not cirq.has_unitary(gate):
        return False
    elif len(on) == 2 and cirq.equal_up_to_global_phase(cirq.unitary(gate), _ECR):
        _write_ecr(circuit, on, reverse=pairs is not None and tuple(on) not in pairs)
    elif len(on) == 1:
        x, z, axis = _read_phased(gate)
        _write_rotation(circuit, "rz", -axis, on[0])
        _write_rotation(circuit, "rx", x, on[0])
        _write_rotation(circuit, "rz", axis + z, on[0])
    else:
        return False
    return True


def _write_ecr(circuit: Any, on: list[int], *, reverse: bool) -> None:
    """Append ECR; the reverse one is RY(-pi/2) on both qubits, before and behind it."""
    turned = on if reverse else []
    for qubit in turned:
        _write_rotation(circuit, "ry", -math.pi / 2, qubit)
    circuit.ecr(*(on[::-1] if reverse else on))
    for qubit in turned:
        _write_rotation(circuit, "ry", -math.pi / 2, qubit)


def _write_rotation(circuit: Any, rotation: str, angle: Any, qubit: int) -> None:
    """Append a rotation: RX(t) is RZ(-pi/2) SX RZ(pi - t) SX RZ(-pi/2), RY(t) the same turned."""
    if rotation == "rz":
        circuit.rz(angle, qubit)
        return
    turn = 0.0 if rotation == "rx" else math.pi / 2
    circuit.rz(-math.pi / 2 - turn, qubit)
    circuit.sx(qubit)
    circuit.rz(math.pi - angle, qubit)
    circuit.sx(qubit)
    circuit.rz(turn - math.pi / 2, qubit)


def _read_angle(gate: Any, parameters: Any) -> Any:
    """Return the angle of a rotation in radians, in terms of Qiskit's parameters."""
    if not cirq.is_parameterized(gate):
        return float(gate.exponent) * math.pi
    (symbol,) = cirq.parameter_symbols(gate)
    factor = cirq.resolve_parameters(gate, {symbol: 1.0}).exponent * math.pi
    return float(factor) * parameters[symbol.name]


def _read_phased(gate: cirq.Gate) -> tuple[float, float, float]:
    """Return the angles of a gate on one qubit: RX about an axis in the plane, then RZ."""
    phased = cirq.single_qubit_matrix_to_phxz(cirq.unitary(gate), atol=1e-12)
    if phased is None:
        return 0.0, 0.0, 0.0
    exponents = (phased.x_exponent, phased.z_exponent, phased.axis_phase_exponent)
    x, z, axis = (float(exponent) * math.pi for exponent in exponents)
    return x, z, axis


def _find_index(qubit: cirq.Qid, qubits: int) -> int:
    if not (isinstance(qubit, cirq.LineQubit) and 0 <= qubit.x < qubits):
        raise ValueError(
            f"{qubit} is no qubit of an IBM chip with {qubits}; compile for a device whose qubits "
            "are numbers"
        )
    return qubit.x
