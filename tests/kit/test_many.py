"""Jobs about many rows: one that fails stops no other, and all are come to."""

from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.disputes import jobs
from app.finance.disputes.limits import ANSWER_DAYS
from app.finance.disputes.models import Dispute
from app.kit.ids import new_id
from app.kit.jobs import Runtime
from app.kit.many import every
from tests.market import Market
from tests.rooms.finance.disputes import disputed, read


async def test_what_fails_is_looked_at_once_and_the_others_are_done(market: Market) -> None:
    ids, whose = [new_id() for _ in range(5)], new_id()
    asked: list[UUID | None] = []
    done: list[UUID] = []

    async def find(session: AsyncSession, after: UUID | None, most: int) -> list[tuple[UUID, UUID]]:
        asked.append(after)
        return [(one, whose) for one in ids if after is None or one > after][:most]

    async def act(session: AsyncSession, one: UUID, firm: UUID) -> None:
        assert firm == whose
        done.append(one)
        if one in ids[:2]:
            raise ValueError("it cannot be done")

    runtime = Runtime(market.settings, market.db, market.clock)
    await every(runtime, "a job", find, act, at_once=2)
    assert done == ids and asked == [None, ids[1], ids[3]]


async def test_a_dispute_that_cannot_be_noted_keeps_no_other_back(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer, supplier = await market.people("buyer"), await market.people("supplier")
    both = [await disputed(market, buyer, supplier) for _ in range(2)]
    market.move_clock(days=ANSWER_DAYS, minutes=1)
    buyer = await market.member(buyer.firm)
    note = jobs.note_deadlines

    async def noted(session: AsyncSession, row: Dispute, **values: object) -> None:
        if str(row.id) == both[0]["id"]:
            raise ValueError("it cannot be done")
        await note(session, row, **values)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs, "note_deadlines", noted)
    await jobs.dispute_deadlines(Runtime(market.settings, market.db, market.clock))
    assert [(await read(buyer, one))["answer_overdue"] for one in both] == [False, True]
