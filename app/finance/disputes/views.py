"""Disputes as their readers see them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.documents import facade as documents
from app.finance import shown
from app.finance.disputes import queries, rules, texts
from app.finance.disputes.guards import SPEAKS_BY
from app.finance.disputes.models import Dispute, DisputeEntry, DisputeProposal
from app.finance.disputes.schemas import (
    DisputeAmountOut,
    DisputeEntryOut,
    DisputeFileOut,
    DisputeFirmOut,
    DisputeOut,
    DisputeProposalOut,
    DisputeSplitOut,
    DisputeSummaryOut,
    DisputeTextOut,
    DisputeTranslationOut,
)
from app.finance.disputes.states import (
    DISPUTE_ACT_LABELS,
    DISPUTE_SIDE_LABELS,
    DISPUTE_STATE_LABELS,
    REASON_LABELS,
    Act,
    DisputeState,
    Side,
)
from app.finance.disputes.usecases.steps import side_of
from app.kit.actor import Actor
from app.kit.locales import current_locale
from app.kit.schemas import labelled
from app.language import facade as language
from app.language.facade import ShownText
from app.parties import facade as parties
from app.parties.facade import OrganizationRef

amount = shown.amounts(DisputeAmountOut)
_firm = shown.firms(DisputeFirmOut)

Firms = Mapping[UUID, OrganizationRef]
_ASKED = (Act.MESSAGE, Act.PROPOSED, Act.WITHDRAWN, Act.DECIDED)


def _split(release_minor: int | None, refund_minor: int | None, currency: str) -> DisputeSplitOut | None:
    if release_minor is None or refund_minor is None:
        return None
    return DisputeSplitOut(release=amount(release_minor, currency), refund=amount(refund_minor, currency))


async def summaries(session: AsyncSession, actor: Actor, rows: Sequence[Dispute]) -> list[DisputeSummaryOut]:
    """Disputes of a list, in as many statements for many as for one."""
    firms = await parties.organizations(session, [one for row in rows for one in (row.buyer_id, row.supplier_id)])
    return [_summary(row, actor, firms) for row in rows]


def _summary(row: Dispute, actor: Actor, firms: Firms) -> DisputeSummaryOut:
    values = {name: getattr(row, name) for name in DisputeSummaryOut.model_fields if hasattr(row, name)}
    return DisputeSummaryOut(
        **values
        | {
            "buyer": _firm(firms, row.buyer_id),
            "supplier": _firm(firms, row.supplier_id),
            "side": labelled(side_of(row, actor) or Side.OPERATOR, DISPUTE_SIDE_LABELS),
            "reason": labelled(row.reason, REASON_LABELS),
            "state": labelled(row.state, DISPUTE_STATE_LABELS),
            "disputed": amount(row.disputed_minor, row.currency),
            "split": _split(row.release_minor, row.refund_minor, row.currency),
            "answer_overdue": row.answer_overdue_at is not None,
        }
    )


async def dispute_out(session: AsyncSession, actor: Actor, row: Dispute, *, now: datetime) -> DisputeOut:
    """One dispute with what stands of proposals, and what its reader may do."""
    [summary] = await summaries(session, actor, [row])
    standing = (await queries.open_proposals(session, [row.id])).get(row.id, [])
    return DisputeOut(
        **dict(summary),
        proposals=[_proposal(row, one, actor) for one in standing],
        may=may_do(row, actor, now=now),
        entries_url=f"/v1/disputes/{row.id}/entries",
    )


def _proposal(row: Dispute, one: DisputeProposal, actor: Actor) -> DisputeProposalOut:
    split = _split(one.release_minor, one.refund_minor, row.currency)
    assert split is not None
    return DisputeProposalOut(
        id=one.id,
        side=labelled(one.side, DISPUTE_SIDE_LABELS),
        mine=side_of(row, actor) == one.side,
        split=split,
        made_at=one.made_at,
    )


def may_do(row: Dispute, actor: Actor, *, now: datetime) -> list[str]:
    """What somebody may do in a dispute now."""
    side, state = side_of(row, actor), DisputeState(row.state)
    if side is None or not actor.may(SPEAKS_BY[side]):
        return []
    found = [act.value for act in _ASKED if rules.may(act, side, state)]
    if side is not Side.OPERATOR and rules.may_escalate(state, row.answer_due_at, now=now):
        found.append(Act.ESCALATED.value)
    return found


async def entries_out(session: AsyncSession, row: Dispute, rows: Sequence[DisputeEntry]) -> list[DisputeEntryOut]:
    """What happened, with texts in the reader's language and the files that he may open."""
    entities = [(texts.ENTRY, one.id) for one in rows]
    shown = await language.shown_texts(session, entities, current_locale())
    attached = await documents.attached(session, entities)
    firms = await parties.organizations(session, {one.organization_id for one in rows if one.organization_id})
    return [
        DisputeEntryOut(
            id=one.id,
            act=labelled(one.act, DISPUTE_ACT_LABELS),
            side=labelled(one.side, DISPUTE_SIDE_LABELS) if one.side else None,
            author=_firm(firms, one.organization_id) if one.organization_id in firms else None,
            text=_text(one, shown.get((texts.ENTRY, one.id, texts.TEXT))),
            split=_split(one.release_minor, one.refund_minor, row.currency),
            proposal_id=one.proposal_id,
            documents=[DisputeFileOut.model_validate(ref) for ref in attached[texts.ENTRY, one.id]],
            created_at=one.created_at,
        )
        for one in rows
    ]


def _text(entry: DisputeEntry, shown: ShownText | None) -> DisputeTextOut | None:
    if entry.text is None or entry.locale is None:
        return None
    written = DisputeTextOut(text=entry.text, locale=entry.locale)
    if shown is not None and shown.locale != shown.source_locale:
        written.translation = DisputeTranslationOut(
            locale=shown.locale, text=shown.text, state=shown.state, engine=shown.engine
        )
    return written
