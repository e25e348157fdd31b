"""The receiving end of webhooks: verifies the signature over the raw body, answers at once, and keeps each event once."""

import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

Json = dict[str, Any]
LARGEST_BODY = 1_000_000


class Receiver:
    """A small HTTP server. `events` holds what was verified, in the order of arrival; the work is done elsewhere."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.events: queue.Queue[Json] = queue.Queue()
        self.refused = 0
        self._secrets: list[str] = []
        self._seen: set[str] = set()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer((host, 0), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        """Where webhooks are sent to. On the internet this is https behind your proxy."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}/partingline"

    def trust(self, secret: str) -> None:
        """A secret to verify with. While a rotation overlaps there are two."""
        self._secrets.append(secret)

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def take(self, body: bytes, headers: dict[str, str]) -> int:
        """The status to answer a delivery with. Header names are in lower case."""
        for secret in self._secrets:
            try:
                event = Webhook(secret).verify(body, headers)
            except WebhookVerificationError:
                continue
            with self._lock:
                # Deliveries may come twice; in a real system this set is a table with a unique column.
                if headers["webhook-id"] not in self._seen:
                    self._seen.add(headers["webhook-id"])
                    self.events.put(event)
            return 204
        self.refused += 1
        return 401

    def wait_for(self, kind: str, seconds: float = 60, **data: str) -> Json:
        """The next event of a type whose data are so. Others that came before it are put aside."""
        while True:
            event = self.events.get(timeout=seconds)
            if event["type"] == kind and all(event["data"].get(name) == value for name, value in data.items()):
                return event

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                if length > LARGEST_BODY:
                    self._answer(413)
                    return
                headers = {name.lower(): value for name, value in self.headers.items()}
                self._answer(receiver.take(self.rfile.read(length), headers))

            def _answer(self, status: int) -> None:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that the base class gives it
                """Say nothing."""

        return Handler
