"""Bring a PostgreSQL server to the schema of this version: login roles, ownership, migrations."""

from functools import lru_cache
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import URL

from app.kit.db.engine import Role, admin_url, role_password
from app.settings import Settings

LEAST_SERVER = 18
ROOT = Path(__file__).resolve().parents[3]
# Any number will do, as long as every copy of this program uses the same.
_LOCK = 7_241_180_001


class ServerTooOld(RuntimeError):
    """The PostgreSQL server is older than the schema needs."""


class SecretKeyMissing(RuntimeError):
    """PARTINGLINE_SECRET_KEY is not set, or too short to derive secrets from."""


def _plain_url(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def check_server(settings: Settings) -> int:
    """The server's major version. Raises `ServerTooOld` with a sentence for the operator."""
    with psycopg.connect(_plain_url(admin_url(settings)), connect_timeout=10) as connection:
        major = connection.info.server_version // 10_000
    if major < LEAST_SERVER:
        raise ServerTooOld(
            f"This PostgreSQL server is version {major}; Partingline needs {LEAST_SERVER} or newer. "
            "Upgrade the server or point DATABASE_URL at a newer one."
        )
    return major


def ensure_roles(settings: Settings) -> None:
    """Create the login roles and give the database to `owner`. Roles belong to the whole server, so this is idempotent."""
    if len(settings.secret_key.get_secret_value()) < 32:
        raise SecretKeyMissing("Set PARTINGLINE_SECRET_KEY to a random text of at least 32 characters.")
    url = admin_url(settings)
    with psycopg.connect(_plain_url(url), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        for role in Role:
            name = sql.Identifier(role.login)
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role.login,)).fetchone()
            if not known:
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
            connection.execute(
                sql.SQL("ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {}").format(
                    name, sql.Literal(role_password(settings, role))
                )
            )
        owner = sql.Identifier(Role.OWNER.login)
        database = sql.Identifier(url.database or "postgres")
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(owner))
        connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(database, owner))
        connection.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(owner))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        for role in Role:
            if role is not Role.OWNER:
                name = sql.Identifier(role.login)
                connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, name))
                connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name))


def alembic_config(settings: Settings) -> Config:
    """Alembic's configuration, with the `owner` role's URL."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["url"] = admin_url(settings).set(
        username=Role.OWNER.login, password=role_password(settings, Role.OWNER)
    )
    return config


@lru_cache(maxsize=1)
def older_revisions() -> frozenset[str]:
    """Every migration of this version but the newest."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    return frozenset(script.revision for script in scripts.walk_revisions()) - set(scripts.get_heads())


def migrate(settings: Settings) -> None:
    """Make roles, then upgrade to the newest migration as `owner`. Safe to run again and by several at once."""
    check_server(settings)
    ensure_roles(settings)
    command.upgrade(alembic_config(settings), "head")
