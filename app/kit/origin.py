"""Where a form comes from: browsers say it, and one that another site made them send is refused."""

from starlette.datastructures import Headers
from starlette.types import Scope

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def sent_from_elsewhere(scope: Scope) -> bool:
    """Whether a browser was made to send this request by a page of another site (`Sec-Fetch-Site`, `Origin`)."""
    if scope["method"] in _SAFE:
        return False
    headers = Headers(scope=scope)
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2] != headers.get("host")
