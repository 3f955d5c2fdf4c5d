"""What a run's process is asked to do, and how it says that it cannot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Report: TypeAlias = Callable[[Mapping[str, Any]], None]
"""Tells the parent process how far the run is."""


class JobError(Exception):
    """The job cannot be done, and the user can change that."""

    def __init__(self, message: str, *, file: str = "", line: int = 0, help: str = "") -> None:  # noqa: A002
        super().__init__(message)
        self.details = {"message": message, "file": file, "line": line, "help": help}
