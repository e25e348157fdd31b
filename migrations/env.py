"""Alembic's environment: runs as the `owner` role, one transaction, one migrator at a time."""

from alembic import context
from sqlalchemy import create_engine, pool, text

from app.wiring import metadata

LOCK = 7_241_180_003


def _include(name, type_, parent_names):
    # procrastinate brings and owns its tables.
    return not (type_ == "table" and name.startswith("procrastinate_"))


def run() -> None:
    """Upgrade or check against the URL that `app.kit.db.migrate` hands over."""
    connection = context.config.attributes.get("connection")
    if connection is not None:
        _configure_and_run(connection)
        return
    engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        connection.commit()
        _configure_and_run(connection)


def _configure_and_run(connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata(),
        include_name=_include,
        compare_type=True,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
