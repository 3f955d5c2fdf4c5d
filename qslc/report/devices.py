"""Show devices on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.table import Table


def tabulate_devices(entries: Iterable[Mapping[str, Any]]) -> Table:
    """Tabulate the entries of ``qslc.spec.devices.list_devices``, as mappings."""
    table = Table("device:", "qubits", "couplers", "native", "calibrated", "", box=None)
    for entry in entries:
        table.add_row(
            entry["spelling"],
            str(entry["qubits"] or "any"),
            str(entry["couplers"] or "any"),
            " ".join(entry["gates"]),
            "yes" if entry["calibrated"] else "",
            entry["about"],
            style=None,
        )
    return table
