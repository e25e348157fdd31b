"""Disputes for people: what the two sides say, propose and agree on, and what the operator decides."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.documents import facade as documents
from app.finance.facade import disputes
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import FieldError, Invalid, NotFound, Problem
from app.kit.ids import new_id
from app.kit.locales import N_
from app.kit.paging import PageRequest
from app.kit.problems import render
from app.reference import facade as reference
from app.web.forms import typed
from app.web.pages import page_router, see_other
from app.web.pooled import major, minor_of
from app.web.rendering import page
from app.web.sending import AnySentForm, MemberAlone, SentForm, sent_form
from app.web.visit import AnyMember, Member

router = page_router()

ON_A_PAGE = 20
ENTRIES_ON_A_PAGE = 50

Cursor = Annotated[str | None, Query(max_length=500)]


@router.get("/disputes")
async def dispute_list(member: AnyMember, session: Session, cursor: Cursor = None) -> Response:
    """The organization's disputes, the newest first; for the operator those that he is to decide."""
    found = await disputes.list_of(session, member.actor, PageRequest(ON_A_PAGE, cursor))
    return page(member.visit, "disputes.html", found=found)


@router.get("/disputes/{dispute_id}")
async def dispute(dispute_id: UUID, member: AnyMember, session: Session, now: Now, cursor: Cursor = None) -> Response:
    """One of them: where it stands, what is proposed, what happened, and what may be done."""
    return await _page(member, session, dispute_id, cursor, now=now)


@router.post("/disputes/{dispute_id}", dependencies=[Depends(sent_form)])
async def take_step(dispute_id: UUID, sent: AnySentForm, member: AnyMember, session: Session, now: Now) -> Response:
    """Speak, propose, answer a proposal, escalate, withdraw or decide, as the button says."""
    await sent.act_once(member, session)
    found = await disputes.seen(session, member.actor, dispute_id, PageRequest(1, None), now=now)
    verb = str(sent.form.get("act") or "")
    try:
        if sent.refusal is not None:
            raise sent.refusal
        values = _values(sent, found.dispute["disputed"], verb)
        async with session.begin_nested():
            values["document_ids"] = await sent.keep(member, session)
            await disputes.act(session, member.actor, dispute_id, verb, values, now=now)
    except Problem as refusal:
        return await _page(member, session, dispute_id, None, now=now, sent=sent, refusal=sent.refused(refusal))
    return see_other(member.visit.url(f"/disputes/{dispute_id}"))


@router.get("/payment-milestones/{payment_milestone_id}/dispute")
async def new_dispute(payment_milestone_id: UUID, member: AnyMember, session: Session) -> Response:
    """The form that opens a dispute about a milestone."""
    return await _opening(member, session, payment_milestone_id)


@router.post("/payment-milestones/{payment_milestone_id}/dispute", dependencies=[Depends(sent_form)])
async def open_dispute(
    payment_milestone_id: UUID, sent: AnySentForm, member: AnyMember, session: Session, now: Now
) -> Response:
    """Open it."""
    await sent.act_once(member, session)
    try:
        if sent.refusal is not None:
            raise sent.refusal
        async with session.begin_nested():
            values = {
                "reason": typed(sent.form, "reason", 40),
                "text": _text(sent),
                "document_ids": await sent.keep(member, session),
            }
            dispute_id = await disputes.open_one(session, member.actor, payment_milestone_id, values, now=now)
    except Problem as refusal:
        return await _opening(member, session, payment_milestone_id, sent=sent, refusal=sent.refused(refusal))
    return see_other(member.visit.url(f"/disputes/{dispute_id}"))


@router.get("/files/{document_id}")
async def file(document_id: UUID, member: MemberAlone, request: Request) -> Response:
    """A file that was given to one's organization, or that it gave. Every opening is written down for its owner."""
    return await documents.hand_out(request, member.actor, document_id)


def _text(sent: SentForm) -> str:
    # Browsers send line ends as networks do.
    return typed(sent.form, "text", disputes.MOST_TEXT + 1).replace("\r\n", "\n").strip()


def _values(sent: SentForm, disputed: dict[str, Any], verb: str) -> dict[str, Any]:
    """What a form says: a split is told by what is released, the rest is refunded."""
    values: dict[str, Any] = {"text": _text(sent)}
    if verb in ("propose", "decide"):
        released = minor_of(typed(sent.form, "release", 40), reference.currency(disputed["currency"]).exponent)
        if released is None or not 0 <= released <= disputed["minor"]:
            message = N_("Give an amount from nothing to all that is disputed.")
            raise Invalid(errors=[FieldError("/release_minor", "not-an-amount", message)])
        values |= {"release_minor": released, "refund_minor": disputed["minor"] - released}
    if verb in ("accept", "decline", "take_back"):
        try:
            values["proposal_id"] = UUID(str(sent.form.get("proposal") or ""))
        except ValueError:
            raise NotFound() from None
    return values


async def _page(
    member: Member,
    session: AsyncSession,
    dispute_id: UUID,
    cursor: str | None,
    *,
    now: datetime,
    sent: SentForm | None = None,
    refusal: Problem | None = None,
) -> Response:
    found = await disputes.seen(session, member.actor, dispute_id, PageRequest(ENTRIES_ON_A_PAGE, cursor), now=now)
    disputed = found.dispute["disputed"]
    exponent = reference.currency(disputed["currency"]).exponent
    verb = str(sent.form.get("act") or "") if sent else ""
    return page(
        member.visit,
        "dispute.html",
        status=refusal.status if refusal else 200,
        found=found,
        dispute=found.dispute,
        typed=lambda name, act: typed(sent.form, name, disputes.MOST_TEXT) if sent and verb == act else "",
        most=major(disputed["minor"], exponent),
        step=major(1, exponent),
        most_text=disputes.MOST_TEXT,
        problem=render(refusal, locale=member.visit.locale) if refusal else None,
        new_key=lambda: str(new_id()),
    )


async def _opening(
    member: Member,
    session: AsyncSession,
    milestone_id: UUID,
    *,
    sent: SentForm | None = None,
    refusal: Problem | None = None,
) -> Response:
    return page(
        member.visit,
        "new_dispute.html",
        status=refusal.status if refusal else 200,
        found=await disputes.opening(session, member.actor, milestone_id),
        reason=typed(sent.form, "reason", 40) if sent else "",
        text=typed(sent.form, "text", disputes.MOST_TEXT) if sent else "",
        most_text=disputes.MOST_TEXT,
        problem=render(refusal, locale=member.visit.locale) if refusal else None,
        key=str(new_id()),
    )
