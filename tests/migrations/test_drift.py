"""The migrations make exactly the tables that the models describe, in one line of descent."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from app.kit.db.migrate import alembic_config
from app.settings import Settings
from app.wiring import metadata


def differences(settings: Settings) -> list[object]:
    """What alembic would change."""
    engine = create_engine(alembic_config(settings).attributes["url"])
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_name": lambda name, kind, _: not (kind == "table" and name.startswith("procrastinate_")),
                "compare_type": True,
            },
        )
        found = compare_metadata(context, metadata())
    engine.dispose()
    return list(found)


def test_no_drift(settings: Settings) -> None:
    assert len(metadata().tables) > 15
    assert differences(settings) == []


def test_the_check_sees_a_missing_column(settings: Settings) -> None:
    engine = create_engine(alembic_config(settings).attributes["url"])
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE people DROP COLUMN time_zone")
    engine.dispose()
    assert len(differences(settings)) == 1


def test_one_head(settings: Settings) -> None:
    assert len(ScriptDirectory.from_config(alembic_config(settings)).get_heads()) == 1
