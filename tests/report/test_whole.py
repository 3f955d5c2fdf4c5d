"""What a report says of the circuit from |0...0> and of its preparation."""

from __future__ import annotations

from typing import Any

import pytest

from qslc.pipeline import build_artifact, compile_spec
from qslc.spec import parse


def write(preparation: str, device: str = "weber") -> tuple[dict[str, Any], dict[str, str]]:
    text = (
        "qslc: 1\nname: a\nqubits: 4\n"
        f"encoder: {{kind: amplitude, features: 16, preparation: {preparation}}}\n"
        "ansatz: {depth: 1, entangler: {gate: cnot, pattern: linear}}\n"
        f"measure: [z, X0]\ndevice: {device}\n"
    )
    return build_artifact(compile_spec(parse(text)))


@pytest.fixture(scope="module")
def variational() -> tuple[dict[str, Any], dict[str, str]]:
    return write("{method: variational, depth: 4}")


def test_the_counts_of_the_preparation(variational: tuple[dict[str, Any], Any]) -> None:
    report, _ = variational
    made = report["encoder"]["preparation"]
    assert made["method"] == "variational"
    assert (made["depth"], made["qubits"], made["exact_two_qubit_gates"]) == (4, 4, 8)
    assert made["two_qubit_gates"] == report["encoder"]["two_qubit_gates"]
    assert made["angles"] == 4 + 2 * made["two_qubit_gates"]
    whole, layer = report["device_circuit"], report["physical"]
    assert whole["two_qubit_gates"] == made["two_qubit_gates"] + layer["two_qubit_gates"]
    assert whole["one_qubit_gates"] < made["one_qubit_gates"] + layer["one_qubit_gates"]
    assert report["encoder"]["in_circuit"]
    assert report["error_budget"]["state_preparation"] is None
    sources = {each["source"]: each["amount"] for each in report["error_budget"]["sources"]}
    assert sources["two-qubit gates"] == whole["two_qubit_gates"]
    assert report["error_budget"]["total"] == report["estimated_fidelity"]["chosen"]


def test_both_circuits_are_verified(variational: tuple[dict[str, Any], dict[str, str]]) -> None:
    report, files = variational
    for evidence in (report["verification"], report["device_circuit"]["verification"]):
        assert evidence["verdict"] == "equal"
    assert report["fallback_circuit"]["verification"]["verdict"] == "equal"
    assert "With its preparation, from" in files["report.html"]


def test_the_settings_name_their_files(variational: tuple[dict[str, Any], dict[str, str]]) -> None:
    report, files = variational
    for stem in ("device", "fallback"):
        settings = report[f"{stem}_circuit"]["settings"]
        assert [s["file"] for s in settings] == [f"{stem}.json", f"{stem}_2.json"]
        assert sorted(i for s in settings for i in s["observables"]) == [*range(5)]
        for setting in settings:
            assert setting["file"] in files
            assert setting["file"].replace("json", "qasm") in files


def test_the_pages_say_what_is_approximate(
    variational: tuple[dict[str, Any], dict[str, str]],
) -> None:
    _, files = variational
    for page in (files["report.md"], files["report.html"]):
        assert "with its preparation" in page
        assert "any vector exactly takes 8" in page
        assert "device_2, ... are of the other settings" in page
        assert "State preparation: two-qubit gates, counted with all-to-all" not in page


def test_a_multiplexed_preparation_has_no_fallback() -> None:
    report, files = write("multiplexed", "line")
    assert "fallback_circuit" not in report
    assert not [name for name in files if name.startswith("fallback")]
    made = report["encoder"]["preparation"]
    assert (made["method"], made["depth"], made["angles"]) == ("multiplexed", None, 15)
    assert made["two_qubit_gates"] >= made["exact_two_qubit_gates"] == 11


def test_a_setting_more_than_is_written_has_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qslc.report.compilation.data.MOST_WRITTEN", 1)
    report, files = write("multiplexed", "line")
    assert [s["file"] for s in report["device_circuit"]["settings"]] == ["device.json", None]
    assert "device_2.json" not in files
