"""What proofs stand on: an embedded PostgreSQL with its normal durability, and our own processes on it."""

import os
import secrets
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psycopg

from app.demo.processes import Child
from app.kit.embedded import EmbeddedPostgres
from app.settings import Settings, get_settings

READY_WITHIN_S = 90.0


@contextmanager
def own_database(name: str) -> Iterator[tuple[str, Path]]:
    """An empty database on a server of its own, which is as careful as a kept one; its URL and a folder beside it."""
    with tempfile.TemporaryDirectory(prefix=f"{name}-") as folder:
        data_dir = Path(folder)
        data_dir.chmod(0o755)
        with EmbeddedPostgres(data_dir / "postgres") as server:
            with psycopg.connect(server.url(), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
            yield server.url(name), data_dir


@contextmanager
def own_settings(database_url: str, data_dir: Path, **variables: str) -> Iterator[Settings]:
    """Settings as an installation's environment gives them, for this process and its children: the rest is default."""
    given = {
        "DATABASE_URL": database_url,
        "PARTINGLINE_SECRET_KEY": secrets.token_hex(32),
        "PARTINGLINE_DATA_DIR": str(data_dir),
        **variables,
    }
    with environment(given):
        yield get_settings()


@contextmanager
def environment(variables: dict[str, str]) -> Iterator[None]:
    """Set environment variables for a while."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    get_settings.cache_clear()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        get_settings.cache_clear()


@contextmanager
def api_processes(number: int, data_dir: Path) -> Iterator[list[str]]:
    """So many `serve` processes, each on a port of its own; their addresses, once they are ready."""
    with ExitStack() as stack:
        addresses = []
        for index in range(number):
            port = free_port()
            child = Child(
                "API", ["serve", "--host", "127.0.0.1", "--port", str(port)], data_dir / f"api-{index + 1}.log"
            )
            child.start()
            stack.callback(child.stop)
            addresses.append(f"http://127.0.0.1:{port}")
        for address in addresses:
            until_ready(address)
        yield addresses


def free_port() -> int:
    """A loopback port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until_ready(address: str, path: str = "/readyz") -> None:
    """Wait until a server answers."""
    deadline = time.monotonic() + READY_WITHIN_S
    # Made once: making one takes longer than asking.
    with httpx.Client(timeout=5) as asker:
        while time.monotonic() < deadline:
            try:
                if asker.get(f"{address}{path}").is_success:
                    return
            except httpx.HTTPError:
                time.sleep(0.2)
    raise RuntimeError(f"{address} was not ready")
