"""Device files from what others publish: Qiskit backends, IBM's CSV, calibrations of Cirq."""

from qslc.importers.files import import_device
from qslc.importers.qiskit import import_qiskit

__all__ = ["import_device", "import_qiskit"]
