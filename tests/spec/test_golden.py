"""Each error: an input above the exact message that it must cause, in one file.

QSLC_UPDATE_GOLDEN=1 writes the messages anew.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from qslc.diagnostics import InputError
from qslc.spec import load

FOLDER = Path(__file__).parents[1] / "golden" / "diagnostics"
CASES = sorted(FOLDER.glob("*.txt"))
BETWEEN = b"======== qslc check ========\n"


@pytest.fixture(autouse=True)
def _in_a_folder_with_the_devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(FOLDER / "devices", tmp_path / "devices")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_the_message_is_exactly_this(case: Path) -> None:
    spec, expected = case.read_bytes().split(BETWEEN)
    path = Path(f"{case.stem}.yaml")
    path.write_bytes(spec)
    with pytest.raises(InputError) as caught:
        load(path.name)
    message = f"{caught.value}\n".encode()
    if "QSLC_UPDATE_GOLDEN" in os.environ:
        case.write_bytes(spec + BETWEEN + message)
    else:
        assert message.decode() == expected.decode()
