"""Whether this process was asked to end: answers that go on for minutes end then, instead of being waited for."""

import signal
import threading
from collections.abc import Callable
from functools import partial
from types import FrameType

_asked = threading.Event()


def is_asked() -> bool:
    """Whether the process was asked to end."""
    return _asked.is_set()


def listen() -> None:
    """Take note of SIGTERM and SIGINT before whoever handles them. A server whose main thread is another's does without."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)
        if callable(before):
            signal.signal(number, partial(_heard, before))


def _heard(before: Callable[[int, FrameType | None], object], number: int, frame: FrameType | None) -> None:
    _asked.set()
    before(number, frame)
