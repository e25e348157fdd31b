"""What every payment provider does alike: the same tests for the local one and for Stripe on the test server."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.gateways.payments import (
    AccountNotReady,
    AccountState,
    AccountUnknown,
    Amount,
    AmountExceeded,
    AmountNotPayable,
    CardDataRefused,
    CurrencyDiffers,
    DeclineReason,
    DisputeUnknown,
    HoldExpired,
    MethodCannotHold,
    MethodKind,
    MethodUnknown,
    PaymentDeclined,
    PaymentKeyReused,
    PaymentRequestInvalid,
    PaymentState,
    PaymentStateForbids,
    PaymentUnknown,
    RefundState,
    TransferUnknown,
)
from tests.rooms.gateways.paying import CAUSE, PAYER, SUM
from tests.rooms.gateways.providers import Stand, stand_at


@pytest.fixture(params=["local", "stripe"])
async def stand(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand_at(request.param, tmp_path / "payments") as found:
        yield found


async def test_money_is_held_captured_in_part_and_given_back(stand: Stand) -> None:
    payments = stand.payments
    method = await payments.save_method(payer=PAYER, token=await stand.token("mastercard"), key="save")
    assert (method.brand, method.last_digits, method.kind, method.can_hold) == (
        "Mastercard",
        "4444",
        MethodKind.CARD,
        True,
    )
    assert method.expires_on is not None and await payments.find_method(method.reference) == method
    held = await payments.hold(SUM, payer=PAYER, method=method.reference, cause=CAUSE, key="hold")
    assert (held.state, held.amount, held.cause, held.method) == (PaymentState.HELD, SUM, CAUSE, method.reference)
    assert held.held_until is not None and held.payer == PAYER
    assert held.held_until - held.made_at >= payments.hold_lives >= timedelta(days=4)
    with pytest.raises(AmountExceeded) as over:
        await payments.capture(held.reference, Amount(SUM.minor + 1, "EUR"), key="too-much")
    assert over.value.params["most_minor"] == SUM.minor
    with pytest.raises(CurrencyDiffers):
        await payments.capture(held.reference, Amount(1, "USD"), key="dollars")
    taken = await payments.capture(held.reference, Amount(80_000, "EUR"), key="capture")
    assert (taken.state, taken.captured_minor, taken.released_minor) == (PaymentState.CAPTURED, 80_000, 45_000)
    assert taken.refunded_minor == 0
    part = await payments.refund(held.reference, Amount(30_000, "EUR"), key="part")
    assert (part.payment, part.amount.minor, part.state) == (held.reference, 30_000, RefundState.DONE)
    assert await payments.find_refund(part.reference) == part
    with pytest.raises(AmountExceeded) as over:
        await payments.refund(held.reference, Amount(50_001, "EUR"), key="more")
    assert over.value.params["most_minor"] == 50_000
    with pytest.raises(CurrencyDiffers):
        await payments.refund(held.reference, Amount(1, "USD"), key="back-in-dollars")
    rest = await payments.refund(held.reference, key="rest")
    after = await payments.find_payment(held.reference)
    assert (rest.amount.minor, after.state, after.refunded_minor) == (50_000, PaymentState.REFUNDED, 80_000)
    for forbidden in (payments.refund, payments.capture, payments.release):
        with pytest.raises(PaymentStateForbids) as no:
            await forbidden(held.reference, key=f"late-{forbidden.__name__}")
        assert no.value.params["state"] == "refunded" and not no.value.retryable
    released = await payments.release((await stand.hold()).reference, key="release")
    assert (released.state, released.released_minor) == (PaymentState.RELEASED, SUM.minor)
    charged = await stand.charge()
    assert (charged.state, charged.captured_minor) == (PaymentState.CAPTURED, SUM.minor)


async def test_a_method_is_given_on_a_page_of_the_providers(stand: Stand) -> None:
    payments = stand.payments
    back, about = "https://market.example/en/payment-methods", {"payer": PAYER, "locale": "ja"}
    for kind, can_hold, address in (
        (MethodKind.CARD, True, back),
        (MethodKind.BANK_DEBIT, False, f"{back}?of=1"),
    ):
        page = await payments.begin_hosted_saving(kinds=[kind], back_url=address, key=f"page-{kind}", **about)
        assert page.url not in repr(page)
        there = await stand.given(page.url)
        assert there == f"{address}{'&' if '?' in address else '?'}given={page.reference}"
        method = await payments.save_method(payer=PAYER, token=page.reference, key=f"save-{kind}")
        assert (method.kind, method.can_hold, method.payer) == (kind, can_hold, PAYER)
        assert await payments.save_method(payer=PAYER, token=page.reference, key=f"save-{kind}") == method
    with pytest.raises(PaymentRequestInvalid) as wrong:
        await payments.begin_hosted_saving(kinds=[MethodKind.BANK_TRANSFER], back_url=back, key="none", **about)
    assert wrong.value.params["field"] == "kinds"


async def test_a_page_that_nobody_has_filled_in_gives_nothing_and_opens_once(tmp_path: Path) -> None:
    async with stand_at("stripe", tmp_path / "payments") as stand:
        payments, back = stand.payments, "https://market.example/en/payment-methods"
        about = {"kinds": [MethodKind.CARD], "back_url": back, "locale": "ar"}
        page = await payments.begin_hosted_saving(payer=PAYER, key="page", **about)
        assert await payments.begin_hosted_saving(payer=PAYER, key="page", **about) == page
        with pytest.raises(PaymentDeclined):
            await payments.save_method(payer=PAYER, token=page.reference, key="early")
        await stand.given(page.url)
        assert await stand.given(page.url) == back
        for payer, token in (("somebody-else", page.reference), (PAYER, "cs_nothing")):
            with pytest.raises(PaymentRequestInvalid):
                await payments.save_method(payer=payer, token=token, key=f"wrong-{payer}")
        late = await payments.begin_hosted_saving(payer=PAYER, key="late", **about)
        stand.later(timedelta(days=2))
        assert await stand.given(late.url) == back
        with pytest.raises(PaymentDeclined):
            await payments.save_method(payer=PAYER, token=late.reference, key="late-save")


async def test_thousandths_are_taken_and_given_back_in_steps_of_ten(stand: Stand) -> None:
    payments = stand.payments
    method = await payments.save_method(payer=PAYER, token=await stand.token("mastercard"), key="save")
    about = {"payer": PAYER, "method": method.reference, "cause": CAUSE}
    for verb in (payments.hold, payments.charge):
        with pytest.raises(AmountNotPayable) as no:
            await verb(Amount(12_345, "KWD"), **about, key=f"odd-{verb.__name__}")
        assert (no.value.params["step_minor"], no.value.retryable) == (10, False)
        assert await payments.outcome_of(f"odd-{verb.__name__}", payer=PAYER) is None
    held = await payments.hold(Amount(12_340, "KWD"), **about, key="hold")
    with pytest.raises(AmountNotPayable):
        await payments.capture(held.reference, Amount(12_335, "KWD"), key="odd-part")
    taken = await payments.capture(held.reference, Amount(12_330, "KWD"), key="part")
    assert (taken.captured_minor, taken.released_minor) == (12_330, 10)
    with pytest.raises(AmountNotPayable):
        await payments.refund(held.reference, Amount(1, "KWD"), key="odd-back")
    assert (await payments.refund(held.reference, Amount(20, "KWD"), key="back")).amount == Amount(20, "KWD")


async def test_a_decline_has_a_reason_and_is_no_reason_to_try_again(stand: Stand) -> None:
    for reason in DeclineReason:
        for verb in (stand.hold, stand.charge):
            with pytest.raises(PaymentDeclined) as no:
                await verb(reason.value)
            assert (no.value.code, no.value.reason, no.value.retryable) == ("payment_declined", reason, False)
            payment = await stand.payments.find_payment(str(no.value.params["reference"]))
            assert (payment.state, payment.decline, payment.captured_minor) == (PaymentState.DECLINED, reason, 0)
            for late in (stand.payments.capture, stand.payments.release, stand.payments.refund):
                with pytest.raises(PaymentStateForbids):
                    await late(payment.reference, key=f"late-{late.__name__}-{payment.reference}")


async def test_declines_at_other_moments(stand: Stand) -> None:
    payments = stand.payments
    with pytest.raises(PaymentDeclined) as no:
        await payments.save_method(payer=PAYER, token=await stand.token("not saved"), key="save")
    assert no.value.reason is DeclineReason.GENERIC
    held = await stand.hold("capture declined")
    for _ in range(2):
        with pytest.raises(PaymentDeclined) as no:
            await payments.capture(held.reference, Amount(5, "EUR"), key="capture")
        assert no.value.reason is DeclineReason.INSUFFICIENT_FUNDS
    assert (await payments.find_payment(held.reference)).state is PaymentState.DECLINED
    with pytest.raises(MethodCannotHold):
        await stand.hold("debit")


async def test_what_time_does(stand: Stand) -> None:
    payments = stand.payments
    brief, usual = await stand.hold("short"), await stand.hold()
    arriving, failing = await stand.charge("debit"), await stand.charge("debit fails")
    assert arriving.state is failing.state is PaymentState.PROCESSING
    for forbidden in (payments.refund, payments.capture, payments.release):
        with pytest.raises(PaymentStateForbids):
            await forbidden(arriving.reference, key=f"early-{forbidden.__name__}")
    stand.later(timedelta(hours=2))
    assert (await payments.find_payment(brief.reference)).state is PaymentState.EXPIRED
    stand.later(timedelta(days=6))
    assert (await payments.find_payment(arriving.reference)).captured_minor == SUM.minor
    failed = await payments.find_payment(failing.reference)
    assert (failed.state, failed.decline) == (PaymentState.DECLINED, DeclineReason.INSUFFICIENT_FUNDS)
    assert (await payments.find_payment(usual.reference)).state is PaymentState.HELD
    stand.later(timedelta(days=1))
    for late in (payments.capture, payments.release):
        with pytest.raises(HoldExpired) as over:
            await late(usual.reference, key=f"late-{late.__name__}")
        assert usual.held_until is not None and over.value.params["held_until"] == usual.held_until.isoformat()
    assert (await payments.find_payment(usual.reference)).released_minor == SUM.minor


async def test_a_key_has_one_effect_and_one_answer(stand: Stand) -> None:
    payments, method = stand.payments, await stand.method()
    hold = {"payer": PAYER, "method": method, "cause": CAUSE}
    first, *more = await asyncio.gather(*[payments.hold(SUM, **hold, key="hold") for _ in range(4)])
    assert more == [first] * 3
    taken = await payments.capture(first.reference, key="capture")
    # The answer is that of then, not the payment of now.
    assert await payments.hold(SUM, **hold, key="hold") == first
    assert await payments.capture(first.reference, key="capture") == taken
    for other in (
        payments.hold(Amount(1, "EUR"), **hold, key="hold"),
        payments.hold(Amount(SUM.minor, "USD"), **hold, key="hold"),
        payments.hold(SUM, **hold | {"cause": "other/1"}, key="hold"),
        payments.charge(SUM, **hold, key="hold"),
        payments.capture(first.reference, SUM, key="capture"),
        payments.refund(first.reference, key="capture"),
        payments.save_method(payer=PAYER, token=await stand.token("visa"), key="capture"),
    ):
        with pytest.raises(PaymentKeyReused):
            await other
    back = await payments.refund(first.reference, Amount(5, "EUR"), key="refund")
    assert await payments.refund(first.reference, Amount(5, "EUR"), key="refund") == back
    assert (await payments.find_payment(first.reference)).refunded_minor == 5
    with pytest.raises(PaymentKeyReused):
        await payments.refund(first.reference, Amount(6, "EUR"), key="refund")
    # What was done is found after days as well, and only once.
    stand.later(timedelta(hours=30))
    again = await payments.hold(SUM, **hold, key="hold")
    assert (again.reference, again.amount) == (first.reference, SUM)
    assert (await payments.capture(first.reference, key="capture")).captured_minor == SUM.minor
    assert (await payments.refund(first.reference, Amount(5, "EUR"), key="refund")).reference == back.reference
    with pytest.raises(PaymentKeyReused):
        await payments.hold(Amount(1, "EUR"), **hold, key="hold")
    outcome = await payments.outcome_of("hold", payer=PAYER)
    assert outcome is not None and (outcome.operation, outcome.refusal) == ("hold", None)
    assert await payments.outcome_of("hold", payer="somebody-else") is None
    assert await payments.outcome_of("none", payer=PAYER) is None
    if stand.server is not None:
        assert len(stand.server.all("payment_intent")) == len(stand.server.all("customer")) == 1


async def test_what_is_unknown_or_wrong_has_no_effect(stand: Stand) -> None:
    payments, method = stand.payments, await stand.method()
    hold = {"payer": PAYER, "method": method, "cause": CAUSE, "key": "hold"}
    for wrong in (Amount(0, "EUR"), Amount(-1, "EUR"), Amount(10**15 + 1, "EUR"), Amount(1, "eur")):
        with pytest.raises(PaymentRequestInvalid):
            await payments.hold(wrong, **hold)
    for change in ({"key": ""}, {"key": "k" * 201}, {"payer": "a b"}, {"cause": "x\n"}, {"key": 'a"b'}):
        with pytest.raises(PaymentRequestInvalid):
            await payments.charge(SUM, **hold | change)
    with pytest.raises(PaymentRequestInvalid):
        await payments.save_method(payer=PAYER, token="tok_unheard_of", key="save-it")
    for call in (
        payments.save_method(payer=PAYER, token="4242424242424242", key="save"),
        payments.hold(SUM, **hold | {"cause": "4242-4242-4242-4242"}),
        payments.release("pi_4242424242424242", key="release"),
        payments.open_account(supplier="4242424242424242", country="DE", key="open"),
    ):
        with pytest.raises(CardDataRefused):
            await call
    with pytest.raises(MethodUnknown):
        await payments.hold(SUM, **hold | {"payer": "somebody-else"})
    with pytest.raises(MethodUnknown):
        await payments.hold(SUM, **hold | {"method": "cus_none/pm_none/card"})
    forgotten = await payments.forget_method(method, payer=PAYER, key="forget")
    assert forgotten.forgotten and (await payments.find_method(method)).forgotten
    with pytest.raises(MethodUnknown):
        await payments.hold(SUM, **hold)
    with pytest.raises(MethodUnknown):
        await payments.forget_method(method, payer=PAYER, key="forget-again")
    for unknown in (payments.capture, payments.release, payments.refund):
        with pytest.raises(PaymentUnknown):
            await unknown("pi_none", key="unknown")
    for find in (payments.find_payment, payments.find_refund):
        with pytest.raises(PaymentUnknown):
            await find("none")
    with pytest.raises(MethodUnknown):
        await payments.find_method("cus_none/pm_none/card")


async def test_suppliers_are_sent_shares_of_a_payment(stand: Stand) -> None:
    payments = stand.payments
    account = await payments.open_account(supplier="supplier-1", country="DE", key="open")
    assert await payments.open_account(supplier="supplier-1", country="DE", key="open") == account
    link = await payments.onboarding(
        account.reference, return_url="https://x.example/a", again_url="https://x.example/b"
    )
    assert link.url.startswith("http") and link.url not in repr(link)
    held = await stand.hold()
    share = {"account": account.reference, "payment": held.reference}
    with pytest.raises(PaymentStateForbids):
        await payments.transfer(Amount(100, "EUR"), **share, key="too-early")
    await payments.capture(held.reference, Amount(100_000, "EUR"), key="capture")
    if stand.server is not None:
        assert account.state is AccountState.NEW and account.due
        with pytest.raises(AccountNotReady):
            await payments.transfer(Amount(100, "EUR"), **share, key="not-ready")
    stand.onboarded(account.reference)
    ready = await payments.find_account(account.reference)
    assert (ready.state, ready.pays_out, ready.due) == (AccountState.READY, True, ())
    assert (ready.supplier, ready.country) == ("supplier-1", "DE")
    sent = await payments.transfer(Amount(90_000, "EUR"), **share, key="transfer")
    assert (sent.amount.minor, sent.payment, sent.cause, sent.reversed_minor) == (90_000, held.reference, CAUSE, 0)
    assert await payments.transfer(Amount(90_000, "EUR"), **share, key="transfer") == sent
    with pytest.raises(AmountExceeded) as over:
        await payments.transfer(Amount(10_001, "EUR"), **share, key="more-than-there-is")
    assert over.value.params["most_minor"] == 10_000
    with pytest.raises(CurrencyDiffers):
        await payments.transfer(Amount(1, "USD"), **share, key="dollars")
    part = await payments.reverse(sent.reference, Amount(20_000, "EUR"), key="reverse")
    assert await payments.reverse(sent.reference, Amount(20_000, "EUR"), key="reverse") == part
    with pytest.raises(AmountExceeded):
        await payments.reverse(sent.reference, Amount(70_001, "EUR"), key="reverse-more")
    stand.later(timedelta(hours=30))
    assert (await payments.transfer(Amount(90_000, "EUR"), **share, key="transfer")).reference == sent.reference
    assert await payments.reverse(sent.reference, Amount(20_000, "EUR"), key="reverse") == part
    for other in (
        payments.transfer(Amount(1, "EUR"), **share, key="transfer"),
        payments.reverse(sent.reference, Amount(1, "EUR"), key="reverse"),
    ):
        with pytest.raises(PaymentKeyReused):
            await other
    assert (await payments.find_transfer(sent.reference)).reversed_minor == 20_000
    await payments.reverse(sent.reference, key="reverse-rest")
    assert (await payments.find_transfer(sent.reference)).reversed_minor == 90_000
    with pytest.raises(AmountExceeded):
        await payments.reverse(sent.reference, key="reverse-nothing")
    for unknown in (payments.find_account("acct_none"), payments.payouts_of("acct_none")):
        with pytest.raises(AccountUnknown):
            await unknown
    with pytest.raises(AccountUnknown):
        await payments.transfer(Amount(1, "EUR"), account="acct_none", payment=held.reference, key="to-nobody")
    for none in (payments.find_transfer("tr_none"), payments.reverse("tr_none", key="none")):
        with pytest.raises(TransferUnknown):
            await none
    with pytest.raises(DisputeUnknown):
        await payments.find_dispute("du_none")
    assert await payments.payouts_of(account.reference) == []


async def test_money_is_awaited_from_a_bank(stand: Stand) -> None:
    payments = stand.payments
    asked = {"payer": PAYER, "country": "DE", "cause": CAUSE}
    awaited = await payments.expect_transfer(SUM, **asked, key="await")
    assert await payments.expect_transfer(SUM, **asked, key="await") == awaited
    assert (awaited.payment.state, awaited.payment.captured_minor) == (PaymentState.PROCESSING, 0)
    assert awaited.remittance and awaited.accounts[0].kind == "iban" and awaited.accounts[0].country == "DE"
    unwanted = await payments.expect_transfer(SUM, **asked, key="await-another")
    let_go = await payments.release(unwanted.payment.reference, key="release")
    assert (let_go.state, let_go.released_minor) == (PaymentState.RELEASED, SUM.minor)
    stand.funded(awaited.payment.reference)
    there = await payments.find_payment(awaited.payment.reference)
    assert (there.state, there.captured_minor) == (PaymentState.CAPTURED, SUM.minor)
    assert (await payments.find_payment(unwanted.payment.reference)).captured_minor == 0
    back = await payments.refund(there.reference, Amount(1, "EUR"), key="refund")
    assert back.state is RefundState.DONE
    with pytest.raises(PaymentRequestInvalid):
        await payments.begin_saving(payer=PAYER, kinds=[MethodKind.BANK_TRANSFER], key="begin")


async def test_everything_that_was_made_is_listed(stand: Stand) -> None:
    payments = stand.payments
    before = stand.clock.now()
    stand.later(timedelta(hours=2))
    held, released, charged = await stand.hold(), await stand.hold(), await stand.charge()
    await payments.release(released.reference, key="release")
    with pytest.raises(PaymentDeclined):
        await stand.charge("generic")
    account = await payments.open_account(supplier="s-1", country="DE", key="open")
    stand.onboarded(account.reference)
    refund = await payments.refund(charged.reference, Amount(5_000, "EUR"), key="back")
    sent = await payments.transfer(
        Amount(60_000, "EUR"), account=account.reference, payment=charged.reference, key="send"
    )
    back = await payments.reverse(sent.reference, Amount(1_000, "EUR"), key="reverse")
    stand.later(timedelta(hours=2))
    made = stand.clock.now()
    later = await stand.charge()
    stand.later(timedelta(hours=1))

    found = await payments.payments_between(before, made)
    assert found.after is None and len(found.items) == 4
    by_reference = {one.reference: one for one in found.items}
    for one in (held, released, charged):
        assert by_reference[one.reference] == await payments.find_payment(one.reference)
    assert by_reference[charged.reference].refunded_minor == 5_000
    assert (await payments.refunds_between(before, made)).items == (refund,)
    assert [one.reversed_minor for one in (await payments.transfers_between(before, made)).items] == [1_000]
    assert (await payments.reversals_between(before, made)).items == (back,)
    assert await payments.find_reversal(sent.reference, back.reference) == back
    for wrong in ((sent.reference, "trr_x"), ("tr_x", back.reference)):
        with pytest.raises(TransferUnknown):
            await payments.find_reversal(*wrong)
    for listed in (payments.refunds_between, payments.transfers_between, payments.reversals_between):
        assert (await listed(made, stand.clock.now())).items == ()
    assert [one.reference for one in (await payments.payments_between(made, stand.clock.now())).items] == [
        later.reference
    ]


async def test_lists_come_in_pages(stand: Stand) -> None:
    before, method = stand.clock.now() - timedelta(minutes=1), await stand.method()
    made = {
        (
            await stand.payments.charge(
                Amount(100 + number, "EUR"), payer=PAYER, method=method, cause=CAUSE, key=f"charge-{number}"
            )
        ).reference
        for number in range(101)
    }
    stand.later(timedelta(minutes=1))
    first = await stand.payments.payments_between(before, stand.clock.now())
    assert len(first.items) == 100 and first.after is not None
    rest = await stand.payments.payments_between(before, stand.clock.now(), after=first.after)
    assert rest.after is None and {one.reference for one in (*first.items, *rest.items)} == made
