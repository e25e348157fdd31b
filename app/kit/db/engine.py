"""Engines, one per login role, and transactions on them."""

import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from app.kit.db.reading import Reading
from app.kit.outside import look_twice, noted
from app.settings import Settings

# In a rush, such as the last minute of an inquiry, requests queue for a connection rather than fail; nobody waits longer.
POOL_PATIENCE_S = 30.0
READING = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
"""How a transaction that only reads is begun. It locks nothing, so nothing it reads can fail to be serialized."""


class Role(StrEnum):
    """The login roles. None is superuser or may bypass row-level security."""

    OWNER = "owner"
    APP = "app"
    WORKER = "worker"
    READER = "reader"
    AUDITOR = "auditor"
    BACKOFFICE = "backoffice"

    @property
    def login(self) -> str:
        """The role's name in PostgreSQL."""
        return f"partingline_{self.value}"


def role_password(settings: Settings, role: Role) -> str:
    """The derived password of a login role: a digest of the installation's secret key, so that none has to be stored."""
    key = settings.secret_key.get_secret_value().encode()
    return hmac.new(key, f"database role {role.value}".encode(), sha256).hexdigest()


def admin_url(settings: Settings) -> URL:
    """The administrative URL as SQLAlchemy's psycopg URL."""
    return make_url(settings.database_url.get_secret_value()).set(drivername="postgresql+psycopg")


def role_url(settings: Settings, role: Role) -> URL:
    """The URL of a role: given by a setting, or derived from the administrative one."""
    given = getattr(settings, f"{role.value}_database_url", None)
    if given is not None:
        return make_url(given.get_secret_value()).set(drivername="postgresql+psycopg")
    return admin_url(settings).set(username=role.login, password=role_password(settings, role))


class Database:
    """The engines of one process, made when first needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._engines: dict[Role, AsyncEngine] = {}
        self._reading: Reading | None = None

    @property
    def reading(self) -> Reading:
        """The connections that public documents are read by, under the role `reader`."""
        if self._reading is None:
            url = role_url(self._settings, Role.READER).set(drivername="postgresql")
            self._reading = Reading(
                self._settings, url.render_as_string(hide_password=False), patience_s=POOL_PATIENCE_S
            )
        return self._reading

    def engine(self, role: Role) -> AsyncEngine:
        """The pool of a role. Idle transactions are ended by the server, so a lost client cannot hold locks."""
        if role not in self._engines:
            options = (
                f"-c statement_timeout={self._settings.statement_timeout_ms} "
                "-c idle_in_transaction_session_timeout=60000 -c timezone=UTC"
            )
            self._engines[role] = create_async_engine(
                role_url(self._settings, role),
                pool_size=self._settings.pool_size,
                max_overflow=0,
                pool_timeout=POOL_PATIENCE_S,
                pool_pre_ping=False,
                # Neither a message nor a log line quotes what was written.
                hide_parameters=True,
                connect_args={"options": options, "application_name": f"partingline {role.value}"},
            )
        return self._engines[role]

    @asynccontextmanager
    async def transaction(self, role: Role = Role.APP, *, readonly: bool = False) -> AsyncIterator[AsyncSession]:
        """One transaction: committed when the block ends, rolled back when it raises. One that only reads sees one moment:
        what is read by two statements fits together, and what is committed meanwhile is not seen."""
        strict = self._settings.environment == "development"
        look_twice(self.engine(role))
        async with AsyncSession(self.engine(role), expire_on_commit=False, autoflush=True) as session:
            if readonly:
                await session.connection(execution_options=READING)
            with noted(session, strict=strict):
                async with _ending(session):
                    yield session

    async def close(self) -> None:
        """Close all pools."""
        for engine in self._engines.values():
            await engine.dispose()
        self._engines.clear()
        if self._reading is not None:
            await self._reading.close()
            self._reading = None


@asynccontextmanager
async def _ending(session: AsyncSession) -> AsyncIterator[None]:
    try:
        yield
    except BaseException:
        await session.rollback()
        raise
    else:
        await session.commit()
