"""Pooled purchasing for people: campaigns as they go, one's own commitments, a supplier's offer, and what came of it."""

import re
from collections import defaultdict
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Header, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData
from starlette.responses import Response

from app.kit.actor import Actor, Permission
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Invalid, NotFound, Problem
from app.kit.idempotency import check_key
from app.kit.ids import new_id
from app.kit.locales import N_, translate
from app.kit.paging import PageRequest
from app.kit.problems import render
from app.parties import facade as parties
from app.pooling import facade as pooling
from app.reference import facade as reference
from app.web import pooled
from app.web import sent as forms
from app.web.pages import page_router, see_other
from app.web.rendering import environment, page, shown_moment
from app.web.sending import AnySentForm, MemberAlone
from app.web.visit import AnyMember, Visit

router = page_router()

ON_A_PAGE = 20
Given = Annotated[str, Query(max_length=200)]
_COMMITMENT = N_("Commitment")
_TOKEN = re.compile(r"[a-z]{2,5}_[A-Za-z0-9_]{1,190}")
FEWEST_TIERS = 4
_TIER = re.compile(r"\.(from|price)\.\d{1,2}$")
LIVE = ("open", "bidding")
CLEARED = ("cleared", "ordering", "ordered")


@router.get("/campaigns")
async def campaigns(
    member: AnyMember,
    session: Session,
    now: Now,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    over: bool = False,
) -> Response:
    """Campaigns that are open, and below them the latest that are not any more; or page by page only these."""
    asked = PageRequest(ON_A_PAGE, cursor)
    running: list[dict[str, Any]] = []
    more_running = None
    if not over:
        running, more_running = await pooling.campaigns(session, member.actor, asked, is_open=True, now=now)
    ended: list[dict[str, Any]] = []
    more_ended = None
    if over or cursor is None:
        ended, more_ended = await pooling.campaigns(session, member.actor, asked, is_open=False, now=now)
    return page(
        member.visit,
        "campaigns.html",
        running=running,
        more_running=more_running,
        ended=ended,
        more_ended=more_ended,
        over=over,
        left=pooled.left_for(member.visit.locale),
    )


@router.get("/campaigns/{campaign_id}")
async def campaign(campaign_id: UUID, member: AnyMember, session: Session, now: Now) -> Response:
    """One of them: how far it has come, one's own part, and in the end its certificate."""
    taken = await pooling.taken_part(session, member.actor, campaign_id, now=now)
    return _campaign_page(member.visit, taken)


@router.get("/campaigns/{campaign_id}/progress")
async def progress(
    campaign_id: UUID,
    request: Request,
    member: MemberAlone,
    seen: Annotated[str | None, Header(alias="Last-Event-ID", max_length=100)] = None,
) -> Response:
    """The parts of the page that change, as they change (Server-Sent Events), each read in a short transaction of its own."""
    seat = member.visit.seat
    assert seat is not None
    visit, state, actor = member.visit, request.app.state, member.actor
    # A page that is only open is no sign of life: it does not renew the cookie.
    request.state.seat_taken = True

    async def actor_of(session: AsyncSession) -> Actor:
        return await parties.actor_of_session(session, seat.session)

    def shown(found: pooling.Live) -> str:
        return (
            environment()
            .get_template("web/campaign_live.html")
            .render(
                live=found,
                locale=visit.locale,
                left=pooled.left_for(visit.locale),
                moment=lambda value: shown_moment(visit, value),
                bid_at=_bid_at(visit, campaign_id) if _may_bid(actor) else None,
            )
        )

    return await pooling.follow(
        state.database,
        state.clock,
        campaign_id,
        actor_of,
        member.actor.organization_id,
        seen=seen,
        lasting_s=state.settings.stream_seconds,
        shown=shown,
    )


class Sent(forms.Sent):
    """A form of a campaign that was sent."""

    def reading(self, currency: str) -> pooled.Reading:
        """Its fields."""
        return pooled.Reading(self.form, reference.currency(currency).exponent)


@router.get("/campaigns/{campaign_id}/commitments/new")
async def new_commitment(
    campaign_id: UUID,
    member: AnyMember,
    session: Session,
    now: Now,
    item: Annotated[str, Query(max_length=40)] = "",
    given: Given = "",
) -> Response:
    """The form of a commitment to one of the items, with the card that was `given` to the payment provider for it."""
    taken = await pooling.taken_part(session, member.actor, campaign_id, now=now)
    return _commitment_page(member.visit, taken, None, {"item_id": item, "payment_method": given})


@router.post("/campaigns/{campaign_id}/commitments/new")
async def commit(campaign_id: UUID, request: Request, member: AnyMember, session: Session, now: Now) -> Response:
    """Commit one's organization."""
    sent = await Sent.read(request, member, session, now)
    taken = await pooling.taken_part(session, member.actor, campaign_id, now=now)
    reading = sent.reading(taken.campaign["currency"])
    try:
        form = pooled.commitment_of(reading, taken.campaign)
        if reading.errors:
            raise Invalid(errors=reading.errors)
        async with session.begin_nested():
            commitment_id = await pooling.commit_to(session, member.actor, campaign_id, form, now=now)
    except Problem as refusal:
        values = sent.typed
        return _commitment_page(member.visit, taken, None, values, refusal=sent.refused(refusal))
    return see_other(member.visit.url(f"/campaigns/{campaign_id}#{commitment_id}"))


@router.get("/campaigns/{campaign_id}/commitments/{commitment_id}")
async def commitment(
    campaign_id: UUID, commitment_id: UUID, member: AnyMember, session: Session, now: Now, given: Given = ""
) -> Response:
    """The form that changes a commitment or takes it back, or pays its deposit with the card that was `given`."""
    own = await _own(session, member.actor, campaign_id, commitment_id, now=now)
    taken = await pooling.taken_part(session, member.actor, campaign_id, now=now)
    values = pooled.commitment_values(own, reference.currency(taken.campaign["currency"]).exponent)
    return _commitment_page(member.visit, taken, own, {**values, "payment_method": given})


@router.post("/campaigns/{campaign_id}/card")
async def give_card(campaign_id: UUID, request: Request, sent: AnySentForm, member: MemberAlone) -> Response:
    """The way to the payment provider, where a card for the deposit is given, and from there back to the commitment."""
    key = str(sent.form.get("key") or "")
    check_key(key)
    visit, state = member.visit, request.app.state
    there = _commitment_at(campaign_id, sent.form)
    giving = await pooling.card_page(
        state.gateways["payments"],
        member.actor,
        back_url=state.settings.public_url + visit.url(there),
        locale=visit.locale,
        intent=key,
    )
    return page(visit, "giving.html", url=giving.url, back=[(there, translate(_COMMITMENT, visit.locale))])


@router.get("/campaigns/{campaign_id}/card")
async def card(campaign_id: UUID, member: AnyMember) -> Response:
    """Whoever reads that page in another language begins once more from the campaign."""
    return see_other(member.visit.url(f"/campaigns/{campaign_id}"))


def _commitment_at(campaign_id: UUID, form: FormData) -> str:
    """The page that a form came from. Raises `NotFound` when it names neither a commitment nor an item."""
    try:
        if form.get("commitment_id"):
            return f"/campaigns/{campaign_id}/commitments/{UUID(str(form['commitment_id']))}"
        return f"/campaigns/{campaign_id}/commitments/new?item={UUID(str(form.get('item_id')))}"
    except ValueError:
        raise NotFound() from None


@router.post("/campaigns/{campaign_id}/commitments/{commitment_id}")
async def change(
    campaign_id: UUID, commitment_id: UUID, request: Request, member: AnyMember, session: Session, now: Now
) -> Response:
    """Change a commitment as it was read, take it back, pay its deposit otherwise or leave it unpaid, as the button says."""
    sent = await Sent.read(request, member, session, now)
    own = await _own(session, member.actor, campaign_id, commitment_id, now=now)
    taken = await pooling.taken_part(session, member.actor, campaign_id, now=now)
    reading = sent.reading(taken.campaign["currency"])
    try:
        if sent.form.get("act") == "withdraw":
            async with session.begin_nested():
                await pooling.withdraw(session, member.actor, commitment_id, now=now)
        elif sent.form.get("act") == "default":
            async with session.begin_nested():
                await pooling.default(session, member.actor, commitment_id, now=now)
        elif sent.form.get("act") == "pay":
            token = reading.text("payment_method")
            async with session.begin_nested():
                await pooling.pay(session, member.actor, commitment_id, token, now=now)
        else:
            form = pooled.commitment_of(reading, taken.campaign)
            if reading.errors:
                raise Invalid(errors=reading.errors)
            async with session.begin_nested():
                await pooling.change(
                    session, member.actor, commitment_id, form, version=_version(reading.text("version")), now=now
                )
    except Problem as refusal:
        values = sent.typed
        return _commitment_page(member.visit, taken, own, values, refusal=sent.refused(refusal))
    return see_other(member.visit.url(f"/campaigns/{campaign_id}#{commitment_id}"))


@router.get("/campaigns/{campaign_id}/offer")
async def offer(campaign_id: UUID, member: AnyMember, session: Session, now: Now) -> Response:
    """The form of a supplier's sealed offer, with what he has offered."""
    taken = await pooling.taken_part(session, member.actor, campaign_id, now=now)
    exponent = reference.currency(taken.campaign["currency"]).exponent
    return _offer_page(member.visit, taken, pooled.offer_values(taken.offer, exponent))


@router.post("/campaigns/{campaign_id}/offer")
async def make_offer(campaign_id: UUID, request: Request, member: AnyMember, session: Session, now: Now) -> Response:
    """Make a sealed offer or a bid in the place of the former one, or take it back when that button was pressed."""
    sent = await Sent.read(request, member, session, now)
    taken = await pooling.taken_part(session, member.actor, campaign_id, now=now)
    reading = sent.reading(taken.campaign["currency"])
    try:
        if sent.form.get("act") == "withdraw":
            async with session.begin_nested():
                await pooling.withdraw_offer(session, member.actor, campaign_id, now=now)
        else:
            items = pooled.offer_of(reading, taken.campaign, pooling.MOST_TIERS)
            if reading.errors:
                raise Invalid(errors=reading.errors)
            async with session.begin_nested():
                await pooling.offer(session, member.actor, campaign_id, items, now=now)
    except Problem as refusal:
        values = sent.typed
        return _offer_page(member.visit, taken, values, refusal=sent.refused(refusal))
    return see_other(member.visit.url(f"/campaigns/{campaign_id}#offer"))


async def _own(
    session: AsyncSession, actor: Actor, campaign_id: UUID, commitment_id: UUID, *, now: datetime
) -> dict[str, Any]:
    found = await pooling.own_commitment(session, actor, commitment_id, now=now)
    if found["campaign_id"] != str(campaign_id):
        raise NotFound()
    return found


def _version(text: str) -> int:
    """The version that the form was made from; none that ever was when it says none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _campaign_page(visit: Visit, taken: pooling.Taken) -> Response:
    shown = taken.campaign
    leads = visit.actor is not None and shown["lead"]["id"] == str(visit.actor.organization_id)
    return page(
        visit,
        "campaign.html",
        taken=taken,
        campaign=shown,
        items=pooled.titles(shown),
        places={place["code"]: place["name"] for place in shown["places"]},
        left=pooled.left_for(visit.locale),
        titles={key: item["title"] for key, item in pooled.titles(shown).items()},
        proofs=[one for found in taken.rounds for one in pooled.proofs(found, shown["currency"], visit.locale)],
        is_live=shown["state"]["code"] in LIVE,
        has_orders=shown["state"]["code"] in CLEARED and bool(taken.commitments or taken.shares or leads),
        bid_at=_bid_at(visit, shown["id"]),
    )


def _bid_at(visit: Visit, campaign_id: UUID | str) -> str:
    return visit.url(f"/campaigns/{campaign_id}/offer")


def _may_bid(actor: Actor) -> bool:
    return "supplier" in actor.organization_roles and actor.may(Permission.QUOTE)


def _commitment_page(
    visit: Visit,
    taken: pooling.Taken,
    own: dict[str, Any] | None,
    values: dict[str, str],
    *,
    refusal: Problem | None = None,
) -> Response:
    shown = taken.campaign
    items = pooled.titles(shown)
    if not _TOKEN.fullmatch(values.get("payment_method", "")):
        # A card number that somebody has typed is not repeated.
        values.pop("payment_method", None)
    if own is None and values.get("item_id") not in items:
        values["item_id"] = shown["items"][0]["id"]
    return page(
        visit,
        "commitment.html",
        status=refusal.status if refusal else 200,
        taken=taken,
        campaign=shown,
        items=items,
        item=items.get(values.get("item_id", ""), shown["items"][0]),
        own=own,
        values=defaultdict(str, values),
        unit_of=lambda item: reference.unit_name(item["lot"]["unit"], visit.locale),
        step=_step(shown),
        problem=render(refusal, locale=visit.locale) if refusal else None,
        key=str(new_id()),
        other_key=str(new_id()),
        card_key=str(new_id()),
    )


def _offer_page(
    visit: Visit, taken: pooling.Taken, values: dict[str, str], *, refusal: Problem | None = None
) -> Response:
    shown = taken.campaign
    given = [int(name.rpartition(".")[2]) for name, text in values.items() if text and _TIER.search(name)]
    return page(
        visit,
        "campaign_offer.html",
        status=refusal.status if refusal else 200,
        taken=taken,
        campaign=shown,
        values=defaultdict(str, values),
        rows=min(pooling.MOST_TIERS, max([FEWEST_TIERS, *[n + 2 for n in given]])),
        unit_of=lambda item: reference.unit_name(item["lot"]["unit"], visit.locale),
        step=_step(shown),
        problem=render(refusal, locale=visit.locale) if refusal else None,
        key=str(new_id()),
    )


def _step(campaign: dict[str, Any]) -> str:
    """The finest step of money in the campaign's currency."""
    return pooled.major(1, reference.currency(campaign["currency"]).exponent)
