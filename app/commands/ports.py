"""Whether a port can be listened on, asked before anything heavier starts."""

import errno
import socket
from contextlib import suppress

from app.commands.failures import CommandError


def a_free_port(host: str, wanted: int | None = None) -> int:
    """A port that nobody listens on: the one that is wanted, if it is such."""
    for port in (wanted, 0) if wanted else (0,):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return int(probe.getsockname()[1])
    raise CommandError(f"There is no free port on {host}.")


def require_free(host: str, port: int) -> None:
    """Raise `CommandError` with a way out when the port cannot be bound."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CommandError(
                    f"Port {port} on {host} is taken by another program. Stop that one, or choose another port: "
                    f'`--port {port + 1}` (with make: `make demo ARGS="--port {port + 1}"`).'
                ) from error
            if error.errno == errno.EACCES:
                raise CommandError(f"Port {port} needs more rights than you have: choose one above 1023.") from error
            raise CommandError(
                f"{host}:{port} cannot be listened on: {error.strerror}. Choose another --host."
            ) from error
