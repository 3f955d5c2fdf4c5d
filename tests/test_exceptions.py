"""Every exception of ours survives pickle and copy, so that it can cross processes and machines."""

from __future__ import annotations

import ast
import copy
import importlib
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qslc.diagnostics import Diagnostic, Span

ROOT = Path(__file__).parents[1]
PACKAGES = ("qslc", "runtime/qslc_runtime", "qslc_study", "templates/qslc_templates")

DIAGNOSTIC = Diagnostic("wrong", Span("a.yaml", 3, 7, 2, "qubits: ten"), "qubits", "a number")
MADE: dict[str, Callable[[type], BaseException]] = {
    "InputError": lambda of: of(DIAGNOSTIC, Diagnostic("also wrong")),
    "KilledError": lambda of: of(DIAGNOSTIC),
    "StudyError": lambda of: of(DIAGNOSTIC),
}
"""How those are made that take more than a message."""


def find_exceptions() -> Iterator[type[BaseException]]:
    """Yield the exception classes of all packages; only modules that may hold one are imported."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            bases = {
                ast.unparse(base)
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                if isinstance(node, ast.ClassDef)
                for base in node.bases
            }
            if not any(base.endswith(("Error", "Exception", "Warning")) for base in bases):
                continue
            relative = path.relative_to((ROOT / package).parent).with_suffix("")
            module = importlib.import_module(".".join(relative.parts))
            classes = (value for value in vars(module).values() if isinstance(value, type))
            for found in classes:
                if issubclass(found, BaseException) and found.__module__ == module.__name__:
                    yield found


FOUND = tuple(find_exceptions())


@pytest.mark.parametrize("of", FOUND, ids=lambda of: of.__name__)
@pytest.mark.parametrize(
    "twin",
    [
        copy.copy,
        copy.deepcopy,
        *(
            lambda error, protocol=protocol: pickle.loads(pickle.dumps(error, protocol))
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
        ),
    ],
)
def test_a_copy_is_the_same(of: type[BaseException], twin: Callable[..., BaseException]) -> None:
    error = MADE.get(of.__name__, lambda of: of("wrong"))(of)
    again = twin(error)
    assert type(again) is of
    assert str(again) == str(error)
    assert again.args == error.args
    assert vars(again) == vars(error)


def test_all_are_found() -> None:
    assert {"InputError", "CompilerFaultError", "ArtifactNotFoundError"} <= {
        of.__name__ for of in FOUND
    }
