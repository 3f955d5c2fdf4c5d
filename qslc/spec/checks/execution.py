"""Check how a layer is to be measured."""

from __future__ import annotations

from collections.abc import Iterator

from qslc.spec.model import Spec
from qslc.spec.places import Problem
from qslc.spec.wording import join_words
from qslc.targets.devices import DEVICES


def check_shots(spec: Spec) -> Iterator[Problem]:
    """Require shots or an error to reach, not both."""
    execution = spec.execution
    if execution.shots is not None and execution.error is not None:
        yield Problem(
            ("execution", "error"),
            "shots and error exclude each other: an error says how many shots are taken",
            "remove one of them",
        )


def check_mitigation(spec: Spec) -> Iterator[Problem]:
    """Require CZ where a method of mitigation works on CZ alone."""
    device = DEVICES[spec.device] if isinstance(spec.device, str) else spec.device
    gates: tuple[str, ...] = getattr(device, "gates", ())
    if "cz" in gates:
        return
    asked = {"twirling": spec.execution.mitigation.twirling > 0}
    asked["zne"] = spec.execution.mitigation.zne != "none"
    for key, wanted in asked.items():
        if wanted:
            yield Problem(
                ("execution", "mitigation", key),
                f"{key} needs a device with cz; this one has {join_words(gates, 'and')}",
                "leave it out, or choose another device",
            )


def check_confusion(spec: Spec) -> Iterator[Problem]:
    """Require readouts that tell a 0 from a 1 where their errors are inverted."""
    stated = getattr(spec.noise, "readout", None)
    inverted = spec.execution.mitigation.readout == "confusion"
    if inverted and stated is not None and stated.p01 + stated.p10 == 1:
        message = f"readouts with errors {stated.p01:g} and {stated.p10:g} say nothing: no inverse"
        path = ("execution", "mitigation", "readout")
        yield Problem(path, message, "leave it out, or lower the errors of noise.readout")
