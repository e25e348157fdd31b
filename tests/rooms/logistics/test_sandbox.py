"""The sandbox of a logistics partner: a world of its own, from which no way leads to the market."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.logistics.checks import sandboxes_apart
from app.parties.models import ApiClient, Membership
from tests.market import Caller, Market, Member
from tests.rooms.logistics.freight import booking_form, event_of, planned, shipment_form
from tests.rooms.logistics.prices import inquiry_form as inquiry_of_freight
from tests.rooms.messages.sources import source_of
from tests.rooms.procurement.deals import inquiry_form
from tests.rooms.warehousing.stock import made

Owner = psycopg.Connection[tuple[object, ...]]


async def signed_in(market: Market, party: dict[str, Any], secret: str) -> Caller:
    form = {"grant_type": "client_credentials", "client_id": party["client"]["id"], "client_secret": secret}
    token = await market.nobody.post("/v1/auth/token", data=form)
    assert token.status_code == 200, token.text
    return Caller(market.http, {"Authorization": f"Bearer {token.json()['access_token']}"})


async def opened(market: Market) -> tuple[Member, dict[str, Any], Caller, Caller]:
    """(its owner, the sandbox, the partner's program, the shipper's)."""
    owner = await market.people("logistics")
    sandbox = await made(owner, "/v1/sandbox", {})
    partner = await signed_in(market, sandbox["partner"], sandbox["partner_secret"])
    shipper = await signed_in(market, sandbox["shipper"], sandbox["shipper_secret"])
    await market.work()
    return owner, sandbox, partner, shipper


async def test_a_program_carries_what_does_not_exist(market: Market) -> None:
    owner, sandbox, partner, shipper = await opened(market)
    [offer] = (await partner.get("/v1/bookings?state=offered")).json()["items"]
    assert (offer["from_place"], offer["to_place"]) == ("ZZAAA", "ZZBBB")
    assert offer["shipper_name"].endswith("· sandbox shipper")
    taken = await partner.post(f"/v1/bookings/{offer['id']}/acceptance", json={})
    assert taken.json()["state"]["code"] == "accepted"
    now = market.clock.now()
    event = event_of(offer["number"], "TRANSPORT", "DEPA", now, now=now, place="ZZAAA")
    told = await (await source_of(market, partner, "fulfil")).handled("tracking.events", {"events": [event]})
    assert told["outcome"]["accepted"] == 1
    shipments = (await shipper.get("/v1/shipments")).json()["items"]
    assert [(one["reference"], one["state"]["code"]) for one in reversed(shipments)] == [
        ("SANDBOX-1", "in_transit"),
        ("SANDBOX-2", "planned"),
        ("SANDBOX-3", "planned"),
    ]
    own = await partner.get("/v1/organization")
    assert (own.status_code, own.json()["sandbox"], own.json()["listed"]) == (200, True, False)
    assert (await owner.get("/v1/organization")).json()["sandbox"] is False
    # The shipper's program goes on by itself.
    form = shipment_form(market, load="ZZBBB", discharge="ZZCCC")
    further = await made(shipper, "/v1/shipments", form)
    leg = {"leg": 1, "mode": "road", "from_place": "ZZBBB", "to_place": "ZZCCC"}
    await made(
        shipper,
        f"/v1/shipments/{further['id']}/bookings",
        {"partner_id": sandbox["partner"]["organization"]["id"], **leg},
    )
    # None of it is seen from the organization that it belongs to.
    assert (await owner.get("/v1/bookings")).json()["items"] == []


async def test_freight_is_quoted_and_asked_within_one_world(market: Market) -> None:
    _, sandbox, _, shipper = await opened(market)
    partner_id = sandbox["partner"]["organization"]["id"]
    ready = (market.clock.now() + timedelta(days=7)).date().isoformat()
    goods = {"packages": [{"mass_kg": "100", "length_mm": 1200, "width_mm": 800, "height_mm": 700}]}
    asked = {"from": {"place": "ZZAAA"}, "to": {"place": "ZZCCC"}, "ready_on": ready, "goods": goods}
    [option] = (await made(shipper, "/v1/freight-quotes", asked))["options"]
    # 0.672 m³ are 112 kg at 6 dm³ each; at 5.00 euro for a kilogram.
    assert (option["partner_id"], option["total_minor"]) == (partner_id, 560_00)
    # The same lane and day, asked on the real market: nobody's prices.
    real = await market.people("supplier")
    assert (await made(real, "/v1/freight-quotes", asked))["options"] == []
    asked["closes_at"] = (market.clock.now() + timedelta(days=2)).isoformat()
    real_partner_id = str((await market.people("logistics")).firm.id)
    for who, named in ((real, [partner_id]), (shipper, [real_partner_id]), (shipper, [])):
        refused = await who.post("/v1/freight-inquiries", json={**asked, "partner_ids": named})
        assert refused.status_code == 422, refused.text
    own = await made(shipper, "/v1/freight-inquiries", {**asked, "partner_ids": [partner_id]})
    assert own["partner_ids"] == [partner_id]


async def test_there_is_one_and_its_secrets_are_shown_once(market: Market) -> None:
    owner = await market.people("logistics")
    assert (await owner.get("/v1/sandbox")).status_code == 404
    key = {"Idempotency-Key": "one"}
    first = await owner.post("/v1/sandbox", headers=key)
    again = await owner.post("/v1/sandbox", headers=key)
    assert (first.status_code, again.json()["partner_secret"], again.json()["shipper_secret"]) == (201, None, None)
    assert first.json()["partner_secret"].startswith("pls_")
    others = await asyncio.gather(*(owner.post("/v1/sandbox") for _ in range(3)))
    assert Counter((one.status_code, one.json()["code"]) for one in others) == {(409, "sandbox-exists"): 3}
    rival = await market.people("logistics")
    racing = await asyncio.gather(*(rival.post("/v1/sandbox") for _ in range(3)))
    assert Counter(one.status_code for one in racing) == {201: 1, 409: 2}
    shown = (await owner.get("/v1/sandbox")).json()
    assert shown == {name: first.json()[name] for name in ("partner", "shipper", "opened_at")}
    renewed = (await owner.post("/v1/sandbox/secrets")).json()
    await signed_in(market, renewed["partner"], renewed["partner_secret"])
    old = {
        "grant_type": "client_credentials",
        "client_id": renewed["partner"]["client"]["id"],
        "client_secret": first.json()["partner_secret"],
    }
    assert (await market.nobody.post("/v1/auth/token", data=old)).status_code == 401
    buyer = await market.people("buyer")
    assert (await buyer.post("/v1/sandbox")).json()["code"] == "sandbox-for-partners"
    machine = await market.machine(owner, "read")
    assert (await machine.post("/v1/sandbox")).status_code == 403


async def test_no_way_leads_to_the_market(market: Market, owner: Owner) -> None:
    _, sandbox, partner, shipper = await opened(market)
    inside = {name: sandbox[name]["organization"]["id"] for name in ("partner", "shipper")}
    _, other, _, _ = await opened(market)
    real, shipment = await planned(market)
    asked = await real.post(
        f"/v1/shipments/{shipment['id']}/bookings", json=booking_form(real) | {"partner_id": inside["partner"]}
    )
    assert asked.json()["errors"][0]["code"] == "no-partner"
    fake = (await shipper.get("/v1/shipments")).json()["items"][2]
    carrier = await market.people("logistics")
    for outside in (str(carrier.firm.id), other["partner"]["organization"]["id"]):
        form = booking_form(carrier, leg=5) | {"partner_id": outside}
        asked = await shipper.post(f"/v1/shipments/{fake['id']}/bookings", json=form)
        assert asked.json()["errors"][0]["code"] == "no-partner"
    received = await real.post("/v1/shipments", json=shipment_form(market, consignee_id=inside["shipper"]))
    assert received.json()["errors"][0]["code"] == "unknown-organization"
    nowhere = await real.post("/v1/shipments", json=shipment_form(market, load="ZZAAA"))
    assert [(one["pointer"], one["code"]) for one in nowhere.json()["errors"]] == [("/load", "sandbox-place")]
    buyer = await market.people("buyer")
    invited = await buyer.post("/v1/inquiries", json=inquiry_form(market, supplier_ids=[inside["shipper"]]))
    assert invited.json()["errors"][0]["code"] == "not-a-supplier"
    for path in ("/v1/organizations", "/v1/suppliers"):
        assert inside["shipper"] not in (await market.nobody.get(f"{path}?limit=100")).text
    assert (await market.nobody.get(f"/v1/organizations/{inside['shipper']}")).status_code == 404
    operator = await market.people("operator", "buyer")
    badge = {"outcome": "verified", "note": "It is not there"}
    verified = await operator.post(f"/v1/operator/organizations/{inside['partner']}/verification", json=badge)
    assert (verified.status_code, verified.json()["code"]) == (409, "not-in-sandbox")
    assert (await partner.post("/v1/reservations", json={"lines": []})).status_code == 403

    # And so the database holds it, whoever asks, be it the operator.
    owner.execute("SELECT set_config('app.operator', 'on', false)")
    broken = {
        "bookings": f"UPDATE bookings SET partner_id = '{carrier.firm.id}' WHERE partner_id = '{inside['partner']}'",
        "shipments": f"UPDATE shipments SET consignee_id = '{real.firm.id}' WHERE shipper_id = '{inside['shipper']}'",
        "listed": f"UPDATE organizations SET listed = true WHERE id = '{inside['shipper']}'",
        "verified": f"UPDATE organizations SET verified_at = now() WHERE id = '{inside['shipper']}'",
        "moved": f"UPDATE organizations SET sandbox_of = NULL WHERE id = '{inside['shipper']}'",
        "nested": f"UPDATE organizations SET sandbox_of = '{inside['shipper']}' WHERE id = '{real.firm.id}'",
        "scopes": f"UPDATE api_clients SET scopes = '{{order}}' WHERE organization_id = '{inside['shipper']}'",
    }
    for name, statement in broken.items():
        with pytest.raises(psycopg.errors.CheckViolation):
            owner.execute(statement)
        assert owner.execute("SELECT 1").fetchone() == (1,), name
    member = Membership(person_id=buyer.person_id, organization_id=inside["partner"], roles=["owner"])
    machine = ApiClient(organization_id=inside["partner"], name="ERP", scopes=["quote"], created_by=buyer.person_id)
    for row in (member, machine):
        with pytest.raises(Exception, match="sandbox"):
            async with market.db.transaction() as session:
                await act_for(session, row.organization_id, person_id=buyer.person_id)
                session.add(row)
    async with market.db.transaction(Role.AUDITOR) as session:
        looked, mixed = await sandboxes_apart(session)
    assert (looked >= 2, mixed) == (True, [])


async def test_the_check_sees_a_hole_in_the_wall(market: Market, owner: Owner) -> None:
    _, sandbox, _, _ = await opened(market)
    carrier = await market.people("logistics")
    owner.execute("ALTER TABLE bookings DISABLE TRIGGER USER")
    owner.execute("UPDATE bookings SET partner_id = %s", (carrier.firm.id,))
    async with market.db.transaction(Role.AUDITOR) as session:
        looked, mixed = await sandboxes_apart(session)
    assert (looked, len(mixed)) == (1, 1)
    asking = await market.people("supplier")
    await made(asking, "/v1/freight-inquiries", inquiry_of_freight(market, carrier))
    owner.execute("ALTER TABLE freight_invitations DISABLE TRIGGER USER")
    owner.execute("UPDATE freight_invitations SET partner_id = %s", (sandbox["partner"]["organization"]["id"],))
    async with market.db.transaction(Role.AUDITOR) as session:
        looked, mixed = await sandboxes_apart(session)
    assert (looked, len(mixed)) == (2, 2)
    assert sandbox["partner"]["organization"]["sandbox"]
