"""Orders that a pool places for its members: written once, paid to the minor unit, binding for the buyer."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from app.kit.db.engine import Role
from app.kit.db.tenancy import acting_for
from app.kit.ids import new_id
from app.kit.verify import verify_all
from app.procurement import facade as procurement
from app.procurement.order_errors import OrderStateConflict, OrderTooLarge
from app.procurement.queries import orders as queries
from tests.market import Market, Member
from tests.rooms.procurement.deals import Deal
from tests.rooms.procurement.orders import Ordered
from tests.rooms.procurement.pooled import PINS, PLATES, WHY, commitment, end, place, seen

Owner = psycopg.Connection[tuple[object, ...]]


async def _parties(market: Market) -> tuple[Member, Member]:
    """Buyer and supplier."""
    return await market.people("buyer", locale="de"), await market.people("supplier", country="CN", locale="zh-Hans")


async def _told(who: Member) -> list[str]:
    return [one["notice"] for one in (await who.get("/v1/notifications")).json()["items"]]


def _numbers(owner: Owner) -> list[tuple[object, ...]]:
    return owner.execute("SELECT number FROM purchase_orders ORDER BY number").fetchall()


async def test_a_member_gets_an_order_of_his_own_and_his_supplier_takes_it(market: Market) -> None:
    buyer, supplier = await _parties(market)
    approver = await market.member(buyer.firm, "approver")
    rule = {"name": "All", "above_minor": 0, "currency": "EUR", "approver_ids": [str(approver.person_id)]}
    assert (await buyer.post("/v1/approval-rules", json=rule)).status_code == 201
    wanted = commitment(buyer, supplier, created_by=buyer.person_id)
    order_id = await place(market, wanted)
    # He has agreed when he committed himself: nobody is asked again.
    read = (await buyer.get(f"/v1/orders/{order_id}")).json()
    pool = {"id": str(wanted.pool_id), "number": "FO-2026-0003"}
    assert (read["state"]["code"], read["origin"]["code"], read["pool"]) == ("issued", "pool", pool)
    assert (read["number"][-4:], read["total"]["minor"], read["inquiry_id"], read["approval"]) == (
        "0001",
        124458,
        None,
        None,
    )
    assert read["lead_time_days"] == 45 and read["incoterm"]["code"] == "DAP"
    plates, pins = read["lines"]
    assert (plates["kind"], plates["quantity"]["value"], plates["per_quantity"]) == ("pooled", "300", "300")
    assert (plates["price"]["minor"], plates["total"]["minor"]) == (123457, 123457)
    assert (pins["total"]["minor"], pins["per_quantity"], pins["sku"]) == (1001, "7.5", "EP-6")
    assert [(row["code"], row["amount"]["minor"]) for row in read["milestones"]] == [("shipped", 124458)]
    german = (await buyer.get(f"/v1/orders/{order_id}", headers={"Accept-Language": "de"})).json()
    assert (german["title"]["text"], german["title"]["translation"]) == ("Formenstahl gemeinsam einkaufen", None)
    chinese = (await supplier.get(f"/v1/orders/{order_id}", headers={"Accept-Language": "zh-Hans"})).json()
    assert chinese["title"]["translation"]["text"] == "联合采购模具钢"
    assert chinese["lines"][0]["description"]["translation"]["state"] == "reviewed"
    assert [step["state"]["code"] for step in chinese["history"]] == ["issued"]
    for who, side in ((buyer, "buyer"), (supplier, "supplier")):
        found = (await who.get("/v1/orders", params={"side": side})).json()["items"]
        assert [(one["id"], one["pool"]) for one in found] == [(str(order_id), pool)]
    stranger = await market.people("buyer", "supplier")
    assert (await stranger.get(f"/v1/orders/{order_id}")).status_code == 404
    await market.work()
    assert "procurement.order_received" in await _told(supplier)
    under_way = Ordered(Deal(market, buyer, [supplier], {"id": "", "lots": []}), buyer, supplier, read)
    await under_way.acknowledge()
    assert (await under_way.reach("shipped"))["state"]["code"] == "accepted"
    assert (await buyer.post(f"{under_way.path}/closing")).json()["state"]["code"] == "closed"


async def test_it_is_placed_once_however_often_it_is_tried(market: Market, owner: Owner) -> None:
    buyer, supplier = await _parties(market)
    wanted = commitment(buyer, supplier)
    racing = await asyncio.gather(*(place(market, wanted) for _ in range(5)))
    assert len(set(racing)) == 1 and await place(market, wanted) == racing[0]
    other = replace(wanted, pool_key=new_id())
    assert await place(market, other) != racing[0]
    # Who came too late used up no number.
    assert [str(number)[-4:] for (number,) in _numbers(owner)] == ["0001", "0002"]
    dearer = replace(wanted, lines=[replace(PLATES, total_minor=1)])
    with pytest.raises(ValueError, match="ordered otherwise"):
        await place(market, dearer)
    rival = await market.people("buyer")
    with pytest.raises(ValueError, match="another buyer"):
        await place(market, replace(wanted, buyer_id=rival.firm.id))
    refused: list[tuple[dict[str, Any], type[Exception]]] = [
        ({"lines": []}, ValueError),
        ({"lines": [replace(PLATES, quantity=Decimal("1.0000001"))]}, ValueError),
        ({"lines": [replace(PLATES, quantity=Decimal(0))]}, ValueError),
        ({"lines": [replace(PLATES, total_minor=-1)]}, ValueError),
        ({"lines": [replace(PLATES, total_minor=10**15), PINS]}, OrderTooLarge),
        ({"milestone_template": "half_now"}, ValueError),
        ({"supplier_id": buyer.firm.id}, ValueError),
    ]
    for change, error in refused:
        with pytest.raises(error):
            await place(market, commitment(buyer, supplier, **change))
    assert len(_numbers(owner)) == 2


async def test_a_pool_reads_its_orders_and_each_side_its_own(market: Market) -> None:
    (first, supplier), second = await _parties(market), await market.people("buyer")
    wanted = commitment(first, supplier)
    ids = [
        await place(market, wanted),
        await place(market, commitment(second, supplier, pool_id=wanted.pool_id, lines=[PINS])),
    ]
    await place(market, commitment(second, supplier))
    found, cursor = await seen(market, supplier, wanted.pool_id)
    assert [(one.id, one.total_minor, one.state) for one in found] == [
        (ids[0], 124458, "issued"),
        (ids[1], 1001, "issued"),
    ]
    assert cursor is None and found[0].pool_key == wanted.pool_key
    part, cursor = await seen(market, supplier, wanted.pool_id, limit=1)
    rest, end_of_list = await seen(market, supplier, wanted.pool_id, limit=1, cursor=cursor)
    assert [one.id for one in (*part, *rest)] == ids and end_of_list is None
    assert [one.id for one in (await seen(market, second, wanted.pool_id))[0]] == [ids[1]]
    assert (await seen(market, await market.people("supplier"), wanted.pool_id))[0] == []
    async with market.db.transaction(readonly=True) as session, acting_for(session, second.firm.id):
        own = await procurement.pooled_order(session, ids[1])
        assert own is not None and own.pool_id == wanted.pool_id
        assert await procurement.pooled_order(session, ids[0]) is None
        # Nobody of his has chosen this supplier: rules that ask for new ones go on asking.
        assert not await queries.has_ordered_from(session, second.firm.id, supplier.firm.id)


async def test_the_buyer_cannot_leave_but_the_pool_can_let_him_go(market: Market, owner: Owner) -> None:
    buyer, supplier = await _parties(market)
    machine = await market.machine(buyer, "read", "order")
    order_id = await place(market, commitment(buyer, supplier))
    path = f"/v1/orders/{order_id}"
    for who in (buyer, machine):
        answer = await who.post(f"{path}/cancellation", json={"reason": "Too dear."})
        assert (answer.status_code, answer.json()["code"]) == (409, "pooled-order-binds"), answer.text
        assert "FO-2026-0003" in answer.json()["detail"]
    assert (await buyer.get(path)).json()["state"]["code"] == "issued"
    for acting, refusal in ((supplier, "this step is the buyer's"), (await market.people("buyer"), "not-found")):
        with pytest.raises(Exception, match=refusal):
            await end(market, acting, order_id)
    assert await end(market, buyer, order_id) and not await end(market, buyer, order_id)
    shown = [
        (await who.get(path, headers={"Accept-Language": locale})).json()
        for who, locale in ((buyer, "de"), (supplier, "zh-Hans"))
    ]
    assert [one["state"]["code"] for one in shown] == ["cancelled", "cancelled"]
    assert (shown[0]["answer"]["text"], shown[0]["answer"]["translation"]) == (WHY["de"], None)
    assert shown[1]["answer"]["translation"]["text"] == WHY["zh-Hans"]
    assert owner.execute("SELECT count(*) FROM order_events WHERE person_id IS NOT NULL").fetchone() == (0,)
    await market.work()
    assert "procurement.pooled_order_cancelled" in await _told(supplier)
    assert "procurement.order_cancelled" not in await _told(supplier)
    # The commitment was ordered, whatever became of it.
    again = (await seen(market, buyer, (await _pool_of(market, buyer, order_id)).pool_id))[0]
    assert [(one.id, one.state) for one in again] == [(order_id, "cancelled")]


async def _pool_of(market: Market, who: Member, order_id: Any) -> procurement.PooledOrderRef:
    async with market.db.transaction(readonly=True) as session, acting_for(session, who.firm.id):
        found = await procurement.pooled_order(session, order_id)
        assert found is not None
        return found


async def test_the_supplier_rejects_or_is_bound_himself(market: Market) -> None:
    buyer, supplier = await _parties(market)
    rejected, taken = [await place(market, commitment(buyer, supplier)) for _ in range(2)]
    answer = await supplier.post(f"/v1/orders/{rejected}/rejection", json={"reason": "没有炉料。"})
    assert answer.json()["state"]["code"] == "rejected"
    assert not await end(market, buyer, rejected)
    await market.work()
    told = await _told(buyer)
    assert "procurement.catalogue_order_rejected" in told and "procurement.order_rejected" not in told
    day = {"confirmed_delivery_on": market.clock.now().date().isoformat()}
    assert (await supplier.post(f"/v1/orders/{taken}/acknowledgement", json=day)).status_code == 200
    with pytest.raises(OrderStateConflict):
        await end(market, buyer, taken)
    answer = await buyer.post(f"/v1/orders/{taken}/cancellation", json={"reason": "Too late."})
    assert (answer.status_code, answer.json()["code"]) == (409, "order-state-conflict")


COPY_ORDER = (
    "INSERT INTO purchase_orders SELECT (jsonb_populate_record(o, jsonb_build_object('id', uuidv7(), 'number', 'PO-X', "
    "'state', 'draft', 'issued_at', null) || %s::jsonb)).* FROM purchase_orders o"
)
COPY_LINE = (
    "INSERT INTO order_lines SELECT (jsonb_populate_record(l, jsonb_build_object('id', uuidv7(), 'position', 9, "
    "'order_id', o.id) || %s::jsonb)).* FROM order_lines l, purchase_orders o WHERE l.position = 1 AND o.state = 'draft'"
)
NEW = f'"pool_key": "{new_id()}"'


async def test_the_database_holds_what_binds(market: Market, owner: Owner) -> None:
    """Whatever a program would write, as the buyer and no person: refused by name."""
    buyer, supplier = await _parties(market)
    order_id = await place(market, commitment(buyer, supplier))
    acting = (
        f"SELECT set_config('app.organization_id', '{buyer.firm.id}', true), set_config('app.person_id', '{{}}', true)"
    )

    def refused(guard: str, *statements: tuple[str, tuple[str, ...]] | str, person: str = "") -> None:
        with pytest.raises(psycopg.errors.IntegrityError) as error, owner.transaction():
            owner.execute(acting.format(person))  # type: ignore[call-overload]
            for one in statements:
                statement, params = (one, None) if isinstance(one, str) else one
                owner.execute(statement, params)  # type: ignore[call-overload]
        assert error.value.diag.constraint_name == guard, statements

    update = "UPDATE purchase_orders SET "
    cancelled = f"{update} state = 'cancelled', cancelled_at = app_now()"
    refused("pooled_order_binds", cancelled)
    refused("pooled_order_binds", f"{cancelled}, ended_by_pool = true", person=str(buyer.person_id))
    refused("ck_purchase_orders_pool_ends_its_own", f"{update} ended_by_pool = true")
    for column in ("pool_id = uuidv7()", "pool_key = uuidv7()", "pool_number = 'FO-2026-0004'", "pool_id = NULL"):
        refused("order_snapshot", f"{update} {column}")
    refused("uq_purchase_orders_pool_key", (COPY_ORDER, ("{}",)))
    copy = COPY_ORDER, (f"{{{NEW}}}",)
    refused("ck_purchase_orders_one_origin", (COPY_ORDER, (f'{{{NEW}, "origin": "catalogue"}}',)))
    refused("ck_purchase_orders_one_origin", (COPY_ORDER, (f'{{{NEW}, "pool_number": null}}',)))
    # It is nothing but issued.
    draft = f"{update} %s WHERE state = 'draft'"
    refused("pooled_order_binds", copy, draft % "state = 'awaiting_approval'")
    refused("pooled_order_binds", copy, draft % "state = 'cancelled', cancelled_at = app_now(), ended_by_pool = true")
    milestone = (
        "INSERT INTO order_milestones SELECT (jsonb_populate_record(m, jsonb_build_object('id', uuidv7(), 'order_id', o.id, "
        "'due_on', null, 'amount_minor', 123457))).* FROM order_milestones m, purchase_orders o WHERE o.state = 'draft'"
    )
    one_line = COPY_ORDER, (f'{{{NEW}, "total_minor": 123457}}',)
    refused("pooled_order_issued", one_line, (COPY_LINE, ("{}",)), milestone)
    refused("order_adds_up", copy, (COPY_LINE, ("{}",)), milestone)
    lines = [
        ('{"price_minor": 123456}', "ck_order_lines_pooled_is_the_payment"),
        ('{"per_quantity": 1, "price_minor": 412, "total_minor": 123600}', "ck_order_lines_pooled_is_the_payment"),
        ('{"texts": null}', "ck_order_lines_item_is_whole"),
        ('{"kind": "extra", "texts": null, "description_locale": null}', "order_one_origin"),
    ]
    for change, guard in lines:
        refused(guard, copy, (COPY_LINE, (change,)))
    # What was refused left nothing behind.
    assert owner.execute("SELECT id, state, ended_by_pool FROM purchase_orders").fetchall() == [
        (order_id, "issued", False)
    ]


async def test_the_proof_sees_a_line_that_is_not_the_payment(market: Market, owner: Owner) -> None:
    buyer, supplier = await _parties(market)
    await place(market, commitment(buyer, supplier))

    async def broken() -> dict[str, tuple[int, int]]:
        found = await verify_all(market.db)
        return {
            one.check: (one.looked_at, len(one.broken)) for one in found if one.check.startswith(("lines", "orders"))
        }

    assert await broken() == {"lines are charged as agreed": (2, 0), "orders add up": (1, 0)}
    owner.execute("SET session_replication_role = replica")
    owner.execute("ALTER TABLE order_lines DROP CONSTRAINT ck_order_lines_pooled_is_the_payment")
    owner.execute("UPDATE order_lines SET price_minor = 412, per_quantity = 1, total_minor = 123600 WHERE position = 1")
    owner.execute("UPDATE order_lines SET kind = 'extra', texts = null, description_locale = null WHERE position = 2")
    assert await broken() == {"lines are charged as agreed": (2, 2), "orders add up": (1, 1)}


async def test_nobody_places_it_but_who_acts_for_the_buyer(market: Market, owner: Owner) -> None:
    buyer, supplier = await _parties(market)
    wanted = commitment(buyer, supplier)
    for acting in (supplier, await market.people("buyer")):
        with pytest.raises(Exception, match="row-level security"):
            async with market.db.transaction(Role.WORKER) as session, acting_for(session, acting.firm.id):
                await procurement.place_pooled_order(session, wanted, now=market.clock.now())
    assert _numbers(owner) == []
