"""Each error: an input beside the exact message it must cause.

QSLC_UPDATE_GOLDEN=1 writes the messages anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from qslc.diagnostics import InputError
from qslc.spec import load

FOLDER = Path(__file__).parents[1] / "golden" / "diagnostics"
CASES = sorted(path.name for path in FOLDER.glob("*.yaml"))


def message(name: str) -> str:
    with pytest.raises(InputError) as caught:
        load(name)
    return f"{caught.value}\n"


@pytest.mark.parametrize("name", CASES)
def test_the_message_is_exactly_this(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)
    expected = Path(name).with_suffix(".txt")
    if "QSLC_UPDATE_GOLDEN" in os.environ:
        expected.write_text(message(name), encoding="utf-8")
    assert message(name) == expected.read_text(encoding="utf-8")


def test_every_message_has_its_input() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == {Path(name).stem for name in CASES}
