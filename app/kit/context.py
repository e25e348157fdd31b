"""What the running request or job is called: ids for logs, audit rows and events."""

import re
import secrets
from contextvars import ContextVar

_TRACEPARENT = re.compile(r"^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$")


class Trace:
    """Ids of the running request or job. The traceparent of one that has none yet is made when somebody asks for it."""

    __slots__ = ("_traceparent", "request_id")

    def __init__(self, request_id: str, traceparent: str | None = None) -> None:
        self.request_id = request_id
        self._traceparent = traceparent

    @property
    def traceparent(self) -> str:
        """The W3C traceparent; the same whenever it is asked for."""
        if self._traceparent is None:
            self._traceparent = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
        return self._traceparent


_trace: ContextVar[Trace | None] = ContextVar("trace", default=None)


def set_trace(request_id: str | None = None, traceparent: str | None = None) -> Trace:
    """Begin a request or job; an unusable `traceparent` (W3C Trace Context) is dropped."""
    valid = traceparent if traceparent and _TRACEPARENT.match(traceparent) else None
    trace = Trace(request_id or secrets.token_hex(16), valid)
    _trace.set(trace)
    return trace


def current_trace() -> str | None:
    """The W3C traceparent of the running request or job."""
    trace = _trace.get()
    return trace.traceparent if trace else None


def current_request_id() -> str | None:
    """The id of the running request or job."""
    trace = _trace.get()
    return trace.request_id if trace else None
