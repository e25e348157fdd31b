"""Builders of what waits for approval."""

from uuid import UUID

from app.kit.actor import Actor
from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from app.parties.facade import ApprovalSubject, request_approval
from tests.market import Market, Member


async def asked_for(market: Market, requester: Member, supplier_id: UUID) -> UUID:
    """The approval that an order of 50,000.00 EUR waits for."""
    subject = ApprovalSubject(
        kind="order",
        id=new_id(),
        amount_minor=5_000_000,
        currency="EUR",
        category_codes=frozenset({"mould-bases"}),
        counterparty_id=supplier_id,
        new_counterparty=False,
        title="Order 4711",
    )
    actor = Actor(requester.firm.id, frozenset(), frozenset({"buyer"}), person_id=requester.person_id)
    async with market.db.transaction() as session:
        await act_for(session, requester.firm.id, person_id=requester.person_id)
        approval_id = await request_approval(session, actor, subject, now=market.clock.now())
    assert approval_id is not None
    return approval_id
