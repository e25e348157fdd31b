"""Builders of webhook sources, and of the messages that partners' systems sign and send."""

import base64
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

import httpx
from standardwebhooks.webhooks import Webhook

from app.kit.ids import new_id
from tests.market import Caller, Market


@dataclass
class Source:
    """A system that sends signed messages."""

    market: Market
    manager: Caller
    id: str
    secret: str

    @property
    def path(self) -> str:
        """Its address."""
        return f"/v1/webhook-sources/{self.id}"

    def headers(self, body: str, *, webhook_id: str = "", age: timedelta = timedelta(0)) -> dict[str, str]:
        """Signed by the library that partners use."""
        webhook_id = webhook_id or f"msg_{new_id().hex}"
        moment = (self.market.clock.now() - age).astimezone(UTC)
        return {
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": Webhook(self.secret).sign(webhook_id, moment, body),
            "Content-Type": "application/json",
        }

    async def post(self, body: str, headers: dict[str, str]) -> httpx.Response:
        """Send a body as it is."""
        return await self.market.http.post(f"{self.path}/messages", content=body.encode(), headers=headers)

    async def post_bytes(self, body: bytes) -> httpx.Response:
        """Send bytes, rightly signed."""
        headers = self.headers("", webhook_id="msg_bytes")
        content = f"msg_bytes.{headers['webhook-timestamp']}.".encode() + body
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signature = base64.b64encode(hmac.digest(key, content, "sha256")).decode()
        headers["webhook-signature"] = f"v1,{signature}"
        return await self.market.http.post(f"{self.path}/messages", content=body, headers=headers)

    async def send(self, kind: str, data: dict[str, Any], webhook_id: str = "") -> httpx.Response:
        """Send a message that must be taken."""
        body = json.dumps({"type": kind, "timestamp": self.market.clock.now().isoformat(), "data": data})
        answer = await self.post(body, self.headers(body, webhook_id=webhook_id))
        assert answer.status_code == 202, answer.text
        return answer

    async def log(self, query: str = "", **options: Any) -> list[dict[str, Any]]:
        """What became of its messages, the newest first."""
        answer = await self.manager.get(f"{self.path}/messages{query}", **options)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    async def handled(self, kind: str, data: dict[str, Any]) -> dict[str, Any]:
        """Send a message, let the worker do its work, and look."""
        sent = (await self.send(kind, data)).json()["id"]
        await self.market.work()
        answer = await self.manager.get(f"{self.path}/messages/{sent}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


async def source_of(market: Market, manager: Caller, *scopes: str) -> Source:
    """A new source of the manager's organization."""
    made = await manager.post("/v1/webhook-sources", json={"name": "TMS", "scopes": scopes})
    assert made.status_code == 201, made.text
    return Source(market, manager, made.json()["id"], made.json()["secret"])
