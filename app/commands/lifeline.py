"""How a long-running process ends: tidily on SIGTERM, and never later than the process that started it."""

import os
import signal
import sys
import threading
from types import FrameType

PATIENCE_S = 25.0


def end_tidily(*, with_parent: bool) -> None:
    """Let SIGTERM unwind the stack, so that whatever was started is stopped; optionally end with standard input.

    `with_parent`: standard input is a pipe whose writing end only the parent holds. The kernel closes it however the
    parent dies, `kill -9` included.
    """
    signal.signal(signal.SIGTERM, _leave)
    if with_parent:
        threading.Thread(target=_wait_for_parent, name="lifeline", daemon=True).start()


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _wait_for_parent() -> None:
    while os.read(sys.stdin.fileno(), 64):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(PATIENCE_S)
    os._exit(1)
