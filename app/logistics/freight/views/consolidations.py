"""Shared containers as their partner sees them, and shares as their shippers do."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.schemas import labelled
from app.logistics.freight.models import Consolidation, ConsolidationMember
from app.logistics.freight.queries import consolidations as queries
from app.logistics.freight.schemas.consolidations import (
    ConsolidationMemberOut,
    ConsolidationOut,
    ConsolidationSummary,
    FreightShareOut,
)
from app.logistics.freight.states import CONSOLIDATION_STATE_LABELS, SHARING_BASIS_LABELS
from app.logistics.freight.views.quotes import NOBODY, container, names_of


def summary_out(row: Consolidation) -> ConsolidationSummary:
    """A shared container in a list."""
    values = {name: getattr(row, name) for name in ConsolidationSummary.model_fields}
    shown = {
        "container_type": container(row.container_type),
        "state": labelled(row.state, CONSOLIDATION_STATE_LABELS),
    }
    return ConsolidationSummary(**values | shown)


async def consolidation_out(session: AsyncSession, row: Consolidation) -> ConsolidationOut:
    """A shared container with what is in it."""
    inside = await queries.members(session, row.id)
    names = await names_of(session, {one.shipper_id for one in inside})
    members = []
    for one in inside:
        values = {name: getattr(one, name) for name in ConsolidationMemberOut.model_fields if hasattr(one, name)}
        members.append(ConsolidationMemberOut(**values | {"shipper_name": names.get(one.shipper_id, NOBODY)}))
    return ConsolidationOut(
        **summary_out(row).model_dump(),
        basis=labelled(row.basis, SHARING_BASIS_LABELS),
        ended_at=row.ended_at,
        members=members,
    )


async def shares_out(session: AsyncSession, rows: Sequence[ConsolidationMember]) -> list[FreightShareOut]:
    """A shipper's shares, in as many statements for many as for one."""
    names = await names_of(session, {row.partner_id for row in rows})
    found = []
    for row in rows:
        values = {name: getattr(row, name) for name in FreightShareOut.model_fields if hasattr(row, name)}
        found.append(FreightShareOut(**values | {"partner_name": names.get(row.partner_id, NOBODY)}))
    return found
