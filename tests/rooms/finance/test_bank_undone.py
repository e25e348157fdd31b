"""What came to the house's bank account was put towards the wrong milestone, and is taken off it again."""

from typing import Any
from uuid import UUID

import pytest

from app.kit.locales import LOCALES
from app.settings import Settings
from tests.market import Market, Member
from tests.rooms.finance.bank_account import UNASSIGNED, Account, proved
from tests.rooms.finance.books import operator
from tests.rooms.finance.disputes import opened_about, proposed, step
from tests.rooms.finance.invoices import issued_of, paid_somewhere, read
from tests.rooms.finance.milestones import milestone_of, payment_milestone
from tests.rooms.finance.payouts import balance, broken, calendar, day_of_payouts, payable, payouts
from tests.rooms.warehousing.stock import made

WHOLE = 300_000


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Whoever signed in stays so while weeks pass."""
    return settings.model_copy(update={"access_token_minutes": 400_000})


async def reference_of(buyer: Member, milestone_id: UUID) -> str:
    """What a transfer for a milestone names."""
    answer = await buyer.get(f"/v1/payment-milestones/{milestone_id}")
    return str(answer.json()["reference"]).replace(" ", "")


async def held(buyer: Member, milestone_id: UUID) -> int:
    """What of a milestone is held, in minor units."""
    return int((await buyer.get(f"/v1/payment-milestones/{milestone_id}")).json()["held"]["minor"])


async def assigned(chief: Member, one: dict[str, Any], reference: str) -> dict[str, Any]:
    """The operator says that an entry is for this."""
    return await made(chief, f"/v1/operator/bank-entries/{one['id']}/matches", {"reference": reference})


async def undone(chief: Member, entry: dict[str, Any], status: int = 200) -> dict[str, Any]:
    """He takes the last word on it back."""
    path = f"/v1/operator/bank-matches/{entry['matches'][-1]['id']}/undoing"
    return await made(chief, path, {"reason": "Another firm's."}, status)


async def told(who: Member) -> list[str]:
    """The notices that somebody has, the oldest first."""
    rows = (await who.get("/v1/notifications?limit=100")).json()["items"]
    return [row["notice"] for row in rows[::-1]]


async def nothing_broken(market: Market) -> bool:
    """Neither in the books, nor at the bank, nor in milestones and payouts."""
    return not await proved(market) and not await broken(market)


async def test_a_payment_is_taken_off_the_wrong_milestone_and_put_to_the_right_one(market: Market) -> None:
    """Held it is just taken off; released and sent on, the supplier owes it."""
    chief = await operator(market)
    account = Account(market, chief)
    buyer, supplier, other = await market.people("buyer"), await market.people("supplier"), await market.people("buyer")
    await calendar(supplier)
    await paid_somewhere(supplier)
    wrong = await payment_milestone(market, buyer, supplier, progress="accepted", paid=False)
    right = await payment_milestone(market, other, supplier, paid=False)
    [entry] = await account.tells((WHOLE, "RF18539007547034"))
    entry = await assigned(chief, entry, await reference_of(buyer, wrong))
    stands = await milestone_of(market, buyer, wrong)
    assert (stands.outstanding_minor, stands.released_minor) == (0, WHOLE)
    await day_of_payouts(market)
    [listed] = (await chief.get("/v1/operator/bank-payouts")).json()["items"]
    await account.tells((-listed["amount"]["minor"], listed["remittance"]))
    assert await payouts(supplier) == [("sent", WHOLE, 0)] and await balance(market, UNASSIGNED) == 0
    again = await undone(chief, entry)
    assert (again["state"]["code"], again["left"]["minor"], again["finding"]["code"]) == ("open", WHOLE, "undone")
    assert await balance(market, UNASSIGNED) == WHOLE and await balance(market, payable(supplier)) == -WHOLE
    stands = await milestone_of(market, buyer, wrong)
    assert (stands.outstanding_minor, stands.open_minor) == (WHOLE, WHOLE) and await nothing_broken(market)
    assert await told(buyer) == [
        "finance.milestone_due",
        "finance.milestone_payment_undone",
        "finance.milestone_due",
    ]
    assert "finance.milestone_payment_undone" in await told(supplier)
    # Nobody is to send anything, and nobody is said to have been given anything back.
    assert (await chief.get("/v1/operator/bank-refunds")).json()["items"] == []
    assert "finance.refund_to_send" not in await told(chief)
    labels = set()
    for locale in LOCALES:
        seen = (await buyer.get(f"/v1/payment-milestones/{wrong}", headers={"Accept-Language": locale})).json()
        [taken_off] = seen["refunds"]
        assert (taken_off["kind"]["code"], taken_off["reason"]) == ("mistaken", None)
        labels.add((taken_off["kind"]["label"], taken_off["state"]["label"]))
    assert len(labels) == len(LOCALES)
    assert (await undone(chief, entry, 409))["code"] == "bank-match-final"
    # It is held for the one for whom it came, and its former one is paid when its own money comes.
    entry = await assigned(chief, again, await reference_of(other, right))
    assert await held(other, right) == WHOLE
    await account.tells((WHOLE, await reference_of(buyer, wrong)))
    assert (await milestone_of(market, buyer, wrong)).outstanding_minor == 0
    assert await balance(market, payable(supplier)) == 0 and await nothing_broken(market)
    # What is only held comes off as well.
    await undone(chief, entry)
    assert await held(other, right) == 0 and await nothing_broken(market)


async def test_what_was_given_back_or_is_disputed_stays_where_it_is(market: Market) -> None:
    chief, buyer, supplier = await operator(market), await market.people("buyer"), await market.people("supplier")
    account = Account(market, chief)
    milestone_id = await payment_milestone(market, buyer, supplier, paid=False)
    reference = await reference_of(buyer, milestone_id)
    [entry] = await account.tells((WHOLE, reference))
    dispute = await opened_about(buyer, milestone_id)
    assert (await undone(chief, entry, 409))["code"] == "payment-milestone-frozen"
    await step(buyer, dispute, "withdrawal")
    form = {"amount_minor": 40_000, "reason": "A cavity less."}
    await made(supplier, f"/v1/payment-milestones/{milestone_id}/refunds", form, 202)
    await market.work()
    assert (await undone(chief, entry, 409))["code"] == "bank-match-final"
    [refund] = (await chief.get("/v1/operator/bank-refunds")).json()["items"]
    [left] = await account.tells((-40_000, refund["reference"]))
    assert (await undone(chief, left, 409))["code"] == "bank-match-final"
    assert (await undone(chief, entry, 409))["code"] == "bank-match-final"
    # What came back of the refund was another transfer after all.
    [came] = await account.tells((40_000, refund["reference"]))
    [again] = (await chief.get("/v1/operator/bank-refunds")).json()["items"]
    assert again["amount"]["minor"] == 40_000
    assert (await undone(chief, came, 409))["code"] == "bank-match-final"
    failure = f"/v1/operator/bank-refunds/{again['id']}/failure"
    assert (await chief.post(failure, json={"reason": "A mistake."})).status_code == 204
    assert (await undone(chief, came))["left"]["minor"] == 40_000
    stands = await milestone_of(market, buyer, milestone_id)
    assert (await held(buyer, milestone_id), stands.refunded_minor) == (WHOLE - 40_000, 80_000)
    assert await proved(market) == []


async def test_an_invoice_that_was_not_meant_is_open_again_with_its_milestones(market: Market) -> None:
    chief, buyer, supplier = await operator(market), await market.people("buyer"), await market.people("supplier")
    await paid_somewhere(supplier)
    account = Account(market, chief)
    milestone_id = await payment_milestone(market, buyer, supplier, amount_minor=7_137, paid=False)
    stands = await milestone_of(market, buyer, milestone_id)
    [invoice] = await issued_of(market, supplier, buyer, stands.deal, quantity=10)
    assert invoice.payable_minor > 2 * 7_137
    [entry] = await account.tells((invoice.payable_minor, (await read(buyer, str(invoice.id)))["payment_reference"]))

    async def shown() -> tuple[int, int, int]:
        deal = (await buyer.get(f"/v1/payment-schedules/{stands.schedule_id}")).json()
        opened = (await buyer.get("/v1/open-items?which=open")).json()["items"]
        return deal["held"]["minor"], sum(one["open"]["minor"] for one in opened), await balance(market, UNASSIGNED)

    assert await shown() == (2 * 7_137, 0, 0) and await nothing_broken(market)
    await undone(chief, entry)
    assert await shown() == (0, invoice.payable_minor, invoice.payable_minor) and await nothing_broken(market)
    assert await balance(market, payable(supplier)) == 0
    await assigned(chief, entry, (await read(buyer, str(invoice.id)))["payment_reference"])
    assert await shown() == (2 * 7_137, 0, 0) and await nothing_broken(market)


async def test_an_invoice_pays_no_more_of_its_milestones_than_a_settlement_left(market: Market) -> None:
    chief, buyer, supplier = await operator(market), await market.people("buyer"), await market.people("supplier")
    await paid_somewhere(supplier)
    account = Account(market, chief)
    milestone_id = await payment_milestone(market, buyer, supplier, progress="accepted", paid=False)
    dispute = await opened_about(buyer, milestone_id)
    offer = await proposed(supplier, dispute, 250_000)
    await step(buyer, dispute, f"proposals/{offer['proposals'][0]['id']}/acceptance")
    [unnamed] = await account.tells((250_000, "RF18539007547034"))
    [offered] = (await chief.get(f"/v1/operator/bank-entries/{unnamed['id']}/candidates")).json()["candidates"]
    assert (offered["subject_id"], offered["awaited"]["minor"]) == (str(milestone_id), 250_000)
    stands = await milestone_of(market, buyer, milestone_id)
    [invoice] = await issued_of(market, supplier, buyer, stands.deal, quantity=1, price_minor=2 * WHOLE)
    [entry] = await account.tells((invoice.payable_minor, (await read(buyer, str(invoice.id)))["payment_reference"]))
    assert entry["state"]["code"] == "settled"
    stands = await milestone_of(market, buyer, milestone_id)
    assert (stands.funded_minor, stands.outstanding_minor, stands.refunded_minor) == (250_000, 0, 0)
    assert (await chief.get("/v1/operator/bank-refunds")).json()["items"] == [] and await nothing_broken(market)
