"""Forms that act for somebody: checked once, and done once however often they are sent."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData

from app.kit.errors import Problem
from app.kit.idempotency import check_key, open_intent
from app.web.visit import Member

SAID_ON_THE_PAGE = (409, 412, 422)
"""Refusals that are shown above the form that they refuse."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that was sent: where, by whom, and what it says."""

    request: Request
    member: Member
    session: AsyncSession
    form: FormData
    now: datetime

    @classmethod
    async def read(cls, request: Request, member: Member, session: AsyncSession, now: datetime) -> Self:
        """Check its token and open what its key stands for."""
        form = await request.form()
        member.visit.check_form(form)
        key = str(form.get("key") or "")
        check_key(key)
        await open_intent(request, member.actor, session, key, await request.body())
        return cls(request, member, session, form, now)

    def refused(self, refusal: Problem) -> Problem:
        """A refusal that is shown on the page: the form may be sent again under its key. Others go on as they are."""
        return refused(self.request, refusal, SAID_ON_THE_PAGE)

    @property
    def typed(self) -> dict[str, str]:
        """What was typed, to be shown again."""
        return {name: str(value)[:1000] for name, value in self.form.multi_items()}


def refused(request: Request, refusal: Problem, said: Collection[int]) -> Problem:
    """A refusal that its page shows, as its status is among these; raises it where not. What was sent keeps no answer."""
    if refusal.status not in said:
        raise refusal
    request.state.idempotency = None
    return refusal
