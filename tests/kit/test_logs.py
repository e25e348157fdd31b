"""Log lines: ids that lead to the request or job, and nobody's data."""

import json
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import logs
from app.kit.context import current_request_id, current_trace, set_trace
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from app.kit.jobs import Runtime, defer, job
from app.kit.outbox import Event, Told, announce, reaction
from app.settings import Settings
from tests.market import Market

SEEN: list[tuple[str | None, str | None]] = []


@job("test.note_ids")
async def note_ids(runtime: Runtime) -> None:
    SEEN.append((current_request_id(), current_trace()))


class BellRung(Event, name="test.bell_rung.v1", subject=("bell", "bell_id")):
    bell_id: str


@reaction(BellRung, name="test.note_ids_of_reaction")
async def note_ids_of_reaction(session: AsyncSession, told: Told) -> None:
    SEEN.append((current_request_id(), current_trace()))


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """Logging as in production, for one test."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers, root.level
    logs.configure(Settings(log_format="json", log_level="info"))
    out = StringIO()
    for handler in root.handlers:
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(out)
    yield out
    root.handlers = handlers
    root.setLevel(level)
    structlog.configure(**before)


async def test_a_fault_is_found_by_its_line_and_quotes_nobody(market: Market, lines: StringIO) -> None:
    """PostgreSQL quotes the whole row of a failed insertion, SQLAlchemy the parameters, Pydantic the input."""
    try:
        async with market.db.transaction(Role.APP) as session:
            await session.execute(
                text("SELECT CAST(CAST(:address AS text) AS integer)"), {"address": "erika@secret.example"}
            )
    except Exception as error:
        logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=error)
        structlog.get_logger("app.test").error("unhandled", exc_info=error)
    out = lines.getvalue()
    assert "erika" not in out
    found = [json.loads(line) for line in out.splitlines()]
    assert [line["event"] for line in found] == ["Exception in ASGI application", "unhandled"]
    for line in found:
        assert "test_logs.py" in line["exception"]
        assert "psycopg.errors.InvalidTextRepresentation 22P02" in line["exception"]


def test_a_fault_of_a_job_quotes_nobody(lines: StringIO) -> None:
    logging.getLogger("procrastinate.worker").error("Job ended", exc_info=ValueError("erika@secret.example"))
    line = json.loads(lines.getvalue())
    assert line["exception"].endswith("ValueError")


async def test_jobs_and_reactions_have_ids(market: Market) -> None:
    SEEN.clear()
    firm = await market.firm("buyer")
    set_trace()
    begun = current_trace()
    async with market.db.transaction() as session:
        await act_for(session, firm.id)
        await defer(session, "test.note_ids")
        await defer(session, "test.note_ids")
        await announce(session, BellRung(bell_id=str(new_id())), organizations=[firm.id])
    await market.work()
    assert len(SEEN) == 3
    names = [name or "" for name, _ in SEEN]
    assert len(set(names)) == 3 and all(name.startswith("job-") for name in names), names
    assert len({trace for _, trace in SEEN if trace}) == 3
    assert begun in {trace for _, trace in SEEN}
