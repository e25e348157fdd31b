"""What `partingline verify` proves of freight: charges sum to totals, shares to costs, and bookings cost what was quoted."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.verify import check
from app.logistics.freight.models import Consolidation, ConsolidationMember, FreightOffer, FreightOption
from app.logistics.freight.states import ConsolidationState
from app.logistics.models import Booking

BATCH = 1000


@check("freight prices")
async def freight_prices(session: AsyncSession) -> tuple[int, list[str]]:
    """Add the charges of every option and offer again; and compare bookings with the options that they name."""
    looked, broken = 0, []
    for table, name in ((FreightOption, "option"), (FreightOffer, "offer")):
        statement = select(table.id, table.lines, table.total_minor)
        async for row in await session.stream(statement.execution_options(yield_per=BATCH)):
            looked += 1
            if sum(line["amount_minor"] for line in row.lines) != row.total_minor:
                broken.append(f"charges of freight {name} {row.id}")
    statement = select(Booking.id, Booking.price_minor, Booking.currency, FreightOption).join(
        FreightOption, FreightOption.id == Booking.freight_option_id
    )
    for booking_id, price_minor, currency, option in await session.execute(statement):
        looked += 1
        if (price_minor, currency) != (option.total_minor, option.currency):
            broken.append(f"price of booking {booking_id}")
    return looked, broken


@check("freight shares")
async def freight_shares(session: AsyncSession) -> tuple[int, list[str]]:
    """The shares of every closed container sum to its cost, in its currency; what is not closed has none."""
    of_members = (
        select(
            ConsolidationMember.consolidation_id,
            func.sum(ConsolidationMember.share_minor).label("shared"),
            func.count().filter(ConsolidationMember.share_minor.is_(None)).label("without"),
            func.count(ConsolidationMember.share_minor).label("having"),
            func.min(ConsolidationMember.currency).label("least"),
            func.max(ConsolidationMember.currency).label("greatest"),
        )
        .where(ConsolidationMember.removed_at.is_(None))
        .group_by(ConsolidationMember.consolidation_id)
        .subquery()
    )
    statement = select(Consolidation, of_members).outerjoin(
        of_members, of_members.c.consolidation_id == Consolidation.id
    )
    looked, broken = 0, []
    for row in await session.execute(statement):
        one = row[0]
        looked += 1
        shared = (row.shared, row.without, row.least, row.greatest) == (one.cost_minor, 0, one.currency, one.currency)
        if not (shared if one.state == ConsolidationState.CLOSED else not row.having):
            broken.append(f"shares of consolidation {one.id}")
    return looked, broken
