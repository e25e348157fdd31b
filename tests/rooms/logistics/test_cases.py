"""Incidents that people open: who has to act, until when, what was done; and who reads of it."""

import asyncio
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.kit.db.engine import Role, role_url
from app.kit.jobs import Runtime
from app.kit.outbox import OutboxEvent
from app.kit.verify import CHECKS
from app.logistics.cases import checks
from app.logistics.cases.events import IncidentOverdue
from app.logistics.cases.jobs import note_overdue_incidents
from app.logistics.cases.states import BY_THE_CLOCK, Act, IncidentState, state_after
from tests.market import Market, Member
from tests.rooms.logistics.freight import booking_form, planned, second_leg, sent
from tests.rooms.warehousing.stock import made

Owner = psycopg.Connection[tuple[object, ...]]


async def verified(market: Market) -> list[str]:
    """What the check of incidents finds broken."""
    assert checks
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        looked, broken = await CHECKS["incidents and their histories"](session)
    assert looked > 0
    return broken


async def opened(who: Member, path: str, **form: Any) -> dict[str, Any]:
    """An incident that somebody opens."""
    body = {"kind": "damage", "description": "One crate is crushed at a corner.", **form}
    return await made(who, f"{path}/incidents", body)


async def done(who: Member, incident: dict[str, Any], verb: str, **form: Any) -> Any:
    """A verb at an incident: what is answered."""
    return await who.post(f"/v1/incidents/{incident['id']}/{verb}", json={"text": "We look into it.", **form})


async def notices(who: Member) -> list[str]:
    """What somebody was told of incidents."""
    items = (await who.get("/v1/notifications?limit=100")).json()["items"]
    return sorted(item["notice"] for item in items if item["notice"].startswith("logistics.incident"))


async def test_an_incident_is_dealt_with(market: Market) -> None:
    buyer = await market.people("buyer")
    one = await sent(market, consignee_id=str(buyer.firm.id), reference="EP 7")
    other = await second_leg(one)
    # What the consignee has against a carrier goes to the shipper, who passes it on.
    incident = await opened(buyer, one.path)
    assert (incident["owner"]["code"], incident["opened_by"]["code"], incident["stops"]) == (
        "shipper",
        "consignee",
        False,
    )
    assert incident["owner_name"] == (await one.read())["shipper_name"]
    for nobody in (one.carrier, other, await market.people("logistics", "buyer")):
        for path in ("", "/entries"):
            assert (await nobody.get(f"/v1/incidents/{incident['id']}{path}")).status_code == 404
        assert (await done(nobody, incident, "entries")).status_code == 404
    unclear = await done(one.shipper, incident, "assignment", owner="carrier")
    assert unclear.json()["errors"][0]["pointer"] == "/booking_id"
    passed = await done(one.shipper, incident, "assignment", owner="carrier", booking_id=one.booking_id)
    assert (passed.json()["owner"]["code"], passed.json()["leg"]) == ("carrier", 1)
    # The consignee is not told who carries; nor does another carrier see it.
    shown = (await buyer.get(f"/v1/incidents/{incident['id']}")).json()
    assert (shown["owner_name"], shown["leg"]) == (None, None)
    assert (await one.carrier.get(f"/v1/incidents/{incident['id']}")).json()["owner_name"]
    assert (await other.get(f"{one.path}/incidents")).json()["items"] == []
    assert (await one.read(other))["incidents"] == []
    assert [case["id"] for case in (await one.read(buyer))["incidents"]] == [incident["id"]]

    assert (await done(one.shipper, incident, "acknowledgement")).status_code == 404
    assert (await done(one.carrier, incident, "acknowledgement")).json()["state"]["code"] == "acknowledged"
    assert (await done(one.carrier, incident, "acknowledgement")).status_code == 200
    assert (await done(buyer, incident, "entries", text="A photograph is attached.")).status_code == 201
    assert (await done(buyer, incident, "resolution")).status_code == 404
    answers = await asyncio.gather(*(done(who, incident, "resolution") for who in (one.carrier, one.shipper)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert (await done(buyer, incident, "entries")).json()["code"] == "incident-resolved"
    assert (await one.read())["incidents"] == []
    assert (await done(one.carrier, incident, "reopening")).status_code == 404
    again = (await done(buyer, incident, "reopening", text="Still crushed.")).json()
    assert (again["state"]["code"], again["reopened"], again["resolved_at"]) == ("open", True, None)
    assert (await done(one.carrier, incident, "resolution")).status_code == 200
    assert (await done(buyer, incident, "reopening")).json()["code"] == "incident-not-reopened"

    history = (await buyer.get(f"/v1/incidents/{incident['id']}/entries")).json()["items"]
    assert [entry["act"]["code"] for entry in history] == [
        "opened", "assigned", "acknowledged", "commented", "resolved", "reopened", "resolved"
    ]  # fmt: skip
    assert [entry["author_name"] is None for entry in history][2] is True
    assert await verified(market) == []
    await market.work()
    yours, opened_, resolved = (f"logistics.incident_{what}" for what in ("yours", "opened", "resolved"))
    assert await notices(one.carrier) == [resolved, resolved, yours, yours]
    # Opened by the consignee, passed on, opened again. Told only now, when a carrier has to act: that is what stands.
    assert await notices(one.shipper) == [opened_, opened_, opened_, resolved, resolved]
    assert await notices(buyer) == [opened_, opened_, resolved, resolved]
    assert await notices(other) == []


async def test_what_is_overdue_is_told_once_for_each_deadline(market: Market, owner: Owner) -> None:
    one = await sent(market)
    incident = await opened(one.shipper, one.path, kind="customs_hold")
    mine = await opened(one.carrier, one.path, kind="delay")
    assert (incident["owner"]["code"], mine["owner"]["code"]) == ("shipper", "carrier")
    runtime = Runtime(market.settings, market.db, market.clock)

    async def overdue() -> list[str]:
        await note_overdue_incidents(runtime)
        await note_overdue_incidents(runtime)
        async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
            rows = await session.scalars(
                select(OutboxEvent).where(OutboxEvent.type == IncidentOverdue.event_name).order_by(OutboxEvent.id)
            )
            return [row.data["deadline"] for row in rows if row.data["incident_id"] == incident["id"]]

    assert await overdue() == []
    market.move_clock(hours=9)
    assert await overdue() == ["answer"]
    carrier, shipper = await market.member(one.carrier.firm), await market.member(one.shipper.firm)
    assert (await shipper.get(f"/v1/incidents/{incident['id']}")).json()["answer_overdue"]
    # Passed on, it has to be answered anew; the time to resolve it goes on.
    assert (await done(shipper, incident, "assignment", owner="carrier")).status_code == 200
    market.move_clock(hours=9)
    assert await overdue() == ["answer", "answer"]
    carrier, shipper = await market.member(one.carrier.firm), await market.member(one.shipper.firm)
    assert (await done(carrier, incident, "acknowledgement")).status_code == 200
    market.move_clock(hours=60)
    assert await overdue() == ["answer", "answer", "settle"]
    assert await verified(market) == []
    await market.work()
    told = owner.execute(
        "SELECT count(DISTINCT organization_id), count(*) FROM notifications WHERE notice = 'logistics.incident_settle_overdue'"
    ).fetchone()
    assert told is not None and told[0] == 2
    for change in (
        "state = 'resolved', resolved_at = now()",
        "settle_overdue_at = NULL",
        "owner_role = 'shipper', owner_id = shipper_id, booking_id = NULL",
    ):
        owner.execute("ALTER TABLE shipment_incidents DISABLE TRIGGER shipment_incidents_guarded")
        owner.execute(f"UPDATE shipment_incidents SET {change} WHERE id = '{incident['id']}'")  # type: ignore[arg-type]
        assert await verified(market) == [f"incident {incident['id']}"]


async def test_who_has_to_act_is_a_side_of_the_shipment(market: Market) -> None:
    shipper, shipment = await planned(market)
    path = f"/v1/shipments/{shipment['id']}"
    assert (await opened(shipper, path))["owner"]["code"] == "shipper"
    for form, pointer in (
        ({"owner": "consignee"}, "/owner"),
        ({"owner": "carrier"}, "/booking_id"),
        ({"kind": "boredom"}, "/kind"),
        ({"description": ""}, "/description"),
        ({"owner": "customs_broker"}, "/owner"),
    ):
        answer = await shipper.post(f"{path}/incidents", json={"kind": "loss", "description": "Gone", **form})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    # Whoever was only asked opens none.
    asked = await market.people("logistics")
    await made(shipper, f"{path}/bookings", booking_form(asked))
    for call in (
        asked.get(f"{path}/incidents"),
        asked.post(f"{path}/incidents", json={"kind": "loss", "description": "x"}),
    ):
        assert (await call).status_code == 404


async def test_the_database_knows_who_may_take_an_incident_where(market: Market, owner: Owner) -> None:
    buyer = await market.people("buyer")
    one = await sent(market, consignee_id=str(buyer.firm.id))
    incident = await opened(one.shipper, one.path)
    assert incident["owner"]["code"] == "carrier"
    url = role_url(market.settings, Role.APP).set(drivername="postgresql").render_as_string(hide_password=False)
    to_shipper = "owner_role = 'shipper', owner_id = shipper_id, booking_id = NULL"
    for who, change in (
        (buyer, "state = 'resolved', resolved_at = now()"),
        (buyer, to_shipper),
        (one.shipper, "state = 'acknowledged', acknowledged_at = now()"),
        (one.carrier, "description = 'Nothing happened'"),
        (one.carrier, "settle_due = settle_due + interval '1 day'"),
        (one.carrier, "reopened = true"),
        (one.carrier, "party_ids = ARRAY[owner_id]"),
        (one.carrier, f"{to_shipper}, state = 'acknowledged'"),
        (one.carrier, "owner_role = 'consignee', owner_id = owner_id, booking_id = NULL"),
    ):
        with psycopg.connect(url) as app, pytest.raises(psycopg.errors.CheckViolation):
            app.execute(f"SET app.organization_id = '{who.firm.id}'")  # type: ignore[arg-type]
            app.execute(f"UPDATE shipment_incidents SET {change}")  # type: ignore[arg-type]
    with pytest.raises(psycopg.errors.DatabaseError):
        owner.execute("UPDATE shipment_incident_entries SET text = 'x'")
    with psycopg.connect(url) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(f"SET app.organization_id = '{one.shipper.firm.id}'")  # type: ignore[arg-type]
        app.execute(
            "INSERT INTO shipment_incident_entries (id, incident_id, shipper_id, act, owner_role, owner_id) "
            "SELECT uuidv7(), id, shipper_id, 'settle_overdue', owner_role, owner_id FROM shipment_incidents"
        )


async def test_people_are_told_of_bookings(market: Market) -> None:
    shipper, shipment = await planned(market, reference="EP 9")
    path = f"/v1/shipments/{shipment['id']}/bookings"
    carrier = await market.people("logistics")
    first = await made(shipper, path, booking_form(carrier))
    await carrier.post(f"/v1/bookings/{first['id']}/refusal", json={"answer": "No crane"})
    second = await made(shipper, path, booking_form(carrier))
    await market.work()
    await carrier.post(f"/v1/bookings/{second['id']}/acceptance", json={})
    await shipper.post(f"/v1/shipments/{shipment['id']}/cancellation")
    await market.work()
    told = {
        who: sorted(item["notice"] for item in (await who.get("/v1/notifications")).json()["items"])
        for who in (shipper, carrier)
    }
    assert told[shipper] == ["logistics.booking_accepted", "logistics.booking_declined"]
    assert told[carrier] == ["logistics.booking_offered"] * 2 + ["logistics.booking_withdrawn"]
    items = (await carrier.get("/v1/notifications")).json()["items"]
    offered = next(item for item in items if item["notice"].endswith("offered"))
    assert offered["subject"].endswith("asks you to carry: Ningbo (CNNGB) – Hamburg (DEHAM)")
    declined = next(
        item for item in (await shipper.get("/v1/notifications")).json()["items"] if "declined" in item["notice"]
    )
    assert "No crane" in declined["body"] and "EP 9" in declined["body"]


ACTS = st.lists(st.sampled_from([act for act in Act if act != Act.OPENED]))


@given(ACTS)
def test_only_acts_of_people_lead_to_another_state(acts: list[Act]) -> None:
    spoken = [act for act in acts if act not in (*BY_THE_CLOCK, Act.COMMENTED)]
    assert state_after([Act.OPENED, *acts]) == state_after([Act.OPENED, *spoken])
    assert (state_after([Act.OPENED, *acts]) == IncidentState.RESOLVED) == (bool(spoken) and spoken[-1] == Act.RESOLVED)


def test_deadlines_are_later_than_now() -> None:
    from app.logistics.incidents import INCIDENT_KINDS, INCIDENT_LABELS

    assert set(INCIDENT_KINDS) == set(INCIDENT_LABELS)
    for kind in INCIDENT_KINDS.values():
        assert timedelta(0) < timedelta(hours=kind.answer_within_hours) < timedelta(hours=kind.settle_within_hours)
