"""Credit lines as their pages show them, and what their supplier says there. Everything comes as the API shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.credit import queries
from app.finance.credit.guards import at_line, own_line
from app.finance.credit.models import CreditLine, CreditTake
from app.finance.credit.schemas import CreditLineChangeIn, CreditLineIn, SuspensionIn
from app.finance.credit.states import CreditSide
from app.finance.credit.usecases.grant import change, grant
from app.finance.credit.usecases.suspend import resume, suspend
from app.finance.credit.views import lines_out, take_out
from app.finance.receivables import facade as receivables
from app.finance.receivables.facade import ItemRole
from app.kit.actor import Actor, Permission
from app.kit.errors import NotFound
from app.kit.findings import validated
from app.kit.paging import PageRequest, fetch_page
from app.parties import facade as parties

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LineShown:
    """A credit line with the deals that took of it, how old what is open between the two is, and whether this person may change
    it."""

    line: Document
    ageing: Sequence[Document]
    takes: Sequence[Document]
    next_cursor: str | None
    may_change: bool


async def own_lines(
    session: AsyncSession, actor: Actor, page: PageRequest, *, side: CreditSide | None, now: datetime
) -> tuple[list[Document], str | None]:
    """A page of the credit lines that the actor's organization grants or is granted, newest first."""
    actor.require(Permission.READ)
    statement = queries.lines_of(actor.organization_id, side=side, partner_id=None, currency=None)
    rows, cursor = await fetch_page(session, statement, page, keys=[CreditLine.id], descending=True)
    return [one.model_dump(mode="json") for one in await lines_out(session, actor, rows, now.date())], cursor


def may_grant(actor: Actor) -> bool:
    """Whether this person may grant credit for a supplier."""
    return "supplier" in actor.organization_roles and actor.may(Permission.INVOICE)


async def own_line_of(
    session: AsyncSession, actor: Actor, line_id: UUID, page: PageRequest, *, now: datetime
) -> LineShown:
    """One of them. Raises `NotFound` before `Forbidden`."""
    at = await at_line(line_id, actor, session)
    [shown] = await lines_out(session, actor, [at.row], now.date())
    takes, cursor = await fetch_page(session, queries.takes_of(at.row.id), page, keys=[CreditTake.id], descending=True)
    grants = at.row.supplier_id == actor.organization_id
    ageing = await receivables.aged(
        session,
        actor,
        role=ItemRole.ISSUED if grants else ItemRole.RECEIVED,
        partner_id=at.row.buyer_id if grants else at.row.supplier_id,
        now=now,
    )
    return LineShown(
        line=shown.model_dump(mode="json"),
        ageing=[one for one in ageing if one["currency"] == at.row.currency],
        takes=[take_out(row).model_dump(mode="json") for row in takes],
        next_cursor=cursor,
        may_change=grants and actor.may(Permission.INVOICE),
    )


async def grant_line(
    session: AsyncSession, actor: Actor, buyer_code: str, values: Mapping[str, Any], *, now: datetime
) -> UUID:
    """Grant credit to the firm with a code; the line's id. Raises `Forbidden`, and what the route is refused with."""
    actor.require(Permission.INVOICE)
    buyer = await parties.organization_of_code(session, buyer_code)
    # Nobody's id: the refusal is the same as for a firm that is no buyer.
    form = validated(CreditLineIn, {**values, "buyer_id": buyer.id if buyer else actor.organization_id})
    return (await grant(session, actor, form, now=now)).id


async def change_line(
    session: AsyncSession, actor: Actor, line_id: UUID, verb: str, values: Mapping[str, Any], *, now: datetime
) -> None:
    """Change a line as it was read at `version`, suspend it or let it be used again. Raises `NotFound` before `Forbidden`, and
    what the routes are refused with."""
    at = await own_line(line_id, actor, session)
    if verb == "change":
        given = {name: value for name, value in values.items() if name != "version"}
        form = validated(CreditLineChangeIn, given)
        await change(session, actor, at.row.id, form, version=values["version"], now=now)
    elif verb == "suspend":
        await suspend(session, actor, at.row.id, validated(SuspensionIn, values).reason, now=now)
    elif verb == "resume":
        await resume(session, actor, at.row.id, now=now)
    else:
        raise NotFound()
