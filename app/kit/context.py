"""What the running request or job is called: ids for logs, audit rows and events."""

import re
import secrets
from contextvars import ContextVar
from dataclasses import dataclass

_TRACEPARENT = re.compile(r"^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$")


@dataclass(frozen=True, slots=True)
class Trace:
    """Ids of the running request or job."""

    request_id: str
    traceparent: str | None = None


_trace: ContextVar[Trace | None] = ContextVar("trace", default=None)


def set_trace(request_id: str | None = None, traceparent: str | None = None) -> Trace:
    """Begin a request or job; an unusable `traceparent` (W3C Trace Context) is dropped."""
    valid = traceparent if traceparent and _TRACEPARENT.match(traceparent) else None
    trace = Trace(request_id or secrets.token_hex(16), valid or f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01")
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
