"""What a node of a cluster does with a run: it gets the files, and trains as every machine does."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from qslc.diagnostics import InputError
from qslc_study.executors.shipping import find_cache, map_paths, unpack
from qslc_study.progress import Progress
from qslc_study.worker import KilledError, converse, encode_error

PACKAGES = ("qslc", "keras", "keras-hub", "numpy", "tensorflow", "jax", "jaxlib")
"""The packages whose versions decide a run's numbers; JAX's only where it trains with that."""

TRIES = 3
"""How often an engine starts a run again whose node or process was lost."""

HIDDEN = {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}
"""The environment of a run without a GPU. JAX fails where it sees a driver and no device."""

_SECONDS = 0.5
"""Least time between two messages about steps: enough for the eye."""


def make_task(module: str) -> Callable[..., Any]:
    """Return the function that trains a run on a node, for an engine to send.

    Engines send a function within a function as code, others by name: this one can say what is
    wrong where no qslc, or another one, is installed.

    Args:
        module: Module with the function ``train`` that goes on where versions agree.
    """
    expected = find_versions()

    def train(order: Mapping[str, Any], *more: Any) -> Any:
        from importlib import import_module
        from importlib.metadata import PackageNotFoundError, version
        from platform import node

        settings = order.get("job", {}).get("identity", {}).get("training", {})
        idle = {"jax", "jaxlib"} if settings.get("backend") != "jax" else set()
        wrong = []
        for name, wanted in expected.items():
            if name in idle:
                continue
            try:
                found = version(name)
            except PackageNotFoundError:
                found = "none"
            if found != wanted:
                wrong.append(f"{name} {found} instead of {wanted}")
        if wrong:
            message = f"the node {node()} has {', '.join(wrong)}"
            advice = "install the same versions there as here"
            return {"error": [{"message": message, "help": advice}]}
        return import_module(module).train(order, *more)

    return train


def find_versions() -> dict[str, str]:
    """Return the version of each of the packages here; none is imported."""
    return {name: _find_version(name) for name in PACKAGES}


def _find_version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def train(order: Mapping[str, Any], get: Callable[[Any], bytes], send: Progress) -> Any:
    """Train a run here, and return the last message of its process.

    Args:
        order: What ``Cluster`` makes: the job, the shipments of its paths, and its share.
        get: Function that returns the piece of a handle.
        send: Function that sends a message to the study.

    Raises:
        KilledError: Something ended the process of the run, which may be done again.
    """
    node = platform.node()
    send({"stage": f"on {node}", "node": node})
    try:
        paths = {path: unpack(each, find_cache(), get) for path, each in order["shipments"].items()}
        places = map_paths(order["job"]["places"], lambda path: str(paths[path]))
        hidden = {} if order["gpus"] else HIDDEN
        job = {**order["job"], "places": places}
        return converse(job, order["threads"], _thin_out(send), hidden)
    except KilledError:
        raise
    except InputError as error:
        return encode_error(error)


def _thin_out(send: Progress) -> Progress:
    """Leave out messages about steps that come too soon after another one."""
    last = -_SECONDS

    def pass_on(message: Mapping[str, Any]) -> None:
        nonlocal last
        now = time.monotonic()
        if "step" not in message or now - last >= _SECONDS:
            last = now
            send(message)

    return pass_on
