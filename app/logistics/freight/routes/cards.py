"""Rate cards over HTTP: for the partners who make them, and for nobody else."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from app.kit.actor import CurrentActor
from app.kit.db.session import Session
from app.kit.errors import Forbidden, Invalid, Unauthenticated
from app.kit.etags import PRIVATE
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import READ, problems
from app.kit.routing import house_router
from app.logistics.freight.errors import CardDiffers, CardOutdated, NotAPartner
from app.logistics.freight.guards import CardKeeper, OwnCard, Partner
from app.logistics.freight.models import RateCardVersion
from app.logistics.freight.queries import cards as queries
from app.logistics.freight.schemas.cards import RateCardIn, RateCardOut, RateCardsIn, RateCardsOut
from app.logistics.freight.states import CardState
from app.logistics.freight.usecases.keep_cards import upload_card, upload_cards, withdraw_card
from app.logistics.freight.views.cards import card_out, uploaded_out
from app.logistics.states import Mode

router = house_router(tags=["freight"])


def _shown(row: RateCardVersion, response: Response) -> RateCardOut:
    response.headers["Cache-Control"] = PRIVATE
    return card_out(row)


@router.post(
    "/rate-cards",
    status_code=201,
    responses={
        200: {"model": RateCardOut, "description": "This version stood already, in the same words."},
        **problems(Unauthenticated, Forbidden, NotAPartner, Invalid, CardDiffers, CardOutdated),
    },
)
async def post_rate_card(actor: Partner, form: RateCardIn, session: Session, response: Response) -> RateCardOut:
    """Upload a rate card, or replace it: by a higher `version` of the same `reference`.

    The same version in the same words changes nothing, so a request may be sent again. Nobody but your organization reads your
    cards: shippers are quoted prices that are made of them, and other logistics partners are not quoted of yours.
    """
    row, is_new = await upload_card(session, actor, form)
    if not is_new:
        response.status_code = 200
    response.headers["Location"] = f"/v1/rate-cards/{row.id}"
    return _shown(row, response)


@router.post("/rate-card-batches", responses=problems(Unauthenticated, Forbidden, NotAPartner, Invalid))
async def post_rate_card_batch(actor: Partner, form: RateCardsIn, session: Session) -> RateCardsOut:
    """Upload up to 1,000 rate cards. Each is judged by itself: the good ones stand, the bad ones are named by their place.

    A batch may be sent again: versions that stand already in the same words change nothing.
    """
    return uploaded_out(await upload_cards(session, actor, form.cards))


@router.get("/rate-cards", responses=problems(Unauthenticated))
async def list_rate_cards(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    state: CardState | None = None,
    mode: Mode | None = None,
    from_place: Annotated[str | None, Query(max_length=10)] = None,
    to_place: Annotated[str | None, Query(max_length=10)] = None,
    reference: Annotated[str | None, Query(max_length=80, description="All versions of one card.")] = None,
) -> Page[RateCardOut]:
    """Your organization's rate cards, every version by itself, newest first."""
    statement = queries.cards_of(
        actor.organization_id, state=state, mode=mode, from_place=from_place, to_place=to_place, reference=reference
    )
    rows, cursor = await fetch_page(session, statement, page, keys=[RateCardVersion.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=[card_out(row) for row in rows], next_cursor=cursor)


@router.get("/rate-cards/{rate_card_id}", responses=problems(*READ))
async def get_rate_card(row: OwnCard, response: Response) -> RateCardOut:
    """One version of a rate card."""
    return _shown(row, response)


@router.post("/rate-cards/{rate_card_id}/withdrawal", responses=problems(*READ))
async def post_rate_card_withdrawal(
    rate_card_id: UUID, actor: CardKeeper, session: Session, response: Response
) -> RateCardOut:
    """Let nobody be quoted of a card any more; quotes that were made of it stand. A second time changes nothing."""
    return _shown(await withdraw_card(session, actor, rate_card_id), response)
