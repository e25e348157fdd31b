"""Who may do what at a payment schedule, what the database refuses, what verification finds, and disputed milestones."""

from typing import Any

import psycopg
import pytest

from app.finance.facade import Evidence
from app.finance.schedules import checks, facade
from app.finance.schedules.errors import MilestoneFrozen, RefundTooLarge
from app.kit.db.engine import Role
from app.kit.db.tenancy import acting_for
from app.kit.errors import NotFound
from app.kit.ids import new_id
from tests.market import Market
from tests.rooms.finance.schedules import Paid, opened_by_a_deal, paid_order

Owner = psycopg.Connection[Any]
A, B = 40_000, 60_000
HALVES = ((5000, Evidence.T1_REPORT), (5000, Evidence.RUN_OFF_ACCEPTED))


async def told_by_the_deal(paid: Paid, verb: Any, number: int, who: Any) -> None:
    """What the room above tells of a milestone, acting for one of the sides."""
    moment = {} if verb is facade.returned else {"now": paid.market.clock.now()}
    async with paid.market.db.transaction() as session, acting_for(session, who.firm.id):
        await verb(session, paid.deal, paid.parts[number - 1], **moment)


async def settled(paid: Paid, number: int, dispute: Any, release: int, refund: int) -> None:
    """The settlement of a dispute."""
    async with paid.market.db.transaction() as session, acting_for(session, paid.supplier.firm.id):
        await facade.settle_dispute(
            session,
            paid.milestones[number - 1],
            dispute,
            release_minor=release,
            refund_minor=refund,
            day=paid.market.clock.now().date(),
        )
    await paid.market.work()


async def frozen(paid: Paid, number: int) -> Any:
    """A dispute over a milestone."""
    dispute = new_id()
    async with paid.market.db.transaction() as session, acting_for(session, paid.supplier.firm.id):
        await facade.freeze(session, paid.milestones[number - 1], dispute)
        await facade.freeze(session, paid.milestones[number - 1], dispute)
    return dispute


async def test_nothing_of_a_disputed_milestone_moves_and_the_others_go_on(market: Market, owner: Owner) -> None:
    paid = await opened_by_a_deal(market, split=HALVES)
    await paid.pay(1)
    await told_by_the_deal(paid, facade.evidenced, 1, paid.supplier)
    dispute = await frozen(paid, 1)
    assert (await paid.read(1))["disputed"]
    with pytest.raises(MilestoneFrozen):
        async with market.db.transaction() as session, acting_for(session, paid.buyer.firm.id):
            await facade.freeze(session, paid.milestones[0], new_id())
    for verb, who in ((facade.accepted, paid.buyer), (facade.returned, paid.buyer), (facade.evidenced, paid.supplier)):
        with pytest.raises(MilestoneFrozen):
            await told_by_the_deal(paid, verb, 1, who)
    await paid.silence(30)
    assert (await paid.refund(1, status=409))["code"] == "payment-milestone-frozen"
    assert (await paid.pay(1, status=409))["code"] == "payment-milestone-frozen"
    assert ((await paid.read(1))["state"]["code"], await paid.money(1)) == (
        "evidenced",
        {"funded": 50_000, "held": 50_000},
    )
    for forbidden in ("state = 'accepted', accepted_by = 'buyer', accepted_at = now(), free_on = now(), silent_at = NULL",
                      "released_minor = 1", "frozen_by = uuidv7()"):  # fmt: skip
        with pytest.raises(psycopg.errors.CheckViolation):
            owner.execute(f"UPDATE payment_milestones SET {forbidden} WHERE frozen_by IS NOT NULL")
    # The other milestone goes on.
    await paid.pay(2)
    await told_by_the_deal(paid, facade.evidenced, 2, paid.supplier)
    await told_by_the_deal(paid, facade.accepted, 2, paid.buyer)
    assert await paid.money(2) == {"funded": 50_000, "released": 50_000}
    with pytest.raises(RefundTooLarge):
        await settled(paid, 1, dispute, 50_001, 0)
    with pytest.raises(RefundTooLarge):
        await settled(paid, 1, dispute, 20_000, 30_001)
    with pytest.raises(NotFound):
        await settled(paid, 1, new_id(), 0, 0)
    # Nothing was decided: it goes on as before, and silence begins anew.
    await settled(paid, 1, dispute, 0, 0)
    await paid.silence(13)
    assert (await paid.read(1))["state"]["code"] == "evidenced"
    await settled(paid, 1, await frozen(paid, 1), 20_000, 30_000)
    told = await paid.read(1)
    assert (told["accepted_by"]["code"], told["disputed"]) == ("dispute", False)
    assert await paid.money(1) == {"funded": 50_000, "released": 20_000, "refunded": 30_000}
    # Of what was released a part may be decided to go back, too.
    await settled(paid, 2, await frozen(paid, 2), 0, 10_000)
    assert await paid.money(2) == {"funded": 50_000, "released": 50_000, "refunded": 10_000}
    await paid.proved()


async def test_the_order_hears_of_a_dispute(market: Market) -> None:
    order, paid = await paid_order(market, milestone_template="on_shipment")
    await paid.pay()
    await order.show("shipped")
    dispute = await frozen(paid, 1)
    refused = await paid.buyer.post(f"{order.milestone('shipped')}/acceptance", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "payment-milestone-frozen")
    assert (await order.read())["milestones"][0]["state"]["code"] == "submitted"
    await settled(paid, 1, dispute, 3_000_000, 530_000)
    [entry] = [one for one in (await order.read())["milestones"][0]["entries"] if one["act"]["code"] == "counted"]
    assert ((await order.read())["state"]["code"], entry["note"]) == ("accepted", None)
    await paid.proved()


async def test_who_may_do_what(market: Market, owner: Owner) -> None:
    paid = await opened_by_a_deal(market)
    stranger = await market.people("buyer", "supplier")
    reader = await market.member(paid.buyer.firm, "viewer")
    seller = await market.member(paid.supplier.firm, "viewer")
    schedule, milestone = f"/v1/payment-schedules/{paid.id}", f"/v1/payment-milestones/{paid.milestones[1]}"
    for path in (schedule, milestone):
        codes = [(await who.get(path)).status_code for who in (market.nobody, stranger, reader, seller)]
        assert codes == [401, 404, 200, 200]
    for verb, form, others, refused, right in (
        ("pay", {"payment_method": "tok_visa"}, (stranger, paid.supplier), reader, paid.buyer),
        ("refunds", {"reason": "Nachlass", "amount_minor": 100}, (stranger, paid.buyer), seller, paid.supplier),
    ):
        assert (await market.nobody.post(f"{milestone}/{verb}", json=form)).status_code == 401
        for who in others:
            assert (await who.post(f"{milestone}/{verb}", json=form)).status_code == 404
        assert (await refused.post(f"{milestone}/{verb}", json=form)).status_code == 403
        await market.work()
        found = await paid.read(2)
        assert not found["refunds"] and (verb == "refunds") == (found["payment"] is not None)
        assert (await right.post(f"{milestone}/{verb}", json=form)).status_code == 202
        await market.work()
    assert await paid.money(2) == {"funded": B, "held": B - 100, "refunded": 100}
    for wrong in ({}, {"payment_method": "tok_4242424242424242"}, {"way": "transfer", "payment_method": "tok_visa"}):
        assert (await paid.buyer.post(f"{milestone}/pay", json=wrong)).status_code == 422
    assert (await paid.supplier.get(milestone)).json()["payment"] is None
    rows = owner.execute("SELECT token FROM milestone_payments").fetchall()
    assert rows == [(None,)]


async def test_verification_finds_what_triggers_keep_out(market: Market, owner: Owner) -> None:
    paid = await opened_by_a_deal(market)
    await paid.pay(1)
    await paid.refund(1, amount_minor=1000)
    await paid.proved()
    for forbidden in (
        "UPDATE payment_milestones SET funded_minor = funded_minor + 1, version = version + 1",
        "UPDATE payment_milestones SET amount_minor = amount_minor + 1",
        "UPDATE payment_milestones SET state = 'planned' WHERE state = 'accepted'",
        "UPDATE payment_milestones SET state = 'accepted', accepted_by = 'silence', accepted_at = now(), free_on = now()",
        "UPDATE milestone_payments SET captured_minor = 1",
        "UPDATE milestone_payments SET state = 'pending'",
        "UPDATE milestone_refunds SET from_escrow_minor = 7, from_supplier_minor = 7",
        "UPDATE milestone_releases SET amount_minor = 1",
        "UPDATE payment_schedules SET total_minor = 1",
        "DELETE FROM milestone_payments",
    ):
        with pytest.raises(
            (psycopg.errors.CheckViolation, psycopg.errors.InsufficientPrivilege, psycopg.errors.RaiseException)
        ):
            owner.execute(forbidden)
    for check, broken in (
        (checks.payment_schedules, "UPDATE payment_schedules SET total_minor = total_minor + 1"),
        (checks.milestone_sums, "UPDATE payment_milestones SET funded_minor = funded_minor + 5 WHERE funded_minor > 0"),
        (checks.milestones_in_the_ledger, "SELECT 1"),
    ):
        owner.execute("SET session_replication_role = replica")
        owner.execute(broken)
        owner.execute("SET session_replication_role = DEFAULT")
        async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
            looked, found = await check(session)
        assert looked > 0 and len(found) == 1
