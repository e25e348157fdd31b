"""A commitment that may cost more than somebody decides alone awaits approval: until then it is neither pooled nor cleared."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.kit.db.engine import Role
from app.kit.db.refusals import refused_by
from app.kit.db.tenancy import act_for
from app.kit.verify import CHECKS
from tests.market import Market, Member
from tests.rooms.parties.test_approvals import make_rule
from tests.rooms.pooling.auctions import auction_form
from tests.rooms.pooling.campaigns import commitment_form, committed, frozen, offered, opened


async def office(market: Market, **rule: Any) -> tuple[Member, Member]:
    """A purchaser whose orders above 1,000 € an approver agrees to; and that approver."""
    boss = await market.people("buyer")
    approver, purchaser = [await market.member(boss.firm, role) for role in ("approver", "purchaser")]
    limits = {"subject_kind": "order", "above_minor": 100_000, "currency": "EUR"}
    await make_rule(boss, approver, **limits | rule)
    return purchaser, approver


async def decides(market: Market, approver: Member, commitment: dict[str, Any], verb: str = "approve") -> int:
    """The answer's status; what follows of it is done."""
    path = f"/v1/approvals/{commitment['approval_id']}/{verb}"
    answer = await approver.post(path, json={"comment": "Checked."})
    await market.work()
    return answer.status_code


async def changed(member: Member, commitment: dict[str, Any], form: dict[str, Any]) -> dict[str, Any]:
    """The commitment after a change."""
    answer = await member.put(f"/v1/commitments/{commitment['id']}", json=form, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def stands(member: Member, commitment: dict[str, Any]) -> tuple[str, str | None, int]:
    """(state, deposit's state, lots pooled of its item) as the member reads them."""
    told = (await member.get(f"/v1/commitments/{commitment['id']}")).json()
    progress = (await member.get(f"/v1/campaigns/{commitment['campaign_id']}/progress")).json()
    deposit = told["deposit"]
    return told["state"]["code"], deposit and deposit["state"]["code"], progress["items"][0]["lots"]


async def verified(market: Market) -> bool:
    async with market.db.transaction(Role.AUDITOR) as session:
        looked, broken = await CHECKS["pooled sums"](session)
        return looked > 0 and not broken


async def test_it_is_pooled_once_it_is_approved_and_falls_when_it_is_not(market: Market) -> None:
    lead, supplier = await market.people("buyer"), await market.people("supplier")
    purchaser, approver = await office(market)
    campaign = await opened(market, lead, deposit_pct="10", shortfall="lower_tier")
    paying = {"payment_method": "tok_visa"}
    large = await committed(campaign, purchaser, 600, 47000, **paying)
    await market.work()
    assert await stands(purchaser, large) == ("awaiting", "waiting", 0)
    again = await purchaser.post(
        f"/v1/campaigns/{campaign['id']}/commitments", json=commitment_form(campaign, **paying)
    )
    assert again.json()["code"] == "already-committed"
    asked = (await approver.get(f"/v1/approvals/{large['approval_id']}")).json()
    assert (asked["subject_kind"]["code"], asked["amount_minor"], asked["subject_id"]) == (
        "commitment",
        6 * 47000,
        large["id"],
    )
    assert asked["counterparty_id"] == str(lead.firm.id)
    notices = [one["subject"] for one in (await approver.get("/v1/notifications")).json()["items"]]
    assert notices == ["Your approval is needed: Commitment to a campaign"]
    # The limit is sealed: the operator reads no request that tells it.
    async with market.db.transaction() as session:
        await act_for(session, (await market.people("operator")).firm.id, operator=True)
        assert await session.scalar(text("SELECT count(*) FROM approvals")) == 0
    assert await decides(market, approver, large) == 200
    assert await stands(purchaser, large) == ("standing", "held", 6)

    small = await committed(campaign, purchaser, 200, 46000, place="ESBCN", **paying)
    await market.work()
    assert await stands(purchaser, small) == ("standing", "held", 8) and small["approval_id"] is None
    more = await changed(purchaser, small, commitment_form(campaign, 300, 46000, place="ESBCN"))
    assert more["state"]["code"] == "awaiting"
    await market.work()
    assert await stands(purchaser, more) == ("awaiting", "waiting", 6)
    # Less again: nobody need be asked, and the question is taken back.
    less = await changed(purchaser, small, commitment_form(campaign, 200, 45000, place="ESBCN"))
    assert (less["state"]["code"], less["approval_id"]) == ("standing", None)
    await market.work()
    assert await stands(purchaser, less) == ("standing", "held", 8)
    assert (await approver.get(f"/v1/approvals/{more['approval_id']}")).json()["state"]["code"] == "withdrawn"
    # Of what was approved a cheaper part stands without another question.
    part = await changed(purchaser, large, commitment_form(campaign, 500, 47000))
    assert (part["state"]["code"], part["approval_id"]) == ("standing", large["approval_id"])
    refused = await changed(purchaser, small, commitment_form(campaign, 900, 47000, place="ESBCN"))
    await market.work()
    assert await decides(market, approver, refused, "reject") == 200
    assert await stands(purchaser, refused) == ("refused", "released", 5)
    ended = await purchaser.put(
        f"/v1/commitments/{refused['id']}", json=commitment_form(campaign), headers={"If-Match": "*"}
    )
    assert ended.json()["code"] == "commitment-withdrawn"
    back = await committed(campaign, purchaser, 900, 47000, place="ESBCN", **paying)
    gone = await purchaser.post(f"/v1/commitments/{back['id']}/withdrawal")
    assert gone.json()["state"]["code"] == "withdrawn"
    assert await decides(market, approver, back) == 409
    late = await committed(campaign, purchaser, 900, 47000, place="ESBCN", **paying)
    await offered(campaign, supplier)
    assert await verified(market)

    await frozen(market)
    assert await stands(purchaser, late) == ("lapsed", "released", 5)
    assert await decides(market, approver, late) == 409
    subjects = [one["subject"] for one in (await purchaser.get("/v1/notifications")).json()["items"]]
    assert f"Your commitment to campaign {campaign['number']} was not approved in time" in subjects
    told = (await purchaser.get(f"/v1/commitments/{large['id']}")).json()
    assert (told["campaign_state"]["code"], told["allotment"]["served"], len(told["order_ids"])) == ("ordered", True, 1)
    assert (await purchaser.get(f"/v1/commitments/{late['id']}")).json()["allotment"] is None
    assert (await purchaser.get(f"/v1/orders/{told['order_ids'][0]}")).json()["state"]["code"] == "issued"
    states = (await purchaser.get(f"/v1/commitments?of_campaign={campaign['id']}&state=lapsed")).json()["items"]
    assert [one["id"] for one in states] == [late["id"]]
    assert await verified(market)


async def test_what_is_split_does_not_slip_under_a_limit(market: Market) -> None:
    lead = await market.people("buyer")
    purchaser, approver = await office(market, subject_kind=None)
    campaign = await opened(market, lead)
    first = await committed(campaign, purchaser, 200, 46000)
    second = await committed(campaign, purchaser, 200, 46000, place="ESBCN")
    assert [one["state"]["code"] for one in (first, second)] == ["standing", "awaiting"]
    asked = (await approver.get(f"/v1/approvals/{second['approval_id']}")).json()
    assert asked["amount_minor"] == 2 * 46000


@pytest.mark.parametrize("way", ["auction", "cancelled"])
async def test_it_lapses_whenever_members_are_frozen(market: Market, way: str) -> None:
    lead = await market.people("buyer")
    purchaser, approver = await office(market)
    form = auction_form(market) if way == "auction" else {}
    campaign = await opened(market, lead, **form)
    waiting = await committed(campaign, purchaser, 900, 46000)
    if way == "cancelled":
        await lead.post(f"/v1/campaigns/{campaign['id']}/cancellation", json={"reason": "No demand."})
        await market.work()
    else:
        await frozen(market)
    assert (await stands(purchaser, waiting))[0] == "lapsed"
    assert await decides(market, approver, waiting) == 409
    subjects = [one["subject"] for one in (await purchaser.get("/v1/notifications")).json()["items"]]
    assert f"Your commitment to campaign {campaign['number']} was not approved in time" in subjects


REFUSED = {
    "UPDATE commitments SET state = 'standing' WHERE id = :id": "commitments_approved",
    "UPDATE commitments SET state = 'standing', approval_id = NULL WHERE id = :id": "commitments_approved",
    "UPDATE commitments SET state = 'refused' WHERE id = :id": "commitments_approved",
    "UPDATE commitments SET state = 'withdrawn', withdrawn_at = now() WHERE id = :id": "commitments_approved",
    "UPDATE commitments SET state = 'lapsed' WHERE id = :id": "commitments_way",
    "UPDATE commitments SET approval_id = NULL WHERE id = :id": "commitments_approved",
    "UPDATE commitments SET approval_id = (SELECT id FROM approvals WHERE state = 'approved'), state = 'standing' "
    "WHERE id = :id": "commitments_approved",
}


async def test_the_database_lets_nothing_stand_that_was_not_approved(market: Market) -> None:
    lead = await market.people("buyer")
    purchaser, approver = await office(market)
    campaign = await opened(market, lead)
    other = await committed(campaign, purchaser, 900, 46000)
    assert await decides(market, approver, other) == 200
    waiting = await committed(campaign, purchaser, 900, 46000, place="ESBCN")
    for statement, guard in REFUSED.items():
        for role in (Role.APP, Role.WORKER):
            with pytest.raises(DBAPIError) as error:
                async with market.db.transaction(role) as session:
                    await act_for(session, purchaser.firm.id)
                    await session.execute(text(statement), {"id": waiting["id"]})
            assert refused_by(error.value, guard), (statement, error.value)
    assert await stands(purchaser, waiting) == ("awaiting", None, 9)
    both = await market.people("buyer", "supplier")
    await make_rule(both, await market.member(both.firm, "approver"))
    await committed(campaign, both, 300, 46000)
    refused = await both.post(f"/v1/campaigns/{campaign['id']}/offers", json={"currency": "EUR", "items": [
        {"item_id": campaign["items"][0]["id"], "tiers": [{"from_quantity": "100", "price_minor": 1}], "capacity": "100",
         "freight_minor": {"DEHAM": 1}, "lead_time_days": 1}]})  # fmt: skip
    assert refused.json()["code"] == "campaign-one-side", "who waits for approval does not sell either"
