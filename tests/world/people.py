"""Who works in the test market, decides and connects programs."""

from datetime import timedelta

from app import wiring
from tests.rooms.messages.sources import source_of
from tests.rooms.parties.approvals import asked_for
from tests.world.places import World, first, made


async def people(world: World) -> None:
    """A colleague, somebody invited, a machine, and the buyer's own session."""
    buyer, ids = world.buyer, world.ids
    ids["organization_id"] = str(buyer.firm.id)
    colleague = await world.market.member(buyer.firm, "approver")
    ids["person_id"] = str(colleague.person_id)
    invited = {"email": "new.colleague@buyer.example", "roles": ["viewer"], "locale": "de"}
    ids["invitation_id"] = (await made(buyer, "/v1/invitations", invited))["id"]
    machine = {"name": "ERP", "scopes": ["read", "inquire"]}
    ids["client_id"] = (await made(buyer, "/v1/api-clients", machine))["client"]["id"]
    ids["session_id"] = (await first(buyer, "/v1/me/sessions"))["id"]


async def approvals(world: World) -> None:
    """A rule, a deputy, and something that waits for approval."""
    market, buyer, ids = world.market, world.buyer, world.ids
    approver, deputy = [await market.member(buyer.firm, "approver") for _ in range(2)]
    rule = {"name": "Above ten thousand", "above_minor": 1000000, "currency": "EUR",
            "approver_ids": [str(approver.person_id)]}  # fmt: skip
    ids["rule_id"] = (await made(buyer, "/v1/approval-rules", rule))["id"]
    ends_at = (market.clock.now() + timedelta(days=7)).isoformat()
    delegation = {"to_person_id": str(deputy.person_id), "ends_at": ends_at}
    ids["delegation_id"] = (await made(approver, "/v1/approval-delegations", delegation))["id"]
    ids["approval_id"] = str(await asked_for(market, buyer, world.seller.firm.id))


async def integration(world: World) -> None:
    """A webhook endpoint with a delivery that failed, a source with a message, and what the buyer was notified of."""
    market, buyer, ids = world.market, world.buyer, world.ids
    market.settings = market.settings.model_copy(update={"webhook_allowed_networks": ("127.0.0.0/8",)})
    market.app.state.gateways = wiring.gateways(market.settings)
    # The discard port: nobody answers, and nothing leaves this machine.
    ids["endpoint_id"] = (await made(buyer, "/v1/webhook-endpoints", {"url": "http://127.0.0.1:9/hooks"}))["id"]
    at = f"/v1/webhook-endpoints/{ids['endpoint_id']}"
    await made(buyer, f"{at}/ping")
    source = await source_of(market, buyer, "read")
    ids |= {"source_id": source.id, "message_id": (await source.send("unknown", {})).json()["id"]}
    await market.work()
    ids["delivery_id"] = (await first(buyer, f"{at}/deliveries"))["id"]
    ids["notification_id"] = (await first(buyer, "/v1/notifications"))["id"]
