"""An event of the tests, a receiver of webhooks, and jobs that need not be waited for."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
import uvicorn

from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from app.kit.outbox import Event, announce
from tests.market import Market


class LampLit(Event, name="test.lamp_lit.v1", subject=("lamp", "lamp_id")):
    lamp_id: UUID
    note: str = ""


async def light(market: Market, *organizations: UUID, lamp_id: UUID | None = None, note: str = "") -> UUID:
    """Announce an event to some organizations; its id."""
    async with market.db.transaction() as session:
        await act_for(session, organizations[0])
        event = LampLit(lamp_id=lamp_id or new_id(), note=note)
        return await announce(session, event, organizations=organizations)


@dataclass
class Received:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """A system of somebody else: answers what it was told to, then 204."""

    port: int = 0
    received: list[Received] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    delay_s: float = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        self.received.append(Received(scope["method"], scope["path"], headers, body))
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        status, extra, answer = self.answers.pop(0) if self.answers else (204, {}, b"")
        raw = [(name.encode(), value.encode()) for name, value in extra.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": answer})


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver under uvicorn on a loopback port."""
    receiver = Receiver()
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    receiver.port = listener.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(receiver, log_config=None, lifespan="off", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield receiver
    finally:
        server.should_exit = True
        thread.join(timeout=5)
        listener.close()


def hurry(owner: psycopg.Connection[tuple[object, ...]]) -> int:
    """Let the jobs that wait for their time begin now; how many."""
    return owner.execute(
        "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo' AND scheduled_at > now()"
    ).rowcount


def leave_job_to_a_dead_worker(owner: psycopg.Connection[tuple[object, ...]], task: str) -> None:
    """As if a worker had been killed while it ran the job: the job is being done by one that is not heard of any more."""
    row = owner.execute(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id"
    ).fetchone()
    assert row is not None
    changed = owner.execute(
        "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE task_name = %s AND status = 'todo'",
        (row[0], task),
    )
    assert changed.rowcount == 1
