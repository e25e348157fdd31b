"""The provider as a process of its own, which remembers all that it has answered."""

import threading
from pathlib import Path

from app.commands.failures import CommandError
from app.commands.provider import kept_provider
from app.demo.provider.server import StripeServer
from app.demo.provider.telling import Endpoint

FILE = "payment_provider.sqlite3"


def serve(data_dir: Path, tells: str) -> None:
    """Answer at the port that is kept in the folder, until the process ends; `tells` is the house's address for events."""
    kept = kept_provider(data_dir)
    if kept is None:
        raise CommandError(f"{data_dir} keeps no keys of a payment provider; `partingline demo` makes them.")
    endpoint = Endpoint(tells, kept.webhook_secret)
    with StripeServer(api_key=kept.secret_key, port=kept.port, file=data_dir / FILE, endpoint=endpoint):
        threading.Event().wait()
