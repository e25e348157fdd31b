"""Payouts as their pages show them: what is owed and when it is sent, why not yet, and what was sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.invoicing.facade import paid_at
from app.finance.ledger import facade as ledger
from app.finance.ledger.facade import Purpose
from app.finance.payouts import queries, settings_queries
from app.finance.payouts.guards import at_payout
from app.finance.payouts.models import Payout, PayoutItem, SupplierAccount
from app.finance.payouts.rules import Terms, debt, is_enough, pays_on
from app.finance.payouts.schemas import PayoutCalendarIn
from app.finance.payouts.states import RHYTHM_LABELS, WAIT_TEXTS, ItemState, WaitReason, Way
from app.finance.payouts.terms import merged
from app.finance.payouts.usecases import accounts
from app.finance.payouts.usecases.calendars import put_calendar
from app.finance.payouts.views import account_out, amount_out, calendar_out, item_out, payouts_out
from app.gateways.payments import Account, AccountState, Onboarding, SupplierPayments
from app.kit.actor import Actor, Permission
from app.kit.findings import validated
from app.kit.locales import N_, current_locale, translate
from app.kit.paging import PageRequest, fetch_page
from app.parties import facade as parties

Document = dict[str, Any]

_TOO_LITTLE = N_("It is less than the least amount that you want sent at once, and waits for more.")
_SETS_OFF = N_("What you owe is set off against it first.")


@dataclass(frozen=True, slots=True)
class Owed:
    """What is owed in a currency: in all, what of it is due by the next day of the calendar, what is owed back, and why
    nothing is sent although it is due, each in the reader's language."""

    open: Document
    due: Document
    debt: Document
    has_debt: bool
    waits: Sequence[str]


@dataclass(frozen=True, slots=True)
class Overview:
    """All that somebody who is paid looks at first."""

    owed: Sequence[Owed]
    account: Document | None
    calendar: Document
    items: Sequence[Document]
    more_items: str | None
    payouts: Sequence[Document]
    more_payouts: str | None
    may_manage: bool


async def overview(
    session: AsyncSession, actor: Actor, items: PageRequest, sent: PageRequest, *, now: datetime
) -> Overview:
    """What is owed, why it is not sent yet, and a page of what was sent. Raises `Forbidden`."""
    actor.require(Permission.LEDGER_READ)
    firm = actor.organization_id
    row, calendar = await settings_queries.account(session, firm), await settings_queries.calendar(session, firm)
    defaults = await settings_queries.defaults(session)
    waiting, more_items = await fetch_page(
        session, queries.unsent_of(firm), items, keys=[PayoutItem.due_on, PayoutItem.id]
    )
    rows, more = await fetch_page(session, queries.payouts_of(firm), sent, keys=[Payout.id], descending=True)
    terms = merged(defaults, calendar)
    return Overview(
        owed=await _owed(session, firm, terms, row, now.date()),
        account=account_out(row).model_dump(mode="json") if row else None,
        calendar=calendar_out(defaults, calendar, now.date()).model_dump(mode="json"),
        items=[_waiting(one, terms, now.date()) for one in waiting],
        more_items=more_items,
        payouts=[one.model_dump(mode="json") for one in await payouts_out(session, rows)],
        more_payouts=more,
        may_manage=actor.may(Permission.PAYMENTS_MANAGE),
    )


def _waiting(row: PayoutItem, terms: Terms, today: date) -> Document:
    """What is still to be sent, with the day on which it is unless something stands in the way."""
    sends_on = pays_on(terms, max(row.due_on, today)) if row.state == ItemState.WAITING else None
    left = row.amount_minor - row.taken_back_minor - row.set_off_minor - row.sent_minor
    more = {"left": amount_out(left, row.currency).model_dump(mode="json"), "sends_on": sends_on}
    return item_out(row).model_dump(mode="json") | more


async def _owed(
    session: AsyncSession, firm: UUID, terms: Terms, account: SupplierAccount | None, today: date
) -> list[Owed]:
    positions = await queries.positions(session, firm)
    balances = await ledger.balances_of(session, firm, Purpose.PAYABLE_TO_SUPPLIER)
    due = await queries.due_of(session, firm, pays_on(terms, today))
    bank = await paid_at(session, firm) if terms.way is Way.BANK else None
    found = []
    for currency in sorted({*positions, *(name for name, balance in balances.items() if balance)}):
        position = positions.get(currency, queries.Position())
        owes = debt(position.open_minor, position.asked_minor, balances.get(currency, 0))
        due_minor = due.get(currency, 0)
        found.append(
            Owed(
                open=amount_out(position.open_minor, currency).model_dump(mode="json"),
                due=amount_out(due_minor, currency).model_dump(mode="json"),
                debt=amount_out(owes, currency).model_dump(mode="json"),
                has_debt=owes > 0,
                waits=_waits(terms, account, bank is not None, currency, position.open_minor, owes)
                if position.open_minor
                else [],
            )
        )
    return found


def _waits(
    terms: Terms, account: SupplierAccount | None, has_bank: bool, currency: str, open_minor: int, owes: int
) -> list[str]:
    """Why it is not sent yet, beyond the calendar."""
    locale, found = current_locale(), []
    if terms.way is Way.BANK:
        if not has_bank:
            found.append(WAIT_TEXTS[WaitReason.NO_BANK_ACCOUNT])
    elif account is None:
        found.append(WAIT_TEXTS[WaitReason.NO_ACCOUNT])
    elif account.state != AccountState.READY:
        found.append(WAIT_TEXTS[WaitReason.NOT_READY])
    if owes:
        found.append(_SETS_OFF)
    elif not is_enough(terms, open_minor, currency):
        found.append(_TOO_LITTLE)
    return [translate(text, locale) for text in found]


async def own_payout(
    session: AsyncSession, actor: Actor, payout_id: UUID, page: PageRequest
) -> tuple[Document, list[Document], str | None]:
    """A payout and a page of what it is made of. Raises `NotFound` before `Forbidden`."""
    at = await at_payout(payout_id, actor, session)
    [summary] = await payouts_out(session, [at.row])
    statement = queries.items_of(at.row.supplier_id, payout_id=at.row.id)
    rows, cursor = await fetch_page(session, statement, page, keys=[PayoutItem.id])
    return summary.model_dump(mode="json"), [item_out(row).model_dump(mode="json") for row in rows], cursor


async def own_calendar(session: AsyncSession, actor: Actor, *, now: datetime) -> Document:
    """When and how the actor's organization is paid out. Raises `Forbidden`."""
    actor.require(Permission.LEDGER_READ)
    defaults = await settings_queries.defaults(session)
    row = await settings_queries.calendar(session, actor.organization_id)
    return calendar_out(defaults, row, now.date()).model_dump(mode="json")


async def say_when(session: AsyncSession, actor: Actor, values: Mapping[str, Any], *, version: int) -> None:
    """Say when one's organization is paid out. Raises `Forbidden`, and what the route is refused with."""
    actor.require(Permission.PAYMENTS_MANAGE)
    await put_calendar(session, actor, validated(PayoutCalendarIn, values), version=version)


def rhythms() -> list[tuple[str, str]]:
    """How often money can be sent: (code, name in the reader's language)."""
    return [(rhythm.value, translate(label, current_locale())) for rhythm, label in RHYTHM_LABELS.items()]


async def known_account(session: AsyncSession, actor: Actor) -> tuple[str | None, str]:
    """How the provider knows the actor's organization as one that is paid, and its country. Raises `Forbidden`."""
    actor.require(Permission.PAYMENTS_MANAGE)
    row = await settings_queries.account(session, actor.organization_id)
    firms = await parties.organizations(session, [actor.organization_id])
    return row.reference if row else None, firms[actor.organization_id].country


async def opened_account(payments: SupplierPayments, actor: Actor, country: str) -> Account:
    """Open an account at the provider. No transaction is open. Raises `Forbidden`, and what the route is refused with."""
    actor.require(Permission.PAYMENTS_MANAGE)
    return await accounts.opened(payments, actor.organization_id, country)


async def keep_account(session: AsyncSession, actor: Actor, opened: Account | None) -> None:
    """Keep an account that was opened; the one that is kept already stands. Raises `Forbidden`."""
    actor.require(Permission.PAYMENTS_MANAGE)
    await accounts.keep_account(session, actor, opened)


async def onboarding(payments: SupplierPayments, actor: Actor, reference: str, public_url: str) -> Onboarding:
    """Where the provider is told who one is, once. No transaction is open. Raises `Forbidden`, `ProviderSilent`."""
    actor.require(Permission.PAYMENTS_MANAGE)
    return await accounts.onboarding(payments, reference, public_url)
