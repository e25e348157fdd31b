"""Builders of reverse auctions and bids."""

from typing import Any
from uuid import UUID

from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from app.kit.jobs import Runtime
from app.pooling.auctions import queries
from app.pooling.auctions.jobs import end_auctions
from app.pooling.jobs import freeze_campaigns
from app.pooling.queries import offers
from app.pooling.states import OfferState
from tests.market import Market, Member
from tests.rooms.pooling.campaigns import campaign_form, campaign_offer_form, committed, opened
from tests.rooms.warehousing.stock import made

NO_PRICE = "none"
RULES = {"bidding_minutes": 10, "round_minutes": 3, "step_pct": "1", "most_extensions": 2}


def long_day(market: Market) -> None:
    """Let those who sign in from now on stay so for two hours."""
    market.settings = market.settings.model_copy(update={"access_token_minutes": 120})


def auction_form(market: Market, **overrides: Any) -> dict[str, Any]:
    """The campaign of the other builders, its suppliers bidding for ten minutes."""
    form = campaign_form(market)
    form["items"][0]["floor_minor"] = 30000
    return form | {"competition": "auction", "auction": RULES, **overrides}


async def bidding(market: Market, lead: Member, *members: Member, **overrides: Any) -> dict[str, Any]:
    """An auction in which ten lots to Hamburg and five to Barcelona are pooled, and suppliers bid."""
    form = auction_form(market, **overrides)
    campaign = await opened(market, lead, **form)
    first, second = members if members else (lead, lead)
    await committed(campaign, first, 1000, 60000)
    await committed(campaign, second, 500, 60000, place="ESBCN")
    market.move_clock(minutes=11)
    await freeze_campaigns(Runtime(market.settings, market.db, market.clock))
    return campaign


def bid_form(campaign: dict[str, Any], price: int = 44000, **overrides: Any) -> dict[str, Any]:
    """The offer of the other builders: of fifteen lots one costs 4,000 less than the price, and lands at 1,667 more."""
    return campaign_offer_form(campaign, price, **overrides)


async def bid(campaign: dict[str, Any], supplier: Member, *figures: int, **overrides: Any) -> dict[str, Any]:
    """A bid that was taken."""
    return await made(supplier, f"/v1/campaigns/{campaign['id']}/bids", bid_form(campaign, *figures, **overrides))


async def refusal(campaign: dict[str, Any], supplier: Member, *figures: int, **overrides: Any) -> tuple[int, str, str]:
    """(status, code, and code of the first field) of a bid that was not."""
    answer = await supplier.post(f"/v1/campaigns/{campaign['id']}/bids", json=bid_form(campaign, *figures, **overrides))
    told = answer.json()
    errors = told.get("errors") or [{"code": ""}]
    return answer.status_code, told.get("code", ""), errors[0]["code"]


async def standing(campaign: dict[str, Any], reader: Member) -> dict[str, Any]:
    """How the auction stands for a reader: the first item with `ends_at` and the rest."""
    told = (await reader.get(f"/v1/campaigns/{campaign['id']}/auction")).json()
    minor = {
        name: one["minor"] if one else None
        for name in ("best", "own", "floor", "highest_next")
        for one in [told["items"][0][name]]
    }
    return {**told, **told["items"][0], **minor}


async def ended(market: Market, **delta: float) -> None:
    """Let the time pass, end what is due, and do all that follows from it."""
    market.move_clock(**delta)
    await end_auctions(Runtime(market.settings, market.db, market.clock))
    await market.work()


async def bid_past_the_api(market: Market, supplier: Member, campaign: dict[str, Any], **changes: Any) -> None:
    """Write a bid as a program would that goes round the API: an offer, its terms, and the bid with a price of its own choice.

    Offers 43,000 for Hamburg and Barcelona, which lands at 40,667. `price` None writes the offer alone, `NO_PRICE` a bid without
    a price.
    """
    price = changes.pop("price", 39000 + 1667)
    terms = {
        "tiers": [[1, 43000], [10, 39000]],
        "capacity_lots": 30,
        "setup_minor": 5000,
        "freight_minor": {"DEHAM": 1000, "ESBCN": 2000},
        "lead_time_days": 21,
        **changes,
    }
    owned = {"offer_id": new_id(), "campaign_id": UUID(campaign["id"]), "supplier_id": supplier.firm.id}
    item_id = UUID(campaign["items"][0]["id"])
    async with market.db.transaction(Role.APP) as session:
        await act_for(session, supplier.firm.id, person_id=supplier.person_id)
        await offers.end_standing(session, owned["campaign_id"], supplier.firm.id, OfferState.REVISED)
        revision = await offers.last_revision(session, owned["campaign_id"], supplier.firm.id) + 1
        row = {"id": owned["offer_id"], "revision": revision, "currency": "EUR", "digest": bytes(32)}
        places = {name: owned[name] for name in ("campaign_id", "supplier_id")}
        await offers.insert_offer(session, row | places, [{**terms, **owned, "item_id": item_id, "salt": bytes(32)}])
        if price is not None:
            prices = {str(item_id): None if price == NO_PRICE else price}
            await queries.insert_bid(session, {"id": new_id(), **owned, "prices": prices})
