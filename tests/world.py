"""One of everything that has an address: a small market whose ids fill every path of the API."""

from dataclasses import dataclass, field
from typing import Any

from tests.market import Market, Member
from tests.rooms.catalog.test_listings import published as published_listing
from tests.rooms.documents.uploads import ready
from tests.rooms.procurement.deals import Deal
from tests.rooms.procurement.deals import published as published_inquiry


@dataclass
class World:
    """A buyer's and a supplier's things. `ids` maps the name of a path parameter to an existing thing's id."""

    market: Market
    buyer: Member
    seller: Member
    deal: Deal
    ids: dict[str, str] = field(default_factory=dict)
    private: set[str] = field(default_factory=set)

    def fill(self, path: str) -> str:
        """A path with existing ids. Raises `KeyError` for a parameter that the world does not know yet."""
        return path.format(**self.ids)


async def _made(caller: Member, path: str, form: dict[str, Any]) -> dict[str, Any]:
    answer = await caller.post(path, json=form)
    assert answer.status_code in (200, 201), (path, answer.text)
    return dict(answer.json())


async def build(market: Market) -> World:
    """Make one of everything over HTTP."""
    deal = await published_inquiry(market)
    buyer, seller = deal.buyer, deal.suppliers[0]
    world = World(market, buyer, seller, deal)
    ids = world.ids
    ids["inquiry_id"] = deal.inquiry["id"]
    ids["quote_id"] = (await deal.quote(seller))["id"]
    question = await _made(seller, f"{deal.path}/questions", {"text": "Is the texture MT 11010?", "locale": "en"})
    ids["question_id"] = question["id"]
    ids["product_id"] = await published_listing(market, seller)
    own = (await seller.get(f"/v1/products/{ids['product_id']}")).json()
    ids["variant_id"] = own["variants"][0]["id"]
    ids["document_id"] = await ready(market, buyer)
    colleague = await market.member(buyer.firm, "approver")
    ids["person_id"] = str(colleague.person_id)
    invitation = await _made(
        buyer, "/v1/invitations", {"email": "new.colleague@buyer.example", "roles": ["viewer"], "locale": "de"}
    )
    ids["invitation_id"] = invitation["id"]
    client = await _made(buyer, "/v1/api-clients", {"name": "ERP", "scopes": ["read", "inquire"]})
    ids["client_id"] = client["id"]
    rule = await _made(
        buyer,
        "/v1/approval-rules",
        {
            "name": "Above ten thousand",
            "above_minor": 1000000,
            "currency": "EUR",
            "approver_ids": [str(colleague.person_id)],
        },
    )
    ids["rule_id"] = rule["id"]
    now = market.clock.now()
    delegation = await _delegate(world, colleague, now)
    ids["delegation_id"] = delegation
    endpoint = await _made(buyer, "/v1/webhook-endpoints", {"url": "https://203.0.113.7/hooks"})
    ids["endpoint_id"] = endpoint["id"]
    ids["organization_id"] = str(buyer.firm.id)
    ids["category_code"] = own["category_code"]
    ids |= {"entity_kind": "product", "entity_id": ids["product_id"], "field": "title", "locale": "es"}
    world.private = {ids[name] for name in PRIVATE}
    return world


async def _delegate(world: World, colleague: Member, now: Any) -> str:
    from datetime import timedelta

    deputy = await world.market.member(world.buyer.firm, "approver")
    made = await _made(
        colleague,
        "/v1/approval-delegations",
        {"deputy_id": str(deputy.person_id), "ends_at": (now + timedelta(days=7)).isoformat()},
    )
    return str(made["id"])


PRIVATE = (
    "inquiry_id", "quote_id", "question_id", "document_id", "person_id", "invitation_id", "client_id", "rule_id",
    "delegation_id", "endpoint_id",
)  # fmt: skip
"""Ids that nobody outside the two firms may ever see in an answer."""
