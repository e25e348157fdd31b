"""Documents of shipments: who attaches, who opens the file, and when no longer."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import select

from app.kit.db.engine import Role, role_url
from app.kit.outbox import OutboxEvent
from app.logistics.events import ShipmentMoved
from app.logistics.papers.events import ShipmentDocumentAttached
from tests.market import Market, Member
from tests.rooms.documents import samples
from tests.rooms.documents.uploads import ready
from tests.rooms.logistics.freight import attached, planned, second_leg, sent
from tests.statements import count_statements

Owner = psycopg.Connection[tuple[object, ...]]


async def opens(who: Member, document_id: str) -> int:
    """What somebody is answered who asks for a file."""
    return (await who.get(f"/v1/documents/{document_id}/content")).status_code


async def listed(who: Member, path: str) -> list[str] | int:
    """The types of the documents that somebody finds at a shipment, or what he is refused with."""
    answer = await who.get(f"{path}/documents")
    if answer.status_code != 200:
        return answer.status_code
    return [one["type"]["code"] for one in answer.json()["items"]]


async def told(market: Market, event_name: str) -> list[tuple[set[UUID], dict[str, Any]]]:
    """(whom, what) of the events of a name, in the order in which they were told."""
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        rows = await session.scalars(select(OutboxEvent).where(OutboxEvent.type == event_name).order_by(OutboxEvent.id))
        return [(set(row.organization_ids), row.data) for row in rows]


async def test_a_file_is_opened_by_who_has_to_do_with_the_shipment(market: Market) -> None:
    buyer = await market.people("buyer")
    one = await sent(market, consignee_id=str(buyer.firm.id))
    other = await second_leg(one)
    asked = await market.people("logistics")
    form = {"partner_id": str(asked.firm.id), "leg": 3, "mode": "road", "from_place": "DEFRA", "to_place": "DEDUI"}
    assert (await one.shipper.post(f"{one.path}/bookings", json=form)).status_code == 201
    stranger = await market.people("logistics", "buyer", "supplier")

    bill = await attached(market, one.carrier, one.path)
    assert (bill["attached_by"]["code"], bill["leg"], bill["audience"]["code"]) == ("carrier", 1, "parties")
    invoice = await attached(market, one.carrier, one.path, type="freight_invoice", audience="two", number="2026-77")
    photo = await ready(market, other, samples.png(), "damage.png")
    damage = await attached(market, other, one.path, document_id=photo, type="damage_photo")
    for who, types in (
        (one.shipper, ["damage_photo", "freight_invoice", "bill_of_lading"]),
        (one.carrier, ["damage_photo", "freight_invoice", "bill_of_lading"]),
        (buyer, ["damage_photo", "bill_of_lading"]),
        (other, ["damage_photo", "bill_of_lading"]),
        (asked, 404),
        (stranger, 404),
    ):
        assert await listed(who, one.path) == types
        for paper in (bill, invoice, damage):
            known = isinstance(types, list) and paper["type"]["code"] in types
            assert await opens(who, paper["file"]["id"]) == (200 if known else 404)
            shown = await who.get(f"/v1/shipment-documents/{paper['id']}")
            assert shown.status_code == (200 if known else 404)
    # Of the others' legs a partner learns no number.
    assert (await other.get(f"/v1/shipment-documents/{bill['id']}")).json()["leg"] is None
    # Neither consignee nor another side withdraws it.
    for who in (buyer, other, one.shipper, stranger):
        answer = await who.post(f"/v1/shipment-documents/{bill['id']}/withdrawal", json={"reason": "x"})
        assert answer.status_code == 404
    assert (await buyer.post(f"{one.path}/documents", json={})).status_code in (404, 422)
    # All sides have been told of it, whom the one who attached it does not even know.
    await market.work()
    whom = [ids for ids, data in await told(market, ShipmentDocumentAttached.event_name)]
    everybody = {who.firm.id for who in (one.shipper, one.carrier, other, buyer)}
    assert whom[:1] == [everybody - {other.firm.id}]
    assert (
        sorted(map(len, whom)) == [1, 1, 2, 3, 3] and {other.firm.id} in whom and asked.firm.id not in set.union(*whom)
    )

    withdrawn = await one.carrier.post(f"/v1/shipment-documents/{bill['id']}/withdrawal", json={"reason": "Wrong port"})
    assert withdrawn.json()["withdrawn_because"] == "Wrong port"
    again = await one.carrier.post(f"/v1/shipment-documents/{bill['id']}/withdrawal", json={"reason": "x"})
    assert (again.status_code, again.json()["code"]) == (409, "shipment-document-withdrawn")
    assert [await opens(who, bill["file"]["id"]) for who in (one.carrier, one.shipper, buyer)] == [200, 404, 404]
    kept = (await buyer.get(f"/v1/shipment-documents/{bill['id']}")).json()
    assert (kept["withdrawn_because"], kept["file"]) == ("Wrong port", None)

    # With the bookings ends what partners may open; who sent and who receives keep it.
    assert (await one.shipper.post(f"{one.path}/cancellation")).status_code == 200
    assert [await opens(who, photo) for who in (one.carrier, one.shipper, buyer, other)] == [404, 200, 200, 200]
    assert [await listed(who, one.path) for who in (one.carrier, other)] == [404, 404]


async def test_what_is_attached_is_own_and_known_once(market: Market) -> None:
    shipper, shipment = await planned(market)
    path = f"/v1/shipments/{shipment['id']}"
    stranger = await market.people("supplier")
    foreign, own = await ready(market, stranger), await ready(market, shipper)

    async def tried(**form: Any) -> tuple[int, Any]:
        answer = await shipper.post(f"{path}/documents", json={"document_id": own, "type": "packing_list", **form})
        body = answer.json()
        return answer.status_code, [one["pointer"] for one in body.get("errors", ())] or body.get("code")

    assert await tried(document_id=foreign) == (422, ["/document_id"])
    assert await tried(type="love_letter") == (422, ["/type"])
    assert await tried(audience="two") == (422, ["/booking_id"])
    assert await tried(type="freight_invoice") == (422, ["/audience"])
    assert await tried(booking_id=shipment["id"]) == (422, ["/booking_id"])
    assert (await tried())[0] == 201
    assert await tried() == (409, "shipment-document-known")
    assert (await tried(type="commercial_invoice"))[0] == 201
    # What is attached is not deleted.
    assert (await shipper.delete(f"/v1/documents/{own}")).status_code == 409
    again = {"Idempotency-Key": "papers-1"}
    form = {"document_id": own, "type": "other"}
    first = await shipper.post(f"{path}/documents", json=form, headers=again)
    assert (await shipper.post(f"{path}/documents", json=form, headers=again)).json() == first.json()
    other = await shipper.post(f"{path}/documents", json=form | {"number": "2"}, headers=again)
    assert other.json()["code"] == "idempotency-key-reused"


async def test_a_proof_of_delivery_stands_beside_what_events_prove(market: Market) -> None:
    one = await sent(market)
    proof = await attached(market, one.carrier, one.path, type="proof_of_delivery", number="POD 1")
    shown = await one.read()
    assert [paper["id"] for paper in shown["proofs"]] == [proof["id"]]
    assert not shown["track"]["proved"]
    await one.carrier.post(f"/v1/shipment-documents/{proof['id']}/withdrawal", json={"reason": "Not signed"})
    assert (await one.read())["proofs"] == []


async def test_the_list_of_documents_takes_as_many_statements_for_twenty_as_for_one(market: Market) -> None:
    one = await sent(market)
    document_id = await ready(market, one.carrier)
    await attached(market, one.carrier, one.path, document_id=document_id)

    async def asked() -> tuple[int, int]:
        with count_statements(market.db) as seen:
            answer = await one.shipper.get(f"{one.path}/documents?limit=100")
        return len(seen), len(answer.json()["items"])

    few, rows = await asked()
    assert rows == 1
    for kind in ("label", "packing_list", "cmr_note", "certificate_of_origin", "customs_declaration", "air_waybill"):
        await attached(market, one.carrier, one.path, document_id=document_id, type=kind)
    assert await asked() == (few, 7)


async def test_the_database_shows_a_file_to_nobody_else(market: Market, owner: Owner) -> None:
    one = await sent(market)
    paper = await attached(market, one.carrier, one.path)
    url = role_url(market.settings, Role.APP).set(drivername="postgresql").render_as_string(hide_password=False)
    found = f"SELECT count(*) FROM documents WHERE id = '{paper['file']['id']}'"

    def sees(who: Member, *, operator: str = "") -> object:
        with psycopg.connect(url) as app:
            app.execute(f"SET app.organization_id = '{who.firm.id}'")  # type: ignore[arg-type]
            app.execute(f"SET app.operator = '{operator}'")  # type: ignore[arg-type]
            row = app.execute(found).fetchone()  # type: ignore[arg-type]
        return row and row[0]

    stranger = await market.people("logistics")
    assert [sees(who) for who in (one.shipper, one.carrier, stranger)] == [1, 1, 0]
    assert sees(stranger, operator="on") == 0
    for change in ("type = 'other'", "withdrawn_at = NULL, withdrawn_because = NULL", "number = ''"):
        owner.execute(
            "UPDATE shipment_documents SET withdrawn_at = now(), withdrawn_because = 'x' WHERE withdrawn_at IS NULL"
        )
        with pytest.raises(psycopg.errors.CheckViolation):
            owner.execute(f"UPDATE shipment_documents SET {change}")  # type: ignore[arg-type]
    with psycopg.connect(url) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(f"SET app.organization_id = '{stranger.firm.id}'")  # type: ignore[arg-type]
        app.execute(
            "INSERT INTO shipment_documents (id, shipment_id, shipper_id, owner_id, document_id, type, audience) "
            f"VALUES (uuidv7(), '{one.id}', '{one.shipper.firm.id}', '{stranger.firm.id}', uuidv7(), 'other', 'parties')"  # type: ignore[arg-type]
        )


async def test_what_a_partner_tells_reaches_the_partners_of_other_legs(market: Market) -> None:
    buyer = await market.people("buyer")
    one = await sent(market, consignee_id=str(buyer.firm.id))
    other = await second_leg(one)
    now = market.clock.now()
    await one.tell(one.event("TRANSPORT", "DEPA", now - timedelta(hours=2)))
    await one.tell(one.event("TRANSPORT", "ARRI", now - timedelta(hours=1), place="DEHAM"))
    await market.work()
    await market.work()
    moved = await told(market, ShipmentMoved.event_name)
    of_all = {one.shipper.firm.id, one.carrier.firm.id, buyer.firm.id}
    assert [ids for ids, _ in moved] == [of_all, of_all, {other.firm.id}, {other.firm.id}]
    # They are told what stands, and not in which order the news came; nobody is told twice of one thing.
    assert [data["state"] for _, data in moved] == ["in_transit", "arrived", "arrived", "arrived"]
    assert moved[1][1]["state_before"] == "in_transit" and moved[2][1]["state_before"] is None
    assert "organization" not in str(moved[2][1]) and str(one.carrier.firm.id) not in str(moved[2][1])
    notices = (await buyer.get("/v1/notifications")).json()["items"]
    assert {item["notice"] for item in notices} == {"logistics.shipment_moved"}
    assert len(notices) == 2
