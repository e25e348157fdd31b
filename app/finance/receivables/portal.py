"""Open items as their pages show them, and what their issuer records there. Everything comes as the API shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.receivables import queries
from app.finance.receivables.guards import at_item, own_item
from app.finance.receivables.models import OpenItem
from app.finance.receivables.schemas import HoldIn, PaymentIn, WriteOffIn
from app.finance.receivables.states import Hold, ItemKind, ItemRole, Which
from app.finance.receivables.usecases.hold import pause, resume
from app.finance.receivables.usecases.reduce import write_off
from app.finance.receivables.usecases.settle import record_payment
from app.finance.receivables.views import ageing_out, item_out, items_out
from app.kit.actor import Actor, Permission
from app.kit.errors import NotFound
from app.kit.findings import validated
from app.kit.paging import PageRequest, fetch_page

Document = dict[str, Any]

MOST_AGED = 50


@dataclass(frozen=True, slots=True)
class ItemShown:
    """An open item with all that happened to it, and what this person may record of it."""

    item: Document
    may: frozenset[str]


async def own_items(
    session: AsyncSession, actor: Actor, page: PageRequest, *, role: ItemRole, which: Which, now: datetime
) -> tuple[list[Document], str | None]:
    """A page of what is to be paid to the actor's organization or by it, what is due first before the rest."""
    actor.require(Permission.READ)
    today = now.date()
    statement = queries.items_of(actor.organization_id, today=today, which=which, role=role)
    rows, cursor = await fetch_page(session, statement, page, keys=[OpenItem.due_on, OpenItem.id])
    return [one.model_dump(mode="json") for one in await items_out(session, actor, rows, today)], cursor


async def aged(
    session: AsyncSession, actor: Actor, *, role: ItemRole, partner_id: UUID | None = None, now: datetime
) -> list[Document]:
    """How long what is open has been overdue, by partner and currency; the first fifty."""
    actor.require(Permission.READ)
    rows = await queries.ageing(
        session,
        actor.organization_id,
        role,
        today=now.date(),
        partner_id=partner_id,
        after=None,
        most=MOST_AGED,
    )
    return [one.model_dump(mode="json") for one in await ageing_out(session, rows)]


async def own_item_of(session: AsyncSession, actor: Actor, item_id: UUID, *, now: datetime) -> ItemShown:
    """One of them. Raises `NotFound` before `Forbidden`."""
    at = await at_item(item_id, actor, session)
    shown = (await item_out(session, actor, at.row, now.date())).model_dump(mode="json")
    may: set[str] = set()
    if at.row.issuer_id == actor.organization_id and actor.may(Permission.INVOICE) and at.row.closed_on is None:
        may.add("payment")
        if at.row.kind != ItemKind.CREDIT:
            may.add("write_off")
        if at.row.kind == ItemKind.INVOICE:
            may |= {"resume"} if at.row.hold == Hold.PAUSED else set() if at.row.hold else {"pause"}
    return ItemShown(shown, frozenset(may))


async def record(
    session: AsyncSession, actor: Actor, item_id: UUID, verb: str, values: Mapping[str, Any], *, now: datetime
) -> None:
    """Record a payment, write off, pause reminders or let them go on. Raises `NotFound` before `Forbidden`, and what the routes
    are refused with."""
    at = await own_item(item_id, actor, session)
    if verb == "payment":
        paid = validated(PaymentIn, values)
        await record_payment(session, actor, at.row.id, paid.amount_minor, paid.occurred_on, paid.reference)
    elif verb == "write_off":
        given_up = validated(WriteOffIn, values)
        await write_off(session, actor, at.row.id, given_up.amount_minor, given_up.reason, today=now.date())
    elif verb == "pause":
        await pause(session, actor, at.row.id, validated(HoldIn, values).reason, now=now)
    elif verb == "resume":
        await resume(session, actor, at.row.id)
    else:
        raise NotFound()
