"""What is looked at when workers die between the freeze of a campaign and its orders; the same for a test's few steps and for a
proof's every step."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from app.gateways.payments import LocalPayments, PaymentState
from app.kit.db.engine import Role
from app.kit.jobs import defer
from app.kit.verify import CHECKS
from app.pooling.work import CLEAR_JOB, MOVE_JOB, ORDER_JOB
from tests.crashing import Crashing
from tests.market import Market, Member
from tests.rooms.pooling.campaigns import committed, offered, opened

Owner = psycopg.Connection[tuple[object, ...]]
FREEZE = "pooling.freeze_campaigns"
PERIODIC = (FREEZE, "pooling.resume")
WATCHED = frozenset({FREEZE, CLEAR_JOB, MOVE_JOB, ORDER_JOB})
LOOKED_AT = (
    "pooled sums",
    "clearings",
    "pooled orders",
    "orders add up",
    "ledger postings",
    "ledger balances",
    "deposits in the ledger",
)

HAPPENED = """
    SELECT (SELECT array_agg(state ORDER BY round) FROM clearings WHERE campaign_id = c.id),
           (SELECT count(*) FROM framework_orders WHERE campaign_id = c.id),
           (SELECT count(*) FROM framework_lines WHERE campaign_id = c.id),
           (SELECT count(*) FROM purchase_orders o JOIN framework_orders f ON f.id = o.pool_id WHERE f.campaign_id = c.id),
           (SELECT array_agg(state ORDER BY id) FROM pool_deposits WHERE campaign_id = c.id),
           (SELECT array_agg(surplus_refund IS NOT NULL ORDER BY id) FROM pool_deposits WHERE campaign_id = c.id),
           (SELECT count(*) FROM outbox_events WHERE subject = 'campaign/' || c.id AND type LIKE 'pooling.campaign_ended%%')
      FROM campaigns c WHERE c.id = %s AND c.state = 'ordered'
"""
SURPLUS = "SELECT commitment_id, surplus_minor FROM pool_deposits WHERE campaign_id = %s"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A campaign whose freeze is due: two members can be served and one cannot."""

    id: str
    served: tuple[str, str]
    not_served: str


@dataclass
class Pool:
    """The people of all the campaigns."""

    market: Market
    owner: Owner
    lead: Member
    members: tuple[Member, Member, Member]
    supplier: Member

    @classmethod
    async def of(cls, market: Market, owner: Owner) -> "Pool":
        """New people."""
        first, second, third = [await market.people("buyer") for _ in range(3)]
        return cls(market, owner, await market.people("buyer"), (first, second, third), await market.people("supplier"))

    async def due(self) -> Prepared:
        """A campaign with deposits that are held, due now: of everything at the highest price, so that each who is served has
        paid more than there is to pay."""
        campaign = await opened(self.market, self.lead, deposit_pct="100", shortfall="lower_tier")
        limits = ((600, 47000), (400, 47000), (300, 20000))
        made = [
            await committed(campaign, member, *figures, payment_method="tok_visa")
            for member, figures in zip(self.members, limits, strict=True)
        ]
        await offered(campaign, self.supplier)
        await self.market.work()
        # Nobody may shorten a campaign, so the superuser does it with its guard asleep.
        self.owner.execute("SET session_replication_role = replica")
        self.owner.execute("UPDATE campaigns SET closes_at = now() WHERE id = %s", (campaign["id"],))
        self.owner.execute("SET session_replication_role = origin")
        async with self.market.db.transaction() as session:
            await defer(session, FREEZE)
        return Prepared(campaign["id"], (made[0]["id"], made[1]["id"]), made[2]["id"])

    async def wrong(self, one: Prepared) -> Sequence[str]:
        """What is not as it should be once nobody works at it any more."""
        found = self.owner.execute(HAPPENED, (one.id,)).fetchone()
        expected = (["done"], 1, 2, 2, ["captured", "captured", "released"], [True, True, False], 2)
        wrong = [] if found == expected else [f"the campaign: {found}"]
        surplus = {str(key): minor for key, minor in self.owner.execute(SURPLUS, (one.id,)).fetchall()}
        payments = LocalPayments(self.market.settings.data_dir / "payments", clock=self.market.clock)
        states: dict[str, list[tuple[PaymentState, object]]] = {}
        for reference in sorted({entry.payment for entry in await payments.journal() if entry.payment}):
            payment = await payments.find_payment(reference)
            cause = payment.cause.removeprefix("commitment/")
            if cause in {*one.served, one.not_served}:
                states.setdefault(cause, []).append((payment.state, payment.refunded_minor))
        expected_states = {
            **{key: [(PaymentState.CAPTURED, surplus.get(key))] for key in one.served},
            one.not_served: [(PaymentState.RELEASED, 0)],
        }
        if states != expected_states:
            wrong.append(f"the payments: {states}")
        return [*wrong, *await self.verified()]

    async def verified(self) -> list[str]:
        """What `partingline verify` finds broken."""
        broken: list[str] = []
        for name in LOOKED_AT:
            async with self.market.db.transaction(Role.AUDITOR, readonly=True) as session:
                broken += (await CHECKS[name](session))[1]
        return broken


def crashing(market: Market, log: Path, jobs: Iterable[str] = WATCHED) -> Crashing:
    """Workers that die in these jobs."""
    return Crashing(
        market.settings, jobs=set(jobs), setup="tests.crashing.campaigns:setup", clock=market.clock, log=log
    )
