"""Remind a debtor of all that he has let become overdue with one issuer, in one letter."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.dunning import queries, rules
from app.finance.dunning.events import DunningNoticeIssued
from app.finance.dunning.late_payment import LatePayment
from app.finance.dunning.models import DunningStep
from app.finance.dunning.states import Charges, Tone
from app.finance.dunning.usecases.reckon import law_of, standing
from app.finance.invoicing.facade import paid_at
from app.finance.receivables import facade as receivables
from app.kit import audit
from app.kit.db.tenancy import acting_for
from app.kit.ids import new_id
from app.kit.outbox import announce
from app.parties import facade as parties

ENTITY = "dunning_notice"
MOST_LINES = 500
"""Of one letter; of more the oldest are told first."""


async def write_letter(session: AsyncSession, issuer_id: UUID, recipient_id: UUID, today: date) -> UUID | None:
    """The letter, or None when nothing reaches a step today. Called again it writes none: each item is taken to a step once, and
    nobody gets two letters of one issuer on a day. Call it while acting for the issuer."""
    settings = await queries.lock_settings(session, issuer_id)
    if settings is None or not settings.active or await queries.written_on(session, issuer_id, recipient_id, today):
        return None
    steps = as_rules(await queries.steps(session, issuer_id))
    items = {one.id: one for one in await receivables.overdue_of(session, issuer_id, recipient_id, today, MOST_LINES)}
    owing = await _owing(session, list(items.values()))
    before = await queries.reminded(session, items)
    law = await law_of(session, issuer_id)
    lines = rules.letter(steps, owing, before, today, law, settings.agreed_interest_bp)
    if not lines:
        return None
    letterhead, locale = await _letterhead(session, issuer_id, recipient_id)
    claims = {steps[min(line.step, len(steps)) - 1].charges for line in lines if line.step}
    tone = rules.tone_of(steps, lines)
    notice: dict[str, Any] = {
        "id": new_id(),
        "issuer_id": issuer_id,
        "recipient_id": recipient_id,
        "tone": tone,
        "locale": locale,
        "issued_on": today,
        "letterhead": letterhead
        | _claims(claims, law, today, settings.agreed_interest_bp)
        | await _claimed_before(session, [one.invoice_id for one in items.values()]),
    }
    rows = [_row(notice["id"], position, line, items[line.item.id]) for position, line in enumerate(lines, start=1)]
    await queries.insert_notice(session, notice, rows)
    await _tell(session, notice, lines)
    return UUID(str(notice["id"]))


def as_rules(rows: Any) -> list[rules.Step]:
    """Stored steps, in order."""
    found: list[DunningStep] = list(rows)
    return [rules.Step(row.days_overdue, Tone(row.tone), Charges(row.charges)) for row in found]


async def _owing(session: AsyncSession, items: Sequence[receivables.OpenItemRef]) -> list[rules.Owing]:
    """Items with what was claimed for their late payment already: a letter claims what came since."""
    before = await standing(session, [one.id for one in items])
    return [
        rules.Owing(
            one.id,
            one.currency,
            one.due_on,
            one.open_minor,
            claimed_until=max((claim.last_on for claim in before.get(one.id, ())), default=None),
            fixed_claimed=any(claim.fixed_minor for claim in before.get(one.id, ())),
        )
        for one in items
    ]


async def _claimed_before(session: AsyncSession, invoice_ids: Sequence[UUID]) -> dict[str, Any]:
    """What is open of claims of their own, as the letter tells it for ever."""
    told = [
        {
            "number": one.number,
            "claimed_on": one.claimed_on.isoformat(),
            "open_minor": one.open_minor,
            "currency": one.currency,
        }
        for one in (await receivables.open_claims_of(session, invoice_ids)).values()
    ]
    return {"claims": told} if told else {}


def _claims(claims: set[Charges], law: LatePayment, today: date, agreed_bp: int | None) -> dict[str, Any]:
    """By what law or agreement something is claimed, as the letter says it for ever."""
    told: dict[str, Any] = {}
    if Charges.STATUTORY in claims:
        told["statutory"] = {
            "margin_bp": law.points_bp(today),
            "fixed_sum_minor": law.fixed_sum_minor,
            "fixed_sum_currency": law.fixed_sum_currency,
            "edition": law.edition,
        }
    if Charges.AGREED in claims and agreed_bp is not None:
        told["agreed_bp"] = agreed_bp
    return told


def _row(notice_id: UUID, position: int, line: rules.Line, item: receivables.OpenItemRef) -> dict[str, Any]:
    return {
        "notice_id": notice_id,
        "position": position,
        "item_id": item.id,
        "issuer_id": item.issuer_id,
        "recipient_id": item.recipient_id,
        "number": item.number,
        "currency": item.currency,
        "invoiced_on": item.issued_on,
        "due_on": item.due_on,
        "days_overdue": line.days,
        "amount_minor": item.amount_minor,
        "open_minor": item.open_minor,
        "step": line.step,
        "reached": line.reached,
        "interest_minor": line.interest_minor,
        "fixed_minor": line.fixed_minor,
    }


async def _letterhead(session: AsyncSession, issuer_id: UUID, recipient_id: UUID) -> tuple[dict[str, Any], str]:
    """Who writes to whom and where to pay; and the reader's language."""
    issuer, _ = await _party(session, issuer_id)
    recipient, locale = await _party(session, recipient_id)
    account = await paid_at(session, issuer_id)
    told: dict[str, Any] = {"issuer": issuer, "recipient": recipient}
    if account is not None:
        told |= {
            "account": account.account,
            "account_name": account.account_name or issuer["name"],
            "bic": account.bic,
            "legal_note": account.legal_note,
        }
    return told, locale


async def _party(session: AsyncSession, organization_id: UUID) -> tuple[dict[str, Any], str]:
    async with acting_for(session, organization_id):
        legal = await parties.legal_party(session, organization_id)
    assert legal is not None
    town = " ".join(part for part in (legal.postal_code, legal.city) if part)
    told = {
        "name": legal.legal_name_local,
        "latin": legal.legal_name_latin if legal.legal_name_latin != legal.legal_name_local else None,
        "lines": [line for line in (legal.street, town, legal.region) if line],
        "country": legal.country,
    }
    return told, legal.locale


async def _tell(session: AsyncSession, notice: dict[str, Any], lines: list[rules.Line]) -> None:
    event = DunningNoticeIssued(
        dunning_notice_id=notice["id"],
        issuer_id=notice["issuer_id"],
        recipient_id=notice["recipient_id"],
        tone=notice["tone"],
        invoices=len(lines),
        oldest_due_on=min(line.item.due_on for line in lines),
    )
    await announce(session, event, organizations=[notice["issuer_id"], notice["recipient_id"]])
    after = {"recipient_id": notice["recipient_id"], "tone": notice["tone"], "invoices": len(lines)}
    await audit.record(
        session, None, "dunning.write", ENTITY, notice["id"], after=after, organization_id=notice["issuer_id"]
    )
