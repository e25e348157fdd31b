"""Open items as their two sides see them."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from babel.numbers import format_decimal
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance import shown
from app.finance.einvoicing.totals import smallest_step
from app.finance.receivables import queries
from app.finance.receivables.models import OpenItem, OpenItemEntry
from app.finance.receivables.rules import Step, most_discount
from app.finance.receivables.schemas import (
    AgeingOut,
    OpenAmountOut,
    OpenItemDetailOut,
    OpenItemDiscountOut,
    OpenItemEntryOut,
    OpenItemOut,
    OpenItemSideOut,
)
from app.finance.receivables.states import (
    CLAIM_ENTRY_LABELS,
    ENTRY_LABELS,
    HOLD_LABELS,
    ITEM_KIND_LABELS,
    ITEM_ROLE_LABELS,
    ITEM_STATE_LABELS,
    EntryKind,
    ItemKind,
    ItemRole,
    ItemState,
)
from app.kit.actor import Actor
from app.kit.locales import NP_, cldr, current_locale, translate
from app.kit.schemas import labelled
from app.kit.tables import harmless
from app.parties import facade as parties
from app.parties.facade import OrganizationRef
from app.reference import facade as reference

amount = shown.amounts(OpenAmountOut)
side = shown.firms(OpenItemSideOut)

_COLUMNS = (
    NP_("open item column", "Document"),
    NP_("open item column", "Kind"),
    NP_("open item column", "Issuer"),
    NP_("open item column", "Recipient"),
    NP_("open item column", "Issued on"),
    NP_("open item column", "Due on"),
    NP_("open item column", "Days overdue"),
    NP_("open item column", "Currency"),
    NP_("open item column", "Amount"),
    NP_("open item column", "Settled"),
    NP_("open item column", "Open"),
    NP_("open item column", "Reminders"),
)


async def items_out(session: AsyncSession, actor: Actor, rows: Sequence[OpenItem], today: date) -> list[OpenItemOut]:
    """A page of items, in as many statements as for one."""
    firms = await parties.organizations(session, [one for row in rows for one in (row.issuer_id, row.recipient_id)])
    steps = await queries.discounts_of(session, [row.id for row in rows])
    return [_item(actor, row, firms, steps.get(row.id, []), today) for row in rows]


def _item(
    actor: Actor, row: OpenItem, firms: Mapping[UUID, OrganizationRef], steps: Sequence[Step], today: date
) -> OpenItemOut:
    role = ItemRole.ISSUED if row.issuer_id == actor.organization_id else ItemRole.RECEIVED
    state = ItemState.OPEN if row.closed_on is None else ItemState.SETTLED
    return OpenItemOut(
        id=row.id,
        kind=labelled(row.kind, ITEM_KIND_LABELS),
        state=labelled(state, ITEM_STATE_LABELS),
        role=labelled(role, ITEM_ROLE_LABELS),
        number=row.number,
        invoice_id=row.invoice_id,
        issuer=side(firms, row.issuer_id),
        recipient=side(firms, row.recipient_id),
        issued_on=row.issued_on,
        due_on=row.due_on,
        days_overdue=max(0, (today - row.due_on).days) if row.closed_on is None and row.kind != "credit" else 0,
        amount=amount(row.amount_minor, row.currency),
        settled=amount(row.settled_minor, row.currency),
        open=amount(row.open_minor, row.currency),
        discounts=[_discount(row, one) for one in steps],
        hold=labelled(row.hold, HOLD_LABELS) if row.hold else None,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
    )


def _discount(row: OpenItem, step: Step) -> OpenItemDiscountOut:
    most = most_discount(row.amount_minor, [step], step.until, smallest_step(row.currency))
    return OpenItemDiscountOut(until=step.until, rate_bp=step.rate_bp, discount=amount(most, row.currency))


async def item_out(session: AsyncSession, actor: Actor, row: OpenItem, today: date) -> OpenItemDetailOut:
    """An item with all that happened to it. Why the issuer holds reminders back is his own business."""
    [summary] = await items_out(session, actor, [row], today)
    entries = await queries.entries_of(session, row.id)
    return OpenItemDetailOut(
        **dict(summary),
        version=row.version,
        hold_reason=row.hold_reason if row.issuer_id == actor.organization_id else None,
        held_at=row.held_at,
        closed_on=row.closed_on,
        entries=[_entry(actor, row, entry) for entry in entries],
    )


def _entry(actor: Actor, row: OpenItem, entry: OpenItemEntry) -> OpenItemEntryOut:
    own = row.issuer_id == actor.organization_id
    # Why something was written off is the issuer's own business as well.
    reason = entry.reason if own or entry.kind != EntryKind.WRITE_OFF else None
    return OpenItemEntryOut(
        id=entry.id,
        position=entry.position,
        kind=labelled(entry.kind, CLAIM_ENTRY_LABELS if row.kind == ItemKind.CLAIM else ENTRY_LABELS),
        amount=amount(entry.amount_minor, row.currency),
        occurred_on=entry.occurred_on,
        recorded_at=entry.created_at,
        reference=entry.reference,
        reason=reason,
        undoes_id=entry.reverses_id,
    )


async def ageing_out(session: AsyncSession, rows: Sequence[queries.Aged]) -> list[AgeingOut]:
    """A page of partners and currencies."""
    firms = await parties.organizations(session, [row.partner_id for row in rows])
    found = []
    for row in rows:
        by_age = (row.current_minor, row.to_30_minor, row.to_60_minor, row.to_90_minor, row.over_90_minor)
        shown = [amount(int(minor), row.currency) for minor in by_age]
        found.append(
            AgeingOut(
                partner=side(firms, row.partner_id),
                currency=row.currency,
                invoices=row.invoices,
                current=shown[0],
                overdue_1_30=shown[1],
                overdue_31_60=shown[2],
                overdue_61_90=shown[3],
                overdue_over_90=shown[4],
                total=amount(int(sum(by_age)), row.currency),
                credit=amount(int(row.credit_minor), row.currency),
            )
        )
    return found


def items_csv(items: Sequence[OpenItemOut]) -> str:
    """Items as a table, in the reader's language: figures as he writes them, days as ISO 8601."""
    locale, out = current_locale(), io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([translate(column, locale) for column in _COLUMNS])
    for item in items:
        figures = [_figure(one, locale) for one in (item.amount, item.settled, item.open)]
        cells = [
            item.number, item.kind.label, item.issuer.name, item.recipient.name, item.issued_on.isoformat(),
            item.due_on.isoformat(), item.days_overdue, item.amount.currency, *figures,
            item.hold.label if item.hold else "",
        ]  # fmt: skip
        writer.writerow([harmless(cell) for cell in cells])
    return "\ufeff" + out.getvalue()


def _figure(one: OpenAmountOut, locale: str) -> str:
    exponent = reference.currency(one.currency).exponent
    pattern = f"0.{'0' * exponent}" if exponent else "0"
    return str(format_decimal(Decimal(one.minor).scaleb(-exponent), format=pattern, locale=cldr(locale)))
