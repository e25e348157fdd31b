"""Advances that go back: a financier's bank takes one, or somebody gives it back at the provider's desk."""

import psycopg
import pytest

from app.demo.provider import StripeServer, intents, money
from app.finance.financing.rules import Parts, advances_back, parts_back
from app.settings import Settings
from tests.market import Market, Member
from tests.rooms.finance.financings import accepted, funded, offered, proved, quoted, read, swept
from tests.rooms.finance.schedules import opened_by_a_deal
from tests.rooms.finance.test_chargebacks import by_stripe, news, payment_of
from tests.rooms.finance.test_financing import stands
from tests.rooms.finance.test_payment_schedules import balance

Owner = psycopg.Connection[tuple[str]]
CARD = {"payment_method": "pm_card_visa"}


@pytest.fixture
def settings(settings: Settings, stripe: StripeServer) -> Settings:
    return by_stripe(settings, stripe)


def advance_of(owner: Owner) -> str:
    """The payment of the advance at Stripe."""
    row = owner.execute("SELECT payment FROM financing_payments ORDER BY id DESC LIMIT 1").fetchone()
    assert row is not None
    return row[0]


async def payables(*members: Member) -> tuple[int, ...]:
    return tuple([await balance(one, "payable_to_supplier") for one in members])


async def test_a_bank_takes_an_advance_back_and_may_give_it_again(
    market: Market, stripe: StripeServer, owner: Owner
) -> None:
    paid, financier = await opened_by_a_deal(market), await market.people("financier")
    financing = await accepted(paid.supplier, await quoted(financier, await offered(paid)))
    await funded(market, financier, financing, **CARD)
    both = (paid.supplier, financier)
    assert await payables(*both) == (32_000, 0)
    # The supplier brings what he was given, and the receivable is his own.
    first = stripe.act(money.dispute, advance_of(owner))
    await news(market, stripe)
    told = await read(financier, financing)
    assert stands(told) == ("reversed", 0, 0, 0, 0) and told["taken_back"]["minor"] == 32_000
    assert await payables(*both) == (0, 0)
    await proved(market)
    stripe.act(money.end_dispute, first["id"], "won")
    await news(market, stripe)
    assert stands(await read(financier, financing)) == ("running", 32_000, 0, 0, 0)
    assert await payables(*both) == (32_000, 0)
    await paid.pay(1, **CARD)
    assert await payables(*both) == (40_000, 32_000)
    # Repaid by the buyer, and once more by his bank: that he owes.
    second = stripe.act(money.dispute, advance_of(owner))
    await news(market, stripe)
    assert stands(await read(financier, financing)) == ("repaid", 0, 0, 32_000, 0)
    assert await payables(*both) == (40_000, 0)
    stripe.act(money.end_dispute, second["id"], "lost")
    await news(market, stripe)
    assert await payables(*both) == (40_000, 0)
    await proved(market)


async def test_who_is_paid_meanwhile_makes_good_when_a_bank_gives_an_advance_again(
    market: Market, stripe: StripeServer, owner: Owner
) -> None:
    paid, financier = await opened_by_a_deal(market), await market.people("financier")
    quote = await quoted(financier, await offered(paid), fee_minor=500, advance_bp=8000, recourse=False)
    financing = await accepted(paid.supplier, quote)
    await funded(market, financier, financing, **CARD)
    taken = stripe.act(money.dispute, advance_of(owner))
    await news(market, stripe)
    assert stands(await read(financier, financing)) == ("running", 0, 500, 0, 0)
    await paid.pay(1, **CARD)
    assert stands(await read(financier, financing)) == ("repaid", 0, 0, 0, 500)
    stripe.act(money.end_dispute, taken["id"], "won")
    await news(market, stripe)
    assert stands(await read(financier, financing)) == ("made_good", 0, 0, 32_000, 500)
    assert await payables(paid.supplier, financier) == (39_500, 32_500)
    await proved(market)


async def test_who_is_repaid_twice_keeps_what_he_was_repaid_once(
    market: Market, stripe: StripeServer, owner: Owner
) -> None:
    paid, financier = await opened_by_a_deal(market), await market.people("financier")
    quote = await quoted(financier, await offered(paid), rate_bp=0, advance_bp=8000, recourse=False)
    financing = await accepted(paid.supplier, quote)
    await funded(market, financier, financing, **CARD)
    await paid.pay(1, **CARD)
    taken = stripe.act(money.dispute, payment_of(owner, paid, 1))
    await news(market, stripe)
    assert stands(await read(financier, financing)) == ("running", 32_000, 0, 0, 0)
    await paid.pay(1, **CARD)
    assert stands(await read(financier, financing)) == ("repaid", 0, 0, 32_000, 0)
    # What the bank gives again is too much: of the later payment it goes back, and of the first the financier has it.
    stripe.act(money.end_dispute, taken["id"], "won")
    await news(market, stripe)
    assert await paid.money(1) == {"funded": 80_000, "released": 80_000, "refunded": 40_000}
    assert stands(await read(financier, financing)) == ("repaid", 0, 0, 32_000, 0)
    assert await payables(paid.supplier, financier) == (40_000, 32_000)
    await proved(market)


async def test_what_is_given_back_at_the_desk_is_owed_no_more(
    market: Market, stripe: StripeServer, owner: Owner
) -> None:
    paid, financier = await opened_by_a_deal(market), await market.people("financier")
    quote = await quoted(financier, await offered(paid), fee_minor=500, advance_bp=8000, recourse=True)
    financing = await accepted(paid.supplier, quote)
    await funded(market, financier, financing, way="transfer", country="DE")
    payment = advance_of(owner)
    stripe.act(intents.fund, payment)
    # Of the transfer nobody tells: it is asked for.
    market.move_clock(minutes=11)
    await swept(market)
    market.move_clock(minutes=-11)
    assert stands(await read(financier, financing)) == ("running", 32_000, 500, 0, 0)
    both = (paid.supplier, financier)
    stripe.act(money.make_refund, {"payment_intent": payment, "amount": "12000"})
    await news(market, stripe)
    assert stands(await read(financier, financing)) == ("running", 20_000, 500, 0, 0)
    assert await payables(*both) == (20_000, 0)
    # With the last of it the charge falls away, and what the buyer pays is the supplier's.
    stripe.act(money.make_refund, {"payment_intent": payment, "amount": "20000"})
    await news(market, stripe)
    told = await read(financier, financing)
    assert stands(told) == ("reversed", 0, 0, 0, 0)
    assert [one["kind"]["code"] for one in told["moves"]] == ["undone", "undone"]
    await paid.pay(1, **CARD)
    assert await payables(*both) == (40_000, 0)
    await proved(market)


def test_what_was_given_last_is_taken_back_first() -> None:
    assert parts_back(50, 20, 100) == Parts(30, 20) and parts_back(50, 0, 30) == Parts(30, 20)
    assert advances_back(100, [], 40) == [(1, 40)]
    assert advances_back(100, [(2, -60), (3, 60)], 80) == [(3, 60), (1, 20)]
    assert advances_back(100, [(2, -60), (3, 60), (4, -70)], 30) == [(1, 30)]
    with pytest.raises(ValueError, match="more is taken"):
        advances_back(100, [(2, -60)], 41)
