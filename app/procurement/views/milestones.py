"""Milestones, their evidence and their templates as a reader sees them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.documents import facade as documents
from app.documents.facade import DocumentRef
from app.kit.locales import current_locale
from app.kit.schemas import Labelled, labelled
from app.language.facade import ShownText
from app.procurement.milestone_names import milestone_name
from app.procurement.models import MilestoneEvent, OrderMilestone, PurchaseOrder
from app.procurement.mould_dictionary import milestone_catalogue
from app.procurement.order_rules import waits_for
from app.procurement.order_states import MILESTONE_ACT_LABELS, MILESTONE_STATE_LABELS, SIDE_LABELS, Side
from app.procurement.schemas.common import DocumentOut
from app.procurement.schemas.orders import (
    MilestoneEntryOut,
    MilestoneOut,
    TemplateOut,
    TemplatesOut,
    TemplateStepOut,
)
from app.procurement.usecases.order_texts import ENTRY, NOTE
from app.procurement.views import common

Shown = Mapping[tuple[str, UUID, str], ShownText]
Attached = Mapping[tuple[str, UUID], Sequence[DocumentRef]]


async def milestones_out(
    session: AsyncSession,
    order: PurchaseOrder,
    milestones: Sequence[OrderMilestone],
    entries: Sequence[MilestoneEvent],
    shown: Shown,
) -> list[MilestoneOut]:
    """The milestones of an order with what happened at each."""
    attached = await documents.attached(session, [(ENTRY, entry.id) for entry in entries])
    return [
        MilestoneOut(
            id=row.id,
            code=row.code,
            name=milestone_name(row.code),
            state=labelled(row.state, MILESTONE_STATE_LABELS),
            share_percent=common.plain_decimal(Decimal(row.share_bp) / 100),
            amount=common.money(row.amount_minor, order.currency),
            due_on=row.due_on,
            expected_evidence=_evidence(row.evidence_kinds),
            optional=row.optional,
            waits_for=waits_for(row, milestones),
            decided_at=row.decided_at,
            entries=[_entry(order, entry, shown, attached) for entry in entries if entry.milestone_id == row.id],
        )
        for row in milestones
    ]


def _entry(order: PurchaseOrder, entry: MilestoneEvent, shown: Shown, attached: Attached) -> MilestoneEntryOut:
    note = None
    if entry.note is not None and entry.note_locale is not None:
        note = common.written(entry.note, entry.note_locale, shown.get((ENTRY, entry.id, NOTE)))
    return MilestoneEntryOut(
        id=entry.id,
        act=labelled(entry.act, MILESTONE_ACT_LABELS),
        side=labelled(Side.BUYER if entry.organization_id == order.buyer_id else Side.SUPPLIER, SIDE_LABELS),
        note=note,
        documents=[DocumentOut.model_validate(ref) for ref in attached[ENTRY, entry.id]],
        occurred_at=entry.occurred_at,
    )


def _evidence(codes: Sequence[str]) -> list[Labelled]:
    names = milestone_catalogue().evidence_names
    return [Labelled(code=code, label=names[code][current_locale()]) for code in codes]


def templates_out() -> TemplatesOut:
    """The templates of this release in the reader's language."""
    catalogue = milestone_catalogue()
    locale = current_locale()
    return TemplatesOut(
        edition=catalogue.edition,
        items=[
            TemplateOut(
                code=template.code,
                name=template.names[locale],
                milestones=[
                    TemplateStepOut(
                        code=step.code,
                        name=milestone_name(step.code),
                        share_percent=step.share_percent,
                        due_offset_weeks=step.due_offset_weeks,
                        expected_evidence=_evidence(step.evidence),
                        after=list(step.after),
                        optional=step.optional,
                    )
                    for step in template.milestones
                ],
            )
            for template in catalogue.templates.values()
        ],
    )
