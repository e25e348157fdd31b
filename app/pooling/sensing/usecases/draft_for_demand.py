"""Write the draft of a campaign for what many asked for alike, and invite those who did once it is open."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor
from app.kit.db.refusals import refused_by
from app.kit.errors import FieldError, Invalid
from app.kit.locales import N_, current_locale, translate
from app.parties import facade as parties
from app.pooling.models import Campaign
from app.pooling.schemas.campaigns import CampaignIn
from app.pooling.sensing.drafting import proposed
from app.pooling.sensing.errors import CampaignForDemandDrafted, SuggestionEnded
from app.pooling.sensing.models import DemandSuggestion
from app.pooling.sensing.rules import Kind, Tariff
from app.pooling.sensing.schemas import CampaignForDemandIn
from app.pooling.sensing.states import SuggestionState
from app.pooling.sensing.usecases.sense_demand import tariffs_of
from app.pooling.sensing.views import WHAT, suggestions_out
from app.pooling.states import Leading
from app.pooling.usecases.draft_campaign import draft_campaign
from app.reference import facade as reference

OPEN_FOR = timedelta(days=14)
CURRENCY = "EUR"
MOST_PLACES_PROPOSED = 3

TITLE = N_("Bought together: {what}")
SPECIFICATION = N_("{steel} or a nominal equivalent, {size}; each side within about 12 % of that.")


async def draft_for_demand(
    session: AsyncSession, actor: Actor, row: DemandSuggestion, form: CampaignForDemandIn, *, now: datetime
) -> Campaign:
    """A draft with item, places, quantities and tiers filled in from what is told and published, for its lead to go over.

    Nobody learns from it who asked: not from its figures, and not from whom it invites. Raises `SuggestionEnded`,
    `CampaignForDemandDrafted`, `Invalid`, `CampaignsWaiting`.
    """
    if row.state != SuggestionState.CURRENT:
        raise SuggestionEnded()
    published = await tariffs_of(session, Kind(row.category_code, row.steel, row.unit, tuple(row.size_steps)))
    currency = form.currency or _usual(published)
    filled = CampaignIn.model_validate(
        {
            "led_as": Leading.OPERATOR if actor.is_operator else Leading.BUYER,
            "locale": current_locale(),
            "currency": currency,
            "closes_at": form.closes_at or now + OPEN_FOR,
            "places": form.places or await _places(session, actor),
            **await _asked_for(session, actor, row, published.get(currency, ())),
        }
    )
    try:
        return await draft_campaign(session, actor, filled, now=now, demand_suggestion_id=row.id)
    except DBAPIError as error:
        if refused_by(error, "uq_campaigns_demand_suggestion_id_lead_id"):
            raise CampaignForDemandDrafted() from error
        if refused_by(error, "campaigns_of_demand"):
            raise SuggestionEnded() from error
        raise


async def _asked_for(
    session: AsyncSession, actor: Actor, row: DemandSuggestion, tariffs: Sequence[Tariff]
) -> dict[str, object]:
    shown = (await suggestions_out(session, actor, [row]))[0]
    found = proposed(row.unit, row.quantity, row.buyers, tariffs)
    locale = current_locale()
    what = translate(WHAT, locale, category=shown.category.label, steel=row.steel)
    item = {
        "title": what[:200],
        "specification": translate(SPECIFICATION, locale, steel=row.steel, size=shown.size.text),
        "lot_quantity": found.lot_quantity,
        "unit": row.unit,
        "min_quantity": found.least_lots * found.lot_quantity,
        "alone_minor": found.alone_minor,
        "tiers": [{"from_quantity": lots * found.lot_quantity, "price_minor": minor} for lots, minor in found.tiers],
    }
    return {"title": translate(TITLE, locale, what=what)[:200], "notes": shown.text, "items": [item]}


def _usual(published: Mapping[str, Sequence[Tariff]]) -> str:
    """The currency in which most is published."""
    return min(published, key=lambda currency: (-len(published[currency]), currency), default=CURRENCY)


async def _places(session: AsyncSession, actor: Actor) -> list[str]:
    """The lead's own place, else places of his country: those of the buyers would tell who they are. Raises `Invalid`."""
    own = (await parties.organizations(session, [actor.organization_id])).get(actor.organization_id)
    near = [place for place in reference.places().values() if own is not None and place.country == own.country]
    at_home = [place.code for place in near if own is not None and place.name.casefold() == own.city.casefold()]
    found = at_home or [place.code for place in near][:MOST_PLACES_PROPOSED]
    if not found:
        message = N_("Name the places where members may take their goods.")
        raise Invalid(errors=[FieldError("/places", "places-missing", message)])
    return found
