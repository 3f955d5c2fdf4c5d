"""The files beside a report."""

from __future__ import annotations

FILES = (
    ("layer.py", "the Keras layer; qslc_runtime.load reads it from this folder"),
    ("physical.qasm", "the circuit on the device, OpenQASM 3"),
    ("physical.json", "the same, as Cirq reads it"),
    ("logical.json", "the circuit as written, as Cirq reads it"),
    ("report.json", "every number on this page, for programs"),
    ("report.md", "this page as Markdown"),
    ("manifest.json", "digests of the files, and the versions they were made with"),
)
"""Names, and what they hold."""
