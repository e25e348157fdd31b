"""Goods of several who receive: one inbound shipment to a hub, an onward one to each, and nobody sees the others."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest

from app.kit.db.engine import Role
from app.kit.db.tenancy import acting_for
from app.kit.errors import Invalid
from app.kit.ids import new_id
from app.logistics import facade as logistics
from app.logistics import queries
from tests.market import Market, Member
from tests.rooms.logistics.freight import Sent, booking_form
from tests.rooms.warehousing.stock import made
from tests.statements import count_statements

Owner = psycopg.Connection[tuple[object, ...]]

CASE = logistics.GoodsPackage("Mould bases 1.2738", 1200, 800, 500, Decimal("412.5"), "7B", hs_code="732690")


@dataclass
class Pool:
    """Who sends, who receives, and what was planned."""

    market: Market
    supplier: Member
    members: list[Member]
    asked: logistics.ConsolidatedShipment

    async def ship(self, **changes: Any) -> logistics.ConsolidatedRef:
        """Plan it, committed."""
        asked = replace(self.asked, **changes)
        async with self.market.db.transaction(Role.WORKER) as session, acting_for(session, asked.shipper_id):
            return await logistics.ship_consolidated(session, asked)

    def onward(self, planned: logistics.ConsolidatedRef, number: int) -> str:
        """The address of a member's own shipment."""
        return f"/v1/shipments/{planned.onward[self.asked.parts[number].key]}"


async def _pool(market: Market, places: Sequence[str] = ("DELUE", "DEHAM")) -> Pool:
    supplier, forwarder = await market.people("supplier", country="CN"), await market.people("logistics")
    members = [await market.people("buyer", locale="de") for _ in places]
    parts = [
        logistics.OnwardPart(new_id(), member.firm.id, place, f"PO-2026-000{number}", [replace(CASE, pieces=number)])
        for number, (member, place) in enumerate(zip(members, places, strict=True), start=1)
    ]
    asked = logistics.ConsolidatedShipment(
        shipper_id=supplier.firm.id,
        key=new_id(),
        mode="sea_lcl",
        origin="CNDGG",
        load="CNNGB",
        discharge="DEHAM",
        hub="DEHAM",
        ready_on=market.clock.now().date() + timedelta(days=3),
        parts=parts,
        hub_keeper_id=forwarder.firm.id,
        reference="FO-2026-0003",
        containers=["CSQU 305438 3"],
    )
    return Pool(market, supplier, members, asked)


async def _carried(pool: Pool, shipment_id: UUID) -> Sent:
    """A partner carries the main leg of the inbound shipment."""
    carrier = await pool.market.people("logistics")
    form = booking_form(carrier, mode="sea_lcl")
    booking = await made(pool.supplier, f"/v1/shipments/{shipment_id}/bookings", form)
    assert (await carrier.post(f"/v1/bookings/{booking['id']}/acceptance", json={})).status_code == 200
    return Sent(pool.market, pool.supplier, carrier, str(shipment_id), booking["number"], booking["id"])


async def test_each_sees_his_own_shipment_and_how_far_the_common_one_is(market: Market) -> None:
    pool = await _pool(market)
    first, second = pool.members
    planned = await pool.ship()
    common = await _carried(pool, planned.shipment_id)
    now = market.clock.now()
    await common.tell(
        common.event("TRANSPORT", "DEPA", now - timedelta(days=3)),
        common.event("TRANSPORT", "ARRI", now + timedelta(days=20), place="DEHAM", classifier="EST"),
    )
    own = (await first.get(pool.onward(planned, 0))).json()
    assert (own["reference"], own["origin"], own["destination"]) == ("PO-2026-0001", "DEHAM", "DELUE")
    assert (own["state"]["code"], own["cargo"]["pieces"], own["onward_ids"]) == ("planned", 1, [])
    inbound = own["inbound"]
    assert (inbound["mode"]["code"], inbound["origin"], inbound["destination"]) == ("sea_lcl", "CNDGG", "DEHAM")
    assert inbound["state"]["code"] == "in_transit"
    assert inbound["track"]["eta"]["at"].startswith((now + timedelta(days=20)).date().isoformat())
    # A place in the hub's own town is a place like others.
    assert (await second.get(pool.onward(planned, 1))).json()["cargo"]["pieces"] == 2
    # Nothing of the others, and nothing of the common shipment but how far it is.
    answer = (await first.get(pool.onward(planned, 0))).text
    for secret in (planned.shipment_id, second.firm.id, "PO-2026-0002", "FO-2026-0003", common.number):
        assert str(secret) not in answer
    for path in (f"/v1/shipments/{planned.shipment_id}", pool.onward(planned, 1)):
        for part in ("", "/events", "/packages", "/documents", "/incidents", "/epcis"):
            assert (await first.get(f"{path}{part}")).status_code == 404, (path, part)
    assert [one["id"] for one in (await first.get("/v1/shipments")).json()["items"]] == [own["id"]]
    whole = await common.read()
    assert sorted(whole["onward_ids"]) == sorted(map(str, planned.onward.values()))
    assert (whole["inbound"], whole["cargo"]["pieces"], whole["consignee_id"]) == (
        None,
        3,
        str(pool.asked.hub_keeper_id),
    )
    # Who carries it sees all packages, with whose they are, and no member.
    assert (await common.read(common.carrier))["onward_ids"] == []
    lines = (await common.carrier.get(f"{common.path}/packages")).json()["items"]
    assert [line["marks"] for line in lines] == ["PO-2026-0001", "PO-2026-0002"]
    await market.work()
    for member, number in ((first, "PO-2026-0001"), (second, "PO-2026-0002")):
        told = (await member.get("/v1/notifications")).json()["items"]
        assert [one["notice"] for one in told] == ["logistics.inbound_shipment_moved"]
        assert number in told[0]["subject"] and "FO-2026-0003" not in str(told)


async def test_who_carries_on_from_the_hub_reads_nothing_of_the_way_to_it(market: Market) -> None:
    pool = await _pool(market, ("DELUE",))
    planned = await pool.ship()
    carrier, path = await market.people("logistics"), pool.onward(planned, 0)
    await made(
        pool.supplier, f"{path}/bookings", booking_form(carrier, mode="road", from_place="DEHAM", to_place="DELUE")
    )
    assert (await carrier.get(path)).json()["inbound"] is None
    assert (await pool.supplier.get(path)).json()["inbound"]["state"]["code"] == "planned"
    stranger = await market.people("buyer", "supplier")
    for who in (carrier, stranger, None):
        async with market.db.transaction(readonly=True) as session:
            if who is None:
                assert await queries.inbound_of(session, planned.onward[pool.asked.parts[0].key]) is None
                continue
            async with acting_for(session, who.firm.id):
                assert await queries.inbound_of(session, planned.onward[pool.asked.parts[0].key]) is None


async def test_it_is_planned_once_however_often_it_is_tried(market: Market, owner: Owner) -> None:
    pool = await _pool(market)
    racing = await asyncio.gather(*(pool.ship() for _ in range(4)))
    assert all(one == racing[0] for one in racing) and await pool.ship() == racing[0]
    assert owner.execute("SELECT count(*), count(inbound_id) FROM shipments").fetchone() == (3, 2)
    assert owner.execute("SELECT count(*) FROM shipment_packages").fetchone() == (4,)
    part = pool.asked.parts[0]
    for parts in ([], [part, part], [part], [replace(part, key=pool.asked.key)]):
        with pytest.raises(ValueError, match=r"each named once|other goods are planned"):
            await pool.ship(parts=parts)
    # Another shipper's key is another key.
    other = await _pool(market)
    assert (await other.ship(key=pool.asked.key)).shipment_id != racing[0].shipment_id


async def test_what_cannot_be_sent_is_named_and_nothing_is_planned(market: Market, owner: Owner) -> None:
    pool = await _pool(market)
    part = pool.asked.parts[1]
    refused: list[tuple[dict[str, Any], str]] = [
        ({"parts": [replace(part, consignee_id=new_id())]}, "/parts/0/consignee_id"),
        ({"parts": [replace(part, consignee_id=pool.supplier.firm.id)]}, "/parts/0/consignee_id"),
        ({"parts": [pool.asked.parts[0], replace(part, place="Hamburg")]}, "/parts/1/discharge"),
        ({"parts": [replace(part, place="ZZAAA")]}, "/parts/0/discharge"),
        ({"parts": [replace(part, mode="camel")]}, "/parts/0/mode"),
        ({"parts": [replace(part, packages=[replace(CASE, gross_mass_kg=Decimal(-1))])]}, "/parts/0/packages/0/gross_mass_kg"),
        ({"parts": [replace(part, packages=[CASE] * 501)]}, "/parts"),
        ({"hub_keeper_id": new_id()}, "/consignee_id"),
        ({"containers": ["CSQU3054384"]}, "/containers/0"),
    ]  # fmt: skip
    for change, pointer in refused:
        with pytest.raises(Invalid) as error:
            await pool.ship(**change)
        assert [one.pointer for one in error.value.errors] == [pointer], change
    assert owner.execute("SELECT count(*) FROM shipments").fetchone() == (0,)


async def test_the_database_ties_only_what_belongs_together(market: Market, owner: Owner) -> None:
    pool = await _pool(market, ("DELUE",))
    planned = await pool.ship()
    inbound, onward = planned.shipment_id, next(iter(planned.onward.values()))
    stranger = await _pool(market, ("DELUE",))
    foreign = (await stranger.ship()).shipment_id
    copy = (
        "INSERT INTO shipments SELECT (jsonb_populate_record(s, jsonb_build_object('id', uuidv7(), 'plan_key', uuidv7()) "
        "|| %s::jsonb)).* FROM shipments s WHERE s.id = %s"
    )
    copies = [
        ('{"origin": "DEBRV"}', "shipments_inbound_ends_there"),
        (f'{{"inbound_id": "{onward}"}}', "shipments_inbound_ends_there"),
        (f'{{"inbound_id": "{foreign}"}}', "fk_shipments_inbound_id_shipper_id"),
        ('{"consignee_id": null}', "ck_shipments_onward_is_somebodys"),
        ('{"plan_key": null}', "ck_shipments_onward_is_somebodys"),
        ('{"inbound_id": null, "load": "DELUE"}', "ck_shipments_goes_somewhere"),
    ]
    for change, guard in copies:
        with pytest.raises(psycopg.errors.IntegrityError) as error, owner.transaction():
            owner.execute(copy, (change, onward))
        assert error.value.diag.constraint_name == guard, change
    for change in ("inbound_id = NULL", "plan_key = uuidv7()", f"consignee_id = '{stranger.members[0].firm.id}'",
                   "origin = 'DEBRV'", "destination = 'DEBRV'"):  # fmt: skip
        with pytest.raises(psycopg.errors.IntegrityError) as error, owner.transaction():
            owner.execute(f"UPDATE shipments SET {change}")  # type: ignore[call-overload]
        assert error.value.diag.constraint_name == "shipments_inbound_stays", change
    owner.execute("UPDATE shipments SET cancelled_at = now() WHERE id = %s", (inbound,))
    with pytest.raises(psycopg.errors.IntegrityError) as error, owner.transaction():
        owner.execute(copy, ("{}", onward))
    assert error.value.diag.constraint_name == "shipments_inbound_ends_there"


async def test_many_members_cost_no_further_statements_to_read(market: Market) -> None:
    few, many = await _pool(market, ("DELUE",)), await _pool(market, ["DELUE"] * 12)
    counts = []
    for pool in (few, many):
        planned = await pool.ship()
        with count_statements(market.db) as seen:
            answer = await pool.supplier.get(f"/v1/shipments/{planned.shipment_id}")
        assert len(answer.json()["onward_ids"]) == len(pool.members)
        counts.append(len(seen))
    assert counts[0] == counts[1] > 0
