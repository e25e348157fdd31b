"""The operator's organization invoices a supplier the commission that it has taken, month by month."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.commission import invoice_queries as queries
from app.finance.commission.monthly import TOLD_OF, GivenBack, Taken, due_in, months_in
from app.finance.commission.registry import TELLERS, ChargedDeal
from app.finance.commission.wording import Words
from app.finance.invoicing import facade as invoicing
from app.finance.invoicing.facade import Charged, DraftDelivery, DraftLine, InvoiceDraft, Supply
from app.finance.ledger import facade as ledger
from app.finance.ledger.facade import AccountOf, CauseKind, Purpose, month_after
from app.kit.db.tenancy import acting_for
from app.kit.ids import new_id
from app.parties import facade as parties

COMMISSION = "commission"
ONE = "C62"


@dataclass(frozen=True, slots=True)
class Account:
    """Whom commission is taken from, in which currency, and by whom it is invoiced."""

    issuer_id: UUID
    supplier_id: UUID
    currency: str


async def accounts_to_invoice(
    session: AsyncSession, issuer_id: UUID, after: UUID | None, most: int
) -> tuple[list[Account], UUID | None]:
    """The next suppliers' accounts, and after which one others come; None after the last. As the operator.

    What sandboxes play is not numbered among real invoices, and nobody invoices himself.
    """
    found = await ledger.accounts_after(session, Purpose.PAYABLE_TO_SUPPLIER, after, most)
    firms = await parties.organizations(session, {holder for _, holder, _ in found if holder is not None})
    real = {firm.id for firm in firms.values() if firm.sandbox_of is None and firm.id != issuer_id}
    accounts = [Account(issuer_id, holder, currency) for _, holder, currency in found if holder and holder in real]
    return accounts, found[-1][0] if len(found) == most else None


async def invoice_months(session: AsyncSession, account: Account, before: date, *, now: datetime) -> list[UUID]:
    """Invoice all that is not invoiced of the months before a day, the first month first; the invoices and credit notes.

    Call it while acting for the issuer as the operator. A second time nothing is left. Raises one of invoicing's `REFUSALS`; then
    nothing is issued.
    """
    payable = AccountOf(account.supplier_id, Purpose.PAYABLE_TO_SUPPLIER, account.currency)
    await queries.in_turn(session, account.supplier_id, account.currency)
    moved = await ledger.moved_by_month(session, payable, TOLD_OF, before)
    words: Words | None = None
    issued = []
    for month in months_in(moved):
        lines = await queries.lines(session, account.supplier_id, account.currency)
        due = due_in(month, moved, lines)
        if words is None and (due.taken or due.given_back):
            words = Words(await _locale(session, account.supplier_id))
        if words and due.taken:
            issued.append(await _charge(session, account, month, due.taken, words, now=now))
        for _, parts in groupby(sorted(due.given_back, key=lambda one: one.line.of), key=lambda one: one.line.of):
            assert words is not None
            issued.append(await _give_back(session, account, month, list(parts), words, now=now))
    return issued


async def _locale(session: AsyncSession, supplier_id: UUID) -> str:
    async with acting_for(session, supplier_id):
        legal = await parties.legal_party(session, supplier_id)
    assert legal is not None
    return legal.locale


async def _charge(
    session: AsyncSession, account: Account, month: date, taken: Sequence[Taken], words: Words, *, now: datetime
) -> UUID:
    deals = await _deals(session, taken)
    rates = await queries.rates(session, [deal.deal for deal in deals.values()])
    in_order = sorted(taken, key=lambda one: _place(deals.get(one.cause[1]), one))
    net_minor = sum(one.amount_minor for one in in_order)
    number = await queries.next_number(session, account.supplier_id, account.currency, month)
    lines = []
    for one in in_order:
        deal = deals.get(one.cause[1])
        released = (one.released_minor, account.currency) if one.released_minor > 0 else None
        description = words.basis(released, rates.get(deal.deal) if deal else None)
        name = words.line(deal)
        supply = Supply.SERVICES
        lines.append(DraftLine(name, Decimal(1), ONE, one.amount_minor, description=description, supply=supply))
    commission_invoice_id = new_id()
    draft = InvoiceDraft(
        issuer_id=account.issuer_id,
        recipient_id=account.supplier_id,
        subject_kind=COMMISSION,
        subject_id=commission_invoice_id,
        currency=account.currency,
        lines=tuple(lines),
        charged=(Charged(COMMISSION, account.supplier_id, f"{account.currency} {month:%Y-%m}/{number}"),),
        delivery=DraftDelivery(on=month_after(month) - timedelta(days=1)),
        prepaid_minor=net_minor,
        kept_back=True,
        discounts=(),
        locale=words.locale,
        notes=(words.kept_back(month),),
    )
    issued = await invoicing.issue(session, None, draft, now=now)
    values = _values(account, commission_invoice_id, month, number, issued.id, None, net_minor)
    told = [(at, one.cause, one.amount_minor) for at, one in enumerate(in_order, start=1)]
    await queries.insert_invoice(session, values, _told(account, commission_invoice_id, told))
    return issued.id


async def _give_back(
    session: AsyncSession, account: Account, month: date, parts: Sequence[GivenBack], words: Words, *, now: datetime
) -> UUID:
    """A credit note over what was given back of one invoice: of whoever issued that, though another may issue by now."""
    line = parts[0].line
    of_issuer = replace(account, issuer_id=line.issuer_id)
    minor = {str(one.line.number): one.amount_minor for one in parts}
    async with acting_for(session, line.issuer_id, operator=True):
        note = await invoicing.credit_given_back(
            session, line.issuer_id, line.invoice_id, minor, words.given_back(month), now=now
        )
        number = await queries.next_number(session, account.supplier_id, account.currency, month)
        credit_id = new_id()
        values = _values(of_issuer, credit_id, month, number, note.id, line.of, -sum(minor.values()))
        told = [(one.line.number, one.line.cause, -one.amount_minor) for one in parts]
        await queries.insert_invoice(session, values, _told(of_issuer, credit_id, told))
    return note.id


async def _deals(session: AsyncSession, taken: Sequence[Taken]) -> dict[UUID, ChargedDeal]:
    found: dict[UUID, ChargedDeal] = {}
    for kind, tells in TELLERS.items():
        ids = {one.cause[1] for one in taken if one.cause[0] is kind}
        found |= await tells(session, ids) if ids else {}
    return found


def _place(deal: ChargedDeal | None, one: Taken) -> tuple[str, int, UUID]:
    return (deal.number, deal.position, one.cause[1]) if deal else ("", 0, one.cause[1])


def _values(
    account: Account,
    own_id: UUID,
    month: date,
    number: int,
    invoice_id: UUID,
    credits_id: UUID | None,
    net_minor: int,
) -> dict[str, Any]:
    return {
        "id": own_id,
        "issuer_id": account.issuer_id,
        "supplier_id": account.supplier_id,
        "currency": account.currency,
        "month": month,
        "number": number,
        "invoice_id": invoice_id,
        "credits_id": credits_id,
        "net_minor": net_minor,
    }


def _told(
    account: Account, own_id: UUID, lines: Sequence[tuple[int, tuple[CauseKind, UUID], int]]
) -> list[dict[str, Any]]:
    return [
        {
            "commission_invoice_id": own_id,
            "line": line,
            "issuer_id": account.issuer_id,
            "supplier_id": account.supplier_id,
            "currency": account.currency,
            "cause_kind": cause[0].value,
            "cause_id": cause[1],
            "amount_minor": amount_minor,
        }
        for line, cause, amount_minor in lines
    ]
