"""The commands of ``qslc device``, which make device files."""

from __future__ import annotations

from pathlib import Path

import typer

from qslc import options as given
from qslc.terminal import Commands, print_json

device = typer.Typer(cls=Commands, no_args_is_help=True, rich_markup_mode="markdown")


@device.command("import", epilog="Example: qslc device import ibm_fez_calibrations.csv -o fez.json")
def import_command(
    ctx: typer.Context,
    file: given.Measured,
    output: given.DeviceFile = None,
    name: given.DeviceName = "",
    one_qubit_ns: given.OneQubitNs = 25.0,
    two_qubit_ns: given.TwoQubitNs = 32.0,
    as_json: given.AsJson = False,
) -> None:
    """Make a device file from what was measured on a chip.

    Reads the properties of a Qiskit backend as JSON, the CSV file of IBM Quantum, or a calibration
    of Cirq as JSON. Dead qubits and couplers are left out; the file's notes say which.
    """
    import json

    from qslc.importers.files import import_device, save_device

    text = import_device(file, name, one_qubit_ns, two_qubit_ns)
    data = json.loads(text)
    path = output or Path(f"{data['name']}.json")
    save_device(path, text)
    if as_json:
        print_json({"file": str(path), **data})
        return
    for line in (*data.get("notes", ()), f"device: {{file: {path}}}"):
        ctx.obj.say(line)
