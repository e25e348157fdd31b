"""Deposits at a server that answers as Stripe does, compared with the books: also when it breaks off in the middle."""

import psycopg
import pytest
from pydantic import SecretStr

from app.demo.provider import API_KEY, StripeServer
from app.finance.reconciliation.jobs import reconcile_every_night
from app.gateways.payments import Amount, PaymentUnavailable
from app.kit.clock import Clock
from app.kit.db.engine import Database
from app.settings import Settings
from tests.market import Market
from tests.rooms.finance.books import Owner, operator
from tests.rooms.finance.reconciliations import compared, proved, runtime, told
from tests.rooms.pooling.campaigns import committed, frozen, moment, offered, opened


@pytest.fixture
def at_stripe(settings: Settings, stripe: StripeServer) -> Settings:
    keys = {"stripe_secret_key": SecretStr(API_KEY), "stripe_api_base": stripe.url}
    return settings.model_copy(update=keys)


async def test_deposits_at_stripe(db: Database, at_stripe: Settings, stripe: StripeServer, owner: Owner) -> None:
    server = stripe
    async with Market.open(at_stripe, db, Clock()) as market:
        chief, lead, supplier = (
            await operator(market),
            await market.people("buyer"),
            await market.people("supplier"),
        )
        members = [await market.people("buyer") for _ in range(3)]
        campaign = await opened(market, lead, deposit_pct="10", closes_at=moment(market, minutes=71))
        for member in members:
            await committed(campaign, member, 400, 47000, payment_method="pm_card_visa")
        late = await committed(campaign, await market.people("buyer"), 400, 47000, payment_method="pm_card_visa")
        await offered(campaign, supplier)
        await market.work()
        server.move_clock(3600)
        assert (await compared(market, chief))["looked_at"] == 4
        assert await told(chief, "") == []
        await frozen(market)
        # At somebody's desk there: one is given back in part, and one is charged that nobody here knows.
        [mine, *_] = [row for row in server.all("payment_intent") if row["status"] == "succeeded"]
        payments = market.app.state.gateways["payments"]
        await payments.refund(mine["id"], Amount(7, "EUR"), key="by-hand")
        foreign = dict(server.all("payment_intent")[0], id="pi_ofSomebody", metadata={}, latest_charge=None)
        server.act(lambda world: world.keep("pi", foreign | {"created": world.now()}))
        server.move_clock(3600)
        # The provider breaks off in the middle: the run goes on where it was.
        server.fails(2, "broken")
        market.move_clock(hours=1)
        with pytest.raises(PaymentUnavailable):
            await reconcile_every_night(runtime(market))
        chief.headers = (await market.member(chief.firm)).headers
        assert (await chief.get("/v1/operator/reconciliations")).json()["items"][0]["phase"]["code"] != "done"
        asked = len(server.calls)
        await compared(market, chief)
        assert len(server.calls) - asked < 30
        assert sorted(await told(chief)) == [
            ("given_back", "payment", mine["id"]),
            ("missing_in_ledger", "payment", "pi_ofSomebody"),
        ]
        assert await proved(db) == [] and late["id"]
        with pytest.raises(psycopg.Error, match="stays as it ended"):
            owner.execute("UPDATE reconciliations SET looked_at = 0")
