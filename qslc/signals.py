"""Signals that ask a process to end, as the exception of an orderly exit."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

_ASKING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextmanager
def exit_on_signals() -> Iterator[None]:
    """Raise ``SystemExit`` where a signal would end the process, so that it can clean up.

    Signals that are ignored, as SIGHUP is under nohup, or handled, stay so. Other threads than the
    main one cannot handle signals: nothing changes there.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    changed = [number for number in _ASKING if signal.getsignal(number) is signal.SIG_DFL]
    for number in changed:
        signal.signal(number, _exit)
    try:
        yield
    finally:
        for number in changed:
            signal.signal(number, signal.SIG_DFL)


def _exit(number: int, _: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
