"""Events and reactions: together with the change or not at all, and each reaction exactly once."""

from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from app.kit.outbox import Event, OutboxEvent, ReactionDone, Told, announce, reaction
from tests.market import Market

HEARD: list[tuple[UUID, int]] = []
FAIL_ONCE: set[str] = set()


class BellRang(Event, name="test.bell_rang.v1", subject=("bell", "bell_id")):
    bell_id: UUID


@reaction(BellRang, name="test.hear_bell")
async def hear_bell(session: AsyncSession, told: Told) -> None:
    HEARD.append((told.event.bell_id, told.sequence))


async def ring(market: Market, bell_id: UUID, organization_id: UUID, *, then_fail: bool = False) -> None:
    async with market.db.transaction() as session:
        await act_for(session, organization_id)
        await announce(session, BellRang(bell_id=bell_id), organizations=[organization_id])
        if then_fail:
            raise RuntimeError("the change failed")


async def test_events_are_numbered_per_entity_and_heard_once(market: Market) -> None:
    firm = await market.firm("buyer")
    bell = new_id()
    HEARD.clear()
    await ring(market, bell, firm.id)
    await ring(market, bell, firm.id)
    await market.work()
    assert sorted(HEARD) == [(bell, 1), (bell, 2)]
    async with market.db.transaction(Role.WORKER) as session:
        events = (await session.scalars(select(OutboxEvent.id))).all()
        from app.kit.jobs import defer

        for event_id in events:
            await defer(session, "kit.dispatch_event", event_id=str(event_id))
    await market.work()
    assert len(HEARD) == 2
    async with market.db.transaction(Role.AUDITOR) as session:
        assert await session.scalar(select(func.count()).select_from(ReactionDone)) >= 2


async def test_a_failed_change_leaves_neither_event_nor_job(market: Market) -> None:
    firm = await market.firm("buyer")
    with pytest.raises(RuntimeError):
        await ring(market, new_id(), firm.id, then_fail=True)
    async with market.db.transaction(Role.WORKER) as session:
        assert await session.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == 0
        assert await session.scalar(select(func.count()).select_from(OutboxEvent)) == 0
