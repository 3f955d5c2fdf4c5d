"""The Python builder, driven by the plain data of a spec."""

from __future__ import annotations

from typing import Any

from qslc.spec import Spec, Sublayer, gates, sublayer


def built(data: dict[str, Any]) -> Spec:
    """The spec that a person would have written with the builder."""
    builder = _ansatz(_encoder(sublayer(data["name"], data["qubits"]), data["encoder"]), data)
    if "measure" in data:
        measure = data["measure"]
        builder = builder.measure(*([measure] if isinstance(measure, str) else measure))
    if "device" in data:
        builder = _named_or_options(builder.on, data["device"])
    if "noise" in data:
        builder = _named_or_options(builder.noise, data["noise"])
    return builder.optimize(**data.get("optimize", {})).spec()


def _encoder(builder: Sublayer, data: dict[str, Any]) -> Sublayer:
    options = {key: value for key, value in data.items() if key != "kind"}
    if isinstance(options.get("project"), dict):
        options["project"] = tuple(options["project"]["slice"])
    method = "no_encoder" if data["kind"] == "none" else data["kind"]
    return getattr(builder, method)(**options)


def _ansatz(builder: Sublayer, data: dict[str, Any]) -> Sublayer:
    ansatz = dict(data["ansatz"])
    if "block" in ansatz:
        block = [(name, gate) for entry in ansatz.pop("block") for name, gate in entry.items()]
        return builder.block(*(getattr(gates, name)(**gate) for name, gate in block), **ansatz)
    entangler = ansatz.pop("entangler")
    if entangler == "none":
        return builder.layers(entangler=None, **ansatz)
    return builder.layers(entangler=entangler["gate"], pattern=entangler["pattern"], **ansatz)


def _named_or_options(method: Any, value: Any) -> Sublayer:
    return method(value) if isinstance(value, str) else method(**value)
