"""All the SQL on reminders and claims for late payment, locks included."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.dunning.late_payment import LoadedRate
from app.finance.dunning.models import (
    DunningLine,
    DunningNotice,
    DunningSettings,
    DunningStep,
    LatePaymentClaim,
    LatePaymentClaimLine,
    LatePaymentRate,
)
from app.finance.dunning.rules import Reminded


async def settings(session: AsyncSession, organization_id: UUID) -> DunningSettings | None:
    """What the organization acted for has set."""
    statement = select(DunningSettings).where(DunningSettings.organization_id == organization_id)
    return await session.scalar(statement.execution_options(populate_existing=True))


async def lock_settings(session: AsyncSession, organization_id: UUID) -> DunningSettings | None:
    """The same, locked: of two who write letters for one issuer each waits for the other."""
    statement = select(DunningSettings).where(DunningSettings.organization_id == organization_id).with_for_update()
    return await session.scalar(statement.execution_options(populate_existing=True))


async def insert_settings(session: AsyncSession, values: Mapping[str, Any]) -> bool:
    """The first settings of an organization; False if a colleague was quicker."""
    statement = insert(DunningSettings).values(**values).on_conflict_do_nothing(index_elements=["organization_id"])
    return await session.scalar(statement.returning(DunningSettings.organization_id)) is not None


async def steps(session: AsyncSession, organization_id: UUID) -> Sequence[DunningStep]:
    """The steps of an issuer, in order."""
    statement = select(DunningStep).where(DunningStep.organization_id == organization_id).order_by(DunningStep.step)
    return (await session.scalars(statement.execution_options(populate_existing=True))).all()


async def replace_steps(session: AsyncSession, organization_id: UUID, rows: Sequence[Mapping[str, Any]]) -> None:
    """Other steps instead of those that there were."""
    await session.execute(delete(DunningStep).where(DunningStep.organization_id == organization_id))
    if rows:
        await session.execute(insert(DunningStep), list(rows))


def rates() -> Select[LatePaymentRate]:
    """All rates of interest that the operator has loaded."""
    return select(LatePaymentRate)


async def rates_of(session: AsyncSession, countries: Iterable[str]) -> list[LoadedRate]:
    """Those of some countries."""
    statement = rates().where(LatePaymentRate.country.in_(set(countries)))
    return [LoadedRate(row.country, row.valid_from, row.rate_bp) for row in await session.scalars(statement)]


async def put_rates(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rates, or replace those of the same country and half-year."""
    statement = insert(LatePaymentRate)
    replaced = {name: statement.excluded[name] for name in ("rate_bp", "source")}
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["country", "valid_from"], set_={**replaced, "loaded_at": func.app_now()}
        ),
        list(rows),
    )


async def active_issuers(session: AsyncSession) -> list[UUID]:
    """Whose debtors are reminded. Only as the worker."""
    statement = select(DunningSettings.organization_id).where(DunningSettings.active)
    return list(await session.scalars(statement.order_by(DunningSettings.organization_id)))


async def reminded(session: AsyncSession, item_ids: Iterable[UUID]) -> dict[UUID, Reminded]:
    """The last step that each item was taken to, and when."""
    statement = (
        select(DunningLine.item_id, DunningLine.step, DunningNotice.issued_on)
        .join(DunningNotice, DunningNotice.id == DunningLine.notice_id)
        .where(DunningLine.item_id.in_(set(item_ids)), DunningLine.reached)
        .order_by(DunningLine.item_id, DunningLine.step)
    )
    return {row.item_id: Reminded(row.step, row.issued_on) for row in await session.execute(statement)}


async def insert_notice(session: AsyncSession, notice: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> None:
    """A letter with its lines."""
    await session.execute(insert(DunningNotice).values(**notice))
    await session.execute(insert(DunningLine), list(lines))


async def written_on(session: AsyncSession, issuer_id: UUID, recipient_id: UUID, day: Any) -> bool:
    """Whether a letter was written to somebody on a day."""
    statement = select(DunningNotice.id).where(
        DunningNotice.issuer_id == issuer_id, DunningNotice.recipient_id == recipient_id, DunningNotice.issued_on == day
    )
    return await session.scalar(statement) is not None


async def notice(session: AsyncSession, notice_id: UUID) -> DunningNotice | None:
    """One that the organization acted for wrote or received."""
    return await session.scalar(select(DunningNotice).where(DunningNotice.id == notice_id))


def notices_of(organization_id: UUID, *, sent: bool | None, partner_id: UUID | None) -> Select[DunningNotice]:
    """The letters that an organization wrote or received."""
    wrote, received = DunningNotice.issuer_id == organization_id, DunningNotice.recipient_id == organization_id
    whose = {True: wrote, False: received, None: or_(wrote, received)}
    statement = select(DunningNotice).where(whose[sent])
    if partner_id is None:
        return statement
    return statement.where(or_(DunningNotice.issuer_id == partner_id, DunningNotice.recipient_id == partner_id))


async def lines_of(session: AsyncSession, notice_ids: Iterable[UUID]) -> dict[UUID, list[DunningLine]]:
    """The lines of letters, in order."""
    statement = select(DunningLine).where(DunningLine.notice_id.in_(set(notice_ids)))
    found: dict[UUID, list[DunningLine]] = {}
    for row in await session.scalars(statement.order_by(DunningLine.notice_id, DunningLine.position)):
        found.setdefault(row.notice_id, []).append(row)
    return found


async def insert_claim(session: AsyncSession, claim: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> None:
    """A claim with its lines, of which there is one at least: late is a day or more, also at a rate of nothing."""
    await session.execute(insert(LatePaymentClaim).values(**claim))
    await session.execute(insert(LatePaymentClaimLine), list(lines))


async def claim(session: AsyncSession, claim_id: UUID) -> LatePaymentClaim | None:
    """One that the organization acted for made or received."""
    return await session.scalar(select(LatePaymentClaim).where(LatePaymentClaim.id == claim_id))


async def claims_about(session: AsyncSession, item_ids: Iterable[UUID]) -> Sequence[LatePaymentClaim]:
    """All that was claimed for late payment of some invoices' items, the oldest first."""
    statement = select(LatePaymentClaim).where(LatePaymentClaim.item_id.in_(set(item_ids)))
    return (await session.scalars(statement.order_by(LatePaymentClaim.id))).all()


def claims_of(organization_id: UUID, *, made: bool | None, partner_id: UUID | None) -> Select[LatePaymentClaim]:
    """The claims that an organization made or received."""
    issued, received = LatePaymentClaim.issuer_id == organization_id, LatePaymentClaim.recipient_id == organization_id
    statement = select(LatePaymentClaim).where({True: issued, False: received, None: or_(issued, received)}[made])
    if partner_id is None:
        return statement
    return statement.where(or_(LatePaymentClaim.issuer_id == partner_id, LatePaymentClaim.recipient_id == partner_id))


async def claim_lines(session: AsyncSession, claim_ids: Iterable[UUID]) -> dict[UUID, list[LatePaymentClaimLine]]:
    """The lines of claims, in order."""
    statement = select(LatePaymentClaimLine).where(LatePaymentClaimLine.claim_id.in_(set(claim_ids)))
    found: dict[UUID, list[LatePaymentClaimLine]] = {}
    for row in await session.scalars(statement.order_by(LatePaymentClaimLine.claim_id, LatePaymentClaimLine.position)):
        found.setdefault(row.claim_id, []).append(row)
    return found
