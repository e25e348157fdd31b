"""One call of Stripe: how it is sent, and what its failure means.

Nothing is tried again here, nothing that Stripe wrote is passed on, and no failure carries the library's own, in which bodies and
headers stand.
"""

import logging
import ssl
from collections.abc import Awaitable, Mapping
from functools import lru_cache
from typing import Any, ClassVar

import httpx
import stripe
import structlog
from pydantic import SecretStr

from app.gateways.payments.errors import (
    DeclineReason,
    PaymentError,
    PaymentKeyReused,
    PaymentNotDone,
    PaymentUnavailable,
)
from app.gateways.payments.stripe.declines import reason_of

API_BASE = "https://api.stripe.com"
API_VERSION = "2026-10-28.endive"
"""What shapes of objects and events we understand; an endpoint for events is made with the same."""

log = structlog.get_logger(__name__)

stripe.enable_telemetry = False
# Below warnings it writes whole answers, client secrets included.
logging.getLogger("stripe").setLevel(logging.WARNING)


class Rejected(PaymentError):
    """Stripe did not do it: the call cannot be done as it is. What that means depends on the call; where it is not said, the
    account is not set up for it."""

    code: ClassVar[str] = "payment_call_rejected"

    def __init__(self, told: str | None, param: str | None) -> None:
        super().__init__(told=told, param=param)
        self.told, self.param = told, param

    @property
    def is_unknown(self) -> bool:
        """Whether something that was named is not there."""
        return self.told == "resource_missing"


class Declined(Exception):
    """Whoever keeps the money refused. `payment` is the payment intent's id, where there is one."""

    def __init__(self, reason: DeclineReason, payment: str | None) -> None:
        super().__init__(reason)
        self.reason, self.payment = reason, payment


class StripeCaller:
    """A client of the API, with our limits."""

    def __init__(self, secret_key: SecretStr, *, api_base: str, timeout_s: float, connect_timeout_s: float) -> None:
        self._http = _Http(httpx.Timeout(timeout_s, connect=connect_timeout_s))
        self._client = stripe.StripeClient(
            secret_key.get_secret_value(),
            stripe_version=API_VERSION,
            base_addresses={"api": api_base},
            max_network_retries=0,
            http_client=self._http,
        )

    @property
    def v1(self) -> Any:
        """The services of the API."""
        return self._client.v1

    async def ask(self, call: Awaitable[Any]) -> dict[str, Any]:
        """The answer as plain values. Raises `Rejected`, `Declined`, `PaymentKeyReused`, `PaymentUnavailable`."""
        try:
            found: dict[str, Any] = (await call).to_dict()
            return found
        except stripe.StripeError as error:
            meaning = _meaning(error)
        raise meaning

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.close_async()


def _meaning(error: Any) -> PaymentError | Rejected | Declined:
    told = _told(error)
    if isinstance(error, stripe.CardError):
        return Declined(reason_of(told.get("decline_code"), told.get("code")), _id(told.get("payment_intent")))
    if isinstance(error, stripe.IdempotencyError):
        return PaymentKeyReused()
    if isinstance(error, stripe.RateLimitError):
        return PaymentNotDone(reason="busy")
    if isinstance(error, stripe.PermissionError) and told.get("code") == "account_invalid":
        # A supplier's account that is not, or no longer, one of ours.
        return Rejected("account_invalid", None)
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        log.error("payments_not_authorized", status=error.http_status, request_id=error.request_id)
        return PaymentNotDone(reason="not_authorized")
    if isinstance(error, stripe.InvalidRequestError):
        return Rejected(error.code, error.param)
    if isinstance(error, stripe.APIConnectionError):
        cause = error.__cause__
        if isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
            return PaymentNotDone(reason="unreachable")
        return PaymentUnavailable(reason=type(cause).__name__)
    return PaymentUnavailable(status=error.http_status)


def _told(error: Any) -> Mapping[str, Any]:
    body = error.json_body
    found = body.get("error") if isinstance(body, dict) else None
    return found if isinstance(found, dict) else {}


def _id(thing: object) -> str | None:
    return str(thing["id"]) if isinstance(thing, dict) and "id" in thing else None


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """Read once: it takes longer than a call."""
    return httpx.create_ssl_context(trust_env=False)


class _Http(stripe.HTTPClient):  # type: ignore[misc]
    """httpx with our limits; no proxy or certificate of the environment changes the way."""

    name = "httpx"

    def __init__(self, timeout: httpx.Timeout) -> None:
        super().__init__()
        self._httpx = httpx.AsyncClient(timeout=timeout, verify=_tls(), trust_env=False, follow_redirects=False)

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: str | None = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        content = post_data.encode() if post_data else None
        try:
            answer = await self._httpx.request(method, url, headers=dict(headers), content=content)
        except httpx.HTTPError as error:
            raise stripe.APIConnectionError(type(error).__name__) from error  # type: ignore[no-untyped-call]
        return answer.content, answer.status_code, answer.headers

    async def close_async(self) -> None:
        await self._httpx.aclose()
